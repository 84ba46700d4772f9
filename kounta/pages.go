package kounta

import (
	"context"
	"iter"
	"net/http"
	"strconv"
)

// record is an element of a list.
type record interface{ id() int64 }

// pages yields the elements of a list, 25 a page. Iteration ends after the first
// error.
func pages[T record](ctx context.Context, c *Client, op, path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		requested := make(map[string]bool)
		for next := (call{op: op, path: path}); next.path != ""; {
			url, err := c.resolve(next.path)
			if err != nil || requested[url+next.page] {
				yield(*new(T), unreadable(op, "Kounta links a page that is invalid or was read before"))
				return
			}
			requested[url+next.page] = true
			var elements []T
			next.out = &elements
			header, err := c.do(ctx, next)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, e := range elements {
				if e.id() == 0 {
					yield(*new(T), unreadable(op, "an element of the list has no id"))
					return
				}
				if !yield(e, nil) {
					return
				}
			}
			next = nextPage(header, op, path, len(requested))
		}
	}
}

// nextPage returns the call for the page after the first read pages, without a
// path after the last. Kounta links the page in X-Next-Page; older responses
// count the pages in X-Pages, and the request names one in X-Page, counted from
// 0. Both headers may come together.
func nextPage(header http.Header, op, path string, read int) call {
	if link := header.Get("X-Next-Page"); link != "" {
		return call{op: op, path: link}
	}
	if count, err := strconv.Atoi(header.Get("X-Pages")); err == nil && read < count {
		return call{op: op, path: path, page: strconv.Itoa(read)}
	}
	return call{}
}
