package midstream

import (
	"cmp"
	"slices"
)

const (
	maxEarlyEvents     = 256       // a join is answered within 10 seconds, in which an answer has about 250 chunks
	maxEarlyCharacters = 1_000_000 // of text, as much as the longest answer has; in bytes
)

// An earlyEvents holds events that came too early, of any messages: earlier entries are missing. A reader
// keeps them until those have arrived, or until it sends its next join, whose state contains all that was
// sent before.
type earlyEvents struct {
	kept       []Event
	hasDropped bool // an event, because there were too many
}

// isWaiting reports whether any event still waits for earlier entries, also one that had to be dropped.
func (e *earlyEvents) isWaiting() bool { return len(e.kept) > 0 || e.hasDropped }

// keep keeps an event, or drops it if there are too many.
func (e *earlyEvents) keep(data Event) {
	if len(e.kept) == maxEarlyEvents || e.characters()+characters(data) > maxEarlyCharacters {
		e.hasDropped = true
	} else {
		e.kept = append(e.kept, data)
	}
}

// take removes and returns the events about a message, in the order of its entries.
func (e *earlyEvents) take(id string) (taken []Event) {
	var others []Event
	for _, data := range e.kept {
		if data.ID == id {
			taken = append(taken, data)
		} else {
			others = append(others, data)
		}
	}
	e.kept = others
	slices.SortStableFunc(taken, func(a, b Event) int { return cmp.Compare(a.Since, b.Since) })
	return taken
}

// clear drops all of them: the state of the next join contains them.
func (e *earlyEvents) clear() { *e = earlyEvents{} }

func (e *earlyEvents) characters() (sum int) {
	for _, data := range e.kept {
		sum += characters(data)
	}
	return sum
}

func characters(data Event) int { return len(data.Content) + len(data.Thinking) }
