use super::forge::*;
use super::*;

fn open(file: &[u8]) -> Result<Archive<'_>, Refusal> {
    Archive::open(file)
}

fn refusal(file: &[u8]) -> Refusal {
    open(file).unwrap_err()
}

fn bytes(file: &[u8], name: &str) -> Result<(Vec<u8>, Soundness), Refusal> {
    open(file)?.entry(name).unwrap().bytes(1_000_000)
}

fn oddities(file: &[u8]) -> (Vec<String>, Vec<WarningCode>) {
    let archive = open(file).unwrap();
    let mut warnings = Warnings::default();
    archive.report(&mut warnings);
    let names = archive.files().map(|entry| entry.name.clone()).collect();
    (names, warnings.into_list().into_iter().map(|warning| warning.code).collect())
}

#[test]
fn stored_and_deflated_entries_are_read() {
    let file = zip(&[stored("a", b"one"), deflated("b/c", b"two")]);

    assert_eq!(bytes(&file, "a"), Ok((b"one".to_vec(), Soundness::Sound)));
    assert_eq!(bytes(&file, "b/c"), Ok((b"two".to_vec(), Soundness::Sound)));
}

#[test]
fn an_archive_is_found_behind_other_bytes_however_it_counts() {
    let prefix = b"\xff\xd8\xffPK\x05 a picture";
    for base in [0, prefix.len()] {
        let file = [&prefix[..], &zip_from(base, &[deflated("a", b"one")])].concat();

        assert_eq!(bytes(&file, "a"), Ok((b"one".to_vec(), Soundness::Sound)));
        assert_eq!(open(&file).unwrap().prefix(), prefix);
    }
}

#[test]
fn an_archive_without_entries_is_one() {
    assert_eq!(open(&zip(&[])).unwrap().files().count(), 0);
}

#[test]
fn an_archive_that_breaks_off_is_refused() {
    let file = zip(&[stored("a", &[7; 500]), stored("b", &[8; 500])]);
    for length in [4, 30, 300, 600, file.len() - 70, file.len() - 1] {
        assert_eq!(refusal(&file[..length]), Refusal::DamagedArchive, "{length}");
    }
}

#[test]
fn sizes_that_lie_are_refused_or_ignored() {
    let longer = Forged { packed_claim: Some(u32::MAX - 1), ..stored("a", b"one") };
    assert_eq!(refusal(&zip(&[longer])), Refusal::DamagedArchive);

    let endless = Forged { claim: u32::MAX - 1, ..deflated("a", b"one") };
    assert_eq!(bytes(&zip(&[endless]), "a"), Ok((b"one".to_vec(), Soundness::Sound)));
}

#[test]
fn long_sizes_that_lie_are_refused() {
    let sizes =
        [&1_u16.to_le_bytes()[..], &16_u16.to_le_bytes(), &u64::MAX.to_le_bytes(), &[0xFF; 8]].concat();
    let lie = Forged { packed_claim: Some(u32::MAX), claim: u32::MAX, extra: sizes, ..stored("a", b"one") };

    assert_eq!(refusal(&zip(&[lie])), Refusal::DamagedArchive);
}

#[test]
fn long_sizes_that_are_true_are_believed() {
    let sizes = [&1_u16.to_le_bytes()[..], &16_u16.to_le_bytes(), &3_u64.to_le_bytes(), &3_u64.to_le_bytes()];
    let long = Forged {
        packed_claim: Some(u32::MAX),
        claim: u32::MAX,
        extra: sizes.concat(),
        ..stored("a", b"one")
    };

    assert_eq!(bytes(&zip(&[long]), "a"), Ok((b"one".to_vec(), Soundness::Sound)));
}

#[test]
fn what_inflates_beyond_the_limit_is_refused_whatever_it_claimed() {
    let bomb = Forged { claim: 3, ..deflated("a", &vec![0; 1_000_001]) };

    assert!(matches!(bytes(&zip(&[bomb]), "a"), Err(Refusal::TooLarge { limit: 1_000_000, .. })));
}

#[test]
fn entries_that_overlap_are_refused() {
    let twice = Forged { offset: Some(0), ..stored("b", b"one") };

    assert_eq!(refusal(&zip(&[stored("a", b"one"), twice])), Refusal::OverlappingEntries);
}

#[test]
fn too_many_entries_are_refused() {
    let many = vec![stored("a", b""); bounds::ENTRIES + 1];

    assert_eq!(refusal(&zip(&many)), Refusal::TooManyEntries);
}

#[test]
fn encryption_and_foreign_methods_are_told_apart() {
    let locked = Forged { flags: 1, ..stored("a", b"one") };
    let foreign = Forged { method: 14, ..stored("a", b"one") };

    assert_eq!(bytes(&zip(&[locked]), "a"), Err(Refusal::EncryptedArchive));
    assert_eq!(bytes(&zip(&[foreign]), "a"), Err(Refusal::UnknownCompression));
}

