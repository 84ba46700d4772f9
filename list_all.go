package afterpay

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay/internal/transport"

	"github.com/afterpay-go/afterpay/internal/cache"
)

// After returns a query for All that continues behind a payment, so that an
// iteration that broke off can be taken up again, by another process too: store
// the Created and ID of the last payment that was dealt with, and give them to
// the same query. It goes with the default order only. It is not for looking
// what is new: Created is when the order was made, and an order may be paid for
// hours later. Begin some hours before the last look for that.
func (q PaymentQuery) After(created time.Time, paymentID string) PaymentQuery {
	q.FromCreated, q.after = created, paymentID
	return q
}

// All visits every payment that the query selects, page by page, and the next
// page is fetched while the caller works on this one. Leaving the loop early
// cancels that. An error is yielded once and ends the iteration.
//
// Payments come oldest first, whatever q.Ascending says, unless q.OrderBy asks
// for another order. Payments that are made meanwhile neither displace others
// nor appear twice: ToCreated, if it is not set, is now, and pages are linked by
// cursor where the service offers it. Limit is the size of a page, 250 unless
// set, and halved when an answer is larger than 4 MiB; Offset, Cursor and
// NextLink must not be set. A payment made meanwhile for an order from before now
// may or may not appear. A list that breaks off, with an empty page or with links
// that lead nowhere new, ends the iteration without an error.
//
// GET /v2/payments, GET /v1/payments.
func (s *PaymentsService) All(ctx context.Context, q PaymentQuery) iter.Seq2[*Payment, error] {
	q = q.clone()
	return func(yield func(*Payment, error) bool) {
		if fields := q.notForAll(); len(fields) > 0 {
			yield(nil, s.client.targets[opPaymentsList].refuse(&call{}, fields, nil))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		w := newWalk(q)
		next := s.fetch(ctx, w.query)
		defer func() { // a page under way is not left behind
			cancel()
			<-next.done
		}()
		for {
			<-next.done
			page, err := next.Take()
			if w.shrink(err) {
				next = s.fetch(ctx, w.query)
				continue
			}
			if err != nil {
				yield(nil, err)
				return
			}
			fresh, more := w.take(page)
			if more {
				next = s.fetch(ctx, w.query)
			}
			for _, p := range fresh {
				if !yield(p, nil) {
					return
				}
			}
			if !more {
				return
			}
		}
	}
}

// fetched is a page on its way; it may be taken once done is closed.
type fetched struct {
	done chan struct{}
	cache.Outcome[*PaymentPage]
}

func (s *PaymentsService) fetch(ctx context.Context, q PaymentQuery) *fetched {
	f := &fetched{done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.Run(func() (*PaymentPage, error) { return s.List(ctx, q) })
	}()
	return f
}

func (q PaymentQuery) clone() PaymentQuery {
	q.IDs = slices.Clone(q.IDs)
	q.Tokens = slices.Clone(q.Tokens)
	q.MerchantReferences = slices.Clone(q.MerchantReferences)
	q.Statuses = slices.Clone(q.Statuses)
	return q
}

// notForAll faults what All sets itself, and After in another order.
func (q *PaymentQuery) notForAll() []FieldError {
	var v checker
	for _, f := range []struct {
		name string
		set  bool
	}{{"offset", q.Offset != 0}, {"cursor", q.Cursor != ""}, {"nextLink", q.NextLink}} {
		if f.set {
			v.fault(f.name, "must not be set: All finds its own way")
		}
	}
	if q.after != "" && !q.byCreation() {
		v.fault("orderBy", "must not be set together with After")
	}
	return v.fields
}

func (q *PaymentQuery) byCreation() bool { return q.OrderBy == "" || q.OrderBy == OrderByCreated }

// walk is the state of an iteration: the query for the next page, and what was
// seen of the ones before.
type walk struct {
	query  PaymentQuery
	seen   int // payments on the pages so far
	ids    recall
	resume *resumption
}

// recall remembers at least the last 1000 ids, and at most 2000: payments that slip
// from one page to the next do not slip further.
type recall struct{ recent, older map[string]struct{} }

func (r *recall) has(id string) bool {
	_, recent := r.recent[id]
	_, older := r.older[id]
	return recent || older
}

func (r *recall) add(id string) {
	if r.recent == nil || len(r.recent) >= 1000 {
		r.recent, r.older = make(map[string]struct{}, 1000), r.recent
	}
	r.recent[id] = struct{}{}
}

func newWalk(q PaymentQuery) *walk {
	w := &walk{query: q}
	if q.after != "" {
		w.resume = &resumption{created: q.FromCreated, id: q.after}
	}
	if w.query.Limit == 0 {
		w.query.Limit = 250
	}
	if w.query.ToCreated.IsZero() {
		w.query.ToCreated = time.Now()
	}
	if w.query.byCreation() {
		w.query.Ascending = true
	}
	w.query.NextLink = true
	return w
}

// take returns the payments of a page that are new, and whether there is
// another page, for which it sets the query.
func (w *walk) take(page *PaymentPage) (fresh []*Payment, more bool) {
	for _, p := range page.Payments {
		if !w.ids.has(p.ID) {
			w.ids.add(p.ID)
			fresh = append(fresh, p)
		}
	}
	w.seen += len(page.Payments)
	more = w.advance(page, len(fresh) > 0)
	if w.resume != nil {
		fresh = w.resume.filter(fresh, more)
	}
	return fresh, more
}

// shrink halves the pages when an answer was larger than is read, as orders of a
// hundred items each make it.
func (w *walk) shrink(err error) bool {
	if w.query.Limit < 2 || !errors.Is(err, transport.ErrBodyTooLarge) {
		return false
	}
	w.query.Limit /= 2
	return true
}

// advance sets the query for the next page: by the link of this page, or by
// offset where the service does not link pages. An empty page ends the walk, and
// so does a link that leads to nothing new. An offset does not: as many payments
// as fill a page may have been made meanwhile and have shifted the list.
func (w *walk) advance(page *PaymentPage, progress bool) bool {
	byLink := w.query.Cursor != ""
	link := linkQuery(page.NextPageURL)
	switch cursor := link.Get("cursor"); {
	case len(page.Payments) == 0:
		return false
	case cursor != "":
		if !progress || cursor == w.query.Cursor {
			return false
		}
		w.query.Cursor, w.query.Offset, w.query.link = cursor, 0, link
		return true
	case byLink:
		return false
	case w.seen < page.TotalResults, page.TotalResults == 0 && progress:
		w.query.NextLink, w.query.Offset = false, w.seen
		return true
	}
	return false
}

// linkQuery returns the query string of a link and nothing else of it: its host
// need not be the service's.
func linkQuery(link string) url.Values {
	u, err := url.Parse(link)
	if err != nil {
		return nil
	}
	return u.Query()
}

// resumption drops what came before the payment to continue behind. Of those
// made in the same millisecond only the order of the list tells which they are,
// so they are held until that payment turns up, or another millisecond.
type resumption struct {
	created time.Time
	id      string
	held    []*Payment
	done    bool
}

func (r *resumption) filter(page []*Payment, more bool) []*Payment {
	if r.done {
		return page
	}
	for i, p := range page {
		if p.ID == r.id {
			r.done, r.held = true, nil
			return page[i+1:]
		}
		if p.Created.Truncate(time.Millisecond).After(r.created) {
			r.done = true
			return append(r.held, page[i:]...)
		}
		r.held = append(r.held, p)
	}
	if !more {
		return r.held
	}
	return nil
}
