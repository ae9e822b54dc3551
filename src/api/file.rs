//! Files as answers: whole or in part, known by their digest, and harmless in a browser.
//!
//! `If-None-Match` is asked first, then `Range` (one range; several are answered with the whole file, as the standard
//! allows), which holds only for the version that `If-Range` names.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_range_header::parse_range_header;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{precondition::Known, problem::Problem};
use crate::media;

/// What is addressed by its digest never changes.
pub const FOR_EVER: &str = "private, max-age=31536000, immutable";
/// What may be another thing tomorrow is asked for each time.
pub const FOR_NOW: &str = "private, no-cache";

/// How many bytes of a file's name are told.
const NAME: usize = 120;
/// What stands for itself in `filename*` (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// A file, as far as its headers go.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is known by: its digest, and whatever else tells it apart.
    pub etag: String,
    /// What its bytes are.
    pub media_type: String,
    /// What it is called where it is saved. It is saved, and not shown, if it has a name.
    pub save_as: Option<String>,
    /// How long it may be kept.
    pub keep: &'static str,
}

/// What the caller wants of a file, and what they have of it.
#[derive(Debug, Clone)]
pub struct Share {
    known: Known,
    range: Option<String>,
    only_of: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Share {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let known = Known::from_request_parts(parts, state).await?;
        let text = |name: HeaderName| text(&parts.headers, &name);
        Ok(Self { known, range: text(header::RANGE), only_of: text(header::IF_RANGE) })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

impl Share {
    /// Whether they have this already.
    pub fn has(&self, file: &File) -> bool {
        self.known.has(&file.etag)
    }

    /// Word that nothing has changed.
    pub fn unchanged(file: &File) -> Response {
        let tag = [(header::ETAG, file.etag.as_str()), (header::CACHE_CONTROL, file.keep)];
        (StatusCode::NOT_MODIFIED, tag).into_response()
    }

    /// What they want of it.
    pub fn of(&self, file: &File, bytes: Bytes) -> Result<Response, Problem> {
        if self.has(file) {
            return Ok(Self::unchanged(file));
        }
        let size = bytes.len() as u64;
        let Some((from, to)) = self.range(&file.etag, size)? else {
            return Ok((StatusCode::OK, file.headers(), bytes).into_response());
        };
        let place = [(header::CONTENT_RANGE, format!("bytes {from}-{to}/{size}"))];
        let within = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        let part = bytes.slice(within(from)..within(to + 1));
        Ok((StatusCode::PARTIAL_CONTENT, file.headers(), place, Body::from(part)).into_response())
    }

    /// The first and the last byte that are wanted, if not all are. What is no range is ignored, as the standard says.
    fn range(&self, etag: &str, size: u64) -> Result<Option<(u64, u64)>, Problem> {
        let holds = self.only_of.as_ref().is_none_or(|version| version == etag);
        let Some(range) = self.range.as_ref().filter(|_| holds) else { return Ok(None) };
        let Ok(ranges) = parse_range_header(range) else { return Ok(None) };
        if ranges.len() > 1 || size == 0 {
            return Ok(None);
        }
        let valid = ranges.validate(size).ok().and_then(|ranges| ranges.into_iter().next());
        valid.map(|range| Some(range.into_inner())).ok_or_else(|| beyond(size))
    }
}

fn beyond(size: u64) -> Problem {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range-not-satisfiable",
        format!("the file has {size} bytes, and the range lies beyond them"),
    );
    match HeaderValue::try_from(format!("bytes */{size}")) {
        Ok(place) => problem.header(header::CONTENT_RANGE, place),
        Err(_) => problem,
    }
}

impl File {
    fn headers(&self) -> HeaderMap {
        let shown = self.save_as.is_none() && media::is_shown(&self.media_type);
        let disposition = if shown { "inline".to_owned() } else { saved_as(self.save_as.as_deref()) };
        let all = [
            (header::ETAG, self.etag.as_str()),
            (header::CONTENT_TYPE, &self.media_type),
            (header::CONTENT_DISPOSITION, &disposition),
            (header::CACHE_CONTROL, self.keep),
            (header::ACCEPT_RANGES, "bytes"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))).collect()
    }
}

