//! Captures of other writers, written again.

use std::fs;
use std::io::Read as _;

use peregrine_scap::{Item, Machine, Writer};

use crate::records::{blocks, machine, read};

#[test]
fn real_captures_come_back() {
    let Some(folder) = peregrine_testkit::conformance("real_captures_come_back") else { return };
    let mut files: Vec<_> = fs::read_dir(folder.join("captures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "scap"))
        .collect();
    files.sort();
    files.push(folder.join("modern/attack-a.scap.gz"));
    for file in files {
        let items = read(&fs::read(&file).unwrap());
        let mut machine = Machine { cpus: 0, hostname: String::new(), boot_ns: 0 };
        let (mut interfaces, mut accounts) = (Vec::new(), Vec::new());
        let mut records = Vec::new();
        for item in items {
            match item {
                Item::Machine(reported) => machine = reported,
                Item::Interfaces(reported) => interfaces = reported,
                Item::UserEntry(reported) => accounts.push(reported),
                other => records.push(other),
            }
        }
        let mut writer = Writer::new(Vec::new(), &machine, &interfaces, &accounts).unwrap();
        for item in &records {
            match item {
                Item::Snapshot(record) => writer.snapshot(record).unwrap(),
                Item::Event { cpu, state_only, record } => {
                    writer.event(*cpu, *state_only, record).unwrap();
                }
                other => panic!("{other:?}"),
            }
        }
        let mut expected = vec![Item::Machine(machine), Item::Interfaces(interfaces)];
        expected.extend(accounts.into_iter().map(Item::UserEntry));
        expected.extend(records);
        let again = read(&writer.finish().unwrap());
        let differs = expected.iter().zip(&again).find(|(given, back)| given != back);
        assert_eq!(differs, None, "{}", file.display());
        assert_eq!(expected.len(), again.len(), "{}", file.display());
        assert!(expected.len() > 100, "{}: {}", file.display(), expected.len());
    }
}

/// The entries of a list of threads, without the flags they were started with.
fn without_flags(list: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = list;
    let mut entries = Vec::new();
    while rest.len() >= 4 {
        let len = u32::from_le_bytes(rest[..4].try_into().unwrap());
        let (entry, behind) = rest.split_at(usize::try_from(len).unwrap());
        let mut entry = entry.to_vec();
        // Length and five numbers, five texts, a number.
        let mut at = 4 + 5 * 8;
        for _ in 0..5 {
            at += 2 + usize::from(u16::from_le_bytes([entry[at], entry[at + 1]]));
        }
        entry[at + 8..at + 12].fill(0);
        entries.push(entry);
        rest = behind;
    }
    entries
}

#[test]
fn the_lists_of_a_capture_of_today_are_written_byte_by_byte_as_its_writer_did() {
    let test = "the_lists_of_a_capture_of_today_are_written_byte_by_byte_as_its_writer_did";
    let Some(folder) = peregrine_testkit::conformance(test) else { return };
    let mut theirs = Vec::new();
    let file = fs::File::open(folder.join("modern/attack-a.scap.gz")).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_end(&mut theirs).unwrap();
    let mut accounts = Vec::new();
    let mut known = Vec::new();
    for item in read(&theirs) {
        match item {
            Item::UserEntry(reported) => accounts.push(reported),
            Item::Snapshot(record) => known.push(record),
            _ => {}
        }
    }
    let mut writer = Writer::new(Vec::new(), &machine(), &[], &accounts).unwrap();
    for record in &known {
        writer.snapshot(record).unwrap();
    }
    let ours = writer.finish().unwrap();
    let (ours, theirs) = (blocks(&ours), blocks(&theirs));
    let of = |blocks: &[(u32, &[u8])], wanted: u32| -> Vec<Vec<u8>> {
        let wanted = blocks.iter().filter(|(kind, _)| *kind == wanted);
        wanted.map(|(_, body)| body.to_vec()).collect()
    };
    for kind in [0x0a0d_0d0a, 0x220, 0x218] {
        assert!(of(&ours, kind) == of(&theirs, kind), "{kind:#x}");
    }
    let threads = |blocks| of(blocks, 0x215).iter().map(|list| without_flags(list)).collect();
    let [ours, theirs]: [Vec<Vec<Vec<u8>>>; 2] = [threads(&ours), threads(&theirs)];
    assert_eq!(ours, theirs);
}
