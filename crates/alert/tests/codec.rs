//! What is written of an alert is read again as the same alert.

use peregrine_alert::{Alert, AlertId, DecodeError, Priority, VERSION};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};

/// Any value a field may have, lists and maps too.
fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        proptest::num::f64::NORMAL.prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn alert()(
        (host, rule, source, message) in any::<(String, String, String, String)>(),
        (sequence, time_ns, utc_offset) in any::<(u64, u64, i32)>(),
        priority in prop::sample::select(Priority::ALL.to_vec()),
        tags in any::<Vec<String>>(),
        fields in prop::collection::vec((any::<String>(), value()), 0..6),
    ) -> Alert {
        let fields: Map<String, Json> = fields.into_iter().collect();
        let id = AlertId { host, sequence };
        Alert { id, time_ns, utc_offset, rule, priority, source, tags, message, fields }
    }
}

proptest! {
    #[test]
    fn an_alert_is_read_as_it_was_written(alert in alert()) {
        let text = alert.encode();
        prop_assert_eq!(Alert::decode(text.as_bytes()).unwrap(), alert);
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>(), alert in alert(), cut in any::<prop::sample::Index>()) {
        prop_assert!(Alert::decode(&bytes).is_err());
        let text = alert.encode();
        prop_assert!(Alert::decode(&text.as_bytes()[..cut.index(text.len())]).is_err());
    }
}

#[test]
fn another_version_is_refused_and_a_new_field_is_not() {
    let id = AlertId { host: "h".to_owned(), sequence: 7 };
    let alert = Alert::internal(id, 1, 0, Priority::Warning, "r", "m", Map::new());
    let mut object: Json = serde_json::from_str(&alert.encode()).unwrap();
    assert_eq!(object["version"], VERSION);
    object["a field of tomorrow"] = 1.into();
    assert_eq!(Alert::decode(object.to_string().as_bytes()).unwrap(), alert);
    object["version"] = (VERSION + 1).into();
    let refused = Alert::decode(object.to_string().as_bytes());
    assert!(matches!(refused, Err(DecodeError::Version(version)) if version == VERSION + 1));
}
