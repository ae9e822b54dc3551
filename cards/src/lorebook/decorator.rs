//! Decorators: conditions and places that V3 writes as lines above the content of an entry.
//!
//! A line `@@name value` is a decorator; `@@@name value` stands in for the line above when that one is not understood.
//! Of two with the same name the first counts. What is not understood is kept by its name and means nothing.

use std::collections::HashSet;

use crate::sheet::Role;

/// The content of an entry, and what decorates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decorated<'a> {
    /// In the order of their lines. All conditions must hold.
    pub decorators: Vec<Decorator<'a>>,
    /// What remains for the prompt.
    pub content: &'a str,
}

/// One line above the content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decorator<'a> {
    /// Applies from so many replies on.
    ActivateOnlyAfter(u32),
    /// Applies at every so many replies.
    ActivateOnlyEvery(u32),
    /// Applies for good once it did.
    KeepActivateAfterMatch,
    /// Applies once only.
    DontActivateAfterMatch,
    /// Goes so many messages before the end.
    Depth(u32),
    /// Goes so many tokens before the end.
    InstructDepth(u32),
    /// Goes so many messages after the beginning.
    ReverseDepth(u32),
    /// Goes so many tokens after the beginning.
    ReverseInstructDepth(u32),
    /// Is said by.
    Role(Role),
    /// Searches so many messages.
    ScanDepth(u32),
    /// Searches so many tokens.
    InstructScanDepth(u32),
    /// Applies when the conversation began with that greeting; 0 is the first message.
    IsGreeting(u32),
    /// Goes there.
    Position(Place),
    /// Gives way when the context is full.
    IgnoreOnMaxContext,
    /// Needs one of these as well.
    AdditionalKeys(Vec<&'a str>),
    /// Needs none of these.
    ExcludeKeys(Vec<&'a str>),
    /// Applies when the person's picture is of that name.
    IsUserIcon(&'a str),
    /// Applies always.
    Activate,
    /// Applies never, unless it also applies always.
    DontActivate,
    /// Hides the person's own prompt of that kind.
    DisableUiPrompt(&'a str),
    /// Not understood; it means nothing.
    Unknown {
        /// What stands between `@@` and the value.
        name: &'a str,
        /// The rest of the line.
        value: &'a str,
    },
}

/// Where a decorator puts the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After the description.
    AfterDescription,
    /// Before the description.
    BeforeDescription,
    /// Where the personality is.
    Personality,
    /// Where the scenario is.
    Scenario,
}

impl<'a> Decorated<'a> {
    /// Parts a content from its decorators.
    #[must_use]
    pub fn of(content: &'a str) -> Self {
        let mut decorators = Vec::new();
        let mut seen = HashSet::new();
        let mut understood = true;
        let mut rest = content.trim_start_matches(['\r', '\n']);
        while let Some(line) = rest.strip_prefix("@@") {
            let (line, after) = line.split_once('\n').unwrap_or((line, ""));
            // Blank lines between decorators belong to nobody.
            rest = after.trim_start_matches(['\r', '\n']);
            let is_fallback = line.starts_with('@');
            if is_fallback && understood {
                continue;
            }
            let decorator = Decorator::of(line.trim_start_matches('@').trim());
            understood = !matches!(decorator, Decorator::Unknown { .. });
            if decorator.may_repeat() || seen.insert(std::mem::discriminant(&decorator)) {
                decorators.push(decorator);
            }
        }
        if decorators.is_empty() {
            return Self { decorators, content };
        }
        Self { decorators, content: rest.trim_matches(['\r', '\n']) }
    }
}

impl<'a> Decorator<'a> {
    fn of(line: &'a str) -> Self {
        let (name, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        Self::known(name, value.trim()).unwrap_or(Self::Unknown { name, value: value.trim() })
    }

    fn known(name: &str, value: &'a str) -> Option<Self> {
        let number = || value.parse::<u32>().ok();
        let list = || Some(value.split(',').map(str::trim).collect());
        match name {
            // The specification's own examples leave `only` out.
            "activate_only_after" | "activate_after" => number().map(Self::ActivateOnlyAfter),
            "activate_only_every" | "activate_every" => number().map(Self::ActivateOnlyEvery),
            "keep_activate_after_match" => Some(Self::KeepActivateAfterMatch),
            "dont_activate_after_match" => Some(Self::DontActivateAfterMatch),
            "depth" => number().map(Self::Depth),
            "instruct_depth" => number().map(Self::InstructDepth),
            "reverse_depth" => number().map(Self::ReverseDepth),
            "reverse_instruct_depth" => number().map(Self::ReverseInstructDepth),
            "role" => role(value).map(Self::Role),
            "scan_depth" => number().map(Self::ScanDepth),
            "instruct_scan_depth" => number().map(Self::InstructScanDepth),
            "is_greeting" => number().map(Self::IsGreeting),
            "position" => place(value).map(Self::Position),
            "ignore_on_max_context" => Some(Self::IgnoreOnMaxContext),
            "additional_keys" => list().map(Self::AdditionalKeys),
            "exclude_keys" => list().map(Self::ExcludeKeys),
            "is_user_icon" => Some(Self::IsUserIcon(value)),
            "activate" => Some(Self::Activate),
            "dont_activate" => Some(Self::DontActivate),
            "disable_ui_prompt" => Some(Self::DisableUiPrompt(value)),
            _ => None,
        }
    }

    /// Lists of keys add up, unknown ones are none of our business.
    fn may_repeat(&self) -> bool {
        matches!(
            self,
            Self::AdditionalKeys(_) | Self::ExcludeKeys(_) | Self::DisableUiPrompt(_) | Self::Unknown { .. }
        )
    }
}

fn role(value: &str) -> Option<Role> {
    match value {
        "assistant" => Some(Role::Assistant),
        "system" => Some(Role::System),
        "user" => Some(Role::User),
        _ => None,
    }
}

fn place(value: &str) -> Option<Place> {
    match value {
        "after_desc" => Some(Place::AfterDescription),
        "before_desc" => Some(Place::BeforeDescription),
        "personality" => Some(Place::Personality),
        "scenario" => Some(Place::Scenario),
        _ => None,
    }
}

#[cfg(test)]
mod spec {
    use super::*;

    fn decorators(content: &str) -> Vec<Decorator<'_>> {
        Decorated::of(content).decorators
    }

    #[test]
    fn lines_above_the_content_decorate_it() {
        let decorated =
            Decorated::of("@@depth 5\r\n@@role assistant\n@@additional_keys rain, storm\n\nIt rains.\n");

        assert_eq!(decorated.content, "It rains.");
        assert_eq!(
            decorated.decorators,
            [
                Decorator::Depth(5),
                Decorator::Role(Role::Assistant),
                Decorator::AdditionalKeys(vec!["rain", "storm"])
            ]
        );
    }

    #[test]
    fn a_content_without_decorators_stays_as_it_is() {
        let content = "\nIt rains.\n@@depth 5\n";

        assert_eq!(Decorated::of(content), Decorated { decorators: vec![], content });
    }

    #[test]
    fn of_two_with_the_same_name_the_first_counts() {
        assert_eq!(decorators("@@depth 1\n@@depth 2"), [Decorator::Depth(1)]);
        assert_eq!(decorators("@@exclude_keys a\n@@exclude_keys b").len(), 2);
    }

    #[test]
    fn a_fallback_stands_in_for_what_is_not_understood() {
        let unknown = |name| Decorator::Unknown { name, value: "1" };

        assert_eq!(decorators("@@depth 1\n@@@depth 2\n@@@role user"), [Decorator::Depth(1)]);
        assert_eq!(
            decorators("@@a 1\n@@@b 1\n@@@c 1\n@@@d 1\n@@@e 1\n@@@depth 2\n@@@scan_depth 3"),
            [unknown("a"), unknown("b"), unknown("c"), unknown("d"), unknown("e"), Decorator::Depth(2)]
        );
    }

    #[test]
    fn a_value_that_makes_no_sense_is_not_understood() {
        assert_eq!(
            decorators("@@depth deep\n@@@depth 2\n@@position nowhere\n@@role bard"),
            [
                Decorator::Unknown { name: "depth", value: "deep" },
                Decorator::Depth(2),
                Decorator::Unknown { name: "position", value: "nowhere" },
                Decorator::Unknown { name: "role", value: "bard" },
            ]
        );
    }

    #[test]
    fn every_known_name_is_understood() {
        let lines = "@@activate_after 1\n@@activate_only_every 2\n@@keep_activate_after_match\n@@dont_activate_after_match\n\
                     @@instruct_depth 1\n@@reverse_depth 1\n@@reverse_instruct_depth 1\n@@scan_depth 1\n\
                     @@instruct_scan_depth 1\n@@is_greeting 0\n@@position scenario\n@@ignore_on_max_context\n\
                     @@is_user_icon me\n@@activate\n@@dont_activate\n@@disable_ui_prompt system\nText";

        let decorated = Decorated::of(lines);

        assert_eq!((decorated.decorators.len(), decorated.content), (16, "Text"));
        assert!(!decorated.decorators.iter().any(|decorator| matches!(decorator, Decorator::Unknown { .. })));
    }
}
