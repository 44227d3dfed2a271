//! Environment variables in settings.

/// Puts environment variables in for `${NAME}`; an unset one is empty, `$${NAME}` stays `${NAME}`.
pub(crate) fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, behind) = rest.split_at(at);
        let Some(end) = behind.find('}') else { break };
        let (token, after) = behind.split_at(end + 1);
        if let Some(escaped) = before.strip_suffix('$') {
            out.push_str(escaped);
            out.push_str(token);
        } else {
            out.push_str(before);
            let name = token.trim_start_matches("${").trim_end_matches('}');
            out.push_str(&std::env::var(name).unwrap_or_default());
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in() {
        let check = |text: &str, expected: &str| assert_eq!(expand(text), expected, "{text}");
        check("plain $x {y}", "plain $x {y}");
        check("a${NO_SUCH_NAME}b", "ab");
        check("a$${KEPT}b", "a${KEPT}b");
        check("a${open", "a${open");
    }
}
