//! Environment variables in settings.

/// How often a variable may be put in: one may stand for a text with further variables in it.
const TIMES: usize = 1000;
/// How long a value may get.
const LONGEST: usize = 1 << 20;

/// Puts environment variables in for `${NAME}`; an unset one is empty, `$${NAME}` stays `${NAME}`. What a
/// variable stands for is looked through as well. A `$` that begins neither ends the search.
pub(crate) fn expand(text: &str) -> String {
    expand_with(text, &|name| {
        // A name that no variable can have is that of none.
        let is_name = !name.is_empty() && !name.contains(['=', '\0']);
        let value = std::env::var_os(name).filter(|_| is_name);
        value.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
    })
}

/// A text that [`expand`] makes this of: what looks like a variable is text.
pub(crate) fn escape(text: &str) -> String {
    let (mut done, mut rest) = (String::new(), text);
    // Behind a `$` that begins no variable nothing is put in.
    while let Some(at) = rest.find('$').filter(|at| rest[*at..].starts_with("${")) {
        let Some(end) = rest[at..].find('}') else { break };
        let (before, behind) = rest.split_at(at);
        let (name, after) = behind.split_at(end + 1);
        done = done + before + "$" + name;
        rest = after;
    }
    done + rest
}

fn expand_with(text: &str, variable: &dyn Fn(&str) -> String) -> String {
    let mut done = String::new();
    let mut rest = text.to_owned();
    for _ in 0..TIMES {
        let Some(at) = rest.find('$') else { break };
        let behind = rest.split_off(at);
        done.push_str(&rest);
        rest = behind;
        let escaped = rest.starts_with("$${");
        let Some(end) = rest.find('}').filter(|_| escaped || rest.starts_with("${")) else { break };
        let after = rest.split_off(end + 1);
        if escaped {
            done.push_str(rest.strip_prefix('$').unwrap_or(&rest));
            rest = after;
        } else {
            let name = rest.strip_prefix("${").and_then(|name| name.strip_suffix('}'));
            rest = variable(name.unwrap_or_default()) + &after;
        }
        if rest.len() > LONGEST {
            break;
        }
    }
    done + &rest
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
                "GROWS" => "${GROWS}${GROWS}".to_owned(),
                _ => String::new(),
            };
            assert_eq!(expand_with(text, &variable), expected, "{text}");
        };
        for text in ["", "a", "${A}", "x ${A} ${", "${A} $ ${A}", "$x ${A}", "日 ${A}本"] {
            assert_eq!(expand(&escape(text)), text);
        }
        check("plain {y}", "plain {y}");
        check("a${NO_SUCH_NAME}b", "ab");
        check("a${}b", "ab");
        check("x${A}y${A}", "xalphayalpha");
        check("a$${KEPT}b", "a${KEPT}b");
        check("$${KEPT}${A}", "${KEPT}alpha");
        check("$${A${A}}", "${A${A}}");
        check("a${open", "a${open");
        check("a$${open", "a$${open");
        check("${R}", "<alpha>");
        check("${FACE_${A}}", "}");
        check("${LOOP}", "${LOOP}");
        // What follows a `$` that begins nothing is left alone.
        check("$A", "$A");
        check("a$b$$c", "a$b$$c");
        check("$x ${A}", "$x ${A}");
        check("$$${A}", "$$${A}");
        check("${A}$x${A}", "alpha$x${A}");
        let grown = expand_with("${GROWS}", &|_| "${GROWS}${GROWS}".to_owned());
        assert!(grown.len() < 2 * LONGEST);
    }
}
