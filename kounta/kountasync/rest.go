package kountasync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rest sends requests to Kounta, below its rate limit.
type rest struct {
	base    *url.URL
	client  *http.Client // authenticates
	limiter *rate.Limiter

	mu     sync.Mutex
	resume time.Time // after a 429
}

const (
	maxBody     = 8 << 20
	readTimeout = 30 * time.Second
	// burst lets an order, its row and its status go at once.
	burst = 5
)

func newRest(base string, client *http.Client, perMinute int) (*rest, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("kountasync: base URL %q is invalid", base)
	}
	noRedirects := *client
	noRedirects.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &rest{base: u, client: &noRedirects, limiter: rate.NewLimiter(rate.Limit(perMinute)/60, burst)}, nil
}

// wait waits until the rate limit allows a request.
func (r *rest) wait(ctx context.Context) error {
	r.mu.Lock()
	pause := time.Until(r.resume)
	r.mu.Unlock()
	if pause > 0 {
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	return r.limiter.Wait(ctx)
}

// do sends a request and decodes the response into out, unless that is nil. A
// null body leaves out as it is.
func (r *rest) do(ctx context.Context, method, path string, header http.Header, in, out any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	target, err := r.base.Parse(path)
	if err != nil {
		return nil, err
	}
	if target.Host != r.base.Host {
		return nil, errors.New("kountasync: Kounta points to another host")
	}
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := r.wait(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotDone, err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, sendError(err)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("kountasync: %s: response broke off: %w", method, err)
	}
	if resp.StatusCode >= 300 {
		return nil, r.refused(method, resp)
	}
	if out != nil {
		// Without this, a list that is missing would read as one without orders.
		if text := bytes.TrimSpace(data); len(text) == 0 || string(text) == "null" {
			return nil, fmt.Errorf("kountasync: %s: response without content", method)
		}
		if err := json.Unmarshal(data, out); err != nil {
			return nil, fmt.Errorf("kountasync: %s: unreadable response: %w", method, err)
		}
	}
	return resp.Header, nil
}

// sendError says whether a request was certainly not sent.
func sendError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" || errors.Is(err, errToken) {
		return fmt.Errorf("%w: %w", errNotDone, err)
	}
	return err
}

// refused is the error for a response without success. Its body may hold
// shopper data and stays out of it.
func (r *rest) refused(method string, resp *http.Response) error {
	err := fmt.Errorf("kountasync: %s: Kounta responded with status %d", method, resp.StatusCode)
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		r.mu.Lock()
		r.resume = time.Now().Add(resetAfter(resp.Header))
		r.mu.Unlock()
		return fmt.Errorf("%w: %w", errNotDone, err)
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound: // a new order is found only seconds later
		return fmt.Errorf("%w: %w", errNotDone, err)
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusConflict, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %w: %w", errNotDone, errPerson, err)
	}
	return err
}

const (
	defaultReset = 10 * time.Second
	maxReset     = 2 * time.Minute
)

// resetAfter returns how long to wait after a 429. X-Ratelimit-Reset is taken as
// seconds, or as a time since 1970 if it is large.
func resetAfter(h http.Header) time.Duration {
	for _, name := range []string{"X-Ratelimit-Reset", "Retry-After"} {
		seconds, err := strconv.ParseInt(h.Get(name), 10, 64)
		if err != nil || seconds < 0 {
			continue
		}
		wait := maxReset
		if seconds > 1_000_000_000 {
			wait = time.Until(time.Unix(seconds, 0))
		} else if seconds < int64(maxReset/time.Second) {
			wait = time.Duration(seconds) * time.Second
		}
		return min(max(wait, time.Second), maxReset)
	}
	return defaultReset
}

// pages yields the elements of a list, 25 a page. Kounta links pages with
// X-Next-Page; older responses count them in X-Pages.
func pages[T any](ctx context.Context, r *rest, path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		header := http.Header{}
		visited := map[string]bool{path: true}
		for page := 1; ; page++ {
			var elements []T
			got, err := r.do(ctx, http.MethodGet, path, header, nil, &elements)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, e := range elements {
				if !yield(e, nil) {
					return
				}
			}
			count, err := strconv.Atoi(got.Get("X-Pages"))
			switch next := got.Get("X-Next-Page"); {
			case visited[next]:
				yield(*new(T), errors.New("kountasync: Kounta links a page that was read before"))
				return
			case next != "":
				path, visited[next] = next, true
			case err == nil && page < count:
				header.Set("X-Page", strconv.Itoa(page)) // counted from 0
			default:
				return
			}
		}
	}
}
