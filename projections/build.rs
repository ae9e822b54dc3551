//! Tells cargo to build again when a migration is added: `sqlx::migrate!` only notices those that it has seen.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
