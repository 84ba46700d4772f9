package durable

import (
	"context"
	"time"
)

// Gather makes outcomes that come within d share a transaction, from the first on.
func Gather[TTx any](q *Queue[TTx], d time.Duration) {
	q.recorder.pause, q.recorder.began = d, time.Now()
}

// ReadTogether reads operations as workers do that start at the same time.
func ReadTogether[TTx any](q *Queue[TTx], ids ...string) []*Status {
	all := make([]*reading, len(ids))
	for i, id := range ids {
		all[i] = &reading{id: id}
	}
	q.readTogether(all)
	found := make([]*Status, len(ids))
	for i, r := range all {
		found[i] = r.found
	}
	return found
}

// RelayPage gives jobs to operations once.
func RelayPage[TTx any](ctx context.Context, q *Queue[TTx]) error {
	_, err := q.relayPage(ctx)
	return err
}

// Sweep is what a tick does about lost jobs.
func Sweep[TTx any](ctx context.Context, q *Queue[TTx]) error { return q.sweep(ctx) }
