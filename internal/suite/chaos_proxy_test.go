package suite_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// longestHold is the longest a chaosProxy keeps a request from the service,
// counted from its arrival. What is older is lost and never delivered, as in a
// network, where nothing arrives after any length of time. Whoever waits longer
// than this for a request to take effect may conclude that it will not.
const longestHold = 200 * time.Millisecond

// chaosProxy is a network between clients and a service. It reads whole
// HTTP/1.1 requests off TCP connections and does to each what a fault says.
//
// Which fault a request meets depends on the seed and on the request (its id or
// reference, and how often it was seen before), not on the order in which
// requests arrive, so that a seed gives the same faults on every run.
type chaosProxy struct {
	seed     uint64
	service  string // address of the service
	closed   string // address at which connections are refused
	listener net.Listener
	calm     atomic.Bool // no more faults

	mu      sync.Mutex
	rest    sync.Cond      // running has come down to 0
	running int            // connections, and deliveries that outlive them
	seen    map[string]int // how often each request came by
	counts  map[string]int // by fault
	dialled int
}

// newChaosProxy puts a proxy before the service at an address.
func newChaosProxy(t *testing.T, seed uint64, service string) *chaosProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &chaosProxy{
		seed: seed, service: service, closed: refusingAddress(t), listener: listener,
		seen: make(map[string]int), counts: make(map[string]int),
	}
	p.rest.L = &p.mu
	var accepting sync.WaitGroup
	accepting.Go(p.accept)
	t.Cleanup(func() {
		listener.Close()
		accepting.Wait()
	})
	return p
}

// refusingAddress returns an address of this machine where nobody listens, and
// nobody can: a connection that lives as long as the test is bound to it.
func refusingAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() {
		conn.Close()
		listener.Close()
	})
	return conn.LocalAddr().String()
}

// URL is the origin under which the service appears.
func (p *chaosProxy) URL() string { return "http://" + p.listener.Addr().String() }

// Client returns an HTTP client whose connections go through the proxy and are
// at times refused.
func (p *chaosProxy) Client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		p.mu.Lock()
		p.dialled++
		draw := p.draw("dial", p.dialled)
		p.mu.Unlock()
		if !p.calm.Load() && draw.IntN(100) < 4 {
			p.count("refused connection")
			address = p.closed
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return &http.Client{Transport: transport}
}

// draw returns the random numbers that belong to one event.
func (p *chaosProxy) draw(what string, number int) *rand.Rand {
	hash := fnv.New64a()
	io.WriteString(hash, what)
	return rand.New(rand.NewPCG(p.seed, hash.Sum64()+uint64(number)))
}

func (p *chaosProxy) count(fault string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[fault]++
}

// settle ends the faults and returns when nothing is under way any more:
// whatever could still reach the service has reached it. The clients must have
// closed their idle connections.
func (p *chaosProxy) settle(t *testing.T) {
	t.Helper()
	p.calm.Store(true)
	// Connections are accepted in the order they were made: once this one is
	// answered, every earlier one has its goroutine.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL()+"/ping", http.NoBody)
	require.NoError(t, err)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.running > 0 {
		p.rest.Wait()
	}
}

// spawn runs something that must end before the network is at rest.
func (p *chaosProxy) spawn(f func()) {
	p.mu.Lock()
	p.running++
	p.mu.Unlock()
	go func() {
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.running--; p.running == 0 {
				p.rest.Broadcast()
			}
		}()
		f()
	}()
}

func (p *chaosProxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.spawn(func() {
			defer conn.Close()
			p.serve(conn.(*net.TCPConn))
		})
	}
}

// serve carries the requests of one connection until a fault or the client
// ends it.
func (p *chaosProxy) serve(conn *net.TCPConn) {
	var raw bytes.Buffer
	r := bufio.NewReader(io.TeeReader(conn, &raw))
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		x := &exchange{proxy: p, client: conn, request: bytes.Clone(raw.Bytes()), arrived: time.Now()}
		raw.Reset()
		fault := p.choose(x, req, body)
		if keep := fault.strike(x); !keep {
			return
		}
	}
}

// choose picks the fault for a request, and its random numbers.
func (p *chaosProxy) choose(x *exchange, req *http.Request, body []byte) chaosFault {
	var named struct {
		RequestID         string `json:"requestId"`
		MerchantReference string `json:"merchantReference"`
	}
	_ = json.Unmarshal(body, &named) // a request without a body is told by its path
	identity := named.RequestID
	if identity == "" {
		identity = named.MerchantReference
	}
	if identity == "" {
		identity = req.URL.Path
	}
	p.mu.Lock()
	p.seen[identity]++
	x.draw = p.draw(identity, p.seen[identity])
	p.mu.Unlock()
	if x.calm = p.calm.Load(); x.calm {
		return nothing
	}
	fault := chaosFaults[pickByWeight(x.draw, len(chaosFaults), func(i int) int { return chaosFaults[i].weight })]
	p.count(fault.name)
	return fault
}

func pickByWeight(draw *rand.Rand, n int, weight func(int) int) int {
	total := 0
	for i := range n {
		total += weight(i)
	}
	left := draw.IntN(total)
	for i := range n {
		if left -= weight(i); left < 0 {
			return i
		}
	}
	return n - 1
}

// exchange is one request on its way through the proxy.
type exchange struct {
	proxy   *chaosProxy
	client  *net.TCPConn
	request []byte // as it came
	arrived time.Time
	calm    bool // it came when the faults were over
	draw    *rand.Rand
}

// deliver hands the request to the service and returns its response, or nil when
// the request is lost.
func (x *exchange) deliver() []byte {
	service, err := net.Dial("tcp", x.proxy.service)
	if err != nil {
		return nil
	}
	defer service.Close()
	if !x.calm && time.Since(x.arrived) > longestHold {
		return nil
	}
	if _, err := service.Write(x.request); err != nil {
		return nil
	}
	var raw bytes.Buffer
	res, err := http.ReadResponse(bufio.NewReader(io.TeeReader(service, &raw)), nil)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return nil
	}
	return raw.Bytes()
}

// hold keeps the request for some time.
func (x *exchange) hold() { <-time.After(upTo(x.draw, longestHold)) }

// upTo is a random time between 0 and the longest.
func upTo(draw *rand.Rand, longest time.Duration) time.Duration {
	return time.Duration(draw.Int64N(int64(longest)))
}

// answer passes a response on and reports whether the connection lives on.
func (x *exchange) answer(raw []byte) bool {
	if raw == nil {
		return x.reset()
	}
	_, err := x.client.Write(raw)
	return err == nil
}

// reset ends the connection with a TCP reset.
func (x *exchange) reset() bool {
	_ = x.client.SetLinger(0)
	_ = x.client.Close()
	return false
}

// hangUp ends the connection in the orderly way.
func (x *exchange) hangUp() bool {
	_ = x.client.Close()
	return false
}

// cut returns the beginning of a message, at least a byte and never all of it.
func (x *exchange) cut(raw []byte) []byte {
	if len(raw) < 2 {
		return nil
	}
	return raw[:1+x.draw.IntN(len(raw)-1)]
}
