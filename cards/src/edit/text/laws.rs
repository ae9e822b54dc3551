//! What holds for every edit of every text.

use proptest::prelude::*;

use super::*;

/// A tree, and a path to some value in it.
fn tree_and_path() -> impl Strategy<Value = (Value, Vec<Step>)> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "[a\"\\\\ä]{0,4}".prop_map(Value::from)
    ];
    let tree = leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec(("[a-c\"\\\\.ä]{0,3}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let root = proptest::collection::vec(("[a-c]{1,2}", tree), 1..4);
    let root = root.prop_map(|members| Value::Object(members.into_iter().collect()));
    (root, proptest::collection::vec(any::<proptest::sample::Index>(), 1..5)).prop_map(|(tree, choices)| {
        let mut steps = Vec::new();
        let mut here = &tree;
        for choice in choices {
            let (step, next) = match here {
                Value::Object(map) if !map.is_empty() => {
                    let (key, next) = map.iter().nth(choice.index(map.len())).unwrap();
                    (Step::Key(key.clone()), next)
                }
                Value::Array(list) if !list.is_empty() => {
                    let nth = choice.index(list.len());
                    (Step::Index(nth), &list[nth])
                }
                _ => break,
            };
            steps.push(step);
            here = next;
        }
        (tree, steps)
    })
}

fn at<'t>(tree: &'t mut Value, steps: &[Step]) -> &'t mut Value {
    steps.iter().fold(tree, |tree, step| match step {
        Step::Key(key) => &mut tree[key.as_str()],
        Step::Index(nth) => &mut tree[*nth],
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_touches_only_its_path((mut tree, steps) in tree_and_path(), pretty in any::<bool>()) {
        let text = if pretty { format!("{tree:#}") } else { tree.to_string() };
        let mut edited = Text::of(text.as_bytes()).unwrap();
        let old = at(&mut tree, &steps).clone();
        let (path, new) = (Path(steps.clone()), Change::Set("new".into()));

        edited.apply(&path, &new).unwrap();
        let set: Value = serde_json::from_slice(&edited.into_bytes()).unwrap();
        *at(&mut tree, &steps) = "new".into();
        prop_assert_eq!(&set, &tree);

        let mut back = Text::of(text.replace("\r", "").as_bytes()).unwrap();
        back.apply(&path, &Change::Set(old)).unwrap();
        if !pretty {
            prop_assert_eq!(String::from_utf8(back.into_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn a_removal_touches_only_its_path((mut tree, steps) in tree_and_path(), pretty in any::<bool>()) {
        let text = if pretty { format!("{tree:#}") } else { tree.to_string() };
        let mut edited = Text::of(text.as_bytes()).unwrap();

        edited.apply(&Path(steps.clone()), &Change::Remove).unwrap();

        let (last, parents) = steps.split_last().unwrap();
        match (last, at(&mut tree, parents)) {
            (Step::Key(key), Value::Object(map)) => drop(map.shift_remove(key)),
            (Step::Index(nth), Value::Array(list)) => drop(list.remove(*nth)),
            _ => unreachable!(),
        }
        let removed: Value = serde_json::from_slice(&edited.into_bytes()).unwrap();
        prop_assert_eq!(removed.to_string(), tree.to_string());
    }

    #[test]
    fn what_is_put_in_and_taken_out_again_leaves_no_trace((tree, steps) in tree_and_path(), pretty in any::<bool>()) {
        let text = if pretty { format!("{tree:#}") } else { tree.to_string() };
        let mut edited = Text::of(text.as_bytes()).unwrap();
        let root_or_object = steps[..steps.len() - 1].iter().take_while(|step| matches!(step, Step::Key(_)));
        let mut path: Vec<_> = root_or_object.cloned().collect();
        path.push(Step::Key("new.\"".to_owned()));
        let path = Path(path);

        if edited.apply(&path, &Change::Set(Value::from(vec![1]))).is_ok() {
            let mut set: Value = serde_json::from_slice(&edited.bytes).unwrap();
            let put_in = at(&mut set, &path.0).clone();
            prop_assert_eq!(put_in, Value::from(vec![1]));
            edited.apply(&path, &Change::Remove).unwrap();
            prop_assert_eq!(String::from_utf8(edited.into_bytes()).unwrap(), text);
        }
    }
}
