package suite_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

var (
	long      = flag.Bool("long", false, "run the chaos and promise tests at their full size")
	chaosSeed = flag.Uint64("chaos.seed", 0, "seed of the chaos tests; 0: another one on every run")
)

// size returns how large a test is with -long, and how large otherwise.
func size(full, short int) int {
	if *long {
		return full
	}
	return short
}

const chaosWorkers = 16

// TestChaos lets 16 workers of a shop move money in both API versions through a
// network that does to their requests everything that networks do, and compares
// the shop's books with the service's ledger afterwards:
//
//   - nothing was executed twice,
//   - nothing that was reported done was left undone,
//   - nothing that was reported failed was done,
//   - and what was reported as unknown became known in the end, by Recover or by
//     the payment's events.
//
// A request may reach the service after its client gave up, so "not done" is
// only true once nothing is under way. While the network is bad the shop relies on
// Recover for that, whose window, the Lookup limit of the client that asks, is four
// times as long as the proxy ever holds a request. What is still unknown at the end
// is looked up after the network has come to rest.
// Reads lag behind writes all the time.
func TestChaos(t *testing.T) {
	t.Parallel()
	run := newChaosRun(t, nil)
	operations := size(2_100, 250)
	run.work(t, operations)
	run.clearUp(t)

	ledger := run.sandbox.Ledger()
	run.print(t, ledger)
	require.GreaterOrEqual(t, len(run.shop.book), operations, "money operations")
	if *long { // a short run may not draw the rare ones
		require.Len(t, run.proxy.counts, len(chaosFaults)+1, "every fault happened")
	}
	require.Empty(t, run.shop.wrong)
	require.Empty(t, judgeBooks(run.shop.book, ledger))
	require.Empty(t, judgeBalances(ledger, func(id string) (*afterpay.Payment, error) {
		return run.reader(ledger, id).Payments.Get(t.Context(), id)
	}))
}

// TestChaosFindsBrokenIdempotency is TestChaos for a client whose every attempt
// has a request id of its own. It shows that the ids are what keeps money from
// moving twice, and that the test would notice.
func TestChaosFindsBrokenIdempotency(t *testing.T) {
	t.Parallel()
	run := newChaosRun(t, func(next http.RoundTripper) http.RoundTripper { return &freshRequestIDs{next: next} })
	run.work(t, size(600, 150))
	run.clearUp(t)

	wrong := judgeBooks(run.shop.book, run.sandbox.Ledger())
	twice := 0
	for _, w := range wrong {
		if strings.Contains(w, "executed 2 times") || strings.Contains(w, "executed 3 times") {
			twice++
		}
	}
	t.Logf("with a new request id for every attempt, %d of %d movements were executed twice", twice, len(run.shop.book))
	require.NotZero(t, twice)
}

// freshRequestIDs breaks idempotency: it gives every attempt another id.
type freshRequestIDs struct {
	next http.RoundTripper
}

func (f *freshRequestIDs) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		return f.next.RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	if _, ok := members["requestId"]; ok {
		members["requestId"] = afterpay.NewRequestID()
	}
	if body, err = json.Marshal(members); err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.GetBody = nil
	return f.next.RoundTrip(req)
}

// chaosRun is a shop, a bad network and the service behind it.
type chaosRun struct {
	seed    uint64
	started time.Time
	sandbox *afterpaytest.Sandbox
	proxy   *chaosProxy
	http    *http.Client
	shop    *chaosShop
	took    time.Duration // by the work
}

// readLag is how long the service's reads lag behind its writes.
const readLag = 20 * time.Millisecond

// newChaosRun prepares a run; change, which may be nil, changes how the shop's
// clients send.
func newChaosRun(t *testing.T, change func(http.RoundTripper) http.RoundTripper) *chaosRun {
	t.Helper()
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed: -chaos.seed=%d", seed)
	run := &chaosRun{seed: seed, started: time.Now()}
	run.sandbox = afterpaytest.New(afterpaytest.WithReadLag(readLag))
	service := httptest.NewServer(run.sandbox)
	t.Cleanup(service.Close)
	run.proxy = newChaosProxy(t, seed, service.Listener.Addr().String())
	run.http = run.proxy.Client()
	if change != nil {
		run.http.Transport = closeIdle{change(run.http.Transport), run.http.Transport.(*http.Transport)}
	}
	run.shop = newChaosShop(t, seed, run.sandbox, run.proxy.URL(), run.http)
	return run
}

// closeIdle keeps CloseIdleConnections reachable behind another RoundTripper.
type closeIdle struct {
	http.RoundTripper
	pool *http.Transport
}

func (c closeIdle) CloseIdleConnections() { c.pool.CloseIdleConnections() }

// work moves money until there were so many operations.
func (r *chaosRun) work(t *testing.T, operations int) {
	t.Helper()
	var workers sync.WaitGroup
	failures := make([]error, chaosWorkers)
	for w := range chaosWorkers {
		workers.Go(func() { failures[w] = r.shop.work(t.Context(), w, (operations+chaosWorkers-1)/chaosWorkers) })
	}
	workers.Wait()
	r.took = time.Since(r.started)
	for _, err := range failures {
		require.NoError(t, err)
	}
}

// clearUp waits until nothing is under way and finds out what is still
// unknown.
func (r *chaosRun) clearUp(t *testing.T) {
	t.Helper()
	r.http.CloseIdleConnections()
	r.proxy.settle(t)
	r.sandbox.Advance(readLag)
	open := make(chan *intent)
	var auditors sync.WaitGroup
	for range chaosWorkers {
		auditors.Go(func() {
			for in := range open {
				r.audit(t, in)
			}
		})
	}
	for _, in := range r.shop.book {
		if in.said == saidUnknown {
			open <- in
		}
	}
	close(open)
	auditors.Wait()
}

// audit finds out about one movement on a calm network.
func (r *chaosRun) audit(t *testing.T, in *intent) {
	client := r.shop.auditors[in.version]
	if in.op != "payments.capturePart" && in.op != "payments.void" {
		in.look(t.Context(), client)
	} else if err := in.read(t.Context(), client); err != nil {
		r.shop.fault(in, err, "can't be read on a calm network")
	}
	r.shop.count(fmt.Sprintf("left open, %s v%d by %s: %s", in.op, in.version, in.how, in.said))
}

// reader returns a client of the version that an order was made in.
func (r *chaosRun) reader(ledger []afterpaytest.Movement, paymentID string) *afterpay.Client {
	for _, in := range r.shop.book {
		if in.paymentID == paymentID {
			return r.shop.auditors[in.version]
		}
	}
	return r.shop.auditors[afterpay.V2]
}

// print shows what happened.
func (r *chaosRun) print(t *testing.T, ledger []afterpaytest.Movement) {
	t.Helper()
	var b strings.Builder
	section := func(title string, counts map[string]int) {
		total := 0
		for _, n := range counts {
			total += n
		}
		fmt.Fprintf(&b, "%s: %d\n", title, total)
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "  %6d  %s\n", counts[name], name)
		}
	}
	movements := make(map[string]int)
	for _, m := range ledger {
		movements[string(m.Kind)]++
	}
	section("requests and refused connections, by fault", r.proxy.counts)
	section("answers to calls, and what was found out", r.shop.outcomes)
	section("movements in the ledger", movements)
	t.Logf("%d money operations by %d workers in %v, %v in all\n%s",
		len(r.shop.book), chaosWorkers, r.took.Round(time.Millisecond), time.Since(r.started).Round(time.Millisecond), b.String())
}
