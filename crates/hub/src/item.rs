//! A record of the log: one alert as it was received, and the outputs its sender says it has.

/// `kind u8, length of the outputs u32, the outputs as JSON, the alert as JSON`.
const KIND: u8 = 1;
const HEAD: usize = 5;

/// What was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The JSON of the alert.
    pub(crate) body: Vec<u8>,
    /// Names of the sender's outputs.
    pub(crate) outputs: Vec<String>,
}

impl Item {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let outputs = if self.outputs.is_empty() {
            Vec::new()
        } else {
            // A list of texts always has a text.
            serde_json::to_vec(&self.outputs).unwrap_or_default()
        };
        let mut bytes = Vec::with_capacity(HEAD + outputs.len() + self.body.len());
        bytes.push(KIND);
        bytes.extend_from_slice(&u32::try_from(outputs.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&outputs);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads what [`Self::bytes`] wrote; none where another version wrote it.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let [kind, length @ ..] = *head;
        let (outputs, body) = rest.split_at_checked(u32::from_le_bytes(length) as usize)?;
        let outputs =
            if outputs.is_empty() { Vec::new() } else { serde_json::from_slice(outputs).ok()? };
        (kind == KIND).then(|| Self { body: body.to_vec(), outputs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read_as_it_was_written() {
        for outputs in [Vec::new(), vec!["Slack".to_owned(), "飞书".to_owned()]] {
            let item = Item { body: b"{\"a\": 1}\n".to_vec(), outputs };
            let bytes = item.bytes();
            assert_eq!(Item::parse(&bytes), Some(item));
            for end in 0..HEAD {
                assert_eq!(Item::parse(&bytes[..end]), None);
            }
        }
        assert_eq!(Item::parse(&[9, 0, 0, 0, 0, b'{', b'}']), None);
        assert_eq!(Item::parse(&[1, 255, 255, 255, 255, b'{']), None);
    }
}
