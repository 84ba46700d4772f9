package durable

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

// columns are read by scanStatus.
const columns = `o.seq, o.content, o.state, o.reason, o.failure, o.detail, o.doubt, o.tries,
	o.decided_at, o.since, o.next_at, o.settled_at, o.result_id, o.expires_at, o.history, o.decision,
	CASE WHEN o.state = 'pending' AND ` + isBlocked + ` THEN 1 ELSE 0 END`

// isBlocked holds for an operation that waits for an earlier one on its payment.
const isBlocked = `EXISTS (SELECT 1 FROM afterpay_operations e WHERE e.payment = o.payment AND e.seq < o.seq
	AND (e.state IN ('pending', 'resolving') OR e.state = 'review' AND e.reason IN ('undecided', 'unavailable')))`

// timeLayout sorts as text in the order of time.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(timeLayout, text)
}

// find returns the first operation for which the condition holds, or nil.
func find(ctx context.Context, c Conn, where string, args ...any) (*Status, error) {
	all, err := list(ctx, c, where+" LIMIT 1", args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// reading is an operation that is to be read.
type reading struct {
	id    string
	found *Status // nil: there is none
}

// read returns the operation with an id, or nil. Operations that are read at about
// the same time take one round trip.
func (q *Queue[TTx]) read(ctx context.Context, id string) (*Status, error) {
	r := &reading{id: id}
	if q.reader.do(r) {
		return r.found, nil
	}
	return find(ctx, q.db.Pool(), "o.id = $1", id)
}

// readTogether reads operations in one round trip and returns how many: all or none.
// It is one query for each: PostgreSQL may plan to read the whole table for a list of
// ids.
func (q *Queue[TTx]) readTogether(all []*reading) int {
	ctx, cancel := context.WithTimeout(context.Background(), togetherTimeout)
	defer cancel()
	ids := make([][]any, len(all))
	for i, r := range all {
		ids[i] = []any{r.id}
	}
	found := make(map[string]*Status, len(all))
	err := q.db.Pool().QueryEach(ctx, selectWhere+"o.id = $1", ids, func(scan func(...any) error) error {
		s, err := scanStatus(scan)
		if err == nil {
			found[s.ID] = s
		}
		return err
	})
	if err != nil {
		return 0
	}
	for _, r := range all {
		if s := found[r.id]; s != nil {
			own := *s // two callers may read the same operation
			r.found = &own
		}
	}
	return len(all)
}

const selectWhere = "SELECT " + columns + " FROM afterpay_operations o WHERE "

func list(ctx context.Context, c Conn, where string, args ...any) ([]*Status, error) {
	var all []*Status
	err := c.Query(ctx, selectWhere+where, args, func(scan func(...any) error) error {
		s, err := scanStatus(scan)
		all = append(all, s)
		return err
	})
	return all, err
}

func scanStatus(scan func(...any) error) (*Status, error) {
	var s Status
	var content string
	var times [5]string
	var doubt, blocked int
	err := scan(&s.seq, &content, &s.State, &s.Reason, &s.Failure, &s.Detail, &doubt, &s.Tries,
		&times[0], &times[1], &times[2], &times[3], &s.ResultID, &times[4], &s.History, &s.decision, &blocked)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(content), &s.Operation); err != nil {
		return nil, fmt.Errorf("durable: content of operation %d: %w", s.seq, err)
	}
	for i, field := range []*time.Time{&s.Decided, &s.Since, &s.Next, &s.Settled, &s.Expires} {
		if *field, err = parseTime(times[i]); err != nil {
			return nil, fmt.Errorf("durable: time of operation %d: %w", s.seq, err)
		}
	}
	s.Doubt, s.blocked = doubt != 0, blocked != 0
	return &s, nil
}

// Get returns an operation; ErrUnknown if there is none with the id.
func (q *Queue[TTx]) Get(ctx context.Context, id string) (*Status, error) {
	s, err := find(ctx, q.db.Pool(), "o.id = $1", id)
	if err == nil && s == nil {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	return s, err
}

// pageSize is how many operations are read at a time.
const pageSize = 500

// All returns the operations that a filter selects, in the order they were
// enqueued. Iteration ends after the first error.
func (q *Queue[TTx]) All(ctx context.Context, f Filter) iter.Seq2[*Status, error] {
	return func(yield func(*Status, error) bool) {
		for after := int64(0); ; {
			page, err := list(ctx, q.db.Pool(),
				"o.seq > $1 AND ($2 = '' OR o.state = $2) AND ($3 = '' OR o.payment = $3 OR o.result_id = $3) ORDER BY o.seq LIMIT $4",
				after, string(f.State), f.PaymentID, pageSize)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, s := range page {
				if !yield(s, nil) {
					return
				}
				after = s.seq
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}
