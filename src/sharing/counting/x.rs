//! The weighted length of X: twitter-text, third configuration (reference/networks.md, section 4.4).

use unicode_normalization::UnicodeNormalization;

use super::{
    addresses::{Addresses, addresses},
    emoji,
};

/// Weights are hundredths of a character.
const SCALE: usize = 100;
const FULL: usize = 200;
const ADDRESS: usize = 23 * SCALE;

/// The length in whole characters of X. Every weight is a multiple of 100, so nothing is rounded.
pub(super) fn weighted_length(text: &str) -> usize {
    let text: String = text.nfc().collect();
    let addresses = addresses(&text, Addresses::WithOrWithoutScheme);
    let mut addresses = addresses.into_iter().peekable();
    let mut emoji = emoji::sequences(&text).map(|found| found.range()).peekable();
    let mut weight = 0;
    let mut done = 0;
    for (at, letter) in text.char_indices() {
        if at < done {
            continue;
        }
        while emoji.next_if(|found| found.start < at).is_some() {}
        if let Some(address) = addresses.next_if(|found| found.start == at) {
            weight += ADDRESS;
            done = address.end;
        } else if let Some(found) = emoji.next_if(|found| found.start == at) {
            weight += FULL;
            done = found.end;
        } else {
            weight += weight_of(letter);
        }
        while addresses.next_if(|found| found.start < done).is_some() {}
    }
    weight / SCALE
}

/// Latin, Greek, Cyrillic, Arabic, Hebrew, Indic and common punctuation weigh half of the rest.
fn weight_of(letter: char) -> usize {
    match u32::from(letter) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => SCALE,
        _ => FULL,
    }
}
