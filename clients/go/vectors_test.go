package midstream

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

type step struct {
	Event   string
	Data    Event
	Joining bool
	Joined  struct {
		Position, Revision int
		Reload             bool
	}
	Expect any
}

func TestTheRulePassesTheVectors(t *testing.T) {
	paths, _ := filepath.Glob("../vectors/*.json")
	if len(paths) < 40 {
		t.Fatalf("there are only %d vectors", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { check(t, path) })
	}
}

func check(t *testing.T, path string) {
	var vector struct {
		Conversation string
		Steps        []step
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &vector); err != nil {
		t.Fatal(err)
	}
	log := NewMessageLog(vector.Conversation)
	for i, step := range vector.Steps {
		rejoin := apply(log, step)
		if got := state(log, rejoin); !reflect.DeepEqual(got, step.Expect) {
			t.Fatalf("after step %d:\n got %v\nwant %v", i, got, step.Expect)
		}
	}
}

// apply applies a step and returns whether the reader has to join again.
func apply(log *MessageLog, step step) bool {
	switch {
	case step.Event != "":
		return log.Apply(step.Event, step.Data) == Rejoin || log.IsBehind()
	case step.Joining:
		log.Joining()
	case step.Joined.Reload:
		log.Forget()
		return true
	default:
		log.Joined(step.Joined.Position, step.Joined.Revision)
	}
	return log.IsBehind()
}

// state returns the state in the format of a vector, decoded from JSON so that the two can be compared.
func state(log *MessageLog, rejoin bool) (state any) {
	messages := map[string]any{}
	for id, m := range log.Messages {
		fields := map[string]any{"seq": m.Seq, "status": m.Status, "content": m.Content(), "thinking": m.Thinking()}
		if m.Error != "" {
			fields["error"] = m.Error
		}
		if m.Note != "" {
			fields["note"] = m.Note
		}
		messages[id] = fields
	}
	text, _ := json.Marshal(map[string]any{"messages": messages, "rejoin": rejoin, "join": log.JoinRequest()})
	_ = json.Unmarshal(text, &state)
	return state
}
