package midstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const (
	namespace        = "/conversations,"
	openTimeout      = 10 * time.Second
	reconnectTimeout = 2 * time.Minute
	shortestDelay    = 250 * time.Millisecond
	maxFrame         = 64 << 20 // bytes; the longest answer is a million characters, escaped
)

// An incoming is an event, or "ack", an acknowledgement with the number of its request.
type incoming struct {
	event  string
	number int
	data   json.RawMessage
}

// A connection speaks the six packets of Socket.IO 5 over Engine.IO 4 that a reader needs. One goroutine
// calls request and receives from incoming.
type connection struct {
	ws           *websocket.Conn
	incoming     chan incoming  // closed at the end of the connection
	requests     map[int]string // the events of the requests, by number
	pingDeadline time.Duration  // the connection is lost after this time without a frame
	context      context.Context
	cancel       context.CancelFunc
}

// open connects and signs in, to follow a conversation; its errors are ErrUnreachable and Refused.
func open(ctx context.Context, access Access, conversation string) (*connection, error) {
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	// A proxy may bring the readers of a conversation together by the query.
	query := "EIO=4&transport=websocket&conversation=" + url.QueryEscape(conversation)
	ws, _, err := websocket.Dial(opening, strings.TrimRight(access.URL, "/")+"/socket.io/?"+query, nil)
	if err != nil {
		return nil, ErrUnreachable
	}
	ws.SetReadLimit(maxFrame)
	c := &connection{ws: ws, incoming: make(chan incoming), requests: map[int]string{}}
	c.context, c.cancel = context.WithCancel(ctx)
	if err := c.signIn(opening, access.Token); err != nil {
		c.close()
		return nil, err
	}
	go c.receive()
	return c, nil
}

// reconnect connects to a server that may be away for a while.
func reconnect(ctx context.Context, access Access, conversation string) (*connection, error) {
	deadline, delays := time.Now().Add(reconnectTimeout), backoff{shortest: shortestDelay}
	for ctx.Err() == nil && time.Now().Before(deadline) {
		delays.increase()
		time.Sleep(delays.jittered())
		connection, err := open(ctx, access, conversation)
		if !errors.Is(err, ErrUnreachable) {
			return connection, err
		}
	}
	return nil, ErrUnreachable
}

func (c *connection) signIn(ctx context.Context, token string) error {
	_, open, err := c.ws.Read(ctx)
	var times struct{ PingInterval, PingTimeout int }
	if err != nil || json.Unmarshal(bytes.TrimPrefix(open, []byte("0")), &times) != nil {
		return ErrUnreachable
	}
	c.pingDeadline = time.Duration(times.PingInterval+times.PingTimeout) * time.Millisecond
	auth, _ := json.Marshal(map[string]any{"token": token, "protocol": 1})
	c.write("40" + namespace + string(auth))
	_, answer, err := c.ws.Read(ctx)
	if err != nil {
		return ErrUnreachable
	}
	if payload, isError := strings.CutPrefix(string(answer), "44"+namespace); isError {
		return connectError(payload)
	}
	if !strings.HasPrefix(string(answer), "40"+namespace) {
		return ErrUnreachable
	}
	return nil
}

// request sends a request; its acknowledgement arrives as "ack".
func (c *connection) request(event string, payload any) {
	number := len(c.requests)
	c.requests[number] = event
	text, _ := json.Marshal([]any{event, payload})
	c.write(fmt.Sprintf("42%s%d%s", namespace, number, text))
}

// close closes the connection at once; receive then closes incoming.
func (c *connection) close() {
	c.cancel()
	_ = c.ws.CloseNow()
}

func (c *connection) write(frame string) {
	_ = c.ws.Write(c.context, websocket.MessageText, []byte(frame)) // an error ends receive, too
}

// receive receives frames until the connection ends, or until even the server's pings stop.
func (c *connection) receive() {
	defer close(c.incoming)
	defer c.close()
	for {
		reading, cancel := context.WithTimeout(c.context, c.pingDeadline)
		_, frame, err := c.ws.Read(reading)
		cancel()
		if err != nil || !c.handle(string(frame)) {
			return
		}
	}
}

// handle handles a frame; it reports whether the connection continues.
func (c *connection) handle(frame string) bool {
	if frame == "2" {
		c.write("3")
	}
	if packet, isEvent := strings.CutPrefix(frame, "42"+namespace); isEvent {
		var event string
		var data json.RawMessage
		err := json.Unmarshal([]byte(packet), &[]any{&event, &data})
		return err == nil && c.deliver(incoming{event, 0, data})
	}
	if packet, isAck := strings.CutPrefix(frame, "43"+namespace); isAck {
		digits, list, _ := strings.Cut(packet, "[")
		number, err := strconv.Atoi(digits)
		return err == nil && c.deliver(incoming{"ack", number, []byte(strings.TrimSuffix(list, "]"))})
	}
	return frame != "1" && !strings.HasPrefix(frame, "41"+namespace)
}

func (c *connection) deliver(received incoming) bool {
	select {
	case c.incoming <- received:
		return true
	case <-c.context.Done():
		return false
	}
}
