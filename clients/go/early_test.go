package midstream

import (
	"strings"
	"testing"
)

func TestEarlyEventsWithTooMuchTextAreDropped(t *testing.T) {
	var early earlyEvents
	long := strings.Repeat("x", maxEarlyCharacters/2+1)
	early.keep(Event{ID: "a", Content: long})
	early.keep(Event{ID: "a", Thinking: long})
	if taken := early.take("a"); len(taken) != 1 || taken[0].Content != long {
		t.Fatalf("%d were kept", len(taken))
	}
	if !early.isWaiting() {
		t.Fatal("the one that was dropped is not missing")
	}
}
