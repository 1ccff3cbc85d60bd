package midstream

import "strings"

const streaming = "streaming"

// An Event is what the server says about a message or a conversation; what is absent is empty.
type Event struct {
	ID           string   `json:"id"`
	Conversation string   `json:"conversation"`
	Since        int      `json:"since"`
	Seq          int      `json:"seq"`
	Content      string   `json:"content"`
	Thinking     string   `json:"thinking"`
	Status       string   `json:"status"`
	Error        string   `json:"error"`
	Role         string   `json:"role"`
	Position     *int     `json:"position"`
	Revision     *int     `json:"revision"`
	IDs          []string `json:"ids"`
}

// A Message is as much of a message as is known: an exact beginning of what the database holds.
type Message struct {
	ID, Status, Error string
	Seq               int
	content, thinking strings.Builder
}

// Content returns what the message says.
func (m *Message) Content() string { return m.content.String() }

// Thinking returns what the model has thought.
func (m *Message) Thinking() string { return m.thinking.String() }

// IsStreaming says whether more is to come.
func (m *Message) IsStreaming() bool { return m.Status == streaming }
