package kountasync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay/durable"
)

// Shared returns a client that is like client, except that all processes whose
// clients share the database together send at most perMinute requests a minute,
// because Kounta counts the requests of a company and not of a process. It sends
// a read that fails up to three times.
func Shared[TTx any](ctx context.Context, db durable.Database[TTx], client *http.Client, perMinute int) (*http.Client, error) {
	if perMinute <= 0 {
		return nil, errors.New("kountasync: perMinute must be positive")
	}
	st := newStore(db)
	if err := st.migrate(ctx); err != nil {
		return nil, err
	}
	shared := *client
	shared.Transport = &sharedTransport{store: st, next: client.Transport, interval: time.Minute / time.Duration(perMinute)}
	return &shared, nil
}

// sharedTransport waits for a place in the timetable of all processes before each
// request.
type sharedTransport struct {
	store    *store
	next     http.RoundTripper // nil means http.DefaultTransport
	interval time.Duration     // between two requests
}

const (
	readTries = 3
	readPause = time.Second
)

// RoundTrip implements http.RoundTripper.
func (t *sharedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	for try := 1; ; try++ {
		if err := t.wait(req.Context()); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotDone, err)
		}
		resp, err := next.RoundTrip(req)
		failed := err != nil || resp.StatusCode >= http.StatusInternalServerError
		if !failed || req.Method != http.MethodGet || try == readTries || sleep(req.Context(), readPause) != nil {
			return resp, err
		}
		if err == nil {
			_ = resp.Body.Close() // the response is discarded
		}
	}
}

const (
	// sharedBurst is how many requests may go at once after a pause.
	sharedBurst = 5
	// maxQueue is longer than the timetable ever gets. A later entry is that of a
	// clock which was wrong.
	maxQueue = 2 * time.Minute
)

// wait takes the next place in the timetable, and waits for its time to come.
func (t *sharedTransport) wait(ctx context.Context) error {
	now := time.Now()
	var next int64
	err := t.store.conn.Query(ctx, `INSERT INTO kounta_sync_rate (name, next_at) VALUES ('requests', $1)
		ON CONFLICT (name) DO UPDATE SET next_at =
			CASE WHEN kounta_sync_rate.next_at > $2 AND kounta_sync_rate.next_at < $3 THEN kounta_sync_rate.next_at + $4 ELSE $1 END
		RETURNING next_at`,
		[]any{now.Add(t.interval).UnixMicro(), now.UnixMicro(), now.Add(maxQueue).UnixMicro(), t.interval.Microseconds()},
		func(scan func(...any) error) error { return scan(&next) })
	if err != nil {
		return err
	}
	return sleep(ctx, time.UnixMicro(next).Sub(now)-sharedBurst*t.interval)
}
