package afterpay

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long a configuration outlives its max-age while the service is failing,
// and how long the client then leaves it alone before it asks again.
const (
	staleFor   = 24 * time.Hour
	retryAfter = 30 * time.Second
)

// configurationCache keeps the configurations of an account, one for each set
// of includes.
type configurationCache struct {
	mu      sync.Mutex
	entries map[string]*cachedConfiguration
}

// cachedConfiguration is one answer and its freshness.
type cachedConfiguration struct {
	loading    flight[*Configuration]
	refreshing flight[*Configuration] // which does not wait for a load from before

	mu      sync.Mutex
	last    *Configuration // nil: none
	asked   time.Time      // when the request for it was begun
	fresh   time.Time      // until then it is served without a request
	goodFor time.Time      // until then it is served when the service fails
}

// loadConfiguration is a request for a configuration; it says how long the answer may be kept.
type loadConfiguration = func(context.Context) (*Configuration, time.Duration, error)

// entry returns what is kept for a set of includes, whose order and case do not
// matter to the service.
func (c *configurationCache) entry(include []string) *cachedConfiguration {
	names := make([]string, len(include))
	for i, name := range include {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	key := strings.Join(append(slices.Compact(names), ""), "\x00") // no name and an empty one differ
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[key]
	if e == nil {
		e = new(cachedConfiguration)
		if c.entries == nil {
			c.entries = make(map[string]*cachedConfiguration)
		}
		c.entries[key] = e
	}
	return e
}

// get serves a fresh configuration, or loads one together with everybody else
// who wants it. While that fails the last one is served.
func (e *cachedConfiguration) get(ctx context.Context, load loadConfiguration) (*Configuration, error) {
	if c := e.kept(); c != nil {
		return c, nil
	}
	c, err := e.loading.do(ctx, func(ctx context.Context) (*Configuration, error) {
		if c := e.kept(); c != nil {
			return c, nil // another load ended while this one was begun
		}
		return e.load(ctx, load)
	})
	if err == nil {
		return c.clone(), nil
	}
	if last := e.fallback(err); last != nil {
		return last, nil
	}
	return nil, err
}

// refresh loads a configuration and serves nothing else.
func (e *cachedConfiguration) refresh(ctx context.Context, load loadConfiguration) (*Configuration, error) {
	c, err := e.refreshing.do(ctx, func(ctx context.Context) (*Configuration, error) { return e.load(ctx, load) })
	if err != nil {
		return nil, err
	}
	return c.clone(), nil
}

func (e *cachedConfiguration) kept() *Configuration {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if e.last == nil || !now.Before(e.fresh) || !now.Before(e.goodFor) {
		return nil
	}
	return e.last.clone()
}

// load asks for a configuration and keeps it, unless one that was asked for later
// has come already. One that must not be stored leaves nothing kept.
func (e *cachedConfiguration) load(ctx context.Context, load loadConfiguration) (*Configuration, error) {
	asked := time.Now()
	c, keep, err := load(ctx)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if asked.Before(e.asked) {
		return c, nil
	}
	now := time.Now()
	e.last, e.asked, e.fresh, e.goodFor = c, asked, now.Add(keep), now.Add(keep+staleFor)
	if keep == notStored {
		e.last = nil
	}
	return c, nil
}

// fallback returns the last good configuration while the service is failing, or
// too slow for a caller.
func (e *cachedConfiguration) fallback(err error) *Configuration {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	failing := errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited)
	if !failing && !errors.Is(err, context.DeadlineExceeded) || e.last == nil || !now.Before(e.goodFor) {
		return nil
	}
	if pause := now.Add(retryAfter); failing && e.fresh.Before(pause) {
		e.fresh = pause
	}
	return e.last.clone()
}

// clone keeps callers from changing what the cache serves.
func (c *Configuration) clone() *Configuration {
	d := *c
	d.PaymentTypes = slices.Clone(c.PaymentTypes)
	d.CBT.Countries = slices.Clone(c.CBT.Countries)
	d.CBT.Limits = maps.Clone(c.CBT.Limits)
	d.ActiveCountries = slices.Clone(c.ActiveCountries)
	d.Channels = slices.Clone(c.Channels)
	return &d
}

// notStored is the age of an answer that must not be kept for any purpose.
const notStored time.Duration = -1

// maxAge is how long an answer may be kept: 0 unless Cache-Control says so.
func maxAge(h http.Header) time.Duration {
	var age time.Duration
	revalidate := false
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store":
			return notStored
		case "no-cache":
			revalidate = true
		case "max-age":
			if seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				age = time.Duration(seconds) * time.Second
			}
		}
	}
	if revalidate {
		return 0
	}
	return age
}
