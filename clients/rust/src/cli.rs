//! Follows the answer that is streaming in a conversation, or asks a question and follows its answer, to
//! the end.

mod output;

use midstream::{Access, Error, Reader};
use output::Output;
use std::env;
use std::process::exit;

const USAGE: i32 = 2;
const UNREACHABLE: i32 = 5;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let setting = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(url), Some(token), 1..=2) = (setting("MIDSTREAM_URL"), setting("MIDSTREAM_TOKEN"), words.len())
    else {
        print_error("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
        exit(USAGE);
    };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        print_error("MIDSTREAM_URL begins with http:// or https://.");
        exit(USAGE);
    }
    exit(run(Access { url, token }, &words[0], words.get(1).map(String::as_str)));
}

fn run(access: Access, conversation: &str, question: Option<&str>) -> i32 {
    let mut output = Output::new(question.is_some());
    match Reader::new(access, conversation, &mut output, question).run() {
        Ok(()) => output.exit_code(),
        Err(Error::Unreachable) => {
            print_error("The server can't be reached.");
            UNREACHABLE
        }
        Err(Error::Refused { code, message }) => {
            print_error(&message);
            match code.as_str() {
                "unauthorized" => 3,
                "not_found" => 4,
                "conflict" => output::INCOMPLETE, // the question was removed before its answer began
                _ => 6,
            }
        }
    }
}

fn print_error(message: &str) {
    eprintln!("midstream-reader: {message}");
}
