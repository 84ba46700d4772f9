package afterpay_test

import (
	"context"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// The tests of this file run in bubbles: one ends only when every goroutine that
// was begun in it has ended, so that nothing can be left behind unseen.

// TestAllFetchesOnePageAhead counts requests while the caller works.
func TestAllFetchesOnePageAhead(t *testing.T) {
	t.Parallel()
	for name, links := range pagings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &book{rows: rows(10), links: links}
				var worked int
				q := afterpay.PaymentQuery{Limit: 2, ToCreated: may.AddDate(0, 1, 0)}
				for _, err := range b.reader(t).Payments.All(t.Context(), q) {
					require.NoError(t, err)
					synctest.Wait() // whatever is under way has been answered
					require.Len(t, b.requests(), min(2+worked/2, 5))
					worked++
				}
				require.Equal(t, 10, worked)
				require.Len(t, b.requests(), 5)
			})
		})
	}
}

// TestAllFetchesNothingBeforeItIsAsked has no goroutine at rest either.
func TestAllFetchesNothingBeforeItIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{rows: rows(10)}
		_ = b.reader(t).Payments.All(t.Context(), afterpay.PaymentQuery{})
		synctest.Wait()
		require.Empty(t, b.requests())
	})
}

// hanging is a book that never answers the second request, and tells when that
// came and when it was given up.
func hanging() (b *book, came, gone chan struct{}) {
	came, gone = make(chan struct{}), make(chan struct{})
	b = &book{rows: rows(6)}
	b.answer = func(n int, req *http.Request) (*http.Response, error) {
		if n != 2 {
			return nil, nil
		}
		close(came)
		<-req.Context().Done()
		close(gone)
		return nil, req.Context().Err()
	}
	return b, came, gone
}

// ended reports whether a channel is closed, without waiting.
func ended(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

var twoAPage = afterpay.PaymentQuery{Limit: 2, ToCreated: may.AddDate(0, 1, 0)}

func TestLeavingAllCancelsThePageUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, came, gone := hanging()
		started := time.Now()
		for p, err := range b.reader(t).Payments.All(t.Context(), twoAPage) {
			require.NoError(t, err)
			<-came
			require.False(t, ended(gone))
			if p.ID == "1002" {
				break
			}
		}
		require.True(t, ended(gone), "the page was given up before the loop was left")
		require.Equal(t, started, time.Now(), "and not because its time was up")
		require.NoError(t, t.Context().Err())
		require.Len(t, b.requests(), 2)
	})
}

// TestPanickingCallerLeavesNothingBehind panics, and ends its goroutine, in the
// body of the loop.
func TestPanickingCallerLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(){
		"panic":  func() { panic("of the caller") },
		"goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, came, gone := hanging()
				all := b.reader(t).Payments.All(t.Context(), twoAPage)
				started := time.Now()
				var recovered any
				done := make(chan struct{})
				go func() {
					defer close(done)
					defer func() { recovered = recover() }()
					for range all {
						<-came
						leave()
					}
				}()
				<-done
				require.True(t, ended(gone))
				require.Equal(t, started, time.Now(), "at once")
				if name == "panic" {
					require.Equal(t, "of the caller", recovered)
				}
			})
		})
	}
}

// TestPanicOfARoundTripperReachesTheCaller on the first page and on one that was
// fetched ahead: in a goroutine of the client's it would end the program.
func TestPanicOfARoundTripperReachesTheCaller(t *testing.T) {
	t.Parallel()
	for panicking := 1; panicking <= 2; panicking++ {
		synctest.Test(t, func(t *testing.T) {
			b := &book{rows: rows(6)}
			b.answer = func(n int, _ *http.Request) (*http.Response, error) {
				if n == panicking {
					panic("of the round tripper")
				}
				return nil, nil
			}
			var ids []string
			require.PanicsWithValue(t, "of the round tripper", func() {
				for p, err := range b.reader(t).Payments.All(t.Context(), twoAPage) {
					require.NoError(t, err)
					ids = append(ids, p.ID)
				}
			})
			require.Len(t, ids, 2*(panicking-1))
			synctest.Wait()
		})
	}
}

// TestGoroutineThatEndsInARoundTripperIsAnError does not leave the caller
// waiting, as a test that fails in a stub would have it.
func TestGoroutineThatEndsInARoundTripperIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &book{rows: rows(6), answer: func(int, *http.Request) (*http.Response, error) {
			runtime.Goexit()
			return nil, nil
		}}
		ids, err := visitUntil(b.reader(t).Payments.All(t.Context(), twoAPage), nil)
		require.Empty(t, ids)
		require.Error(t, err)
	})
}

// TestManyIterationsShareAClient runs with the race detector.
func TestManyIterationsShareAClient(t *testing.T) {
	t.Parallel()
	b := &book{rows: tied(40), links: true}
	all := b.reader(t).Payments.All(context.Background(), afterpay.PaymentQuery{Limit: 7, Statuses: []afterpay.PaymentStatus{afterpay.StatusApproved}})
	results := make(chan []string)
	for range 8 {
		go func() {
			ids, _ := visitUntil(all, nil)
			results <- ids
		}()
	}
	for range 8 {
		require.Equal(t, idsOf(b.rows), <-results)
	}
}
