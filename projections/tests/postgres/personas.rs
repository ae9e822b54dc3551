//! Personas in rows: what is made up, changed, painted and put away, and that the rows say what the rules say.

use domain::{
    Aggregate, Command, Private,
    character::Picture,
    persona::{
        CreatePersona, Persona, PersonaCreated, PersonaId, PersonaRepainted, PersonaRetired, Profile,
        RepaintPersona, RestorePersona, RetirePersona, RevisePersona, Source, Standing,
    },
};
use projections::{
    page::{Limit, Paging},
    personas::{self, Filter, Retired},
};
use serde_json::json;

use crate::{
    laws::Dice,
    server::database,
    story::{Log, id, mira, project, vlad, when},
};

fn called(name: &str) -> Profile {
    // Numbers and their order stay as other programs spelt them.
    let rest = [("z".to_owned(), json!(1.0)), ("a".to_owned(), json!([1e3]))].into_iter().collect();
    Profile { name: name.into(), description: "Of the sea.".into(), rest, ..Profile::default() }
}

fn picture(step: u64) -> Picture {
    Picture { digest: format!("{step:064x}"), media_type: "image/png".into() }
}

fn brought(log: &mut Log, number: u128, name: &str) {
    let source = Some(Private::Known(Source { file: format!("{name}.png") }));
    let profile = Box::new(called(name)).into();
    log.tell::<Persona>(id(number), [PersonaCreated { owner: mira(), profile, source }.into()]);
}

/// A persona to which something happens at random.
pub(crate) struct Mask {
    id: PersonaId,
    state: Persona,
}

impl Mask {
    pub(crate) fn new(number: u128) -> Self {
        Self { id: id(number), state: Persona::default() }
    }

    fn give(&mut self, log: &mut Log, command: &impl Command<Persona>) {
        let Ok(events) = command.decide(&self.state) else { return };
        if events.is_empty() {
            return;
        }
        events.iter().for_each(|event| self.state.evolve(event));
        log.tell(self.id, events);
    }

    pub(crate) fn go_on(&mut self, log: &mut Log, dice: &mut Dice) {
        let (by, step) = (mira(), log.end().sequence);
        let profile = called(&format!("Captain {step}"));
        if self.state == Persona::Unknown {
            let source = (dice.below(2) == 0).then(|| Source { file: format!("{step}.png") });
            return self.give(log, &CreatePersona { owner: by, profile, source });
        }
        match dice.below(6) {
            0..=1 => self.give(log, &RevisePersona { by, profile }),
            2 => self.give(log, &RepaintPersona { by, picture: Some(picture(step)) }),
            3 => self.give(log, &RepaintPersona { by, picture: None }),
            4 => self.give(log, &RetirePersona { by }),
            _ => self.give(log, &RestorePersona { by }),
        }
    }
}

#[tokio::test]
async fn the_rows_of_a_persona_say_what_the_rules_say() {
    for seed in [1, 2, 3, 4] {
        let pool = database().await;
        let (mut log, mut dice, mut mask) = (Log::default(), Dice(seed), Mask::new(50));
        (0..20).for_each(|_| mask.go_on(&mut log, &mut dice));
        project(&pool, &log).await;

        let guise = mask.state.guise().unwrap();
        let row = personas::show(&pool, mira(), mask.id).await.unwrap().unwrap();
        assert_eq!((&row.profile, &row.picture), (&guise.profile, &guise.picture), "seed {seed}");
        assert_eq!(row.source_file, guise.source.clone().map(|source| source.file));
        assert_eq!((row.is_active, row.version), (guise.standing == Standing::Active, log.end().sequence));
        assert_eq!((row.created_at, row.updated_at), (when(1), when(log.end().sequence)));
    }
}

#[tokio::test]
async fn personas_are_listed_newest_first_page_by_page_and_found_by_name() {
    let (pool, mut log) = (database().await, Log::default());
    for (number, name) in [(50, "Captain"), (51, "Cook"), (52, "Gone"), (53, "Mate")] {
        brought(&mut log, number, name);
    }
    log.tell::<Persona>(id(52), [PersonaRetired {}.into()]);
    log.tell::<Persona>(id(50), [PersonaRepainted { picture: Some(picture(7).into()) }.into()]);
    project(&pool, &log).await;

    let list = async |filter: Filter, paging| {
        let page = personas::list(&pool, mira(), &filter, paging).await.unwrap();
        let names: Vec<_> = page.items.into_iter().map(|row| row.profile.name).collect();
        (names, page.next_cursor)
    };
    let two = Paging { limit: Limit::try_new(2).unwrap(), after: None };
    let (names, next) = list(Filter::default(), two).await;
    assert_eq!(names, ["Mate", "Cook"]);
    let after = Some(next.unwrap().parse().unwrap());
    assert_eq!(list(Filter::default(), Paging { after, ..two }).await, (vec!["Captain".into()], None));
    let all = Filter { retired: Retired::Included, ..Filter::default() };
    assert_eq!(list(all, Paging::default()).await.0, ["Mate", "Gone", "Cook", "Captain"]);
    let found = |query: &str| Filter { query: Some(query.into()), ..Filter::default() };
    assert_eq!(list(found("capt"), Paging::default()).await.0, ["Captain"]);
    assert_eq!(list(found("%"), Paging::default()).await.0, [""; 0]);
}

#[tokio::test]
async fn somebody_elses_persona_is_answered_like_an_unknown_one() {
    let (pool, mut log) = (database().await, Log::default());
    brought(&mut log, 50, "Captain");
    project(&pool, &log).await;
    assert_eq!(personas::show(&pool, vlad(), id(50)).await.unwrap(), None);
    assert_eq!(personas::show(&pool, mira(), id(51)).await.unwrap(), None);
    let theirs = personas::list(&pool, vlad(), &Filter::default(), Paging::default()).await.unwrap();
    assert_eq!(theirs.items, []);
}
