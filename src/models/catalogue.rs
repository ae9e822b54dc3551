//! The catalogue: every model of a person, and which characters an id means.

use std::collections::{BTreeMap, BTreeSet};

use domain::{bounds, character::CharacterId};
use projections::{characters::CharacterName, conversations::Company};
use time::OffsetDateTime;
use uuid::Uuid;

use super::spelling::{fold, spell};

/// Between the names of a group.
const AND: &str = " & ";

/// The most names that a group is called by.
const NAMED: usize = 4;

/// A character, or a group of them, as a client knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// What the client sends back, and shows.
    pub id: String,
    /// Who it is: one, or several in the order in which they speak.
    pub company: Vec<CharacterId>,
    /// Since when it is here.
    pub created_at: OffsetDateTime,
    /// Whether it is offered: a retired character keeps its name and is not.
    pub offered: bool,
}

/// Every model of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    models: Vec<Model>,
    /// Which model has which id, as ids are compared.
    by_id: BTreeMap<String, usize>,
}

impl Catalogue {
    /// Names these, who are in the order in which they came.
    pub fn new(characters: &[CharacterName], companies: &[Company]) -> Self {
        let mut catalogue = Self::default();
        for CharacterName { id, name, is_active, created_at } in characters {
            catalogue.add(&spell(name), vec![*id], *created_at, *is_active);
        }
        for Company { characters, created_at } in companies {
            let members: Option<Vec<_>> =
                characters.iter().map(|member| catalogue.called(&[*member])).collect();
            let Some(members) = members else { continue };
            let offered = members.iter().all(|model| model.offered);
            let names: Vec<_> = members.iter().map(|model| model.id.as_str()).collect();
            catalogue.add(&together(&names), characters.clone(), *created_at, offered);
        }
        catalogue
    }

    /// The models that are offered.
    pub fn offered(&self) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(|model| model.offered)
    }

    /// The model of these characters, in this order.
    pub fn called(&self, company: &[CharacterId]) -> Option<&Model> {
        self.models.iter().find(|model| model.company == company)
    }

    /// Whom a client means by this id: also with `@OpenAI` behind it, or a path in front, as some clients have it; an
    /// id of a character as we write it; and several of them with `&` in between.
    pub fn find(&self, asked: &str) -> Option<Vec<CharacterId>> {
        let without_provider = asked.rsplit_once('@').map_or(asked, |(id, _)| id);
        let without_path = without_provider.rsplit_once('/').map_or(without_provider, |(_, id)| id);
        [asked, without_provider, without_path]
            .into_iter()
            .find_map(|asked| self.one(asked).or_else(|| self.several(asked)))
    }

    fn one(&self, asked: &str) -> Option<Vec<CharacterId>> {
        let by_name = self.by_id.get(&fold(asked)).and_then(|at| self.models.get(*at));
        let by_uuid = || self.called(&[CharacterId::new(asked.trim().parse().ok()?)]);
        by_name.or_else(by_uuid).or_else(|| self.tagged(asked)).map(|model| model.company.clone())
    }

    /// A tag says who it is, whatever they are called by now.
    fn tagged(&self, asked: &str) -> Option<&Model> {
        let (_, tag) = asked.trim().strip_suffix(')')?.rsplit_once(" (")?;
        let mut bearers = self.models.iter().filter(|model| (4..=32).any(|digits| tag == model.tag(digits)));
        bearers.next().filter(|_| bearers.next().is_none())
    }

    fn several(&self, asked: &str) -> Option<Vec<CharacterId>> {
        let names: Vec<_> = asked.split('&').take(bounds::CHARACTERS + 1).collect();
        let mut company = vec![];
        for name in &names {
            company.extend(self.one(name)?);
        }
        let different: BTreeSet<_> = company.iter().collect();
        let group = 2..=bounds::CHARACTERS;
        (group.contains(&company.len()) && different.len() == company.len()).then_some(company)
    }

    fn add(&mut self, name: &str, company: Vec<CharacterId>, created_at: OffsetDateTime, offered: bool) {
        let mut model = Model { id: name.to_owned(), company, created_at, offered };
        for digits in [4, 8, 32] {
            if !self.by_id.contains_key(&fold(&model.id)) {
                break;
            }
            model.id = format!("{name} ({})", model.tag(digits));
        }
        self.by_id.entry(fold(&model.id)).or_insert(self.models.len());
        self.models.push(model);
    }
}

impl Model {
    /// The last digits of who it is.
    fn tag(&self, digits: usize) -> String {
        let who = match self.company.as_slice() {
            [one] => one.uuid(),
            several => {
                let bytes: Vec<u8> = several.iter().flat_map(|one| *one.uuid().as_bytes()).collect();
                Uuid::new_v5(&Uuid::NAMESPACE_OID, &bytes)
            }
        };
        let simple = who.simple().to_string();
        simple[simple.len().saturating_sub(digits)..].to_owned()
    }
}

