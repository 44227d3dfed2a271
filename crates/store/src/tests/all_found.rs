//! What the index finds is what a search without it finds: random conditions over random alerts.

use peregrine_testkit::Folder;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{NOW_NS, everything, naive, open, pages, write};
use crate::{BarsRequest, Budget, Exactness, FacetKind, Options, Query, Window};

/// Texts of values, of which conditions are made too.
const TEXTS: [&str; 34] = [
    "cat",
    "Cat",
    "/etc/shadow",
    "/etc/Shadow-",
    "etc",
    "shadow x",
    "财务报表",
    "/家/财务/报表.xlsx",
    "报",
    "a报b",
    "カタカナ",
    "0644",
    "0x1f",
    "31",
    "420",
    "-5",
    "+5",
    "5",
    "true",
    "false",
    "10.0.0.1",
    "::1",
    "::0001",
    "10.0.0.0/8",
    "10.0.0.1/32",
    "",
    " ",
    "NEAR(x",
    "\"*\"",
    "a-b_c",
    "éÀ",
    "1.5",
    "null",
    "[]",
];
/// Fields, by what they may be compared with.
const FIELDS: [(&str, Kind); 16] = [
    ("proc.name", Kind::Text),
    ("proc.cmdline", Kind::Text),
    ("fd.name", Kind::Text),
    ("user.name", Kind::Text),
    ("container.name", Kind::Text),
    ("field[x.y]", Kind::Text),
    ("evt.arg.mode", Kind::Text),
    ("proc.aname[2]", Kind::Text),
    ("proc.pid", Kind::Number),
    ("evt.rawres", Kind::Number),
    ("fd.sip", Kind::Address),
    ("fd.snet", Kind::Network),
    ("evt.is_open_read", Kind::Truth),
    ("output", Kind::Text),
    ("rule", Kind::Text),
    ("hostname", Kind::Text),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Address,
    Network,
    Truth,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(TEXTS.to_vec()).prop_map(str::to_owned),
        1 => "[a-c财报 /.0-9]{0,8}",
        1 => any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let one = prop_oneof![
        8 => text().prop_map(Json::from),
        2 => (-6_i64..40).prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<u64>().prop_map(Json::from),
        1 => proptest::sample::select(vec![5.0, 1.5, -0.0, 1e300, 9_007_199_254_740_992.0]).prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
    ];
    one.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            (text(), inner).prop_map(|(key, value)| json!({ key: value })),
        ]
    })
}

fn alert() -> impl Strategy<Value = String> {
    const PRIORITIES: [&str; 4] = ["Emergency", "warning", "info", "Debug"];
    const TAGS: [&str; 4] = ["T1555", "网络", "a b", ""];
    let names = FIELDS.map(|(name, _)| name.trim_start_matches("field[").trim_end_matches(']'));
    // A name with an index keeps its bracket.
    let names = names.map(|name| if name == "proc.aname[2" { "proc.aname[2]" } else { name });
    let fields =
        proptest::collection::btree_map(proptest::sample::select(names.to_vec()), value(), 1..6);
    let tags = proptest::collection::vec(proptest::sample::select(TAGS.to_vec()), 0..3);
    let priority = proptest::sample::select(PRIORITIES.to_vec());
    // Few times, so that alerts share a microsecond; one is ahead of the hub, one long ago.
    let second = prop_oneof![8 => 0_u64..3, 1 => Just(100_000), 1 => Just(u64::MAX)];
    (fields, tags, priority, second, text(), text(), any::<bool>()).prop_map(
        |(fields, tags, priority, second, rule, host, clock)| {
            let time_s = match second {
                u64::MAX => 1_500_000_000,
                second => NOW_NS / 1_000_000_000 + second,
            };
            let time = jiff::Timestamp::from_second(i64::try_from(time_s).unwrap()).unwrap();
            let clock = if clock { "14:03:07.482913554: Warning " } else { "" };
            json!({
                "rule": format!("r{rule}"), "priority": priority, "time": time.to_string(), "tags": tags,
                "hostname": host, "output": format!("{clock}file {rule} {host}"), "output_fields": fields, "unknown": [1],
            })
            .to_string()
        },
    )
}

fn quoted(text: &str) -> String {
    // What the language cannot quote is not asked for.
    let plain: String =
        text.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').collect();
    format!("\"{plain}\"")
}