/// `Content-Disposition` of a file that is saved. The name is a stranger's: it holds no path and nothing unseen.
fn saved_as(name: Option<&str>) -> String {
    let Some(name) = name.map(file_name).filter(|name| !name.is_empty()) else {
        return "attachment".to_owned();
    };
    format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(&name, PLAIN))
}

/// A name that a file may have: it holds no path and nothing unseen.
pub fn file_name(name: &str) -> String {
    let strange = |letter: char| letter.is_control() || "/\\:*?\"<>|\u{fffd}".contains(letter);
    let name = name.replace(strange, "_");
    let name = name.trim_matches(|letter: char| letter.is_whitespace() || letter == '.');
    let Some((stem, ext)) = name.rsplit_once('.').filter(|(_, ext)| ext.len() <= 10) else {
        return name[..name.floor_char_boundary(NAME)].to_owned();
    };
    format!("{}.{ext}", &stem[..stem.floor_char_boundary(NAME)])
}

#[cfg(test)]
mod spec {
    use super::*;

    fn file() -> File {
        File { etag: "\"ab\"".into(), media_type: "image/png".into(), save_as: None, keep: FOR_EVER }
    }

    fn answered(range: &str, only_of: Option<&str>) -> (u16, String) {
        let share = Share {
            known: Known::default(),
            range: Some(range.to_owned()),
            only_of: only_of.map(str::to_owned),
        };
        match share.of(&file(), Bytes::from_static(b"0123456789")) {
            Ok(response) => {
                let place = response.headers().get(header::CONTENT_RANGE);
                let place = place.map_or("", |place| place.to_str().unwrap()).to_owned();
                (response.status().as_u16(), place)
            }
            Err(problem) => (problem.status().as_u16(), String::new()),
        }
    }

    #[test]
    fn one_range_is_answered_and_what_is_none_is_ignored() {
        assert_eq!(answered("bytes=2-4", None), (206, "bytes 2-4/10".into()));
        assert_eq!(answered("bytes=8-", None), (206, "bytes 8-9/10".into()));
        assert_eq!(answered("bytes=-3", None), (206, "bytes 7-9/10".into()));
        assert_eq!(answered("bytes=5-500", None), (206, "bytes 5-9/10".into()));
        assert_eq!(answered("bytes=10-", None).0, 416);
        for ignored in ["bytes=1-2,4-5", "bytes=4-2", "lines=1-2", "bytes=x", ""] {
            assert_eq!(answered(ignored, None), (200, String::new()), "{ignored}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_the_whole_file() {
        assert_eq!(answered("bytes=2-4", Some("\"ab\"")).0, 206);
        assert_eq!(answered("bytes=2-4", Some("\"cd\"")).0, 200);
    }

    #[test]
    fn a_name_is_told_and_leads_nowhere() {
        assert_eq!(saved_as(Some("Zoë 🌊.png")), "attachment; filename*=UTF-8''Zo%C3%AB%20%F0%9F%8C%8A.png");
        assert_eq!(saved_as(Some("../../etc/passwd")), "attachment; filename*=UTF-8''_.._etc_passwd");
        assert_eq!(saved_as(Some("a\r\nb\".png")), "attachment; filename*=UTF-8''a__b_.png");
        assert_eq!(saved_as(Some(" .. ")), "attachment");
        assert!(saved_as(Some(&"é".repeat(500))).len() < 500);
    }

    #[test]
    fn what_browsers_might_run_is_saved() {
        let page = File { media_type: "text/html".into(), ..file() };
        assert_eq!(page.headers()[header::CONTENT_DISPOSITION], "attachment");
        assert_eq!(file().headers()[header::CONTENT_DISPOSITION], "inline");
    }
}
