// Load at a constant rate, whatever the answers take (open loop): request i is due at start + i/rate, and its
// latency counts from then, so that a stall shows in every request that fell into it (no coordinated omission).
// Connections are kept alive and few: some 3300 of them once left a published port closed for good
// (docs/performance.md). Nothing is tried again: what fails is told.
//
//	load -url http://127.0.0.1:8080/ -rate 500 -seconds 600 -out FILE
//
// Ends at SIGTERM or after -seconds. A line per request: due and end in microseconds since the start, and what
// went wrong, if anything.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// A connection that lay idle this long may be closed by the other side at any moment: not a fault of a deploy.
const idleLimit = time.Second

type connection struct {
	socket net.Conn
	reader *bufio.Reader
	idle   time.Time
}

type generator struct {
	address string
	request []byte
	timeout time.Duration
	mutex   sync.Mutex
	free    []*connection
	lines   chan string
	pending sync.WaitGroup
	places  chan struct{}
}

func main() {
	target := flag.String("url", "", "what to ask")
	rate := flag.Int("rate", 500, "requests per second")
	seconds := flag.Int("seconds", 60, "limit of the run")
	out := flag.String("out", "", "file for the lines")
	timeout := flag.Duration("timeout", 10*time.Second, "of one request")
	connections := flag.Int("connections", 256, "at once; a request that finds none waits, and its clock runs")
	flag.Parse()
	parsed, err := url.Parse(*target)
	exitOn(err)
	file, err := os.Create(*out)
	exitOn(err)
	g := &generator{
		address: parsed.Host,
		request: []byte("GET " + parsed.RequestURI() + " HTTP/1.1\r\nHost: " + parsed.Host + "\r\n\r\n"),
		timeout: *timeout,
		lines:   make(chan string, 4096),
		places:  make(chan struct{}, *connections),
	}
	written := make(chan struct{})
	go g.write(file, written)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	g.run(*rate, *seconds, stop)
	g.pending.Wait()
	close(g.lines)
	<-written
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (g *generator) run(rate, seconds int, stop chan os.Signal) {
	// Times in the file are relative to this one.
	start := time.Now()
	fmt.Println(start.UnixMicro())
	for i := 0; i < rate*seconds; i++ {
		due := time.Duration(i) * time.Second / time.Duration(rate)
		select {
		case <-stop:
			return
		case <-time.After(time.Until(start.Add(due))):
		}
		g.pending.Add(1)
		go g.one(start, due)
	}
}

func (g *generator) one(start time.Time, due time.Duration) {
	defer g.pending.Done()
	failure := "no free connection in time"
	select {
	case g.places <- struct{}{}:
		failure = g.ask()
		<-g.places
	case <-time.After(g.timeout):
	}
	g.lines <- fmt.Sprintf("%d %d %s\n", due.Microseconds(), time.Since(start).Microseconds(), failure)
}

func (g *generator) ask() string {
	c, err := g.take()
	if err != nil {
		return kindOf(err)
	}
	c.socket.SetDeadline(time.Now().Add(g.timeout))
	if _, err := c.socket.Write(g.request); err != nil {
		c.socket.Close()
		return kindOf(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.socket.Close()
		return kindOf(err)
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err != nil || response.Close {
		c.socket.Close()
	} else {
		g.give(c)
	}
	if err != nil {
		return kindOf(err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Sprintf("HTTP %d", response.StatusCode)
	}
	return ""
}

// The one that was used last comes first: the others age, and go.
func (g *generator) take() (*connection, error) {
	g.mutex.Lock()
	var found *connection
	if last := len(g.free) - 1; last >= 0 {
		found, g.free = g.free[last], g.free[:last]
		if time.Since(found.idle) > idleLimit {
			found.socket.Close()
			for _, older := range g.free {
				older.socket.Close()
			}
			found, g.free = nil, nil
		}
	}
	g.mutex.Unlock()
	if found != nil {
		return found, nil
	}
	socket, err := net.DialTimeout("tcp", g.address, g.timeout)
	if err != nil {
		return nil, err
	}
	return &connection{socket: socket, reader: bufio.NewReader(socket)}, nil
}

func (g *generator) give(c *connection) {
	c.idle = time.Now()
	g.mutex.Lock()
	g.free = append(g.free, c)
	g.mutex.Unlock()
}

func kindOf(err error) string {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed without an answer"
	}
	return "other"
}

func (g *generator) write(file *os.File, done chan struct{}) {
	writer := bufio.NewWriter(file)
	for line := range g.lines {
		writer.WriteString(line)
	}
	writer.Flush()
	file.Close()
	close(done)
}
