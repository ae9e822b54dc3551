//! What an append promises when the power is cut under load.
//!
//! The server's store is a file system in a file. At a random instant the server is stopped in its tracks and the file
//! is copied: what the copy holds is what a disk would hold that had got no more than that. The copy is mounted
//! elsewhere, and a server is started on it. Where no file system can be mounted from a file, this says so and is
//! skipped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use nats::{Journal, JournalOptions};

use crate::{
    chorus::{Acknowledged, Chorus, chance, rounds},
    server::{Server, scratch},
    world::{World, connected},
};

/// A file system in a file, mounted. Gone when it is dropped.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// An empty one; or none, where they are not to be had.
    fn new() -> Option<Self> {
        let disk = Self { folder: scratch("disk") };
        fs::File::create(disk.image()).unwrap().set_len(512 * 1024 * 1024).unwrap();
        let made = run("mkfs.ext4", &["-q", "-F"], &[&disk.image()]) && disk.mount();
        if !made {
            eprintln!(
                "skipped: no file system can be mounted from a file here (that takes root and loop devices)"
            );
        }
        made.then_some(disk)
    }

    /// What it holds at this instant, on a disk of its own.
    fn copy(&self) -> Self {
        let copy = Self { folder: scratch("disk") };
        assert!(run("cp", &["--sparse=auto"], &[&self.image(), &copy.image()]));
        assert!(copy.mount());
        copy
    }

    fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    fn store(&self) -> PathBuf {
        self.folder.join("mounted")
    }

    /// The file system writes nothing of its own accord for five minutes: only what was synced is on the disk.
    fn mount(&self) -> bool {
        fs::create_dir_all(self.store()).unwrap();
        run("mount", &["-o", "loop,commit=300"], &[&self.image(), &self.store()])
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &[&self.store()]);
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn run(program: &str, options: &[&str], paths: &[&Path]) -> bool {
    Command::new(program).args(options).args(paths).output().is_ok_and(|output| output.status.success())
}

/// The disk of a server that writes under load and loses its power after so many commits, and what was acknowledged.
async fn power_cut(disk: &Disk, world: &World, chorus: &mut Chorus) -> (Disk, Acknowledged) {
    chorus.goes_on_for(1 + chance(1_500)).await;
    world.server.freeze();
    let acknowledged = chorus.acknowledged();
    world.server.rests();
    let copy = disk.copy();
    world.server.thaw();
    (copy, acknowledged)
}

#[tokio::test]
async fn what_was_acknowledged_survives_power_cuts_under_load_and_nothing_is_half_there() {
    for writers in [3, 80] {
        let Some(disk) = Disk::new() else { return };
        let world = World::on(Server::storing(&disk.store(), "sync_interval: always")).await;
        let mut chorus = Chorus::of(&world.journal, 0..writers);
        for _ in 0..rounds(3) {
            let (copy, acknowledged) = power_cut(&disk, &world, &mut chorus).await;
            let server = Server::storing(&copy.store(), "sync_interval: always");
            let (nats, keys) = (connected(&server).await, world.keys.clone());
            let journal = Journal::open(&nats, keys, JournalOptions::default()).await.unwrap();
            let beyond = acknowledged.beyond_in(&journal).await;
            println!("a power cut after {} acknowledgements: all there, {beyond} more", acknowledged.len());
        }
    }
}

#[tokio::test]
async fn a_server_that_syncs_later_loses_what_it_acknowledged() {
    // This is what the test above would not notice if it could not fail.
    let Some(disk) = Disk::new() else { return };
    let world = World::on(Server::storing(&disk.store(), "")).await;
    let mut chorus = Chorus::of(&world.journal, 0..80);
    let (copy, acknowledged) = power_cut(&disk, &world, &mut chorus).await;
    let server = Server::storing(&copy.store(), "");
    let raw = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let left = raw.get_stream("INK_LOG").await.map_or(0, |stream| stream.cached_info().state.messages);
    println!("a power cut after {} acknowledgements: {left} are left", acknowledged.len());
    assert!(left < acknowledged.len() as u64, "{left}");
}
