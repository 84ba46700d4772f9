package kountasync

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay"
)

const (
	pageSize = 100
	// outageAfter is how many orders in a row fail before Kounta is asked whether
	// it is down.
	outageAfter = 3
	minBackoff  = 5 * time.Second
	maxBackoff  = 5 * time.Minute
)

// push writes to Kounta what is due, oldest sale first. It returns an error if
// Kounta is down. tried reports whether there was anything to do. onDone, if not
// nil, is called for each order that is finished.
func (s *Sync) push(ctx context.Context, onDone func()) (tried bool, err error) {
	var failed []*order // since the last success
	for {
		due, err := s.store.dueOrders(ctx, s.now(), pageSize)
		if err != nil {
			return tried, err
		}
		for _, o := range due {
			tried = true
			wait, stepErr := s.step(ctx, o)
			if ctx.Err() != nil {
				return tried, ctx.Err()
			}
			if err := s.finish(ctx, o, wait, stepErr); err != nil {
				return tried, err
			}
			if stepErr == nil {
				failed = nil
				if wait == 0 && onDone != nil {
					onDone()
				}
				continue
			}
			if wait == 0 && !errors.Is(stepErr, errPerson) {
				failed = append(failed, o)
			}
			if len(failed) == outageAfter {
				if err := s.checkOutage(ctx, failed); err != nil {
					return tried, err
				}
				failed = nil
			}
		}
		if len(due) == 0 {
			return tried, s.checkOutage(ctx, failed)
		}
	}
}

// checkOutage returns an error if orders failed because Kounta is down. The next
// pass then begins with the oldest of them again.
func (s *Sync) checkOutage(ctx context.Context, failed []*order) error {
	if len(failed) == 0 {
		return nil
	}
	if err := s.till.ping(ctx); err != nil {
		return errors.Join(err, s.store.resume(ctx, failed, s.now()))
	}
	return nil
}

// step carries an order as far as it goes. It returns how long to wait if a
// write is not certain yet; later writes of the order wait for it.
func (s *Sync) step(ctx context.Context, o *order) (wait time.Duration, err error) {
	writes, err := s.store.writesOf(ctx, o.draft.SaleNumber)
	if err != nil {
		return 0, err
	}
	o.state = stateOf(o.state, writes)
	if o.phase != phasePosted {
		if !holdsMoney(o.state) && len(writes) == 0 && o.phase == phasePlanned {
			return 0, nil // voided or expired before Kounta knew of it
		}
		if wait, err := s.place(ctx, o, writes); err != nil || wait > 0 {
			return wait, err
		}
	} else if err := s.lookAgain(ctx, o, writes); err != nil {
		return 0, err
	}
	for _, w := range writes {
		if w.phase == phasePosted {
			continue
		}
		if wait, err := s.postWrite(ctx, o, w); err != nil || wait > 0 {
			return wait, err
		}
	}
	return 0, s.writeStatus(ctx, o, writes)
}

// stateOf returns the state of an order whose newest payment has the given one.
// What was captured by then counts more than an authorization, or the end of one.
func stateOf(newest string, writes []*write) string {
	switch afterpay.PaymentState(newest) {
	case afterpay.StatePartiallyCaptured, afterpay.StateCaptured:
		return newest
	}
	if slices.ContainsFunc(writes, func(w *write) bool { return w.kind == WriteCapture }) {
		return string(afterpay.StateCaptured)
	}
	return newest
}

// holdsMoney reports whether a state is one of an order that is being paid for.
func holdsMoney(state string) bool {
	switch afterpay.PaymentState(state) {
	case afterpay.StateAuthApproved, afterpay.StatePartiallyCaptured, afterpay.StateCaptured:
		return true
	}
	return false
}

// place makes the order in Kounta, or finds the one that has the sale number.
func (s *Sync) place(ctx context.Context, o *order, writes []*write) (time.Duration, error) {
	status := s.mapping.initialStatus(o.state)
	written := ""
	return s.do(ctx, &once{
		row:   row{"kounta_sync_orders", "sale_number", o.draft.SaleNumber},
		phase: o.phase, sent: o.sent, lookFirst: true,
		look: func(ctx context.Context) (int64, bool, error) {
			found, err := s.find(ctx, o)
			if err != nil || found == nil {
				return 0, false, err
			}
			o.total = found.total
			if found.status == complete { // the till has closed it
				written = stamp(o.state, status)
			}
			return found.id, true, s.adopt(ctx, found, writes)
		},
		prepare: func(ctx context.Context) (time.Duration, error) { return s.placeCustomer(ctx, o) },
		post: func(ctx context.Context) (int64, error) {
			written = stamp(o.state, status)
			return s.till.create(ctx, &o.draft, status)
		},
		posted: func(ctx context.Context, id int64) error {
			o.phase, o.kountaID, o.written = phasePosted, id, written
			return s.store.orderPosted(ctx, o)
		},
	})
}

