//! Which alerts are the same matter: a fingerprint of what happened, without what differs each time.

use peregrine_alert::Alert;
use serde_json::Value as Json;

/// The version of the fingerprint: it is part of it.
const VERSION: u8 = 1;

/// The fingerprint of an alert: 40 bits of a hash of its rule, program, parent, image and command line.
pub(crate) fn fingerprint(alert: &Alert) -> i64 {
    let value = |name: &str| alert.fields.get(name).and_then(Json::as_str).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[VERSION]);
    let command = normalised(value("proc.cmdline"));
    let parts = [
        alert.rule.as_str(),
        value("proc.exepath"),
        value("proc.pname"),
        value("container.image.repository"),
        command.as_str(),
    ];
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let hash = hasher.finalize();
    hash.as_bytes().iter().take(5).fold(0, |all, byte| (all << 8) | i64::from(*byte))
}

/// A command line with numbers, long hexadecimal numbers and UUIDs replaced.
fn normalised(command: &str) -> String {
    let mut out = String::with_capacity(command.len());
    let mut rest = command;
    while let Some(letter) = rest.chars().next() {
        if !letter.is_ascii_alphanumeric() {
            out.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            continue;
        }
        if let Some(behind) = behind_uuid(rest) {
            out.push('#');
            rest = behind;
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        let hexadecimal = run.len() >= 8
            && run.bytes().all(|byte| byte.is_ascii_hexdigit())
            && run.bytes().any(|byte| byte.is_ascii_digit());
        if hexadecimal {
            out.push('#');
        } else {
            let mut in_number = false;
            for letter in run.chars() {
                match (letter.is_ascii_digit(), in_number) {
                    (true, true) => {}
                    (true, false) => out.push('#'),
                    (false, _) => out.push(letter),
                }
                in_number = letter.is_ascii_digit();
            }
        }
        rest = behind;
    }
    out
}

/// What stands behind a UUID that a text begins with.
fn behind_uuid(text: &str) -> Option<&str> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut rest = text;
    for (index, length) in GROUPS.into_iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix('-')?;
        }
        let (group, behind) = rest.split_at_checked(length)?;
        group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        rest = behind;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_each_time_is_replaced() {
        let check = |command: &str, expected: &str| {
            assert_eq!(normalised(command), expected, "{command}");
        };
        check("sleep 10", "sleep #");
        check("kill -9 4711", "kill -# #");
        check("cat /var/lib/x/6ba7b810-9dad-11d1-80b4-00c04fd430c8/f", "cat /var/lib/x/#/f");
        check("docker exec 4f66ad9a0b2e sh", "docker exec # sh");
        check("python3.11 deadbeef", "python#.# deadbeef");
        check("打开 报表2026.xlsx", "打开 报表#.xlsx");
        check("", "");
    }
}
