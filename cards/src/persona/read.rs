//! Personas from SillyTavern's backups and settings, and back.

use serde_json::{Map, Value, json};

use super::{Persona, Position};
use crate::refusal::Refusal;
use crate::sheet::Role;
use crate::taking::Taking;
use crate::warning::{Warning, WarningCode, Warnings};
use crate::{bounds, coerce, json};

/// Personas that were read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    /// Those that could be read.
    pub personas: Vec<Persona>,
    /// Those that could not.
    pub refused: Vec<Refused>,
    /// As whom the person talks where nothing else is chosen, by the file of the persona's picture.
    pub default: Option<String>,
    /// What was odd about them.
    pub warnings: Vec<Warning>,
}

/// A persona that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The file of its picture, as it is named.
    pub file: String,
    /// Why not.
    pub refusal: Refusal,
}

/// Positions by SillyTavern's numbers; one that it gave up stands where it reads it today.
const POSITIONS: [(u64, Position); 6] = [
    (0, Position::InPrompt),
    (1, Position::InPrompt),
    (2, Position::AboveNote),
    (3, Position::BelowNote),
    (4, Position::AtDepth),
    (9, Position::Nowhere),
];

/// Reads a backup of personas, or the personas in SillyTavern's settings.
///
/// # Errors
///
/// A [`Refusal`] says why there are no personas in these bytes that can be read, and what to do.
pub fn read(bytes: &[u8]) -> Result<File, Refusal> {
    bounds::file(bytes)?;
    let mut warnings = Warnings::default();
    let tree = json::parse(bytes, "$", &mut warnings)?;
    file(tree, warnings)
}

/// Whether a tree has the shape of a backup, or of settings with personas in them.
pub(crate) fn is_backup(tree: &Value) -> bool {
    let has = |tree: &Value| tree.get("personas").is_some_and(Value::is_object);
    has(tree) && tree.get("persona_descriptions").is_some() || tree.get("power_user").is_some_and(has)
}

pub(crate) fn file(mut tree: Value, mut warnings: Warnings) -> Result<File, Refusal> {
    if !is_backup(&tree) {
        return Err(Refusal::NotPersonas);
    }
    // The rest of the settings is none of ours, and may be odd as it likes.
    let (mut tree, at) = match tree.get_mut("power_user").map(Value::take) {
        Some(settings) => (settings, "power_user"),
        None => (tree, "$"),
    };
    let fields = ["personas", "persona_descriptions", "default_persona"];
    let mut root: Map<String, Value> =
        fields.iter().filter_map(|field| Some(((*field).to_owned(), tree.get_mut(*field)?.take()))).collect();
    if root.values_mut().map(coerce::clean).filter(|found| *found).count() > 0 {
        warnings.add(WarningCode::NulCharacter, at, "a persona holds U+0000; it is shown as U+FFFD");
    }
    let mut root = Taking::new(root, at, &mut warnings);
    let (names, mut descriptors) = (root.object("personas"), root.object("persona_descriptions"));
    let default = Some(root.text("default_persona")).filter(|file| !file.is_empty());
    // One that was never named is known by its words alone.
    let unnamed: Vec<_> = descriptors.keys().filter(|file| !names.contains_key(*file)).cloned().collect();
    bounds::count("personas", names.len() + unnamed.len(), bounds::PERSONAS)?;
    let all = names.into_iter().chain(unnamed.into_iter().map(|file| (file, Value::Null)));
    let mut read = File { default, ..File::default() };
    for (file, name) in all {
        let descriptor = descriptors.remove(&file).unwrap_or_default();
        if !is_plain(&file) {
            read.refused.push(Refused { file, refusal: Refusal::UnsafePersona });
            continue;
        }
        let at = root.path("persona_descriptions");
        let name = called(&mut root, &file, &name);
        read.personas.push(persona(file, name, descriptor, &at, root.warnings()));
    }
    read.warnings = warnings.into_list();
    Ok(read)
}

/// Whether a name is that of a file, and leads nowhere else.
fn is_plain(file: &str) -> bool {
    !file.trim().is_empty() && !file.starts_with('.') && !file.contains(['/', '\\'])
}

