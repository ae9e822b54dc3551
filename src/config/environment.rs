//! The environment, read in one place: `NATS_URL`, `DATABASE_URL`, and `INNKEEPER_…` for every key of the
//! configuration, such as `INNKEEPER_LISTEN`, `INNKEEPER_OPENAI_URL` or `INNKEEPER_WORKER_ACK_WAIT`.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]

use std::{env, ffi::OsString, path::PathBuf};

use figment::{
    Error, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

const PREFIX: &str = "INNKEEPER_";
const SECTIONS: [&str; 13] = [
    "nats",
    "database",
    "keys",
    "sillytavern",
    "openai",
    "sampling",
    "patience",
    "prompt",
    "worker",
    "http",
    "nextchat",
    "log",
    "audit",
];
/// Names under the prefix that are not keys of the configuration.
const OTHERS: [&str; 2] = ["cache", "config"];

/// The environment as a layer of the configuration.
pub(super) fn layer() -> impl Provider {
    Environment
}

struct Environment;

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment")
            .interpolater(|_, keys| format!("{PREFIX}{}", keys.join("_").to_uppercase()))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut dict = Dict::new();
        for (name, value) in env::vars_os() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if let Some((section, key)) = place(name) {
                put(&mut dict, section, key, value);
            }
        }
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

/// Which key an environment variable sets.
fn place(name: &str) -> Option<(Option<&'static str>, String)> {
    match name {
        "NATS_URL" => return Some((Some("nats"), "url".to_owned())),
        "DATABASE_URL" => return Some((Some("database"), "url".to_owned())),
        _ => {}
    }
    let key = name.strip_prefix(PREFIX)?.to_lowercase();
    if OTHERS.contains(&key.as_str()) || key.starts_with("test_") || key.starts_with("bench_") {
        return None;
    }
    let sectioned = SECTIONS
        .into_iter()
        .find_map(|section| Some((section, key.strip_prefix(section)?.strip_prefix('_')?.to_owned())));
    match sectioned {
        Some((section, rest)) => Some((Some(section), rest)),
        None => Some((None, key)),
    }
}

fn put(dict: &mut Dict, section: Option<&str>, key: String, value: &str) {
    let value = value_of(value);
    let Some(section) = section else {
        dict.insert(key, value);
        return;
    };
    let inner = dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, inner) = inner {
        inner.insert(key, value);
    }
}

/// Numbers and truths as such, everything else as text: a password may look like an array.
fn value_of(text: &str) -> Value {
    if let Ok(truth) = text.parse::<bool>() {
        return Value::from(truth);
    }
    if text.len() < 16
        && let Ok(number) = text.parse::<i64>()
    {
        return Value::from(number);
    }
    match text.parse::<f64>() {
        Ok(number) if text.contains('.') && text.len() < 16 => Value::from(number),
        Ok(_) | Err(_) => Value::from(text),
    }
}

/// Where programs and models that were fetched are kept, for all houses of this user.
pub fn cache_folder() -> PathBuf {
    let named = env::var_os("INNKEEPER_CACHE").map(PathBuf::from);
    named
        .or_else(|| Some(PathBuf::from(env::var_os("XDG_CACHE_HOME")?).join("innkeeper")))
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache/innkeeper")))
        .unwrap_or_else(|| env::temp_dir().join(format!("innkeeper-cache-{}", nix::unistd::getuid())))
}

/// Where the data lies when nobody says where.
pub(super) fn data_folder() -> PathBuf {
    let shared = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/share")));
    shared.map_or_else(|| PathBuf::from("innkeeper-data"), |shared| shared.join("innkeeper"))
}

/// The configuration file that the environment names.
pub(super) fn config_file() -> Option<PathBuf> {
    env::var_os("INNKEEPER_CONFIG").map(PathBuf::from)
}

/// Where the shell looks for programs.
pub fn search_path() -> OsString {
    env::var_os("PATH").unwrap_or_default()
}

#[cfg(test)]
mod spec {
    use super::*;

    #[test]
    fn a_variable_names_a_key_or_a_key_of_a_section() {
        assert_eq!(place("NATS_URL"), Some((Some("nats"), "url".to_owned())));
        assert_eq!(place("INNKEEPER_LISTEN"), Some((None, "listen".to_owned())));
        assert_eq!(place("INNKEEPER_WORKER_ACK_WAIT"), Some((Some("worker"), "ack_wait".to_owned())));
        assert_eq!(place("INNKEEPER_LISTN"), Some((None, "listn".to_owned())));
        assert_eq!(place("INNKEEPER_CACHE"), None);
        assert_eq!(place("PATH"), None);
    }

    #[test]
    fn only_what_is_surely_a_number_is_one() {
        assert_eq!(value_of("16"), Value::from(16_i64));
        assert_eq!(value_of("0.7"), Value::from(0.7));
        assert_eq!(value_of("true"), Value::from(true));
        assert_eq!(value_of("[secret]"), Value::from("[secret]"));
        assert_eq!(value_of("12345678901234567890"), Value::from("12345678901234567890"));
    }
}
