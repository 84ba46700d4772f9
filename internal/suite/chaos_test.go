package suite_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
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

// TestChaos lets 16 workers of a shop move money in both API versions through a
// network that does to their requests everything that networks do, and compares
// the shop's books with the service's ledger afterwards:
//
//   - nothing was executed twice,
//   - nothing that was reported done was left undone,
//   - nothing that was reported failed was done,
//   - and what was reported as unknown became known in the end, by a look-up.
//
// A request may reach the service after its client gave up, so "not done" is
// only true once nothing is under way. While the network is bad the shop relies on
// the client's look-ups for that, which look for longer than the network ever holds
// a request. What is still unknown at the end is looked up after the network has
// come to rest. Reads lag behind writes all the time.
//
// It all happens in a bubble, with the limits and waits that a client has by
// default, and between net/http's own client and connections in memory.
func TestChaos(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		operations := size(10_000, 1_000)
		shop := newChaosShop(t)
		shop.sell(t, operations)
		shop.clearUp(t)

		ledger := shop.sandbox.Ledger()
		require.GreaterOrEqual(t, len(shop.book), operations, "money operations")
		if *long { // a short run may not draw the rare ones
			require.Len(t, shop.network.faults.counts, len(chaosFaults)+1, "every fault happened")
		}
		require.Empty(t, judgeBooks(shop.book, ledger))
		require.Empty(t, judgeBalances(ledger, func(id string) (*afterpay.Payment, error) {
			return shop.clients[shop.versionOf(id)].Payments.Get(t.Context(), id)
		}))
	})
}

// TestChaosFindsBrokenIdempotency is TestChaos with a new request id for every
// attempt. It shows that the ids are what keeps money from moving twice, and that
// the test would notice.
func TestChaosFindsBrokenIdempotency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shop := newChaosShop(t)
		shop.network.freshIDs = true
		shop.sell(t, size(2_000, 500))
		shop.clearUp(t)

		wrong := fmt.Sprint(judgeBooks(shop.book, shop.sandbox.Ledger()))
		twice := strings.Count(wrong, "executed 2 times") + strings.Count(wrong, "executed 3 times")
		t.Logf("%d of %d movements were executed twice", twice, len(shop.book))
		require.NotZero(t, twice)
	})
}

// readLag is how long the service's reads lag behind its writes.
const readLag = 5 * time.Second

// newChaosShop returns a shop, with a bad network and the service behind it.
func newChaosShop(t *testing.T) *chaosShop {
	t.Helper()
	seed := *chaosSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed: -chaos.seed=%d", seed)
	sandbox := afterpaytest.New(afterpaytest.WithReadLag(readLag))
	network := &chaosNetwork{seed: seed, service: sandbox}
	pool := &http.Transport{DialContext: network.dial, MaxIdleConnsPerHost: 32}
	t.Cleanup(pool.CloseIdleConnections)
	endless := afterpay.DefaultRetryPolicy()
	endless.Budget = -1
	shop := &chaosShop{sandbox: sandbox, network: network, clients: make(map[afterpay.APIVersion]*afterpay.Client)}
	for _, version := range suitetest.Versions {
		client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, afterpay.WithAPIVersion(version),
			afterpay.WithBaseURL("http://127.0.0.1"), afterpay.WithHTTPClient(&http.Client{Transport: pool}), afterpay.WithRetry(endless),
			afterpay.WithTimeouts(afterpay.Timeouts{BankRead: 20 * time.Second})) // so that no call outlasts a hold
		require.NoError(t, err)
		shop.clients[version] = client
	}
	return shop
}

const chaosWorkers = 16

// sell lets the workers move money until there were so many operations.
func (s *chaosShop) sell(t *testing.T, operations int) {
	t.Helper()
	var workers sync.WaitGroup
	for w := range chaosWorkers {
		workers.Go(func() { assert.NoError(t, s.work(t.Context(), w, (operations+chaosWorkers-1)/chaosWorkers)) })
	}
	workers.Wait()
}

// clearUp waits until nothing is under way and finds out what is still
// unknown.
func (s *chaosShop) clearUp(t *testing.T) {
	t.Helper()
	<-time.After(longestHold + readLag)
	s.network.calm.Store(true)
	for _, in := range s.book {
		if in.said == unknown {
			in.look(t.Context(), s.clients[in.version])
			s.outcomes.add(fmt.Sprintf("left open, %s: %s", in.op, in.said))
		}
	}
	happened, err := json.MarshalIndent(map[string]any{"faults": s.network.faults.counts, "outcomes": s.outcomes.counts}, "", "  ")
	require.NoError(t, err)
	t.Logf("%d money operations by %d workers: %s", len(s.book), chaosWorkers, happened)
}

// versionOf returns the version that an order was made in.
func (s *chaosShop) versionOf(paymentID string) afterpay.APIVersion {
	for _, in := range s.book {
		if in.paymentID == paymentID {
			return in.version
		}
	}
	return afterpay.V2
}
