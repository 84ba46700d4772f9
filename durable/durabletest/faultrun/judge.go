//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/durable/durabletest"
)

// check notes a difference unless ok.
func (h *harness) check(ok bool, format string, args ...any) {
	if !ok {
		h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
	}
}

// judge compares the ledger, the operations and the books.
func (h *harness) judge(ctx context.Context, took time.Duration) error {
	h.service.sandbox.Advance(h.settings.ReadLag)
	states := make(map[string]int)
	var all []*durable.Status
	for s, err := range h.shop.All(ctx, durable.Filter{}) {
		if err != nil {
			return err
		}
		all = append(all, s)
		state := string(s.State)
		if s.Reason != "" {
			state += " (" + string(s.Reason) + ")"
		}
		states[state]++
	}
	books, err := h.shop.books(ctx)
	if err != nil {
		return err
	}
	h.judgeBooks(all, books)
	h.wrong = append(h.wrong, durabletest.Judge(all, h.service.sandbox.Ledger())...)
	fmt.Printf("%s, %d workers, seed %d: %d operations in %v\n", h.settings.DB, h.settings.Workers, h.settings.Seed, len(all), took.Round(time.Second))
	fmt.Printf("  %d SIGKILLs (%d in mid-call), %d SIGSTOPs of %v, %d stops of the database, %d faulty calls\n", h.counters.kills.Load(),
		h.counters.midCall.Load(), h.counters.stops.Load(), h.settings.StopFor, h.counters.databaseStops.Load(), h.service.faults.Load())
	fmt.Printf("  %d rolled back, %d doubled, %d conflicting enqueues; %d movements; states %v\n", h.rolledBack, h.doubled, h.conflicts,
		len(h.service.sandbox.Ledger()), states)
	for _, w := range h.wrong[:min(len(h.wrong), 20)] {
		fmt.Println("  WRONG", w)
	}
	switch {
	case h.settings.Control && len(h.wrong) == 0:
		return errors.New("the control moved no money twice: the judge is blind")
	case h.settings.Control:
		fmt.Printf("  control: %d differences found\n", len(h.wrong))
	case len(h.wrong) > 0:
		return fmt.Errorf("%d differences", len(h.wrong))
	}
	return nil
}

// judgeBooks compares the shop's books with the operations.
func (h *harness) judgeBooks(all []*durable.Status, books map[string]durable.State) {
	for _, s := range all {
		h.check(!slices.Contains(h.gone, s.ID), "%s was rolled back and is there", s.ID)
		h.check(s.Reason != durable.Undecided, "%s is undecided", s.ID)
		if s.State == durable.Succeeded || s.State == durable.Rejected {
			h.check(books[s.ID] == s.State, "%s is %s, and %q in the books", s.ID, s.State, books[s.ID])
			delete(books, s.ID)
		}
	}
	for id := range books {
		h.check(false, "%s is in the books, and not settled", id)
	}
}