/// What the persona is called: else as its file is.
fn called(root: &mut Taking<'_>, file: &str, name: &Value) -> String {
    let name = if name.is_null() { None } else { root.text_in("personas", name) };
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => name,
        None => {
            root.warn(
                WarningCode::MissingField,
                "personas",
                "a persona has no name; it is called as its file is",
            );
            file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned()
        }
    }
}

fn persona(file: String, name: String, descriptor: Value, at: &str, warnings: &mut Warnings) -> Persona {
    let fields = match descriptor {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        _ => {
            warnings.add(WarningCode::WrongType, at, "a description is no object; it was left out");
            Map::new()
        }
    };
    let mut fields = Taking::new(fields, at, warnings);
    Persona {
        file,
        name,
        title: fields.text("title"),
        description: fields.text("description"),
        position: position(&mut fields),
        depth: fields.count("depth").unwrap_or(Persona::DEPTH),
        role: role(&mut fields),
        lorebook: fields.text("lorebook"),
        rest: fields.rest(),
    }
}

fn position(fields: &mut Taking<'_>) -> Position {
    let Some(value) = fields.take("position") else { return Position::default() };
    let number = coerce::number(&value);
    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    let found = POSITIONS.iter().find(|(place, _)| number == Some(*place as f64));
    match found {
        Some((_, position)) => *position,
        None => {
            fields.warn(
                WarningCode::OddPosition,
                "position",
                "there is no such place; the usual one was taken",
            );
            Position::default()
        }
    }
}

fn role(fields: &mut Taking<'_>) -> Role {
    let Some(value) = fields.take("role") else { return Role::default() };
    Role::of(&value).unwrap_or_else(|| {
        fields.warn(WarningCode::OutOfRange, "role", "there is no such role; the house's own was taken");
        Role::default()
    })
}

/// Personas as SillyTavern writes a backup of them. Reading it again yields the same personas.
#[must_use]
pub fn write(personas: &[Persona], default: Option<&str>) -> Value {
    let names: Map<String, Value> =
        personas.iter().map(|persona| (persona.file.clone(), persona.name.as_str().into())).collect();
    let descriptors: Map<String, Value> =
        personas.iter().map(|persona| (persona.file.clone(), descriptor(persona))).collect();
    json!({ "personas": names, "persona_descriptions": descriptors, "default_persona": default })
}

fn descriptor(persona: &Persona) -> Value {
    let position = POSITIONS.iter().find(|(_, position)| *position == persona.position);
    let role = Role::ALL.iter().position(|role| *role == persona.role);
    let known = json!({
        "description": persona.description, "position": position.map_or(0, |(number, _)| *number),
        "depth": persona.depth, "role": role.unwrap_or_default(), "lorebook": persona.lorebook,
        "title": persona.title,
    });
    let mut fields = known.as_object().cloned().unwrap_or_default();
    fields.extend(persona.rest.clone());
    Value::Object(fields)
}

#[cfg(test)]
mod spec {
    use proptest::prelude::*;

    use super::*;

    fn opened(tree: &Value) -> File {
        let Ok(file) = read(tree.to_string().as_bytes()) else { panic!("personas") };
        file
    }

    fn warned(file: &File) -> Vec<String> {
        file.warnings.iter().map(|warning| format!("{} {}", warning.code, warning.at)).collect()
    }

    fn one(descriptor: &Value) -> (Persona, Vec<String>) {
        let tree = json!({"personas": {"a.png": "Ann"}, "persona_descriptions": {"a.png": descriptor}});
        let file = opened(&tree);
        (file.personas[0].clone(), warned(&file))
    }

    #[test]
    fn a_persona_arrives_with_every_field_and_keeps_those_that_nobody_knows() {
        let connections = json!([{"type": "character", "id": "Aqua.png"}]);
        let (persona, warnings) = one(&json!({
            "description": "A sailor.", "position": 4, "depth": 7, "role": 1, "lorebook": "Sea", "title": "at sea",
            "connections": connections, "hue": 1.0
        }));

        assert_eq!(warnings, [""; 0]);
        let expected = Persona {
            file: "a.png".into(),
            name: "Ann".into(),
            title: "at sea".into(),
            description: "A sailor.".into(),
            position: Position::AtDepth,
            depth: 7,
            role: Role::User,
            lorebook: "Sea".into(),
            rest: Map::from_iter([("connections".into(), connections), ("hue".into(), json!(1.0))]),
        };
        assert_eq!(persona, expected);
    }

