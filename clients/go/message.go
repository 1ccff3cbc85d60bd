package midstream

import "strings"

const streaming = "streaming"

// An Event is the payload of any event of the protocol; absent fields are empty.
type Event struct {
	ID           string   `json:"id"`
	Conversation string   `json:"conversation"`
	Since        int      `json:"since"`
	Seq          int      `json:"seq"`
	Content      string   `json:"content"`
	Thinking     string   `json:"thinking"`
	Status       string   `json:"status"`
	Error        string   `json:"error"`
	Note         string   `json:"note"`
	Role         string   `json:"role"`
	Position     *int     `json:"position"`
	Revision     *int     `json:"revision"`
	IDs          []string `json:"ids"`
}

// A Message is a message as far as it is known; its texts are exact prefixes of the stored ones.
type Message struct {
	ID, Status, Error string
	Note              string // what a complete answer lacks, or who has stopped it; empty if nothing
	Seq               int
	content, thinking strings.Builder
}

// An extent is how much of a message is held: entries, and bytes of its texts.
type extent struct{ seq, content, thinking int }

func (m *Message) extent() extent { return extent{m.Seq, m.content.Len(), m.thinking.Len()} }

// cutBack drops the text after this extent.
func (m *Message) cutBack(extent extent) {
	content, thinking := m.Content()[:extent.content], m.Thinking()[:extent.thinking]
	m.content.Reset()
	m.thinking.Reset()
	m.content.WriteString(content)
	m.thinking.WriteString(thinking)
}

// Content returns the text of the message.
func (m *Message) Content() string { return m.content.String() }

// Thinking returns the model's thinking.
func (m *Message) Thinking() string { return m.thinking.String() }

// IsStreaming reports whether more text may follow.
func (m *Message) IsStreaming() bool { return m.Status == streaming }