// adopt recognizes the writes that an order in Kounta has already: those with
// our ref, and those that were entered by hand with Afterpay's payment method
// and the same amount.
func (s *Sync) adopt(ctx context.Context, found *tillOrder, writes []*write) error {
	refs, ours := make(map[string]bool), make(map[string]bool)
	for _, p := range found.payments {
		refs[p.ref] = true
	}
	for _, w := range writes {
		ours[w.ref] = true
	}
	taken := make(map[int]bool)
	there := func(w *write) bool {
		if refs[w.ref] {
			return true
		}
		for i, p := range found.payments {
			if !taken[i] && p.afterpay && p.amount == w.amount && !ours[p.ref] {
				taken[i] = true
				return true
			}
		}
		return false
	}
	// A row that counted as a write before does not count as another.
	for _, w := range writes {
		if w.phase == phasePosted {
			there(w)
		}
	}
	for _, w := range writes {
		if w.phase != phasePosted && there(w) {
			if err := s.writePosted(ctx, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookAgain recognizes writes that a person entered in Kounta after a request for
// them had failed and before Retry.
func (s *Sync) lookAgain(ctx context.Context, o *order, writes []*write) error {
	failed := func(w *write) bool { return w.phase != phasePosted && !w.sent.IsZero() && o.due.After(w.sent) }
	if !slices.ContainsFunc(writes, failed) {
		return nil
	}
	found, err := s.till.read(ctx, o.kountaID)
	if err != nil {
		return err
	}
	return s.adopt(ctx, found, writes)
}

func (s *Sync) writePosted(ctx context.Context, w *write) error {
	w.phase = phasePosted
	return s.store.writePosted(ctx, w.ref, s.now())
}

// postWrite posts a captured amount or a refund.
func (s *Sync) postWrite(ctx context.Context, o *order, w *write) (time.Duration, error) {
	return s.do(ctx, &once{
		row:   row{"kounta_sync_writes", "ref", w.ref},
		phase: w.phase, sent: w.sent,
		look: func(ctx context.Context) (int64, bool, error) {
			found, err := s.till.read(ctx, o.kountaID)
			if err != nil {
				return 0, false, err
			}
			for _, p := range found.payments {
				if p.ref == w.ref {
					return 0, true, nil
				}
			}
			return 0, false, nil
		},
		post:   func(ctx context.Context) (int64, error) { return 0, s.till.pay(ctx, o.kountaID, w.amount, w.ref) },
		posted: func(ctx context.Context, _ int64) error { return s.writePosted(ctx, w) },
	})
}

// writeStatus sets the order's status if the sync has not written it before.
// A status that a person sets in Kounta stays until Afterpay's state changes. An
// order of the till's own may have a larger total, the rest of which somebody pays
// in another way.
func (s *Sync) writeStatus(ctx context.Context, o *order, writes []*write) error {
	var captured afterpay.Amount
	for _, w := range writes {
		if w.kind == WriteCapture {
			captured += w.amount
		}
	}
	status := s.mapping.status(o.state, captured >= max(o.draft.Total.Amount, o.total))
	now := stamp(o.state, status)
	if status == "" || now == o.written {
		return nil
	}
	if err := s.till.setStatus(ctx, o.kountaID, status); err != nil {
		return err
	}
	return s.store.statusWritten(ctx, o.draft.SaleNumber, now)
}

// finish records the outcome of a step.
func (s *Sync) finish(ctx context.Context, o *order, wait time.Duration, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	switch {
	case errors.Is(err, errPerson):
		return s.store.needsPerson(ctx, o, err.Error(), s.now())
	case err != nil:
		wait = max(wait, min(min(minBackoff, s.options.Poll)<<min(o.tries, 10), maxBackoff))
		return s.store.postpone(ctx, o, s.now().Add(wait), err.Error())
	case wait > 0:
		return s.store.postpone(ctx, o, s.now().Add(wait), "")
	}
	return s.store.done(ctx, o, s.now())
}
