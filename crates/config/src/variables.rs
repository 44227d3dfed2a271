//! Environment variables in settings.

/// How often a variable may stand for a text with further variables in it.
const DEPTH: usize = 8;

/// Puts environment variables in for `${NAME}`; an unset one is empty, `$${NAME}` stays `${NAME}`.
pub(crate) fn expand(text: &str) -> String {
    expand_with(text, &|name| std::env::var(name).unwrap_or_default(), DEPTH)
}

fn expand_with(text: &str, variable: &dyn Fn(&str) -> String, depth: usize) -> String {
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
            let value = variable(name);
            if depth > 1 {
                out.push_str(&expand_with(&value, variable, depth - 1));
            } else {
                out.push_str(&value);
            }
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
        let check = |text: &str, expected: &str| {
            let variable = |name: &str| match name {
                "A" => "alpha".to_owned(),
                "R" => "<${A}>".to_owned(),
                "LOOP" => "${LOOP}".to_owned(),
                _ => String::new(),
            };
            assert_eq!(expand_with(text, &variable, DEPTH), expected, "{text}");
        };
        check("plain $x {y}", "plain $x {y}");
        check("a${NO_SUCH_NAME}b", "ab");
        check("x${A}y${A}", "xalphayalpha");
        check("a$${KEPT}b", "a${KEPT}b");
        check("a${open", "a${open");
        check("${R}", "<alpha>");
        check("${FACE_${A}}", "}");
        check("${LOOP}", "${LOOP}");
    }
}
