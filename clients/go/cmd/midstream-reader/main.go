// Midstream-reader follows the answer that is on its way in a conversation, or asks a question and
// follows its answer, to the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"midstream"
)

const (
	incomplete  = 1
	usage       = 2
	unreachable = 5
	refused     = 6
)

// A conflict: the question was removed before its answer came.
var exits = map[string]int{"unauthorized": 3, "not_found": 4, "conflict": incomplete}

func main() {
	access := midstream.Access{URL: os.Getenv("MIDSTREAM_URL"), Token: os.Getenv("MIDSTREAM_TOKEN")}
	words := os.Args[1:]
	if access.URL == "" || access.Token == "" || len(words) < 1 || len(words) > 2 {
		say("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.")
		os.Exit(usage)
	}
	if !strings.HasPrefix(access.URL, "http://") && !strings.HasPrefix(access.URL, "https://") {
		say("MIDSTREAM_URL begins with http:// or https://.")
		os.Exit(usage)
	}
	os.Exit(run(access, words[0], append(words, "")[1]))
}

func run(access midstream.Access, conversation, question string) int {
	shown := &showing{asks: question != ""}
	shown.reader = midstream.NewReader(access, conversation, shown, question)
	err := shown.reader.Run(context.Background())
	var refusal midstream.Refused
	switch {
	case err == nil:
		return shown.exit
	case !errors.As(err, &refusal):
		say("The server can't be reached.")
		return unreachable
	}
	say(refusal.Sentence)
	if code, isKnown := exits[refusal.Code]; isKnown {
		return code
	}
	return refused
}

func say(sentence string) { fmt.Fprintln(os.Stderr, "midstream-reader: "+sentence) }
