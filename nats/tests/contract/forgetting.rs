//! That no stream is left out when a person is forgotten.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;

use crate::world::World;

/// Every stream that a house makes, and why nothing of a person who was erased can be read in it. Whoever adds a stream
/// has to say so here.
fn known() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("INK_CHECKPOINTS", "digests of the whole log, signed"),
        ("INK_LOG", "words are sealed under a key that is destroyed"),
        ("INK_SNAPSHOTS", "sealed likewise, and purged: `Snapshots::forget`"),
        ("OBJ_INK_OBJECTS", "sealed likewise, and purged with their names: `Objects::remove_all`"),
    ])
}

#[tokio::test]
async fn no_stream_is_left_out() {
    let world = World::new().await;
    let made: Vec<String> = world.raw().await.stream_names().try_collect().await.unwrap();
    assert!(made.len() > 1, "{made:?}");
    let unknown: Vec<_> = made.iter().filter(|name| !known().contains_key(name.as_str())).collect();
    assert!(unknown.is_empty(), "how is a person forgotten in {unknown:?}?");
}
