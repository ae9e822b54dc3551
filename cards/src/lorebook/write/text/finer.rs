//! Whether two entries agree in their finer points, so that what was written for one can be copied for the other.

use crate::lorebook::Entry;

/// Whether [`Names::put`](crate::lorebook::names::Names::put) says the same of both. A new field of an entry does not
/// compile until it is sorted here.
pub(super) fn is_alike(one: &Entry, other: &Entry) -> bool {
    let Entry {
        logic,
        case_sensitive,
        match_whole_words,
        scan_depth,
        matches,
        vectorized,
        probability,
        use_probability,
        position,
        depth,
        role,
        outlet,
        ignore_budget,
        exclude_recursion,
        prevent_recursion,
        delay_until_recursion,
        group,
        group_override,
        group_weight,
        use_group_scoring,
        sticky,
        cooldown,
        delay,
        triggers,
        automation_id,
        // These are written for each entry.
        uid: _,
        id: _,
        name: _,
        comment: _,
        content: _,
        enabled: _,
        keys: _,
        secondary_keys: _,
        selective: _,
        use_regex: _,
        constant: _,
        order: _,
        priority: _,
        character_filter: _,
        display_index: _,
        add_memo: _,
        extensions: _,
        rest: _,
    } = one;
    *logic == other.logic
        && *case_sensitive == other.case_sensitive
        && *match_whole_words == other.match_whole_words
        && *scan_depth == other.scan_depth
        && *matches == other.matches
        && *vectorized == other.vectorized
        && probability.to_bits() == other.probability.to_bits()
        && *use_probability == other.use_probability
        && *position == other.position
        && *depth == other.depth
        && *role == other.role
        && is_same(outlet, &other.outlet)
        && *ignore_budget == other.ignore_budget
        && *exclude_recursion == other.exclude_recursion
        && *prevent_recursion == other.prevent_recursion
        && *delay_until_recursion == other.delay_until_recursion
        && is_same(group, &other.group)
        && *group_override == other.group_override
        && *group_weight == other.group_weight
        && *use_group_scoring == other.use_group_scoring
        && *sticky == other.sticky
        && *cooldown == other.cooldown
        && *delay == other.delay
        && *triggers == other.triggers
        && is_same(automation_id, &other.automation_id)
}

/// Most of these texts are empty, and to compare two empty ones byte by byte is surprisingly slow: the processor looks at
/// an address that is none.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}
