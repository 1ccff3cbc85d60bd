package midstream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const (
	namespace   = "/conversations,"
	openTimeout = 10 * time.Second
	maxFrame    = 64 << 20 // bytes; the longest answer is a million characters, escaped
)

// An arrival is an event, or an acknowledgement, which has the number of its request.
type arrival struct {
	event  string
	number int
	data   json.RawMessage
}

// A socket is one connection: the few packets of Socket.IO 5 over Engine.IO 4 that a reader needs.
// One goroutine calls request, and receives from arrivals.
type socket struct {
	ws       *websocket.Conn
	arrivals chan arrival   // is closed when the connection has ended
	asked    map[int]string // the requests, by the numbers of their acknowledgements
	silence  time.Duration  // that ends it
	context  context.Context
	leave    context.CancelFunc
}

// open connects and signs in; its errors are ErrUnreachable and Refused.
func open(ctx context.Context, access Access) (*socket, error) {
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	ws, _, err := websocket.Dial(opening, strings.TrimRight(access.URL, "/")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		return nil, ErrUnreachable
	}
	ws.SetReadLimit(maxFrame)
	s := &socket{ws: ws, arrivals: make(chan arrival), asked: map[int]string{}}
	s.context, s.leave = context.WithCancel(ctx)
	if err := s.signIn(opening, access.Token); err != nil {
		s.close()
		return nil, err
	}
	go s.receive()
	return s, nil
}

func (s *socket) signIn(ctx context.Context, token string) error {
	_, hello, err := s.ws.Read(ctx)
	var times struct{ PingInterval, PingTimeout int }
	if err != nil || json.Unmarshal(bytes.TrimPrefix(hello, []byte("0")), &times) != nil {
		return ErrUnreachable
	}
	s.silence = time.Duration(times.PingInterval+times.PingTimeout) * time.Millisecond
	auth, _ := json.Marshal(map[string]any{"token": token, "protocol": 1})
	s.write("40" + namespace + string(auth))
	_, answer, err := s.ws.Read(ctx)
	if err != nil {
		return ErrUnreachable
	}
	if why, isRefusal := strings.CutPrefix(string(answer), "44"+namespace); isRefusal {
		return refusal(why)
	}
	if !strings.HasPrefix(string(answer), "40"+namespace) {
		return ErrUnreachable
	}
	return nil
}

// request asks something of the server, whose answer arrives as "ack".
func (s *socket) request(event string, payload any) {
	number := len(s.asked)
	s.asked[number] = event
	text, _ := json.Marshal([]any{event, payload})
	s.write(fmt.Sprintf("42%s%d%s", namespace, number, text))
}

// close leaves at once; receive closes arrivals then.
func (s *socket) close() {
	s.leave()
	_ = s.ws.CloseNow()
}

func (s *socket) write(frame string) {
	_ = s.ws.Write(s.context, websocket.MessageText, []byte(frame)) // what fails ends receive, too
}

// receive hands on what comes until nothing does, not even the server's pings.
func (s *socket) receive() {
	defer close(s.arrivals)
	defer s.close()
	for {
		patience, cancel := context.WithTimeout(s.context, s.silence)
		_, frame, err := s.ws.Read(patience)
		cancel()
		if err != nil || !s.take(string(frame)) {
			return
		}
	}
}

// take says whether the connection goes on.
func (s *socket) take(frame string) bool {
	if frame == "2" {
		s.write("3")
	}
	if said, isEvent := strings.CutPrefix(frame, "42"+namespace); isEvent {
		var event string
		var data json.RawMessage
		err := json.Unmarshal([]byte(said), &[]any{&event, &data})
		return err == nil && s.hand(arrival{event, 0, data})
	}
	if said, isAck := strings.CutPrefix(frame, "43"+namespace); isAck {
		digits, list, _ := strings.Cut(said, "[")
		number, err := strconv.Atoi(digits)
		return err == nil && s.hand(arrival{"ack", number, []byte(strings.TrimSuffix(list, "]"))})
	}
	return frame != "1" && !strings.HasPrefix(frame, "41"+namespace)
}

func (s *socket) hand(arrived arrival) bool {
	select {
	case s.arrivals <- arrived:
		return true
	case <-s.context.Done():
		return false
	}
}
