//! Names of ports.

use std::collections::HashMap;

#[derive(Debug, Default)]
pub(crate) struct Services(HashMap<(u16, bool), String>);

impl Services {
    pub(crate) fn read(path: &str) -> Self {
        // Without the file ports show as numbers.
        Self::parse(&std::fs::read_to_string(path).unwrap_or_default())
    }

    /// `ssh  22/tcp  # comment`; of two rows for one port the first counts.
    fn parse(text: &str) -> Self {
        let mut rows = HashMap::new();
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let (Some(name), Some(port)) = (words.next(), words.next()) else { continue };
            let Some((port, protocol)) = port.split_once('/') else { continue };
            let (Ok(port), "tcp" | "udp") = (port.parse(), protocol) else { continue };
            rows.entry((port, protocol == "udp")).or_insert_with(|| name.to_owned());
        }
        Self(rows)
    }

    pub(crate) fn name(&self, port: u16, udp: bool) -> Option<&str> {
        self.0.get(&(port, udp)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_names() {
        let services =
            Services::parse("ssh 22/tcp # x\n#no 1/tcp\ndomain 53/udp dns\nx y\nother 22/tcp\n");
        assert_eq!(services.name(22, false), Some("ssh"));
        assert_eq!(services.name(22, true), None);
        assert_eq!(services.name(53, true), Some("domain"));
        assert_eq!(services.name(1, false), None);
    }
}
