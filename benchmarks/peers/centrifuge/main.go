// The fan-out of centrifuge, the library that Centrifugo is made of: every client is subscribed to one channel
// as it connects, and a publication is encoded once and sent to each of them. It says as much of Engine.IO as the
// client needs to begin.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/centrifugal/centrifuge"
)

const (
	channel = "conversation"
	id      = "0123456789abcdef0123456789abcdef"
	event   = `{"id":"%s","conversation":"%s","since":%d,"seq":%d,"content":" twenty bytes of it."}`
)

func main() {
	port, events, rate := os.Args[1], number(os.Args[2]), number(os.Args[3])
	node, err := centrifuge.New(centrifuge.Config{ClientQueueMaxSize: 1 << 24})
	check(err)
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{},
			Subscriptions: map[string]centrifuge.SubscribeOptions{channel: {}},
		}, nil
	})
	check(node.Run())
	go func() {
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGUSR2)
		<-asked
		emitAll(node, events, rate)
	}()
	http.Handle("/", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	check(http.ListenAndServe("127.0.0.1:"+port, nil))
}

// emitAll publishes events as a streaming answer has them; rate is how many a second, 0 as many as can be.
func emitAll(node *centrifuge.Node, events, rate int) {
	began := time.Now()
	for since := range events {
		_, err := node.Publish(channel, fmt.Appendf(nil, event, id, id, since, since+1))
		check(err)
		if rate > 0 {
			time.Sleep(time.Until(began.Add(time.Second * time.Duration(since+1) / time.Duration(rate))))
		} else {
			runtime.Gosched() // the clients' turn, as the other servers give it
		}
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
