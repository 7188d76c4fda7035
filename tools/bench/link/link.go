// Package link stands a network between a client and a server on this machine: a TCP proxy that adds latency, bounds the
// upload, and counts connections and requests.
package link

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Options shape a Link. The zero value adds nothing.
type Options struct {
	RoundTrip time.Duration // half of it in each direction; a new connection costs one before its first byte leaves
	Upload    float64       // bytes a second to the server, all connections together; 0: as fast as it goes
}

// Link is a proxy that listens on loopback until it is closed.
type Link struct {
	options     Options
	target      string
	listener    net.Listener
	upload      *rate.Limiter
	ctx         context.Context // of the link's life
	stop        context.CancelFunc
	running     sync.WaitGroup
	connections atomic.Int64
	requests    atomic.Int64
	buffers     sync.Pool // of *[chunk]byte
}

const (
	chunk  = 32 << 10
	window = 4 << 20 / chunk // chunks under way in one direction of a connection
)

// Open starts a link to a server's address, host:port.
func Open(ctx context.Context, target string, o Options) (*Link, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{options: o, target: target, listener: listener}
	l.ctx, l.stop = context.WithCancel(ctx)
	if o.Upload > 0 {
		l.upload = rate.NewLimiter(rate.Limit(o.Upload), max(chunk, int(o.Upload/50)))
	}
	l.running.Go(l.accept)
	return l, nil
}

// Address is where clients reach the link, host:port.
func (l *Link) Address() string { return l.listener.Addr().String() }

// Connections is how many clients have opened.
func (l *Link) Connections() int64 { return l.connections.Load() }

// Requests is how many HTTP/1 requests clients have sent, as far as each began a packet of its own.
func (l *Link) Requests() int64 { return l.requests.Load() }

// Close cuts all connections and returns when nothing of the link runs any more.
func (l *Link) Close() error {
	l.stop()
	err := l.listener.Close()
	l.running.Wait()
	return err
}

func (l *Link) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil { // closed
			return
		}
		l.connections.Add(1)
		l.running.Go(func() { l.join(client) })
	}
}

// join passes bytes both ways until both sides have ended, or the link is closed.
func (l *Link) join(client net.Conn) {
	defer func() { _ = client.Close() }()
	opened := time.Now()
	server, err := new(net.Dialer).DialContext(l.ctx, "tcp", l.target)
	if err != nil { // the client sees its connection cut
		return
	}
	defer func() { _ = server.Close() }()
	cut := context.AfterFunc(l.ctx, func() { _, _ = client.Close(), server.Close() })
	defer cut()
	var both sync.WaitGroup
	both.Go(func() { l.pass(server, client, opened.Add(l.options.RoundTrip), true) })
	both.Go(func() { l.pass(client, server, opened, false) })
	both.Wait()
}

// packet is what was read, and when it is to arrive.
type packet struct {
	due    time.Time
	buffer *[chunk]byte
	length int
}

func (l *Link) buffer() *[chunk]byte {
	if used, ok := l.buffers.Get().(*[chunk]byte); ok {
		return used
	}
	return new([chunk]byte)
}

// pass delivers each packet half a round trip after it was read, but as if none had been sent before earliest.
func (l *Link) pass(to, from net.Conn, earliest time.Time, up bool) {
	packets := make(chan packet, window)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(packets)
		for {
			data := l.buffer()
			n, err := from.Read(data[:])
			if n > 0 {
				sent := time.Now()
				if sent.Before(earliest) {
					sent = earliest
				}
				if up && startsRequest(data[:n]) {
					l.requests.Add(1)
				}
				packets <- packet{sent.Add(l.options.RoundTrip / 2), data, n}
			}
			if err != nil {
				return
			}
		}
	})
	if err := l.deliver(to, packets, up); err != nil {
		_, _ = from.Close(), to.Close() // nobody takes it any more
		for range packets {             // the reader must be able to end
		}
	} else if half, ok := to.(*net.TCPConn); ok {
		_ = half.CloseWrite() // the other direction may go on
	}
	reading.Wait()
}

func (l *Link) deliver(to io.Writer, packets <-chan packet, up bool) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for p := range packets {
		if up && l.upload != nil {
			if err := l.upload.WaitN(l.ctx, p.length); err != nil {
				return err
			}
		}
		if d := time.Until(p.due); d > 0 {
			timer.Reset(d)
			select {
			case <-timer.C:
			case <-l.ctx.Done():
				return errors.New("closed")
			}
		}
		if _, err := to.Write(p.buffer[:p.length]); err != nil {
			return err
		}
		l.buffers.Put(p.buffer)
	}
	return nil
}

// startsRequest tells whether data begins as a request does.
func startsRequest(data []byte) bool {
	method, _, found := bytes.Cut(data[:min(len(data), 16)], []byte(" /"))
	return found && len(method) >= 3 && len(bytes.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) == 0
}
