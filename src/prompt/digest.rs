//! The hash of a prompt: SHA-256 of its messages in one canonical form, so that a prompt that is assembled again can be
//! proved to be the same.
//!
//! The form, which is for ever: the bytes of `innkeeper/prompt/1`; the number of messages; then for each message its
//! role (`system`, `user`, `assistant`), its words, and a byte that is 0 where it has no name and 1 where its name
//! follows. Numbers are 64 bits, big end first. Texts are UTF-8, each after its length in bytes as a number, so that no
//! two prompts have one form.

use sha2::{Digest, Sha256};

use super::Message;

/// The hash, in hexadecimal.
pub(super) fn of(messages: &[Message]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"innkeeper/prompt/1");
    number(&mut hash, messages.len());
    for message in messages {
        text(&mut hash, message.role_name());
        text(&mut hash, &message.content);
        match &message.name {
            None => hash.update([0]),
            Some(name) => {
                hash.update([1]);
                text(&mut hash, name);
            }
        }
    }
    hex::encode(hash.finalize())
}

fn text(hash: &mut Sha256, text: &str) {
    number(hash, text.len());
    hash.update(text.as_bytes());
}

fn number(hash: &mut Sha256, number: usize) {
    hash.update(u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes());
}

#[cfg(test)]
mod spec {
    use super::*;
    use domain::character::Role;

    fn message(role: Role, content: &str, name: Option<&str>) -> Message {
        Message { role, content: content.into(), name: name.map(Into::into) }
    }

    #[test]
    fn the_form_is_the_one_that_is_written_down() {
        let mut form = b"innkeeper/prompt/1".to_vec();
        form.extend(1_u64.to_be_bytes());
        for text in ["user", "Hi"] {
            form.extend(u64::try_from(text.len()).unwrap().to_be_bytes());
            form.extend(text.as_bytes());
        }
        form.push(1);
        form.extend(4_u64.to_be_bytes());
        form.extend(b"Mira");
        assert_eq!(of(&[message(Role::User, "Hi", Some("Mira"))]), hex::encode(Sha256::digest(form)));
    }

    #[test]
    fn prompts_that_differ_in_anything_differ_in_their_hash() {
        let hashes: std::collections::BTreeSet<_> = [
            vec![],
            vec![message(Role::User, "Hi", None)],
            vec![message(Role::System, "Hi", None)],
            vec![message(Role::User, "Hi", Some(""))],
            vec![message(Role::User, "", Some("Hi"))],
            vec![message(Role::User, "H", None), message(Role::User, "i", None)],
        ]
        .iter()
        .map(|messages| of(messages))
        .collect();
        assert_eq!(hashes.len(), 6);
    }
}
