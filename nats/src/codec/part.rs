//! Parts an event from its private words while it is written, and joins the two again.
//!
//! The open half is the event as a map, with `nil` wherever something private was. The private half is an array: where
//! in the open half each thing belongs, counted in bytes, and the thing itself. So nothing can be forgotten for a field:
//! what is [`domain::Private`] never reaches the open half, however deep it lies.
//!
//! They are joined as bytes, before anybody knows the event's type: whoever reads old events (an upcaster too) has the
//! whole event before them, or, when its words are forgotten, the open half as it is.

use std::{
    cell::{Cell, RefCell},
    io::{self, Write},
};

use domain::private;
use serde::Serialize;

use super::{DecodeError, EncodeError, pack_into, raw};

/// An event in its halves.
pub(super) struct Parted {
    pub(super) open: Vec<u8>,
    /// None, if nothing in it is private.
    pub(super) private: Option<Vec<u8>>,
}

/// What is written, on both sides of the seam.
#[derive(Default)]
struct Seam {
    open: RefCell<Vec<u8>>,
    private: RefCell<Vec<u8>>,
    count: Cell<u32>,
}

/// The open half, as a writer.
struct Open<'s>(&'s Seam);

impl Write for Open<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.open.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl private::Seam for Seam {
    type Error = EncodeError;

    fn take<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), EncodeError> {
        let at = u32::try_from(self.open.borrow().len()).unwrap_or(u32::MAX);
        let mut private = self.private.borrow_mut();
        pack_into(&at, &mut private)?;
        let begins = private.len();
        pack_into(value, &mut private)?;
        if private.get(begins) == Some(&raw::NIL) {
            return Err(EncodeError::NothingPrivate);
        }
        self.count.set(self.count.get() + 1);
        Ok(())
    }
}

/// Parts whatever serialises.
pub(super) fn part(value: &impl Serialize) -> Result<Parted, EncodeError> {
    let seam = Seam::default();
    let mut writer = rmp_serde::Serializer::new(Open(&seam)).with_struct_map().with_human_readable();
    private::part(value, &mut writer, &seam).map_err(EncodeError::Body)?;
    let Seam { open, private, count } = seam;
    let private = (count.get() > 0).then(|| {
        let mut array = vec![];
        drop(rmp::encode::write_array_len(&mut array, count.get() * 2));
        [array, private.into_inner()].concat()
    });
    Ok(Parted { open: open.into_inner(), private })
}

/// Joins the halves of an event.
pub(super) fn join(open: &[u8], private: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut whole = Vec::with_capacity(open.len() + private.len());
    let mut joined = 0;
    for pair in raw::values(private)?.chunks(2) {
        let &[at, value] = pair else { return Err(elsewhere()) };
        let at: usize = super::typed(at)?;
        if at < joined || open.get(at) != Some(&raw::NIL) {
            return Err(elsewhere());
        }
        whole.extend_from_slice(&open[joined..at]);
        whole.extend_from_slice(value);
        joined = at + 1;
    }
    whole.extend_from_slice(&open[joined..]);
    Ok(whole)
}

fn elsewhere() -> DecodeError {
    DecodeError::malformed("something private belongs elsewhere")
}

#[cfg(test)]
mod spec {
    use domain::{Private, private::present};
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;
    use crate::codec::{pack, typed};

    /// Private things at every place where a form has room for them.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Deep {
        before: u8,
        word: Private<String>,
        list: Vec<Private<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        maybe: Option<Private<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        never: Option<Private<String>>,
        map: std::collections::BTreeMap<String, Private<Value>>,
        kind: Kind,
        pair: (Private<u8>, Private<Vec<Private<String>>>),
        after: u8,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Named { word: Private<String> },
        One(Private<String>),
        Two(Private<String>, Private<String>),
    }

    fn deep(kind: Kind) -> Deep {
        Deep {
            before: 1,
            word: "secret".into(),
            list: vec!["secret".into(), Private::Forgotten, "secret".into()],
            maybe: Some("secret".into()),
            never: None,
            map: [("a".to_owned(), json!({ "b": ["secret", null, 1.5] }).into())].into(),
            kind,
            pair: (7.into(), vec!["secret".into()].into()),
            after: 2,
        }
    }

    fn kinds() -> [Kind; 3] {
        let word = || "secret".into();
        [Kind::Named { word: word() }, Kind::One(word()), Kind::Two(word(), word())]
    }

    fn contains(bytes: &[u8], words: &str) -> bool {
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    }

    #[test]
    fn the_halves_join_to_what_was_parted_and_the_open_one_holds_no_words() {
        for kind in kinds() {
            let whole = deep(kind);
            let parted = part(&whole).unwrap();
            assert!(!contains(&parted.open, "secret"));
            let joined = join(&parted.open, &parted.private.unwrap()).unwrap();
            assert_eq!(joined, pack(&whole).unwrap());
            assert_eq!(typed::<Deep>(&joined).unwrap(), whole);
        }
    }

    #[test]
    fn the_open_half_is_what_is_left_when_all_is_forgotten() {
        let open = part(&deep(Kind::One("secret".into()))).unwrap().open;
        let left: Deep = typed(&open).unwrap();
        assert_eq!((left.before, left.after, &left.word), (1, 2, &Private::Forgotten));
        assert_eq!(left.list, [Private::Forgotten, Private::Forgotten, Private::Forgotten]);
        assert_eq!((left.maybe, left.never), (Some(Private::Forgotten), None));
        assert_eq!(left.kind, Kind::One(Private::Forgotten));
    }

    #[test]
    fn what_holds_nothing_private_has_one_half() {
        assert!(part(&json!({ "a": null })).unwrap().private.is_none());
    }

    #[test]
    fn nothing_cannot_be_private() {
        assert!(matches!(part(&Private::Known(None::<u8>)), Err(EncodeError::Body(_))));
    }

    #[test]
    fn halves_that_do_not_belong_together_do_not_join() {
        let open = pack(&(1, (), 2, ())).unwrap();
        assert_eq!(join(&open, &pack(&(2, "a", 4, "b")).unwrap()).unwrap(), pack(&(1, "a", 2, "b")).unwrap());
        let wrong = [
            pack(&(1, "a")),
            pack(&(2, "a", 2, "b")),
            pack(&(4, "b", 2, "a")),
            pack(&(2,)),
            pack(&(99, "a")),
            pack(&("2", "a")),
            pack(&2),
        ];
        for wrong in wrong {
            assert!(join(&open, &wrong.unwrap()).is_err());
        }
    }
}
