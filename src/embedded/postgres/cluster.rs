//! The data folder of PostgreSQL: made once, whole or not at all, and owned by whoever PostgreSQL runs as.
//!
//! `initdb` works in a folder beside the final one, which gets its name in one step when all is done and synced; a start that
//! finds an unfinished one begins again. It runs under guard as well, so a `kill -9` in the middle leaves nothing running.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::geteuid;

use super::super::binaries::Found;
use super::super::guard::{Step, Watch};
use super::super::identity::Identity;
use super::super::tether::tether;
use super::super::version::Version;
use super::super::{Error, Ground, Secret, files};

/// Where another account keeps what it could not reach in root's folders.
const ELSEWHERE: &str = "/var/lib/innkeeper";

const END: [Step; 1] = [(Signal::SIGTERM, Duration::from_secs(5))];
const PATIENCE: Duration = Duration::from_secs(120);

/// A data folder that PostgreSQL can open, and the program that may do so.
pub(super) struct Cluster {
    pub(super) program: PathBuf,
    /// With no symbolic link in it, so that it reads the same on a command line.
    pub(super) data: PathBuf,
}

impl Cluster {
    /// The data under this home; made, if there is none.
    pub(super) async fn open(
        ground: &Ground<'_>,
        home: &Path,
        identity: &Identity,
        found: &Found,
        user: &str,
        password: &Secret,
    ) -> Result<Self, Error> {
        let program = reachable(identity, found)?;
        let link = home.join("data");
        if !link.exists() {
            let place = place(home, identity).map_err(Error::folder("prepare", home))?;
            let version = found.version;
            Making { ground, identity, program: &program, version, place: &place, user, password }
                .make()
                .await?;
            lead(&link, &place.join("data")).map_err(Error::folder("link", &link))?;
        }
        let data = link.canonicalize().map_err(Error::folder("open", &link))?;
        let data = settle(home, &link, data, identity)?;
        Ok(Self { program, data })
    }
}

/// The program, copied to where the account of this identity can reach it, if need be.
fn reachable(identity: &Identity, found: &Found) -> Result<PathBuf, Error> {
    let (Identity::Account { .. }, Some(root)) = (identity, &found.root) else {
        return Ok(found.program.clone());
    };
    let (Some(name), Ok(inside)) = (root.file_name(), found.program.strip_prefix(root)) else {
        return Ok(found.program.clone());
    };
    let copy = Path::new(ELSEWHERE).join(name);
    if !copy.exists() {
        let beside = copy.with_extension(std::process::id().to_string());
        let copied = open_to_all(Path::new(ELSEWHERE)).and_then(|()| copy_all(root, &beside));
        let placed = copied.and_then(|()| fs::rename(&beside, &copy));
        // Somebody else may have been quicker, with the same content.
        if let Err(error) = placed
            && !copy.exists()
        {
            return Err(Error::folder("copy PostgreSQL to", &copy)(error));
        }
        files::remove_folder(&beside).map_err(Error::folder("remove", &beside))?;
    }
    Ok(copy.join(inside))
}

/// The folder to make the data in: our own, or one that another account can reach.
fn place(home: &Path, identity: &Identity) -> io::Result<PathBuf> {
    let Identity::Account { uid, gid } = identity else { return Ok(home.to_owned()) };
    open_to_all(Path::new(ELSEWHERE))?;
    let place = Path::new(ELSEWHERE).join(hex::encode(rand::random::<[u8; 8]>()));
    files::private_folder(&place)?;
    files::give(&place, *uid, *gid)?;
    Ok(place)
}

/// Let the link in our home lead to the data, wherever that is.
fn lead(link: &Path, data: &Path) -> io::Result<()> {
    if link != data {
        files::remove_file(link)?;
        symlink(data, link)?;
    }
    files::sync_parent(link)
}

