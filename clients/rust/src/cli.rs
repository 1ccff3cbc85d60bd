//! Follows the answer that is streaming in a conversation, or asks a question and follows its answer, to
//! the end; with "upload" it uploads files for a question and prints their ids.

mod output;

use midstream::{upload, Access, Error, Reader};
use output::Output;
use std::env;
use std::path::Path;
use std::process::exit;

const USAGE: i32 = 2;
const UNREACHABLE: i32 = 5;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let setting = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(url), Some(token), [first, more @ ..]) =
        (setting("MIDSTREAM_URL"), setting("MIDSTREAM_TOKEN"), &words[..])
    else {
        print_error("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.");
        exit(USAGE);
    };
    let access = Access { url, token };
    if !access.is_address() {
        print_error("MIDSTREAM_URL must be an address that begins with http:// or https://.");
        exit(USAGE);
    }
    exit(match (first.as_str(), more) {
        ("upload", [conversation, paths @ ..]) if !paths.is_empty() => {
            upload_all(&access, conversation, paths)
        }
        ("upload", _) => {
            print_error("A conversation's id and a file are needed.");
            USAGE
        }
        (conversation, words) => read(access, conversation, words),
    });
}

fn read(access: Access, conversation: &str, words: &[String]) -> i32 {
    let mut output = Output::new(!words.is_empty());
    let question = words.first().map(String::as_str);
    let reader = Reader::new(access, conversation, &mut output, question);
    match reader.with_files(words.get(1..).unwrap_or_default()).run() {
        Ok(()) => output.exit_code(),
        Err(error) => fail(error),
    }
}

fn upload_all(access: &Access, conversation: &str, paths: &[String]) -> i32 {
    for path in paths {
        match upload(access, conversation, Path::new(path)) {
            Ok(id) => println!("{id}"),
            Err(error) => return fail(error),
        }
    }
    0
}

/// Prints why there is nothing more to do, and returns the exit code.
fn fail(error: Error) -> i32 {
    match error {
        Error::Unreadable { path, .. } => {
            print_error(&format!("{} can't be read.", path.display()));
            USAGE
        }
        Error::Unreachable => {
            print_error("The server can't be reached.");
            UNREACHABLE
        }
        Error::Refused { code, message } => {
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
