// Midstream-reader follows the answer that is streaming in a conversation, or asks a question and follows
// its answer, to the end.
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

// A conflict: the question was removed before its answer began.
var exitCodes = map[string]int{"unauthorized": 3, "not_found": 4, "conflict": incomplete}

func main() {
	access := midstream.Access{URL: os.Getenv("MIDSTREAM_URL"), Token: os.Getenv("MIDSTREAM_TOKEN")}
	words := os.Args[1:]
	if access.URL == "" || access.Token == "" || len(words) < 1 || len(words) > 2 {
		printError("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.")
		os.Exit(usage)
	}
	if !strings.HasPrefix(access.URL, "http://") && !strings.HasPrefix(access.URL, "https://") {
		printError("MIDSTREAM_URL begins with http:// or https://.")
		os.Exit(usage)
	}
	os.Exit(run(access, words[0], append(words, "")[1]))
}

func run(access midstream.Access, conversation, question string) int {
	output := &output{asks: question != ""}
	output.reader = midstream.NewReader(access, conversation, output, question)
	err := output.reader.Run(context.Background())
	var refusal midstream.Refused
	switch {
	case err == nil:
		return output.exitCode
	case !errors.As(err, &refusal):
		printError("The server can't be reached.")
		return unreachable
	}
	printError(refusal.Message)
	if code, isKnown := exitCodes[refusal.Code]; isKnown {
		return code
	}
	return refused
}

func printError(message string) { fmt.Fprintln(os.Stderr, "midstream-reader: "+message) }
