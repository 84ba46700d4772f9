package durable

import "time"

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
