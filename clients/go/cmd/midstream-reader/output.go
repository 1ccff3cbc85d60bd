package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"

	"midstream"
)

// An output prints one answer: that of the question, or the first that streams.
type output struct {
	reader          *midstream.Reader
	asks            bool   // prints the answer of a question
	question        string // its id
	followed        string // the answer's id
	hasAnswer       bool   // has received the answer
	printedContent  int    // bytes
	printedThinking int
	exitCode        int
}

// Changed prints what is new.
func (o *output) Changed(message *midstream.Message) {
	if o.followed == "" && !o.asks && message.IsStreaming() {
		o.followed = message.ID
	}
	if message.ID == o.followed {
		o.print(message)
	}
}

// Asked prints the answer if it has arrived already.
func (o *output) Asked(id, reply string) {
	o.question, o.followed = id, reply
	if message, isKnown := o.reader.Log.Messages[reply]; isKnown {
		o.print(message)
	}
}

// Removed ends if the answer was removed, or the question, which then gets no answer.
func (o *output) Removed(ids []string) {
	if o.followed != "" && slices.Contains(ids, o.followed) {
		o.end(incomplete, "The answer was removed.")
	} else if o.question != "" && slices.Contains(ids, o.question) {
		o.end(incomplete, "The question was removed.")
	}
}

// InStep ends if there is nothing to wait for.
func (o *output) InStep() {
	if o.followed == "" && !o.asks {
		o.end(0, "")
	} else if o.hasAnswer && o.reader.Log.Messages[o.followed] == nil {
		o.end(incomplete, "The answer was removed.")
	}
}

func (o *output) print(message *midstream.Message) {
	o.hasAnswer = true
	if isTerminal() {
		o.printedThinking = printNew(message.Thinking(), o.printedThinking, "\x1b[2m", "\x1b[0m")
	}
	gap := ""
	if o.printedThinking > 0 && o.printedContent == 0 {
		gap = "\n\n"
	}
	o.printedContent = printNew(message.Content(), o.printedContent, gap, "")
	if message.IsStreaming() {
		return
	}
	fmt.Println()
	if message.Status == "complete" {
		o.end(0, message.Note)
	} else {
		o.end(incomplete, cmp.Or(message.Error, message.Note, "The answer was "+message.Status+"."))
	}
}

func (o *output) end(exitCode int, message string) {
	o.exitCode = exitCode
	if message != "" {
		printError(message)
	}
	o.reader.Stop()
}

// printNew prints what is new in a text and returns how many bytes are printed now. After a reload the
// text may be shorter for a while.
func printNew(text string, printed int, before, after string) int {
	if len(text) <= printed {
		return printed
	}
	piece := text[printed:]
	if isTerminal() {
		piece = strings.Map(withoutControls, piece)
	}
	if piece != "" {
		fmt.Print(before, piece, after)
	}
	return len(text)
}

// withoutControls drops control characters, which could be commands to a terminal.
func withoutControls(char rune) rune {
	if unicode.IsControl(char) && char != '\t' && char != '\n' {
		return -1
	}
	return char
}

func isTerminal() bool {
	out, err := os.Stdout.Stat()
	return err == nil && out.Mode()&os.ModeCharDevice != 0
}
