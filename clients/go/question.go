package midstream

import "crypto/rand"

// A question is stored once, however often it is sent: its key is an idempotency key.
type question struct {
	conversation, content, key string
	reply                      string // the id of its answer; empty until it is known
	answerBegan                bool   // since it was last sent
}

func newQuestion(conversation, content string) *question {
	return &question{conversation: conversation, content: content, key: rand.Text()}
}

// payload returns the payload of send.
func (q *question) payload() map[string]string {
	return map[string]string{"conversation": q.conversation, "content": q.content, "key": q.key}
}

// acknowledged takes the reply from an acknowledgement, which has none while another answer is streaming;
// it returns whether to send the question again now.
func (q *question) acknowledged(ack ack) bool {
	q.reply = ack.Reply
	return q.reply == "" && q.answerBegan
}