/// See to it that whoever opens the data now can reach it and owns it: an earlier start may have had other means.
fn settle(home: &Path, link: &Path, data: PathBuf, identity: &Identity) -> Result<PathBuf, Error> {
    let at_home = data.parent() == Some(home);
    if at_home && identity.account().is_some() {
        let place = place(home, identity).map_err(Error::folder("prepare", home))?;
        let moved = place.join("data");
        fs::rename(&data, &moved)
            .map_err(Error::folder("move to where another account can reach it", &data))?;
        lead(link, &moved).map_err(Error::folder("link", link))?;
        own(&place, &moved, identity)?;
        return Ok(moved);
    }
    // Elsewhere the folder around the data is closed to others as well.
    own(if at_home { &data } else { data.parent().unwrap_or(&data) }, &data, identity)?;
    Ok(data)
}

fn own(all: &Path, data: &Path, identity: &Identity) -> Result<(), Error> {
    let (uid, gid) = identity.owner();
    let owned =
        |path: &Path| files::owner(path).map(|owner| owner == uid).map_err(Error::folder("open", path));
    if owned(all)? && owned(data)? {
        return Ok(());
    }
    if !geteuid().is_root() {
        return Err(Error::ForeignFolder { folder: data.to_owned() });
    }
    files::give(all, uid, gid).map_err(Error::folder("change the owner of", all))
}

struct Making<'a> {
    ground: &'a Ground<'a>,
    identity: &'a Identity,
    program: &'a Path,
    version: Version,
    place: &'a Path,
    user: &'a str,
    password: &'a Secret,
}

impl Making<'_> {
    async fn make(&self) -> Result<(), Error> {
        let draft = self.place.join("making");
        self.begin(&draft).map_err(Error::folder("prepare", &draft))?;

        let log = self.ground.log("initdb");
        let mut initdb = self.ground.run(Watch {
            guard: self.ground.guard,
            hold: self.ground.hold()?,
            log: &log,
            end: &END,
            account: self.identity.account(),
            command: self.command(&draft),
        })?;
        let ended = tokio::time::timeout(PATIENCE, initdb.exited()).await;
        match ended {
            Ok(Ok(status)) if status.success() => {}
            Ok(_) => return Err(Error::Ended { what: "initdb", log, said: initdb.last_words() }),
            Err(_) => return Err(Error::NotReady { what: "initdb", waited: PATIENCE, log }),
        }
        let data = self.place.join("data");
        fs::rename(draft.join("data"), &data).map_err(Error::folder("create", &data))?;
        files::remove_folder(&draft).map_err(Error::folder("remove", &draft))
    }

    fn begin(&self, draft: &Path) -> io::Result<()> {
        files::remove_folder(draft)?;
        files::private_folder(draft)?;
        files::write_private(&draft.join("password"), self.password.expose().as_bytes())?;
        let (uid, gid) = self.identity.owner();
        files::give(draft, uid, gid)
    }

    fn command(&self, draft: &Path) -> Vec<OsString> {
        let mut command = self.identity.prefix();
        command.extend(tether(Signal::SIGTERM, self.ground.search));
        command.push(self.program.with_file_name("initdb").into());
        command.extend(["-D".into(), draft.join("data").into()]);
        command.push(format!("--username={}", self.user).into());
        let mut pwfile = OsString::from("--pwfile=");
        pwfile.push(draft.join("password"));
        command.push(pwfile);
        command.extend(["--encoding=UTF8", "--auth=scram-sha-256", "--no-instructions"].map(OsString::from));
        command.extend(locale(self.version).iter().map(OsString::from));
        command
    }
}

/// Sorting by code point, and upper and lower case of all of Unicode.
fn locale(version: Version) -> &'static [&'static str] {
    if version.major >= 17 {
        // PostgreSQL's own, so that a new C library cannot change the order under an index.
        return &["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
    }
    if cfg!(target_os = "linux") { &["--locale=C.UTF-8"] } else { &["--locale=en_US.UTF-8"] }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !fs::metadata(from)?.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    open_to_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn open_to_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}
