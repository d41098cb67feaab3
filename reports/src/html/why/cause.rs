//! The cause in words, under the ratio that it explains.

use maud::{Markup, html};

use crate::model::Candidate;

/// Nothing where no instrument looked at both sides.
pub(in crate::html) fn cause(candidate: &Candidate) -> Markup {
    html! {
        @if let Some(cause) = &candidate.cause {
            p.cause { (cause.sentence) }
            @if let Some(contradiction) = &cause.contradiction {
                p.cause.contradiction { b { "Contradiction: " } (contradiction) }
            }
        }
    }
}
