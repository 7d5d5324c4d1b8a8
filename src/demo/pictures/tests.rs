#![allow(clippy::unwrap_used, reason = "a failing test should stop at once")]

use super::{HEIGHT, Motif, WIDTH, draw};

#[test]
fn every_motif_is_a_small_picture_of_card_size() {
    for motif in Motif::ALL {
        for seed in 0..3 {
            let png = draw(motif, seed).unwrap();
            assert!(png.len() < 60_000, "{} {seed}: {} bytes", motif.key(), png.len());
            let picture = image::load_from_memory(&png).unwrap();
            assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
        }
    }
}

#[test]
fn the_same_seed_draws_the_same_picture_and_another_seed_another() {
    assert_eq!(draw(Motif::Town, 7).unwrap(), draw(Motif::Town, 7).unwrap());
    assert_ne!(draw(Motif::Town, 7).unwrap(), draw(Motif::Town, 8).unwrap());
}

#[test]
fn keys_lead_back_to_their_motif() {
    for motif in Motif::ALL {
        assert_eq!(Motif::from_key(motif.key()), Some(motif));
    }
    assert_eq!(Motif::from_key("unknown"), None);
}
