//! The rule passes the vectors.

use midstream::{MessageLog, Outcome};
use serde_json::{json, Map, Value};
use std::fs;

#[test]
fn the_rule_passes_the_vectors() {
    let paths: Vec<_> = fs::read_dir("../vectors").unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= 40, "there are only {}", paths.len());
    for path in paths {
        let vector: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut log = MessageLog::new(vector["conversation"].as_str().unwrap());
        for (i, step) in vector["steps"].as_array().unwrap().iter().enumerate() {
            let rejoin = apply(&mut log, step);
            assert_eq!(state(&log, rejoin), step["expect"], "{}, after step {i}", path.display());
        }
    }
}

/// Applies a step; returns whether the reader has to join again.
fn apply(log: &mut MessageLog, step: &Value) -> bool {
    if let Some(event) = step["event"].as_str() {
        return log.apply(event, &step["data"]) == Outcome::Rejoin || log.is_behind();
    }
    if step["joined"]["reload"] == true {
        log.forget();
        return true;
    }
    match step["joining"].as_bool() {
        Some(_) => log.joining(),
        None => log.joined(&step["joined"]),
    }
    log.is_behind()
}

fn state(log: &MessageLog, rejoin: bool) -> Value {
    let mut messages = Map::new();
    for (id, m) in &log.messages {
        let mut fields =
            json!({"seq": m.seq, "status": m.status, "content": m.content, "thinking": m.thinking});
        if let Some(error) = &m.error {
            fields["error"] = json!(error);
        }
        if let Some(note) = &m.note {
            fields["note"] = json!(note);
        }
        messages.insert(id.clone(), fields);
    }
    json!({"messages": messages, "rejoin": rejoin, "join": log.join_request()})
}

#[test]
fn early_events_with_too_much_text_are_dropped_and_missing() {
    let mut log = MessageLog::new("c");
    let event =
        |since: u64, text: &str| json!({"id": "a", "since": since, "seq": since + 1, "content": text});
    let long = "x".repeat(600_000);
    log.apply("chunk", &event(1, &long));
    log.apply("chunk", &event(2, &long));
    log.apply("current_state", &event(0, "Hello"));
    assert_eq!(log.messages["a"].seq, 2);
    assert!(log.is_behind());
}
