//! The list passes the vectors.

use midstream::ConversationList;
use serde_json::{Map, Value};
use std::fs;

#[test]
fn the_list_passes_the_vectors() {
    let paths: Vec<_> = fs::read_dir("../list-vectors").unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= 10, "there are only {}", paths.len());
    for path in paths {
        let vector: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut list = ConversationList::new();
        for (i, step) in vector["steps"].as_array().unwrap().iter().enumerate() {
            apply(&mut list, step);
            let held: Map<String, Value> =
                list.listed.iter().map(|(id, data)| (id.clone(), data["version"].clone())).collect();
            assert_eq!(Value::Object(held), step["expect"], "{}, after step {i}", path.display());
        }
    }
}

fn apply(list: &mut ConversationList, step: &Value) {
    if let Some(event) = step["event"].as_str() {
        list.apply(event, &step["data"]);
    } else if step["asking"] == true {
        list.ask();
    } else if let Some(state) = step["state"].as_array() {
        list.replace(state);
    } else {
        for conversation in step["page"].as_array().unwrap() {
            list.add(conversation);
        }
    }
}
