//! Who said it: the speakers of a chat, found among those who take part here.
//!
//! A chat with one character is theirs, under whatever name they speak in it. In a group the file of the card tells who
//! speaks, and where that is not known, the name; words of those who did not come along are kept under their name.

use cards::chat::{self, Part};
use domain::{bounds, character::CharacterId, conversation::Speaker, user::UserId};

/// Who takes part.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) owner: UserId,
    pub(super) members: Vec<Member>,
}

/// A character that takes part.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: CharacterId,
    /// What it is called: by its name and its nickname.
    pub(super) names: Vec<String>,
    /// The file of its card, where that is told.
    pub(super) avatar: Option<String>,
}

impl Member {
    fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.trim().to_lowercase() == name.trim().to_lowercase())
    }
}

impl Company {
    pub(super) fn ids(&self) -> Vec<CharacterId> {
        self.members.iter().map(|member| member.id).collect()
    }

    /// Who speaks, and under which name, where it is not their own.
    pub(super) fn find(&self, speaker: &chat::Speaker, user: Option<&str>) -> (Speaker, Option<String>) {
        let name = bounded(&speaker.name);
        match speaker.part {
            Part::User => (Speaker::User(self.owner), name.filter(|name| Some(name.as_str()) != user)),
            Part::Narrator => (Speaker::Narrator, name),
            Part::Character => match self.member(speaker) {
                Some(member) => (Speaker::Character(member.id), name.filter(|name| !member.is_called(name))),
                None => (Speaker::Narrator, name),
            },
        }
    }

    fn member(&self, speaker: &chat::Speaker) -> Option<&Member> {
        if let [only] = &self.members[..] {
            return Some(only);
        }
        let by_card = |member: &&Member| speaker.avatar.is_some() && member.avatar == speaker.avatar;
        let by_name = |member: &&Member| member.is_called(&speaker.name);
        self.members.iter().find(by_card).or_else(|| self.members.iter().find(by_name))
    }
}

/// The name, if there is one, as long as names may be.
fn bounded(name: &str) -> Option<String> {
    let name = name.trim();
    let name = &name[..name.floor_char_boundary(bounds::NAME)];
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod spec {
    use super::*;
    use crate::stamp;

    fn member(name: &str, avatar: Option<&str>) -> Member {
        Member { id: stamp::id(), names: vec![name.into()], avatar: avatar.map(str::to_owned) }
    }

    fn company(members: Vec<Member>) -> Company {
        Company { owner: stamp::id(), members }
    }

    fn speaks(part: Part, name: &str, avatar: Option<&str>) -> chat::Speaker {
        chat::Speaker { part, name: name.into(), avatar: avatar.map(str::to_owned) }
    }

    #[test]
    fn alone_a_character_says_everything_and_another_name_is_kept() {
        let alone = company(vec![member("Aqua", None)]);
        let aqua = Speaker::Character(alone.members[0].id);
        assert_eq!(alone.find(&speaks(Part::Character, "aqua", None), None), (aqua, None));
        let other = alone.find(&speaks(Part::Character, "The tide", None), None);
        assert_eq!(other, (aqua, Some("The tide".into())));
    }

    #[test]
    fn in_a_group_the_card_tells_who_speaks_and_then_the_name() {
        let group = company(vec![member("Aqua", Some("a.png")), member("Bard", None)]);
        let [aqua, bard] = [0, 1].map(|nth: usize| Speaker::Character(group.members[nth].id));
        assert_eq!(group.find(&speaks(Part::Character, "Bard", Some("a.png")), None).0, aqua);
        assert_eq!(group.find(&speaks(Part::Character, "Bard", Some("b.png")), None).0, bard);
        let gone = group.find(&speaks(Part::Character, "Gone", Some("g.png")), None);
        assert_eq!(gone, (Speaker::Narrator, Some("Gone".into())));
    }

    #[test]
    fn a_persons_name_is_kept_where_they_speak_as_somebody_else() {
        let alone = company(vec![member("Aqua", None)]);
        let said = |name| alone.find(&speaks(Part::User, name, None), Some("Mira")).1;
        assert_eq!((said("Mira"), said("Captain"), said(" ")), (None, Some("Captain".into()), None));
    }
}
