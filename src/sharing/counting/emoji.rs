//! Finding emoji the way people see them: one picture is one sequence.

use std::sync::LazyLock;

use regex::{Match, Regex};

/// A whole emoji, after the grammar of Unicode TR 51: keycap, flag, tag sequence, or up to four
/// pictures joined by U+200D (the longest that Unicode recommends), each with its skin tone or
/// variation selector. The signs © and ® are emoji only with U+FE0F, as X has it.
///
/// Stricter counters know a list of recommended sequences; this one follows the grammar, so a
/// made-up family is one emoji here and several there.
static SEQUENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // A picture that is colourful by itself needs no selector; X counts one that follows it apart.
    let picture = r"(?:\p{Emoji_Modifier_Base}\x{FE0F}?\p{Emoji_Modifier}|\p{Emoji_Presentation}|[\p{Emoji}--\p{Emoji_Presentation}--[0-9\#*©®]]\x{FE0F}?)";
    Regex::new(&format!(
        r"(?x)
        [0-9\#*]\x{{FE0F}}?\x{{20E3}}
        | [\x{{1F1E6}}-\x{{1F1FF}}]{{1,2}}
        | \x{{1F3F4}}[\x{{E0020}}-\x{{E007E}}]+\x{{E007F}}
        | [©®]\x{{FE0F}}
        | {picture}(?:\x{{200D}}{picture}){{0,3}}"
    ))
    .ok()
});

/// The emoji of a text, in order, without overlaps.
pub(super) fn sequences(text: &str) -> impl Iterator<Item = Match<'_>> {
    SEQUENCE.as_ref().into_iter().flat_map(move |pattern| pattern.find_iter(text))
}
