package afterpay

import (
	"cmp"
	"context"
	"net/url"
	"strconv"

	"github.com/afterpay-go/afterpay/internal/cache"
)

// pager iterates over a list whose pages are linked, or counted by offset. The list
// may change while it is read. A pager yields no element twice, and ends without
// an error only when it has seen the whole list.
type pager[T any] struct {
	target  *target
	read    func(context.Context, place) (page[T], error)
	id      func(*T) string
	filter  func(fresh []*T, more bool) []*T // nil: none
	ahead   bool                             // fetch the next page while the caller works on this one
	shrinks bool                             // elements leave the list, down to the last

	place       // of the next page
	start   int // offset of the first page
	first   int // total on the first page
	total   int // total on the last page
	seen    int // elements so far
	ids     recall
	changed bool // something new came since the pager last went back
}

// place is where a page begins. The link counts if there is one.
type place struct {
	limit, offset int
	link          url.Values
}

// page is what a response shows of a list.
type page[T any] struct {
	elements []*T
	total    int        // 0: unknown
	link     url.Values // parameters of the link to the next page
}

// fetched is a page that is being read. It may be taken when done is closed.
type fetched[T any] struct {
	done chan struct{}
	cache.Outcome[page[T]]
}

func (p *pager[T]) fetch(ctx context.Context) *fetched[T] {
	f, at := &fetched[T]{done: make(chan struct{})}, p.place
	go func() {
		defer close(f.done)
		f.Run(func() (page[T], error) { return p.read(ctx, at) })
	}()
	return f
}

func (p *pager[T]) run(ctx context.Context, yield func(*T, error) bool) {
	if ctx == nil {
		yield(nil, p.target.refuse(&call{}, nil, errNilContext))
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	p.start, p.first = p.offset, -1
	next := p.fetch(ctx)
	defer func() { // a page that is being read is not left behind
		cancel()
		<-next.done
	}()
	for more := true; more; {
		<-next.done
		got, err := next.Take()
		if isTooLarge(err) && p.limit != 1 {
			p.limit = cmp.Or(p.limit/2, 10) // the service's default is 20
			next = p.fetch(ctx)
			continue
		}
		var fresh []*T
		if err == nil {
			fresh, more, err = p.step(got)
		}
		if p.ahead && more && err == nil {
			next = p.fetch(ctx)
		}
		for _, e := range fresh {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		if !p.ahead && more {
			next = p.fetch(ctx)
		}
	}
}

// step returns the elements of a page that are new, and whether there is another
// page, to whose place it moves.
func (p *pager[T]) step(got page[T]) (fresh []*T, more bool, err error) {
	for _, e := range got.elements {
		id := p.id(e)
		if id == "" {
			return nil, false, p.broken(errNoID)
		}
		if p.ids.add(id) {
			fresh = append(fresh, e)
		}
	}
	p.seen += len(fresh)
	more = p.advance(got, len(fresh) > 0)
	if p.filter != nil {
		fresh = p.filter(fresh, more)
	}
	if !more && !p.complete(got) {
		return fresh, false, p.broken(reason("list ended after " + strconv.Itoa(p.seen) + " of " + strconv.Itoa(p.first)))
	}
	return fresh, more, nil
}

// advance moves to the place of the next page and reports whether there is one. A
// link must lead to something new. An offset need not: so many elements may have
// arrived meanwhile that they shifted the list by a page.
func (p *pager[T]) advance(got page[T], progress bool) bool {
	gone := p.total - got.total
	if p.total = got.total; p.first < 0 {
		p.first, gone = got.total, 0
	}
	p.changed = p.changed || progress
	before := p.link
	switch cursor := got.link.Get("cursor"); {
	case cursor != "":
		p.link, p.offset = got.link, p.start
		return progress && cursor != before.Get("cursor")
	case before != nil:
		return false
	case gone > 0 && p.changed: // elements left the list: the rest may have moved forward
		p.offset, p.changed = max(p.offset-gone, p.start), false
		return true
	}
	p.offset += len(got.elements)
	return len(got.elements) > 0 && (p.offset < got.total || got.total == 0 && progress)
}

// complete reports whether the whole list was seen when it ends with a page. What
// was added meanwhile, or left the list, does not count.
func (p *pager[T]) complete(got page[T]) bool {
	seen := p.start + p.seen
	switch {
	case got.total > 0 && p.first > 0:
		return seen >= min(p.first, got.total)
	case got.total > 0:
		return seen >= got.total
	case got.link.Has("cursor"):
		return false
	}
	empty := p.shrinks && p.offset == p.start && len(got.elements) == 0
	return empty || seen >= p.first
}

func (p *pager[T]) broken(why reason) error {
	e := p.target.newError(&call{})
	e.Kind, e.Err = ErrUnavailable, why
	return e
}

// recall remembers at least the last 1000 ids, and at most 2000: elements that slip
// from one page to the next do not slip further.
type recall struct{ recent, older map[string]struct{} }

// add remembers an id and reports whether it is new.
func (r *recall) add(id string) bool {
	_, recent := r.recent[id]
	_, older := r.older[id]
	if recent || older {
		return false
	}
	if r.recent == nil || len(r.recent) >= 1000 {
		r.recent, r.older = make(map[string]struct{}, 1000), r.recent
	}
	r.recent[id] = struct{}{}
	return true
}
