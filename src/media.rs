//! What files are, told from their first bytes: names and cards say what they like.
//!
//! Only pictures, sounds and films that browsers show without running anything are ever shown in place. Everything else
//! is bytes to be saved: an SVG or a page from a stranger could run scripts in the name of this house.

/// The media type of bytes that nobody here knows.
pub const BYTES: &str = "application/octet-stream";

/// Pictures that browsers show.
const PICTURES: [&str; 5] = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"];

/// Sounds and films that browsers play.
const PLAYED: [&str; 8] = [
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/x-wav",
    "audio/x-flac",
    "audio/m4a",
    "video/mp4",
    "video/webm",
];

/// What these bytes are.
pub fn of(bytes: &[u8]) -> &'static str {
    infer::get(bytes).map_or(BYTES, |kind| kind.mime_type())
}

/// What sort of picture these bytes are, if browsers show it.
pub fn picture(bytes: &[u8]) -> Option<&'static str> {
    Some(of(bytes)).filter(|media_type| is_picture(media_type))
}

/// Whether browsers show it as a picture.
pub fn is_picture(media_type: &str) -> bool {
    PICTURES.contains(&media_type)
}

/// Whether a browser may show it in place.
pub fn is_shown(media_type: &str) -> bool {
    is_picture(media_type) || PLAYED.contains(&media_type)
}

#[cfg(test)]
mod spec {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_bytes_are_they_are_something(
            start in prop::sample::select(vec!["", "RIFF", "\0\0\0\u{18}ftyp", "PK\u{3}\u{4}", "\u{1a}E", "<", "II*\0"]),
            rest in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            prop_assert!(of(&[start.as_bytes(), &rest].concat()).contains('/'));
        }
    }

    #[test]
    fn bytes_are_known_by_how_they_begin() {
        assert_eq!(picture(&cards::drawn_portrait("Mira")), Some("image/png"));
        assert_eq!(picture(b"\xff\xd8\xff\xe0 and so on"), Some("image/jpeg"));
        assert_eq!(picture(b"RIFF\x10\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(picture(b"GIF89a"), Some("image/gif"));
        assert_eq!(picture(b"\0\0\0\x18ftypavif\0\0\0\0avifmif1"), Some("image/avif"));
        assert_eq!(of(b"ID3\x04 sings"), "audio/mpeg");
        assert_eq!(of(b"who knows"), BYTES);
    }

    #[test]
    fn what_could_run_is_never_shown() {
        for stranger in [
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>".as_slice(),
            b"<?xml version=\"1.0\"?><svg/>",
            b"<!DOCTYPE html><script></script>",
            b"<html>",
            b"%PDF-1.7",
            b"",
        ] {
            assert!(!is_shown(of(stranger)), "{}", of(stranger));
        }
    }
}
