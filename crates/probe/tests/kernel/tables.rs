//! The tables both sides are made from.

use std::collections::BTreeMap;

use peregrine_event::EventType;
use peregrine_event::name_tables::CONSTANTS;

/// What the compiler of the kernel side reads.
const HEADER: &str = include_str!("../../../bpf/include/tables.gen.h");

/// What the compiler of the kernel side reads against what the Rust side compiled in.
#[test]
fn kernel_header_and_rust_table_are_equal() {
    let defines: BTreeMap<&str, &str> =
        HEADER.lines().filter_map(|line| line.strip_prefix("#define ")?.split_once(' ')).collect();
    let mut codes = 0;
    for info in EventType::all().filter_map(EventType::info) {
        let code = format!("PPME_{}", info.code);
        assert_eq!(defines.get(code.as_str()), Some(&info.id.to_string().as_str()), "{code}");
        let count = format!("{code}_N");
        let params = info.params.len().to_string();
        assert_eq!(defines.get(count.as_str()), Some(&params.as_str()), "{count}");
        codes += 1;
    }
    assert_eq!(codes, 454);
    for constant in CONSTANTS {
        let value = defines.get(constant.name).copied().unwrap_or_default();
        let value = value.trim_matches(['(', ')']).trim_end_matches("LL");
        assert_eq!(value.parse(), Ok(constant.value), "{}", constant.name);
    }
}
