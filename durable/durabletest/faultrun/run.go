//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

// harness is one run.
type harness struct {
	settings  *settings
	service   *service
	postgres  *durabletest.Postgres // nil with SQLite
	shop      shop
	processes []*process
	counters  counters

	rolledBack, doubled, conflicts int
	gone                           []string // ids whose transaction was rolled back
	wrong                          []string
}

func run(ctx context.Context, s *settings) error {
	began := time.Now()
	dir, err := os.MkdirTemp("", "faultrun-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	h := &harness{settings: s}
	if err := h.open(ctx, dir); err != nil {
		return err
	}
	if h.postgres != nil {
		defer func() { _ = h.postgres.Close() }()
	}
	workers, stop := context.WithCancel(ctx)
	for range s.Workers {
		p, err := startProcess(workers, *s, h.service)
		if err != nil {
			stop()
			return err
		}
		h.processes = append(h.processes, p)
	}
	err = h.play(ctx)
	stop()
	for _, p := range h.processes {
		<-p.done
		_ = p.endpoint.server.Close()
	}
	if err != nil {
		return err
	}
	return h.judge(ctx, time.Since(began))
}

func (h *harness) open(ctx context.Context, dir string) (err error) {
	if h.service, err = newService(h.settings); err != nil {
		return err
	}
	h.settings.Source = filepath.Join(dir, "faultrun.db")
	if h.settings.DB == "postgres" {
		if h.postgres, err = durabletest.StartPostgres(ctx); err != nil {
			return err
		}
		if h.settings.Source, err = h.postgres.CreateDatabase(ctx, "faultrun"); err != nil {
			return err
		}
	}
	s := *h.settings
	s.Service = "http://127.0.0.1:1" // the shop's own process only enqueues
	if h.shop, err = open(ctx, &s, h.service.sandbox.Now); err != nil {
		return err
	}
	return h.shop.migrate(ctx)
}

// play lets the shop work while everything fails, and then until nothing is
// pending.
func (h *harness) play(ctx context.Context) error {
	var all sync.WaitGroup
	faults, end := context.WithCancel(ctx)
	defer end()
	for i, p := range h.processes {
		all.Go(func() { h.harass(faults, p, i) })
	}
	all.Go(func() { h.failOthers(faults) })
	over := make(chan struct{})
	go func() {
		all.Wait()
		close(over)
	}()
	err := h.enqueueAll(ctx, over)
	<-over
	h.service.calm.Store(true)
	if err != nil {
		return err
	}
	return h.drain(ctx)
}

// share returns the part of a total that falls to one of the processes.
func (h *harness) share(total, i int) int {
	n := len(h.processes)
	return (total + n - 1 - i) / n
}

// harass kills and suspends one process as often as its share is.
func (h *harness) harass(ctx context.Context, p *process, i int) {
	kills, stops := h.share(h.settings.Kills, i), h.share(h.settings.Stops, i)
	for kills+stops > 0 && ctx.Err() == nil {
		time.Sleep(time.Duration(500+h.service.intN(1000)) * time.Millisecond)
		if h.service.intN(kills+stops) < kills {
			p.kill(&h.counters)
			kills--
			continue
		}
		p.suspend(&h.counters, h.settings.StopFor)
		stops--
	}
}

// failOthers stops the database, has an outage and moves the clock.
func (h *harness) failOthers(ctx context.Context) {
	for range h.settings.DatabaseStops {
		time.Sleep(5 * time.Second)
		if err := errors.Join(h.postgres.StopImmediately(), h.postgres.Start(ctx)); err != nil {
			fmt.Fprintln(os.Stderr, "faultrun:", err)
			return
		}
		h.counters.databaseStops.Add(1)
	}
	time.Sleep(5 * time.Second)
	h.service.outage.Store(true)
	time.Sleep(h.settings.Outage)
	if h.settings.Clock {
		h.moveClock(25 * time.Hour) // what is in doubt is older than its request id
	}
	h.service.outage.Store(false)
	if h.settings.Clock {
		time.Sleep(10 * time.Second)
		h.moveClock(13 * 24 * time.Hour)
	}
}

// moveClock moves all clocks at once, while no worker runs and no money call is
// under way. A call that took longer than Afterpay remembers its request id could
// move money twice, and no call takes a day.
func (h *harness) moveClock(d time.Duration) {
	for _, p := range h.processes {
		p.halt()
	}
	time.Sleep(slowest) // what was sent before has arrived
	for _, p := range h.processes {
		for p.endpoint.running.Load() > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	h.service.advance(d)
	for _, p := range h.processes {
		p.resume(d)
	}
}

var errRolledBack = errors.New("the shop rolls back")

// backlog returns how many operations may wait, so that orders arrive all the
// time.
func (h *harness) backlog() int { return min(400, h.settings.Operations) }

// enqueueAll creates orders until there are enough operations and the faults are
// over. What follows an order is enqueued when its first operation is settled.
func (h *harness) enqueueAll(ctx context.Context, over <-chan struct{}) error {
	total := 0
	for n := 0; total < h.settings.Operations || !closed(over); n++ {
		token, err := h.service.confirmed(ctx)
		if err != nil {
			return err
		}
		op := durable.Operation{ID: fmt.Sprintf("order-%d", n), Kind: []durable.Kind{durable.Authorize, durable.Capture}[n%2], Token: token}
		if err := h.enqueueOne(ctx, op); err != nil {
			return err
		}
		if total, err = h.awaitBacklog(ctx, over); err != nil {
			return err
		}
		if n%20 == 0 {
			_, _ = h.resolve(ctx) // again later, if the database is down
		}
	}
	return nil
}

// awaitBacklog waits until there is room for more operations, and returns how
// many there are in all. All that are pending may wait for operations that the
// outage has put into review. Once the faults are over, only a replay can end
// that.
func (h *harness) awaitBacklog(ctx context.Context, over <-chan struct{}) (total int, err error) {
	for {
		pending, total, err := h.shop.count(ctx)
		if err == nil && pending < h.backlog() {
			return total, nil
		}
		if err == nil && closed(over) {
			_, err = h.replay(ctx)
		}
		if ctx.Err() != nil {
			return 0, fmt.Errorf("waiting for room in the backlog: %w", errors.Join(ctx.Err(), err))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// replay plays the person on call, who replays what was given up.
func (h *harness) replay(ctx context.Context) (replayed int, err error) {
	for s, err := range h.shop.All(ctx, durable.Filter{State: durable.Review}) {
		if err != nil {
			return replayed, err
		}
		if s.Reason != durable.Unavailable {
			continue
		}
		if err := h.shop.Replay(ctx, s.ID, "faultrun"); err != nil {
			return replayed, err
		}
		replayed++
	}
	return replayed, nil
}

// resolve plays the person on call, who gives up refunds that are too large.
func (h *harness) resolve(ctx context.Context) (resolved int, err error) {
	for s, err := range h.shop.All(ctx, durable.Filter{State: durable.Review}) {
		if err != nil {
			return resolved, err
		}
		if s.Reason != durable.Refused || !strings.HasSuffix(s.ID, "/too-much") {
			continue
		}
		if err := h.shop.Resolve(ctx, s.ID, durable.Rejected, "faultrun", "more than was captured"); err != nil {
			return resolved, err
		}
		resolved++
	}
	return resolved, nil
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// enqueueOne enqueues an operation; some are rolled back first, some enqueued
// twice, some contradicted.
func (h *harness) enqueueOne(ctx context.Context, op durable.Operation) error {
	if h.service.intN(10) == 0 {
		other := op
		other.ID += "-rolled-back"
		if _, err := h.shop.enqueue(ctx, errRolledBack, other); errors.Is(err, errRolledBack) {
			h.rolledBack++
			h.gone = append(h.gone, other.ID)
		}
	}
	for { // the database may be down
		created, err := h.shop.enqueue(ctx, nil, op)
		if err == nil && created == 1 {
			break
		}
		if err == nil {
			break // the commit had succeeded, and its response was lost
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
	}
	if h.service.intN(10) == 0 {
		if created, err := h.shop.enqueue(ctx, nil, op); err == nil {
			h.doubled++
			h.check(created == 0, "%s was created twice", op.ID)
		}
	}
	if h.service.intN(10) == 0 {
		other := op
		other.Reference = "changed"
		if _, err := h.shop.enqueue(ctx, nil, other); errors.Is(err, durable.ErrConflict) {
			h.conflicts++
		} else {
			h.check(err != nil, "%s was changed", op.ID)
		}
	}
	return nil
}

// drainLimit bounds the time until everything is settled once the faults are
// over. River looks for stuck jobs every 30 seconds, and the job of a killed
// process is stuck when the time for two look-ups has passed.
func (h *harness) drainLimit() time.Duration { return 5*time.Minute + 6*h.settings.Lookup }

// drain replays and resolves what is in review, until nothing is pending.
func (h *harness) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.drainLimit())
	defer cancel()
	for began := time.Now(); ; {
		open, example := 0, ""
		for s, err := range h.shop.All(ctx, durable.Filter{}) {
			if err != nil {
				return fmt.Errorf("the run did not come to its end: %w", err)
			}
			if s.State != durable.Pending && s.State != durable.Resolving {
				continue
			}
			open++
			if example == "" {
				example = fmt.Sprintf("%s %q since %v, next %v, tries %d, doubt %v: %s", s.Kind, s.ID, s.Since, s.Next, s.Tries, s.Doubt, s.Detail)
			}
		}
		// What has left the pending state since is among these.
		replayed, err := h.replay(ctx)
		resolved, err2 := h.resolve(ctx)
		if err := errors.Join(err, err2); err != nil {
			return fmt.Errorf("the run did not come to its end: %w", err)
		}
		open += replayed + resolved
		if open == 0 {
			return nil
		}
		if time.Since(began) > 45*time.Second { // longer than River takes to find stuck jobs
			fmt.Fprintf(os.Stderr, "faultrun: %d are not settled, such as %s\n", open, example)
			began = time.Now()
		}
		time.Sleep(500 * time.Millisecond)
	}
}
