//! How much of some code works on several numbers at a time.
//!
//! The width is that of the widest register among an instruction's operands. In 128-bit registers
//! the same registers serve for one number and for several: there the size of what the instruction
//! would read or write in memory decides, which its encoding fixes even where no memory is used.

use duel_record::VectorShares;
use iced_x86::{Instruction, MemorySize, Mnemonic, OpKind};

/// What an instruction uses vector registers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vector {
    /// Nothing.
    None,
    /// One number.
    Scalar,
    /// Several, in registers of a number of bits.
    Packed(u32),
}

/// What one instruction is.
pub fn class(instruction: &Instruction) -> Vector {
    match widest_bits(instruction) {
        0 => Vector::None,
        128 if is_scalar(instruction) => Vector::Scalar,
        bits => Vector::Packed(bits),
    }
}

fn widest_bits(instruction: &Instruction) -> u32 {
    (0..instruction.op_count())
        .filter(|place| instruction.op_kind(*place) == OpKind::Register)
        .map(|place| match instruction.op_register(place) {
            register if register.is_zmm() => 512,
            register if register.is_ymm() => 256,
            register if register.is_xmm() => 128,
            _ => 0,
        })
        .max()
        .unwrap_or(0)
}

/// Whether an instruction on 128-bit registers works on one number.
fn is_scalar(instruction: &Instruction) -> bool {
    match instruction.mnemonic() {
        // From one number many; gathers tell the size of one element.
        Mnemonic::Vbroadcastss
        | Mnemonic::Vpbroadcastb
        | Mnemonic::Vpbroadcastw
        | Mnemonic::Vpbroadcastd
        | Mnemonic::Vpbroadcastq
        | Mnemonic::Movddup
        | Mnemonic::Vmovddup => return false,
        // Between registers these have no form with memory that tells.
        Mnemonic::Vmovss | Mnemonic::Vmovsd => return true,
        _ => {}
    }
    let size = instruction.memory_size();
    let one_number = size != MemorySize::Unknown && !size.is_packed() && size.size() < 16;
    one_number && !size.is_broadcast() && !instruction.is_vsib()
}

/// The shares of some instructions, by their weights; where all are zero, each counts the same.
pub fn shares(instructions: &[Instruction], weights: &[f64]) -> VectorShares {
    let weighed = weights.iter().any(|weight| *weight > 0.0);
    let mut shares = VectorShares::default();
    let mut total = 0.0;
    for (instruction, weight) in instructions.iter().zip(weights) {
        let weight = if weighed { *weight } else { 1.0 };
        total += weight;
        match class(instruction) {
            Vector::None => {}
            Vector::Scalar => shares.scalar += weight,
            Vector::Packed(128) => shares.packed_128 += weight,
            Vector::Packed(256) => shares.packed_256 += weight,
            Vector::Packed(_) => shares.packed_512 += weight,
        }
    }
    if total > 0.0 {
        let all =
            [&mut shares.scalar, &mut shares.packed_128, &mut shares.packed_256, &mut shares.packed_512];
        all.into_iter().for_each(|share| *share /= total);
    }
    shares
}

#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions};

    use super::{Vector::*, *};

    fn of(bytes: &[u8]) -> Vector {
        let instruction = Decoder::new(64, bytes, DecoderOptions::NONE).decode();
        assert!(!instruction.is_invalid(), "{bytes:x?}");
        class(&instruction)
    }

    #[test]
    fn width_and_kind_come_from_registers_and_operands() {
        for (bytes, class, text) in [
            (&[0x48, 0x01, 0xd8][..], None, "add rax, rbx"),
            (&[0xc5, 0xf8, 0x77], None, "vzeroupper"),
            (&[0xf2, 0x0f, 0x58, 0xc1], Scalar, "addsd xmm0, xmm1"),
            (&[0xf3, 0x0f, 0x10, 0x07], Scalar, "movss xmm0, [rdi]"),
            (&[0xc5, 0xf2, 0x10, 0xc2], Scalar, "vmovss xmm0, xmm1, xmm2"),
            (&[0xf2, 0x0f, 0x2a, 0xc0], Scalar, "cvtsi2sd xmm0, eax"),
            (&[0x66, 0x48, 0x0f, 0x6e, 0xc0], Scalar, "movq xmm0, rax"),
            (&[0x66, 0x0f, 0x58, 0xc1], Packed(128), "addpd xmm0, xmm1"),
            (&[0x0f, 0x10, 0x07], Packed(128), "movups xmm0, [rdi]"),
            (&[0x66, 0x0f, 0xef, 0xc0], Packed(128), "pxor xmm0, xmm0"),
            (&[0x66, 0x0f, 0x73, 0xd0, 0x20], Packed(128), "psrlq xmm0, 32"),
            (&[0x0f, 0x5a, 0x07], Packed(128), "cvtps2pd xmm0, [rdi]"),
            (&[0xc4, 0xe2, 0x79, 0x18, 0x07], Packed(128), "vbroadcastss xmm0, [rdi]"),
            (&[0xc5, 0xfe, 0x6f, 0x07], Packed(256), "vmovdqu ymm0, [rdi]"),
            (&[0xc4, 0xe3, 0x7d, 0x19, 0xc1, 0x01], Packed(256), "vextractf128 xmm1, ymm0, 1"),
            (&[0x62, 0xf1, 0xfd, 0x48, 0x58, 0xc1], Packed(512), "vaddpd zmm0, zmm0, zmm1"),
            (&[0x62, 0xf1, 0xfd, 0x18, 0x58, 0x07], Packed(128), "vaddpd xmm0, xmm0, [rdi]{1to2}"),
        ] {
            assert_eq!(of(bytes), class, "{text}");
        }
    }

    #[test]
    fn shares_are_weighed_where_there_are_weights() {
        let bytes = [0x66, 0x0f, 0x58, 0xc1, 0xf2, 0x0f, 0x58, 0xc1, 0x90, 0x90];
        let code: Vec<_> = Decoder::new(64, &bytes, DecoderOptions::NONE).into_iter().collect();
        assert_eq!(shares(&code, &[0.0; 4]).packed_128, 0.25);
        let weighed = shares(&code, &[6.0, 3.0, 1.0, 0.0]);
        assert_eq!((weighed.packed_128, weighed.scalar, weighed.widest_bits()), (0.6, 0.3, Some(128)));
    }
}
