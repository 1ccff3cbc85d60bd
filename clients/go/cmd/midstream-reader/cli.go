// Midstream-reader follows the answer that is streaming in a conversation, or asks a question and follows
// its answer, to the end; with "upload" it uploads files for a question and prints their ids.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

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
	isUpload := len(words) > 0 && words[0] == "upload"
	if access.URL == "" || access.Token == "" || len(words) < 1 {
		printError("MIDSTREAM_URL, MIDSTREAM_TOKEN and a conversation's id are needed.")
		os.Exit(usage)
	}
	if isUpload && len(words) < 3 {
		printError("A conversation's id and a file are needed.")
		os.Exit(usage)
	}
	if !access.IsAddress() {
		printError("MIDSTREAM_URL must be an address that begins with http:// or https://.")
		os.Exit(usage)
	}
	if isUpload {
		os.Exit(upload(access, words[1], words[2:]))
	}
	if len(words) == 1 {
		words = append(words, "")
	}
	os.Exit(run(access, words[0], words[1], words[2:]))
}

func run(access midstream.Access, conversation, question string, files []string) int {
	output := &output{asks: question != "" || len(files) > 0}
	output.reader = midstream.NewReader(access, conversation, output, question, files...)
	if err := output.reader.Run(context.Background()); err != nil {
		return fail(err)
	}
	return output.exitCode
}

// upload uploads files and prints their ids.
func upload(access midstream.Access, conversation string, paths []string) int {
	for _, path := range paths {
		id, err := midstream.Upload(context.Background(), access, conversation, path)
		if err != nil {
			return fail(err)
		}
		fmt.Println(id)
	}
	return 0
}

// fail prints why there is nothing more to do, and returns the exit code.
func fail(err error) int {
	var refusal midstream.Refused
	var unreadable *os.PathError
	switch {
	case errors.As(err, &unreadable):
		printError(unreadable.Path + " can't be read.")
		return usage
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
