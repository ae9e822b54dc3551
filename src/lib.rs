//! Innkeeper: an event-sourced back end that lets people in NextChat talk with characters from SillyTavern.
//!
//! The rooms, in the order in which a message goes through them:
//!
//! - [`api`] takes a command in over HTTP, [`stamp`] gives it its ids and time, [`execute`] decides and appends it;
//! - [`tail`] tells every process what was committed, [`projector`] makes rows of it, [`progress`] says how far it is;
//! - [`publisher`] tells analysts what happened, without anybody's words and with [`pseudonyms`] for everybody;
//! - [`import`] reads the files that people bring, and [`archive`] is the note in those that they take along;
//! - [`worker`] takes the replies that were asked for, [`prompt`] assembles what the model is told, [`provider`] asks
//!   it, and [`relay`] lets any number of listeners hear the tokens;
//! - [`keys`] holds the keys under which people's words are sealed in the log, [`erasure`] forgets people;
//! - [`door`] lets browsers in, and [`gateway`] is the origin of their page, [`nextchat`] what that page
//!   fetches from it;
//! - [`models`] names characters as OpenAI clients know them, [`personas`] tells as whom people take part;
//! - [`rows`] reads the lists of the read side to their ends;
//! - [`audit`] proves that history is what it was, and [`audit_tool`] does so on the command line;
//! - [`backup`] takes the house away in files and brings it back, and [`backup_tool`] does so on the command line;
//! - [`media`] tells what files are, and [`thumbnail`] makes pictures small;
//! - [`embedded`], [`config`], [`start`] and [`cli`] bring the house up; [`import_tool`] brings things to one that is open,
//!   [`projections_tool`] looks after its read models, and [`cards_tool`] does without one.

pub mod api;
pub mod archive;
pub mod audit;
pub mod audit_tool;
pub mod backoff;
pub mod backup;
pub mod backup_tool;
pub mod bootstrap;
pub mod cards_tool;
pub mod cli;
mod commit_bar;
pub mod config;
pub mod door;
pub mod embedded;
pub mod erasure;
pub mod execute;
pub mod gateway;
pub mod house;
pub mod import;
pub mod import_tool;
pub mod key;
pub mod keys;
pub mod media;
pub mod models;
pub mod nextchat;
pub mod past;
pub mod personas;
pub mod progress;
pub mod projections_tool;
pub mod projector;
pub mod prompt;
pub mod provider;
pub mod provider_choice;
pub mod pseudonyms;
pub mod publisher;
pub mod recall;
pub mod relay;
pub mod rows;
pub mod secret;
pub mod stamp;
pub mod start;
pub mod tail;
pub mod thumbnail;
pub mod vault;
pub mod webhooks;
pub mod webhooks_tool;
pub mod worker;