/// What a group is called.
fn together(names: &[&str]) -> String {
    if names.len() <= NAMED {
        return names.join(AND);
    }
    format!("{}{AND}{} more", names[..NAMED - 1].join(AND), names.len() + 1 - NAMED)
}

#[cfg(test)]
mod spec {
    use super::*;

    fn id(number: u128) -> CharacterId {
        CharacterId::new(Uuid::from_u128(number))
    }

    fn known(number: u128, name: &str) -> CharacterName {
        let created_at = OffsetDateTime::UNIX_EPOCH;
        CharacterName { id: id(number), name: name.into(), is_active: true, created_at }
    }

    fn ids(catalogue: &Catalogue) -> Vec<&str> {
        catalogue.offered().map(|model| model.id.as_str()).collect()
    }

    #[test]
    fn equal_names_are_told_apart_by_a_tag_and_the_first_keeps_its_name() {
        let catalogue = Catalogue::new(&[known(1, "Aqua"), known(0xbeef, "aqua"), known(3, "Bard")], &[]);
        assert_eq!(ids(&catalogue), ["Aqua", "aqua (beef)", "Bard"]);
        assert_eq!(catalogue.find("AQUA"), Some(vec![id(1)]));
        assert_eq!(catalogue.find("aqua (beef)"), Some(vec![id(0xbeef)]));
    }

    #[test]
    fn who_retires_keeps_the_name_and_is_not_offered() {
        let retired = CharacterName { is_active: false, ..known(1, "Aqua") };
        let catalogue = Catalogue::new(&[retired, known(0xbeef, "Aqua")], &[]);
        assert_eq!(ids(&catalogue), ["Aqua (beef)"]);
        assert_eq!(catalogue.find("Aqua"), Some(vec![id(1)]));
    }

    #[test]
    fn a_tag_is_enough_when_the_name_has_changed() {
        let catalogue = Catalogue::new(&[known(0xbeef, "Nova")], &[]);
        assert_eq!(catalogue.find("Aqua (beef)"), Some(vec![id(0xbeef)]));
        assert_eq!(catalogue.find("Aqua (dead)"), None);
    }

    #[test]
    fn equal_tags_grow() {
        let catalogue =
            Catalogue::new(&[known(1, "Aqua"), known(0x1_beef, "Aqua"), known(0x2_beef, "Aqua")], &[]);
        assert_eq!(ids(&catalogue), ["Aqua", "Aqua (beef)", "Aqua (0002beef)"]);
        assert_eq!(catalogue.find("Aqua (0002beef)"), Some(vec![id(0x2_beef)]));
    }

    #[test]
    fn what_clients_do_to_an_id_is_forgiven() {
        let catalogue = Catalogue::new(&[known(1, "Vlad, the  Third"), known(2, "a/b@c")], &[]);
        for asked in [
            ids(&catalogue)[0],
            "Vlad, the Third",
            "vlad, the third@OpenAI",
            "openai/Vlad, the Third",
            "00000000-0000-0000-0000-000000000001",
        ] {
            assert_eq!(catalogue.find(asked), Some(vec![id(1)]), "{asked}");
        }
        assert_eq!(catalogue.find("a/b@c"), Some(vec![id(2)]));
        assert_eq!(catalogue.find("gpt-4o-mini"), None);
        assert_eq!(catalogue.find(""), None);
    }

    #[test]
    fn a_group_is_its_names() {
        let characters = [known(1, "Aqua"), known(2, "Bard"), known(3, "Tom & Jerry")];
        let company = |members: &[u128]| Company {
            characters: members.iter().copied().map(id).collect(),
            created_at: OffsetDateTime::UNIX_EPOCH,
        };
        let catalogue = Catalogue::new(&characters, &[company(&[2, 1]), company(&[2, 9])]);
        assert_eq!(ids(&catalogue), ["Aqua", "Bard", "Tom & Jerry", "Bard & Aqua"]);
        assert_eq!(catalogue.find("bard & aqua"), Some(vec![id(2), id(1)]));
        assert_eq!(catalogue.find("Aqua&Bard"), Some(vec![id(1), id(2)]));
        assert_eq!(catalogue.find("Tom & Jerry"), Some(vec![id(3)]));
        assert_eq!(catalogue.find("Aqua & Aqua"), None);
        assert_eq!(catalogue.find("Aqua & Nobody"), None);
    }

    #[test]
    fn a_large_group_is_called_by_its_first() {
        assert_eq!(together(&["A", "B", "C", "D", "E"]), "A & B & C & 2 more");
    }

    #[test]
    fn a_name_like_the_models_for_titles_is_not_that_model() {
        let catalogue = Catalogue::new(&[known(1, super::super::UTILITY)], &[]);
        assert_ne!(ids(&catalogue)[0], super::super::UTILITY);
    }
}
