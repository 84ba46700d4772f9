package suite_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/afterpay-go/afterpay"
)

// longestHold is the longest a chaosNetwork keeps a request from the service,
// counted from its arrival. What is older is lost and never delivered. Whoever
// waits longer than this for a request to take effect may conclude that it will
// not. With readLag it is less than the 70 s for which the client looks.
const longestHold = time.Minute

// chaosNetwork is a network between clients and a service, in the memory and the
// time of a synctest bubble. It reads whole HTTP/1.1 requests off connections and
// does to each what a fault says.
//
// Which fault a request meets depends on the seed and on the request (its id or
// reference, and how often it was seen before), not on the order in which
// requests arrive, so that a seed gives the same faults on every run.
type chaosNetwork struct {
	seed     uint64
	service  http.RoundTripper
	freshIDs bool        // every request gets a request id of its own on its way
	calm     atomic.Bool // no more faults
	seen     tally       // how often each request came by
	faults   tally
}

// tally counts things by name.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

// add counts a thing and returns how many there are by now.
func (t *tally) add(name string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[string]int)
	}
	t.counts[name]++
	return t.counts[name]
}

// draw returns the random numbers that belong to one event.
func (n *chaosNetwork) draw(event string) *rand.Rand {
	hash := fnv.New64a()
	io.WriteString(hash, event)
	return rand.New(rand.NewPCG(n.seed, hash.Sum64()+uint64(n.seen.add(event))))
}

// dial connects to the service. Now and then the connection is refused.
func (n *chaosNetwork) dial(context.Context, string, string) (net.Conn, error) {
	if draw := n.draw("dial"); !n.calm.Load() && draw.IntN(100) < 4 {
		n.faults.add("refused connection")
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	broken := new(atomic.Bool)
	go n.serve(&chaosConn{far, broken})
	return &chaosConn{near, broken}, nil
}

// chaosConn is an end of a connection that can be reset.
type chaosConn struct {
	net.Conn
	broken *atomic.Bool
}

func (c *chaosConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == io.EOF && c.broken.Load() {
		err = syscall.ECONNRESET
	}
	return n, err
}

// serve carries the requests of one connection until a fault or the client
// ends it.
func (n *chaosNetwork) serve(conn *chaosConn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		x := &exchange{network: n, conn: conn, request: req, body: body, arrived: time.Now()}
		if keep := n.choose(x).strike(x); !keep {
			return
		}
	}
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// choose picks the fault for a request, and its random numbers.
func (n *chaosNetwork) choose(x *exchange) chaosFault {
	var named struct{ RequestID, MerchantReference string }
	_ = json.Unmarshal(x.body, &named) // a request without a body is told by its path
	x.draw = n.draw(cmp.Or(named.RequestID, named.MerchantReference, x.request.URL.Path))
	if n.freshIDs {
		x.body = requestID.ReplaceAll(x.body, []byte(`"requestId":"`+afterpay.NewRequestID()+`"`))
	}
	if n.calm.Load() {
		return nothing
	}
	fault := pickByWeight(x.draw)
	n.faults.add(fault.name)
	return fault
}

func pickByWeight(draw *rand.Rand) chaosFault {
	total := 0
	for _, fault := range chaosFaults {
		total += fault.weight
	}
	left := draw.IntN(total)
	for _, fault := range chaosFaults {
		if left -= fault.weight; left < 0 {
			return fault
		}
	}
	return nothing
}

// exchange is one request on its way through the network.
type exchange struct {
	network *chaosNetwork
	conn    *chaosConn
	request *http.Request
	body    []byte
	arrived time.Time
	draw    *rand.Rand
}

// deliver hands the request to the service and returns its response, or nil when
// the request is lost.
func (x *exchange) deliver() []byte {
	if time.Since(x.arrived) > longestHold {
		return nil
	}
	req := x.request.Clone(context.Background())
	req.Body = io.NopCloser(bytes.NewReader(x.body))
	res, err := x.network.service.RoundTrip(req)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	var raw bytes.Buffer
	if err := res.Write(&raw); err != nil {
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
	_, err := x.conn.Write(raw)
	return err == nil
}

// reset ends the connection as a TCP reset does.
func (x *exchange) reset() bool {
	x.conn.broken.Store(true)
	return x.hangUp()
}

// hangUp ends the connection in the orderly way.
func (x *exchange) hangUp() bool {
	_ = x.conn.Close()
	return false
}

// cut returns the beginning of a message, at least a byte and never all of it.
func (x *exchange) cut(raw []byte) []byte {
	if len(raw) < 2 {
		return nil
	}
	return raw[:1+x.draw.IntN(len(raw)-1)]
}
