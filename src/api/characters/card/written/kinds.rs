//! The kinds of file that a card comes in and leaves in, and which of them is most like another.

use cards::{Carrier, Spec, convert::Target};

use super::super::{Format, Version};

impl Format {
    pub(super) fn target(self) -> Target {
        match self {
            Self::Png => Target::Png,
            Self::Json => Target::Json,
            Self::Charx => Target::Charx,
        }
    }
}

impl Version {
    pub(super) fn is(self, spec: Spec) -> bool {
        match self {
            Self::V2 => spec == Spec::V2,
            Self::V3 => spec == Spec::V3,
        }
    }
}

/// Whether a file of this kind holds the portrait itself.
pub(super) fn shows_somebody(carrier: Carrier) -> bool {
    !matches!(carrier, Carrier::Json | Carrier::Yaml)
}

/// The kind of file that can be written and is most like another.
pub(super) fn nearest(carrier: Carrier) -> Target {
    match carrier {
        Carrier::Json | Carrier::Yaml => Target::Json,
        Carrier::Charx | Carrier::Byaf => Target::Charx,
        _ => Target::Png,
    }
}

pub(super) fn ext(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Png => "png",
        Carrier::Jpeg => "jpg",
        Carrier::Webp => "webp",
        Carrier::Json => "json",
        Carrier::Yaml => "yaml",
        Carrier::Charx => "charx",
        Carrier::Byaf => "byaf",
        _ => "bin",
    }
}