#[test]
fn a_wrong_checksum_is_noticed_and_a_broken_stream_refused() {
    let wrong = Forged { checksum: 1, ..stored("a", b"one") };
    let broken = Forged { method: 8, ..stored("a", b"\xff\xff\xff") };

    assert_eq!(bytes(&zip(&[wrong]), "a"), Ok((b"one".to_vec(), Soundness::WrongChecksum)));
    assert_eq!(bytes(&zip(&[broken]), "a"), Err(Refusal::DamagedArchive));
}

#[test]
fn names_that_lead_elsewhere_and_links_are_left_out_with_a_warning() {
    let link = Forged { attributes: 0o120_777 << 16, ..stored("link", b"/etc/passwd") };
    let file =
        zip(&[stored("../a", b""), stored("c:\\b", b""), link, stored("folder/", b""), stored("ok", b"")]);

    assert_eq!(oddities(&file), (vec!["ok".to_owned()], vec![WarningCode::UnsafeName; 3]));
}

#[test]
fn of_two_equal_names_the_first_counts_and_case_tells_names_apart() {
    let file = zip(&[stored("a", b"one"), stored("a", b"two"), stored("A", b"three")]);

    assert_eq!(oddities(&file), (vec!["a".to_owned(), "A".to_owned()], vec![WarningCode::DuplicateEntry]));
    assert_eq!(bytes(&file, "a").unwrap().0, b"one");
    assert_eq!(bytes(&file, "A").unwrap().0, b"three");
}

#[test]
fn a_stock_has_gaps_where_entries_cannot_be_read() {
    let locked = Forged { flags: 1, ..stored("locked", b"one") };
    let file = zip(&[locked, stored("fine", b"two")]);
    let mut warnings = Warnings::default();

    open(&file).unwrap().stock(|_| true, &mut warnings).unwrap();

    let codes: Vec<_> = warnings.into_list().into_iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::EntryUnreadable]);
}

#[test]
fn a_stock_beyond_its_bound_is_refused() {
    let bomb = deflated("", &vec![0; bounds::ENTRY_BYTES]);
    let file = zip(&["a", "b", "c"].map(|name| Forged { name: name.into(), ..bomb.clone() }));

    let outcome = open(&file).unwrap().stock(|_| true, &mut Warnings::default());

    assert!(matches!(outcome, Err(Refusal::TooLarge { limit: bounds::INFLATED_TOTAL, .. })));
}

/// What another reader makes of a file: names and contents.
fn elsewhere(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let count = archive.len();
    let mut read = |nth| {
        let mut entry = archive.by_index(nth).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(&mut read).collect()
}

fn with_entry(file: &[u8], name: &str, bytes: &[u8]) -> Vec<u8> {
    let archive = open(file).unwrap();
    archive.with_entry(archive.entry(name).unwrap(), bytes).unwrap()
}

#[test]
fn an_entry_is_replaced_and_the_others_stay() {
    let sizes = [&1_u16.to_le_bytes()[..], &16_u16.to_le_bytes(), &5_u64.to_le_bytes(), &5_u64.to_le_bytes()];
    let long = Forged {
        packed_claim: Some(u32::MAX),
        claim: u32::MAX,
        extra: [&b"\x55\x54\x01\0x"[..], &sizes.concat()].concat(),
        ..stored("three", b"three")
    };
    let described = Forged { behind: b"PK\x07\x08 descriptor".to_vec(), ..deflated("two", b"two") };
    let prefix = b"\xff\xd8\xff picture ";
    for base in [0, prefix.len()] {
        let entries = [stored("one", b"one"), described.clone(), long.clone(), stored("four/", b"")];
        let file = [&prefix[..], &zip_from(base, &entries), b""].concat();

        let changed = with_entry(&file, "two", b"a longer text than there was");

        let expected =
            [("one", "one"), ("two", "a longer text than there was"), ("three", "three"), ("four/", "")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        assert_eq!(elsewhere(&changed), expected);
        assert!(changed.starts_with(prefix));
        assert_eq!(with_entry(&changed, "two", b"a longer text than there was"), changed);
    }
}

#[test]
fn what_stands_behind_the_archive_stays() {
    let file = [zip(&[stored("a", b"one")]), b"tail".to_vec()].concat();

    assert!(with_entry(&file, "a", b"two").ends_with(b"tail"));
}

#[test]
fn archives_of_ours_are_read_elsewhere() {
    let mut writer = Writer::default();
    writer.add("card.json", b"{}", Packing::Deflated).unwrap();
    writer.add("assets/a.png", b"pixels", Packing::Stored).unwrap();

    let file = writer.finish().unwrap();

    let expected =
        [("card.json".to_owned(), b"{}".to_vec()), ("assets/a.png".to_owned(), b"pixels".to_vec())];
    assert_eq!(elsewhere(&file), expected);
}
