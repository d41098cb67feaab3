//! The causes in words, of every ratio that the instruments looked at.

use crate::markdown_text::inline;
use crate::model::Model;

/// A list of the family's comparisons; nothing where no instrument looked at both sides.
pub(super) fn list(model: &Model, family: &str) -> String {
    let mut text = String::new();
    for comparison in model.comparisons_of_family(family) {
        for candidate in &comparison.candidates {
            let Some(cause) = &candidate.cause else { continue };
            let case = &candidate.side.arm.case;
            text.push_str(&format!(
                "- {} / {}, {} against {}: {}",
                inline(&case.workload),
                inline(&case.size),
                inline(&candidate.side.level),
                inline(&comparison.baseline.level),
                inline(&cause.sentence)
            ));
            if let Some(contradiction) = &cause.contradiction {
                text.push_str(&format!(". **Contradiction**: {}", inline(contradiction)));
            }
            text.push('\n');
        }
    }
    if text.is_empty() { text } else { format!("Why:\n\n{text}\n") }
}
