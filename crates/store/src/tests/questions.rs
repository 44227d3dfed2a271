//! Windows, bars, samples, facets, budgets.

use std::time::Duration;

use peregrine_testkit::Folder;

use super::{NOW_NS, open, pages, write};
use crate::{
    BarsRequest, Budget, Exactness, FacetKind, Options, PageRequest, Query, StoreError, Window,
};

/// An alert of so many milliseconds after the begin.
fn body(number: u64, milliseconds: u64) -> String {
    let time =
        jiff::Timestamp::from_nanosecond(i128::from(NOW_NS + milliseconds * 1_000_000)).unwrap();
    let rule = ["one", "two", "two"][usize::try_from(number % 3).unwrap()];
    format!(
        r#"{{"rule":"{rule}","priority":"Notice","time":"{time}","hostname":"h{}","output":"x",
        "output_fields":{{"proc.name":"p{}","n":{number}}}}}"#,
        number % 2,
        number % 5
    )
}

#[test]
fn a_window_is_a_part_of_time_in_pages_bars_and_facets() {
    let folder = Folder::new("store-window");
    let mut writer = open(folder.path(), Options { file_rows: 700, ..Options::default() });
    // 3000 alerts in 5 hours, in batches that are no multiple of anything.
    let bodies: Vec<String> = (0..3000).map(|number| body(number, number * 6000)).collect();
    for (cursor, bodies) in (1..).zip(bodies.chunks(170)) {
        write(&mut writer, bodies, NOW_NS + 5 * 3_600_000_000_000, cursor);
    }
    let store = writer.store();
    let minute = 60_000_000;
    let start = i64::try_from(NOW_NS / 1000).unwrap();
    let check = |text: &str, from: i64, to: i64| {
        let window =
            Window { from_us: Some(start + from * minute), to_us: Some(start + to * minute) };
        let query = Query::parse(text).unwrap();
        let hits = pages(store, &query, window, 500);
        let expected = (0..3000_i64)
            .filter(|number| (from * minute..to * minute).contains(&(number * 6_000_000)))
            .filter(|number| match text {
                "rule = one" => number % 3 == 0,
                "proc.name contains p1" => number % 5 == 1,
                _ => true,
            })
            .count();
        assert_eq!(hits.len(), expected, "{text} {from} {to}");
        for bars in [1, 7, 24, 300] {
            let request = BarsRequest { window, bars, budget: Budget::unlimited() };
            let bars = store.bars(&query, &request).unwrap();
            assert_eq!((bars.total, bars.exactness), (expected as u64, Exactness::Exact), "{text}");
            let first = hits.last().map(|hit| (hit.id >> 10) - bars.start_us);
            assert!(
                first.is_none_or(|first| (0..bars.step_us).contains(&first) || bars.counts[0] == 0)
            );
        }
        let kinds = [FacetKind::Host, FacetKind::Process];
        let facets = store.facets(&query, window, &kinds, 2, Budget::unlimited()).unwrap();
        assert_eq!(
            (facets.counted, facets.exactness),
            (expected as u64, Exactness::Exact),
            "{text}"
        );
        assert!(facets.kinds.iter().all(|(_, values)| values.len() <= 2));
        let hosts: u64 = facets.kinds[0].1.iter().map(|one| one.count).sum();
        assert_eq!(hosts, expected as u64, "{text}");
    };
    for text in ["", "rule = one", "proc.name contains p1"] {
        check(text, 0, 300);
        check(text, 7, 131);
        check(text, 61, 62);
        check(text, 400, 500);
        check(text, 50, 50);
    }
}

#[test]
fn more_hits_than_are_counted_are_sampled_and_said_to_be() {
    let folder = Folder::new("store-sample");
    let options = Options { exact_hits: 1000, facet_hits: 500, ..Options::default() };
    let mut writer = open(folder.path(), options);
    let bodies: Vec<String> = (0..12_000).map(|number| body(number, number)).collect();
    write(&mut writer, &bodies, NOW_NS, 1);
    let query = Query::parse("rule = two").unwrap();
    let request = BarsRequest { window: Window::default(), bars: 20, budget: Budget::unlimited() };
    let bars = writer.store().bars(&query, &request).unwrap();
    assert_eq!(bars.exactness, Exactness::Sampled);
    assert!((7200..=8800).contains(&bars.total), "{} of 8000", bars.total);
    let kinds = [FacetKind::Rule];
    let facets = writer.store().facets(&query, Window::default(), &kinds, 8, Budget::unlimited());
    let facets = facets.unwrap();
    assert_eq!((facets.exactness, facets.counted), (Exactness::Sampled, 500));
}

#[test]
fn what_does_not_end_in_its_time_says_so_and_goes_on() {
    let folder = Folder::new("store-budget");
    let mut writer = open(folder.path(), Options::default());
    let bodies: Vec<String> = (0..3000).map(|number| body(number, number)).collect();
    write(&mut writer, &bodies, NOW_NS, 1);
    let query = Query::parse("field[n] endswith 7 and not rule = one").unwrap();
    let budget = Budget::of(Duration::ZERO);
    let request = PageRequest { window: Window::default(), before: None, limit: 500, budget };
    let page = writer.store().search(&query, &request).unwrap();
    assert!(page.partial && page.next.is_some() && page.read < 3000, "{page:?}");
    let request = BarsRequest { window: Window::default(), bars: 20, budget };
    assert_eq!(writer.store().bars(&query, &request).unwrap().exactness, Exactness::Partial);
    assert_eq!(pages(writer.store(), &query, Window::default(), 500).len(), 200);
}

#[test]
fn one_writes_a_store() {
    let folder = Folder::new("store-lock");
    let writer = open(folder.path(), Options::default());
    let error = crate::Store::open(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(error, StoreError::Locked(_)), "{error}");
    drop(writer);
    open(folder.path(), Options::default());
}