    #[test]
    fn those_of_the_settings_are_read_like_those_of_a_backup() {
        let backup =
            json!({"personas": {"a.png": "Ann"}, "persona_descriptions": {}, "default_persona": "a.png"});
        let settings = json!({"power_user": backup.clone(), "username": "Ann", "oai_settings": {"x": "\0"}});
        let read = opened(&settings);
        assert_eq!(read, opened(&backup));
        assert_eq!((read.personas.len(), read.default.as_deref()), (1, Some("a.png")));
    }

    #[test]
    fn what_is_broken_is_mended_and_said() {
        let tree = json!({
            "personas": {"a.png": 7, "b.png": " ", "c.png": "Cy"},
            "persona_descriptions": {"c.png": "no object", "d.png": {"position": 5, "role": "king", "depth": -1}},
        });
        let file = opened(&tree);
        let names: Vec<_> = file.personas.iter().map(|persona| persona.name.as_str()).collect();
        assert_eq!(names, ["7", "b", "Cy", "d"]);
        assert_eq!(
            file.personas[3],
            Persona { file: "d.png".into(), name: "d".into(), depth: 0, ..Persona::default() }
        );
        let mut warned = warned(&file);
        warned.sort();
        assert_eq!(
            warned,
            [
                "missing-field personas",
                "missing-field personas",
                "odd-position persona_descriptions.position",
                "out-of-range persona_descriptions.depth",
                "out-of-range persona_descriptions.role",
                "turned-into-text personas",
                "wrong-type persona_descriptions",
            ]
        );
    }

    #[test]
    fn a_file_that_leads_elsewhere_is_refused_alone() {
        let names = json!({"../a.png": "Ann", "b.png": "Ben", " ": "Cy", ".d": "Di"});
        let file = opened(&json!({"personas": names, "persona_descriptions": {}}));
        assert_eq!(file.personas.len(), 1);
        let refused: Vec<_> =
            file.refused.iter().map(|one| (one.file.as_str(), one.refusal.code())).collect();
        assert_eq!(
            refused,
            [("../a.png", "unsafe-persona"), (" ", "unsafe-persona"), (".d", "unsafe-persona")]
        );
    }

    #[test]
    fn what_has_no_personas_is_refused() {
        for tree in [json!({}), json!([]), json!({"power_user": {}}), json!({"personas": {}})] {
            assert_eq!(read(tree.to_string().as_bytes()), Err(Refusal::NotPersonas), "{tree}");
        }
        let crowd: Map<_, _> =
            (0..=bounds::PERSONAS).map(|nth| (format!("{nth}.png"), json!("Ann"))).collect();
        let crowd = json!({"personas": crowd, "persona_descriptions": {}});
        assert_eq!(read(crowd.to_string().as_bytes()).map_err(|refusal| refusal.code()), Err("too-many"));
    }

    prop_compose! {
        fn any_persona()(
            file in "[a-z]{1,4}\\.png",
            name in "[A-Za-z ]{0,3}[A-Z]",
            description in ".{0,9}",
            position in prop::sample::select(POSITIONS.map(|(_, position)| position).to_vec()),
            depth in any::<u32>(),
            role in prop::sample::select(Role::ALL.to_vec()),
            hue in any::<u8>(),
        ) -> Persona {
            let description = description.replace('\0', "");
            let rest = Map::from_iter([("hue".to_owned(), json!(hue))]);
            Persona { file, name, description, position, depth, role, rest, ..Persona::default() }
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(personas in prop::collection::vec(any_persona(), 0..4)) {
            let mut seen = std::collections::BTreeSet::new();
            let personas: Vec<_> = personas.into_iter().filter(|one| seen.insert(one.file.clone())).collect();
            let read = opened(&write(&personas, Some("a.png")));
            prop_assert_eq!(warned(&read), Vec::<String>::new());
            prop_assert_eq!((read.personas, read.default.as_deref()), (personas, Some("a.png")));
        }
    }
}
