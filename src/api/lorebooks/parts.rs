//! A lorebook and its entries, as they are sent and shown: the domain's own, told apart here so that a field that nobody
//! knows is refused, and so that the interface can be described.

use domain::lorebook;
use serde_json::{Map, Value};

use crate::api::part::{choice, nested, part};

part! {
    /// What a lorebook is called, and how it is searched. Where something is null, whoever runs the lorebook decides.
    LorebookSettings = lorebook::Settings {
        /// What it is called.
        #[schema(min_length = 1, max_length = 255)]
        name: String,
        /// What it is about, for people.
        #[serde(default)]
        description: String,
        /// How many messages are searched for keys.
        #[serde(default)]
        #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
        scan_depth: Option<u32>,
        /// How many tokens its entries may take.
        #[serde(default)]
        #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
        token_budget: Option<u32>,
        /// Whether entries may wake each other.
        #[serde(default)]
        recursive_scanning: Option<bool>,
    }
}

part! {
    /// One thing that a world knows, and when it comes to mind. Where something is null, whoever runs the lorebook decides.
    #[serde(default)]
    LorebookEntry = lorebook::Entry {
        /// Its number, which no other entry of the lorebook has. A new entry without one gets one that is free.
        #[schema(maximum = 9_007_199_254_740_991_u64)]
        uid: u64,
        /// What its author called it, where that is no number.
        id: String,
        /// Its name, for people.
        name: String,
        /// What it is, for people; SillyTavern's title.
        comment: String,
        /// What it says, with its decorators.
        content: String,
        /// Whether it may come to mind at all.
        enabled: bool,
        /// Words of which one must have been said, or patterns between slashes.
        keys: Vec<String>,
        /// Words that must, or must not, have been said as well, if it is selective.
        secondary_keys: Vec<String>,
        /// Whether the secondary keys count.
        selective: bool,
        /// How the secondary keys count.
        logic: EntryLogic,
        /// Whether all keys are patterns.
        use_regex: Option<bool>,
        /// Whether upper and lower case differ.
        case_sensitive: Option<bool>,
        /// Whether a key must be a word of its own.
        match_whole_words: Option<bool>,
        /// How many messages are searched.
        #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
        scan_depth: Option<u32>,
        /// What is searched besides the messages.
        matches: EntryMatches,
        /// Whether it always applies.
        constant: bool,
        /// Whether it may be found by what it means.
        vectorized: bool,
        /// How often it applies when it could, in percent.
        #[schema(minimum = 0, maximum = 100)]
        probability: f64,
        /// Whether the probability counts.
        use_probability: bool,
        /// Where its content goes.
        position: EntryPosition,
        /// How many messages come after it, at a depth.
        #[schema(value_type = u64, maximum = 4_294_967_295_u64)]
        depth: u32,
        /// Who says it, at a depth.
        role: EntryRole,
        /// The outlet it comes out of, for an outlet.
        outlet: String,
        /// Lower comes earlier in the prompt, higher is considered first.
        order: i64,
        /// Lower is dropped first when the budget is short.
        priority: Option<i64>,
        /// Whether it applies even when the budget is spent.
        ignore_budget: bool,
        /// Whether other entries cannot wake it.
        exclude_recursion: bool,
        /// Whether it cannot wake other entries.
        prevent_recursion: bool,
        /// From which round of waking each other it may wake; 0 for any.
        #[schema(value_type = u64, maximum = 4_294_967_295_u64)]
        delay_until_recursion: u32,
        /// Groups, parted by commas, of which one entry applies at a time.
        group: String,
        /// Whether it wins its group by its order instead of by chance.
        group_override: bool,
        /// Its chance within its group, against the others' weights.
        #[schema(value_type = u64, maximum = 4_294_967_295_u64)]
        group_weight: u32,
        /// Whether its group is won by the number of keys found.
        use_group_scoring: Option<bool>,
        /// For how many messages it stays once it applied.
        #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
        sticky: Option<u32>,
        /// For how many messages it rests after it applied.
        #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
        cooldown: Option<u32>,
        /// How many messages a conversation must have before it applies.
        #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
        delay: Option<u32>,
        /// The kinds of generation for which it applies; none for all.
        triggers: Vec<String>,
        /// For whom it applies.
        character_filter: Option<EntryCharacters>,
        /// What is run when it applies.
        automation_id: String,
        /// Where it stands in SillyTavern's editor.
        display_index: Option<i64>,
        /// Whether SillyTavern's editor shows the comment.
        add_memo: bool,
        /// What other programs keep in the entry under this name.
        #[schema(value_type = Object)]
        extensions: Map<String, Value>,
        /// Fields that nobody here knows, as they were.
        #[schema(value_type = Object)]
        rest: Map<String, Value>,
    }
}

part! {
    /// What is searched for an entry's keys besides the messages.
    #[serde(default)]
    EntryMatches = cards::lorebook::Matches {
        /// The person's description.
        persona_description: bool,
        /// The character's description.
        character_description: bool,
        /// The character's personality.
        character_personality: bool,
        /// The reminder between the last messages.
        character_depth_prompt: bool,
        /// The scenario.
        scenario: bool,
        /// The creator's notes.
        creator_notes: bool,
    }
}

part! {
    /// For which characters an entry applies.
    #[serde(default)]
    EntryCharacters = cards::lorebook::CharacterFilter {
        /// Whether it applies for all but those.
        is_exclude: bool,
        /// Names of the characters' files, without their ending.
        names: Vec<String>,
        /// Tags of characters.
        tags: Vec<String>,
    }
}

choice! {
    /// How secondary keys count.
    EntryLogic = cards::lorebook::Logic {
        /// One of them must have been said.
        AndAny,
        /// At least one of them must not have been said.
        NotAll,
        /// None of them may have been said.
        NotAny,
        /// All of them must have been said.
        AndAll,
    }
}

choice! {
    /// Where the content of an entry goes.
    EntryPosition = cards::lorebook::Position {
        /// Before the character's description.
        BeforeCharacter,
        /// After the character's description.
        AfterCharacter,
        /// Above the author's note.
        AuthorNoteTop,
        /// Below the author's note.
        AuthorNoteBottom,
        /// Between the messages, so many before their end.
        AtDepth,
        /// Above the example dialogues.
        ExamplesTop,
        /// Below the example dialogues.
        ExamplesBottom,
        /// Wherever a text names the outlet.
        Outlet,
    }
}

choice! {
    /// In whose name a text is put before the model.
    EntryRole = cards::Role {
        /// The house itself.
        System,
        /// The person.
        User,
        /// The character.
        Assistant,
    }
}

nested!(
    EntryLogic = cards::lorebook::Logic,
    EntryPosition = cards::lorebook::Position,
    EntryRole = cards::Role,
    EntryMatches = cards::lorebook::Matches,
);

macro_rules! empty_as_in_the_domain {
    ($($name:ident = $domain:path),+) => { $(impl Default for $name {
        fn default() -> Self {
            type Domain = $domain;
            Domain::default().into()
        }
    })+ };
}
empty_as_in_the_domain!(
    LorebookEntry = lorebook::Entry,
    EntryMatches = cards::lorebook::Matches,
    EntryCharacters = cards::lorebook::CharacterFilter
);
