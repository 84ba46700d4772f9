package durable

import "time"

// Gather makes outcomes that come within d share a transaction, from the first on.
func Gather[TTx any](q *Queue[TTx], d time.Duration) {
	q.recorder.pause, q.recorder.began = d, time.Now()
}
