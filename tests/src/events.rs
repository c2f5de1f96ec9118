//! Server-sent events, as a browser's `EventSource` would see them.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `message` where the server names none.
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

/// Reads events until `last` holds for one, or the stream ends.
pub(crate) async fn read(mut response: reqwest::Response, last: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    let mut pending = Vec::new();
    while let Some(chunk) = response.chunk().await.unwrap_or_else(|e| panic!("the event stream broke off: {e:?}")) {
        pending.extend_from_slice(&chunk);
        while let Some(end) = pending.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = pending.drain(..end + 2).collect();
            if let Some(event) = parse(&String::from_utf8_lossy(&block)) {
                let over = last(&event);
                events.push(event);
                if over {
                    return events;
                }
            }
        }
    }
    events
}

/// One block of lines; a comment alone (a heartbeat) is no event.
fn parse(block: &str) -> Option<Event> {
    let mut event = Event { name: "message".into(), id: None, data: Value::Null };
    let mut data = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => event.name = value.into(),
            "id" => event.id = Some(value.into()),
            "data" => data.push(value),
            _ => {}
        }
    }
    if data.is_empty() {
        return None;
    }
    let text = data.join("\n");
    event.data = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_an_event_and_a_heartbeat_is_none() {
        let event = parse("event: plan.improved\nid: 7\ndata: {\"cost\":\ndata: 1}\n\n").expect("an event");
        assert_eq!((event.name.as_str(), event.id.as_deref()), ("plan.improved", Some("7")));
        assert_eq!(event.data["cost"], 1);
        assert_eq!(parse(": still here\n\n"), None);
    }
}
