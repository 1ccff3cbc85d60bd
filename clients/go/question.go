package midstream

import "crypto/rand"

// A question is stored once, however often it is sent: its key is an idempotency key.
type question struct {
	conversation, content, key string
	files                      []string // their ids
	reply                      string   // the id of its answer; empty until it is known
	answerBegan                bool     // since it was last sent
}

func newQuestion(conversation, content string, files []string) *question {
	return &question{conversation: conversation, content: content, key: rand.Text(), files: files}
}

// payload returns the payload of send.
func (q *question) payload() map[string]any {
	payload := map[string]any{"conversation": q.conversation, "content": q.content, "key": q.key}
	if len(q.files) > 0 {
		payload["files"] = q.files
	}
	return payload
}

// acknowledged takes the reply from an acknowledgement, which has none while another answer is streaming;
// it returns whether to send the question again now.
func (q *question) acknowledged(ack ack) bool {
	q.reply = ack.Reply
	return q.reply == "" && q.answerBegan
}
