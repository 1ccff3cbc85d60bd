//! Follows the answer that is on its way in a conversation, or asks a question and follows its
//! answer, to the end.

mod showing;

use midstream::{Access, Reader, Trouble};
use showing::Showing;
use std::env;
use std::process::exit;

const USAGE: i32 = 2;
const UNREACHABLE: i32 = 5;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let setting = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(url), Some(token), 1..=2) = (setting("MIDSTREAM_URL"), setting("MIDSTREAM_TOKEN"), words.len())
    else {
        say("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
        exit(USAGE);
    };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        say("MIDSTREAM_URL begins with http:// or https://.");
        exit(USAGE);
    }
    exit(run(Access { url, token }, &words[0], words.get(1).map(String::as_str)));
}

fn run(access: Access, conversation: &str, question: Option<&str>) -> i32 {
    let mut showing = Showing::new(question.is_some());
    let ran = Reader::new(access, conversation, &mut showing, question).run();
    match ran {
        Ok(()) => showing.exit(),
        Err(Trouble::Unreachable) => {
            say("The server can't be reached.");
            UNREACHABLE
        }
        Err(Trouble::Refused { code, sentence }) => {
            say(&sentence);
            match code.as_str() {
                "unauthorized" => 3,
                "not_found" => 4,
                "conflict" => showing::INCOMPLETE, // the question was removed before its answer came
                _ => 6,
            }
        }
    }
}

fn say(sentence: &str) {
    eprintln!("midstream-reader: {sentence}");
}
