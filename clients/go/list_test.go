package midstream

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

type listStep struct {
	Event       string
	Data        ListedConversation
	Asking      bool
	State, Page []ListedConversation
	Expect      map[string]int
}

func TestTheListPassesTheVectors(t *testing.T) {
	paths, _ := filepath.Glob("../list-vectors/*.json")
	if len(paths) < 10 {
		t.Fatalf("there are only %d vectors", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { checkList(t, path) })
	}
}

func checkList(t *testing.T, path string) {
	var vector struct {
		Name, Description string
		Steps             []listStep
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields() // whatever a row may have, a ListedConversation has it
	if err := decoder.Decode(&vector); err != nil {
		t.Fatal(err)
	}
	list := NewConversationList()
	for i, step := range vector.Steps {
		applyToList(list, step)
		held := map[string]int{}
		for id, data := range list.Listed {
			held[id] = data.Version
		}
		if !reflect.DeepEqual(held, step.Expect) {
			t.Fatalf("after step %d:\n got %v\nwant %v", i, held, step.Expect)
		}
	}
}

func applyToList(list *ConversationList, step listStep) {
	switch {
	case step.Event != "":
		list.Apply(step.Event, step.Data)
	case step.Asking:
		list.Ask()
	case step.State != nil:
		list.Replace(step.State)
	default:
		for _, data := range step.Page {
			list.Add(data)
		}
	}
}
