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

// showing prints one answer: the one that is asked for, or the first that streams.
type showing struct {
	reader   *midstream.Reader
	asks     bool
	question string // its id
	followed string // the answer's id
	wasThere bool
	content  int // bytes printed
	thinking int
	exit     int
}

// Changed prints what is new.
func (s *showing) Changed(message *midstream.Message) {
	if s.followed == "" && !s.asks && message.IsStreaming() {
		s.followed = message.ID
	}
	if message.ID == s.followed {
		s.show(message)
	}
}

// Asked looks whether the answer is there already.
func (s *showing) Asked(id, reply string) {
	s.question, s.followed = id, reply
	if message, isThere := s.reader.Log.Messages[reply]; isThere {
		s.show(message)
	}
}

// Removed stops waiting for an answer that is gone, or that won't come since its question is.
func (s *showing) Removed(ids []string) {
	if s.followed != "" && slices.Contains(ids, s.followed) {
		s.end(incomplete, "The answer was removed.")
	} else if s.question != "" && slices.Contains(ids, s.question) {
		s.end(incomplete, "The question was removed.")
	}
}

// InStep looks whether there is anything to wait for.
func (s *showing) InStep() {
	if s.followed == "" && !s.asks {
		s.end(0, "")
	} else if s.wasThere && s.reader.Log.Messages[s.followed] == nil {
		s.end(incomplete, "The answer was removed.")
	}
}

func (s *showing) show(message *midstream.Message) {
	s.wasThere = true
	if isTerminal() {
		s.thinking = grow(message.Thinking(), s.thinking, "\x1b[2m", "\x1b[0m")
	}
	gap := ""
	if s.thinking > 0 && s.content == 0 {
		gap = "\n\n"
	}
	s.content = grow(message.Content(), s.content, gap, "")
	if message.IsStreaming() {
		return
	}
	fmt.Println()
	if message.Status == "complete" {
		s.end(0, "")
	} else {
		s.end(incomplete, cmp.Or(message.Error, "The answer was "+message.Status+"."))
	}
}

func (s *showing) end(exit int, sentence string) {
	s.exit = exit
	if sentence != "" {
		say(sentence)
	}
	s.reader.Stop()
}

// grow prints what is new of a text, and returns how much is printed now. After a reload the text may
// be shorter for a while.
func grow(text string, printed int, before, after string) int {
	if len(text) <= printed {
		return printed
	}
	piece := text[printed:]
	if isTerminal() {
		piece = strings.Map(harmless, piece)
	}
	if piece != "" {
		fmt.Print(before, piece, after)
	}
	return len(text)
}

// harmless drops what would be a command to a terminal.
func harmless(char rune) rune {
	if unicode.IsControl(char) && char != '\t' && char != '\n' {
		return -1
	}
	return char
}

func isTerminal() bool {
	out, err := os.Stdout.Stat()
	return err == nil && out.Mode()&os.ModeCharDevice != 0
}