fn comparison() -> impl Strategy<Value = String> {
    let field = proptest::sample::select(FIELDS.to_vec());
    (field, 0_usize..12, text(), text(), -6_i64..40).prop_map(
        |((name, kind), op, one, other, number)| {
            let (one, other) = (quoted(&one), quoted(&other));
            match kind {
                Kind::Text => match op {
                    0..=2 => format!("{name} = {one}"),
                    3 => format!("{name} in ({one}, {other})"),
                    4 => format!("{name} contains {one}"),
                    5 => format!("{name} startswith {one}"),
                    6 => format!("{name} endswith {one}"),
                    7 => format!("{name} pmatch ({one}, {other})"),
                    8 => format!("{name} icontains {one}"),
                    9 => format!("{name} exists"),
                    10 => format!("{name} != {one}"),
                    _ => format!("toupper({name}) = {one}"),
                },
                Kind::Number => match op {
                    0..=4 => format!("{name} = {number}"),
                    5 | 6 => format!("{name} in ({number}, 31)"),
                    7 => format!("{name} > {number}"),
                    8 => format!("{name} <= {number}"),
                    9 => format!("{name} = 9007199254740993"),
                    _ => format!("{name} != {number}"),
                },
                Kind::Address => match op {
                    0..=2 => format!("{name} = 10.0.0.1"),
                    3 | 4 => format!("{name} in (10.0.0.1, ::1)"),
                    5 | 6 => format!("{name} = ::1"),
                    7 | 8 => format!("{name} != 10.0.0.1"),
                    _ => format!("{name} exists"),
                },
                Kind::Network => match op {
                    0..=4 => format!("{name} = 10.0.0.1/32"),
                    5..=8 => format!("{name} in (10.0.0.0/8, ::1/128)"),
                    _ => format!("{name} exists"),
                },
                Kind::Truth => format!("{name} = {}", op % 2 == 0),
            }
        },
    )
}

fn condition() -> impl Strategy<Value = String> {
    let own = proptest::sample::select(vec![
        "priority >= warning",
        "priority = debug",
        "priority in (informational, emergency)",
        "priority < debug",
        "tags = T1555",
        "tags in (网络, \"\")",
        "tags contains 网",
        "source = syscalls",
        "time >= \"2026-09-21T14:13:21Z\"",
        "time < \"2026-09-21T14:13:22Z\"",
        "time = \"2026-09-21T14:13:20Z\"",
    ]);
    let leaf = prop_oneof![4 => comparison(), 1 => own.prop_map(str::to_owned)];
    let tree = leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4)
                .prop_map(|all| format!("({})", all.join(" and "))),
            proptest::collection::vec(inner.clone(), 2..4)
                .prop_map(|all| format!("({})", all.join(" or "))),
            inner.prop_map(|one| format!("not {one}")),
        ]
    });
    let words = proptest::sample::select(vec![
        "shadow",
        "财务",
        "财",
        "务报表",
        "Cat",
        "a-b",
        "file 报表",
        "",
    ]);
    prop_oneof![6 => tree, 1 => words.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_index_finds_is_what_is_there(
        alerts in proptest::collection::vec(alert(), 1..60),
        conditions in proptest::collection::vec(condition(), 12),
        file_rows in 5_u64..40,
        batch in 1_usize..20,
        limit in 1_usize..7,
    ) {
        let folder = Folder::new("store-all-found");
        let options = Options { file_rows, ..Options::default() };
        let mut writer = open(folder.path(), options);
        for (cursor, bodies) in (1..).zip(alerts.chunks(batch)) {
            write(&mut writer, bodies, NOW_NS, cursor);
        }
        let store = writer.store();
        let all = everything(store);
        // All are there as they were received, each under a number of its own, the newest first.
        let mut sent = alerts;
        let mut kept: Vec<String> = all.iter().map(|hit| String::from_utf8(hit.body.clone()).unwrap()).collect();
        sent.sort();
        kept.sort();
        prop_assert_eq!(sent, kept);
        prop_assert!(all.windows(2).all(|two| two[0].id > two[1].id));
        let mut before = Query::all();
        for text in conditions {
            let Ok(query) = Query::parse(&text) else { panic!("{text}: {}", Query::parse(&text).unwrap_err()) };
            let both = before.and(query.clone());
            prop_assert_eq!(&pages(store, &both, Window::default(), limit), &naive(&all, &both), "{}", text);
            before = query.clone();
            let expected = naive(&all, &query);
            prop_assert_eq!(&pages(store, &query, Window::default(), limit), &expected, "{}", text);
            let budget = Budget::unlimited();
            let request = BarsRequest { window: Window::default(), bars: 50, budget };
            let bars = store.bars(&query, &request).unwrap();
            prop_assert_eq!((bars.total, bars.exactness), (expected.len() as u64, Exactness::Exact), "{}", text);
            let kinds = [FacetKind::Priority, FacetKind::Rule];
            let facets = store.facets(&query, Window::default(), &kinds, 1000, budget).unwrap();
            prop_assert_eq!((facets.counted, facets.exactness), (expected.len() as u64, Exactness::Exact), "{}", text);
            for (_, values) in facets.kinds {
                prop_assert_eq!(values.iter().map(|one| one.count).sum::<u64>(), expected.len() as u64);
            }
        }
    }
}
