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
	loading flight[*Configuration]

	mu      sync.Mutex
	last    *Configuration // nil: none yet
	fresh   time.Time      // until then it is served without a request
	goodFor time.Time      // until then it is served when the service fails
}

// entry returns what is kept for a set of includes, whose order and case do not
// matter to the service.
func (c *configurationCache) entry(include []string) *cachedConfiguration {
	names := make([]string, len(include))
	for i, name := range include {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	key := strings.Join(slices.Compact(names), "\x00")
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
// who wants it.
func (e *cachedConfiguration) get(ctx context.Context, load func(context.Context) (*Configuration, time.Duration, error)) (*Configuration, error) {
	if c := e.kept(time.Now()); c != nil {
		return c, nil
	}
	return e.refresh(ctx, load)
}

func (e *cachedConfiguration) kept(now time.Time) *Configuration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last == nil || !now.Before(e.fresh) {
		return nil
	}
	return e.last.clone()
}

func (e *cachedConfiguration) refresh(ctx context.Context, load func(context.Context) (*Configuration, time.Duration, error)) (*Configuration, error) {
	c, err := e.loading.do(ctx, func(ctx context.Context) (*Configuration, error) {
		c, maxAge, err := load(ctx)
		if err != nil {
			return nil, err
		}
		e.keep(c, maxAge)
		return c, nil
	})
	if err != nil {
		if last := e.fallback(err); last != nil {
			return last, nil
		}
		return nil, err
	}
	return c.clone(), nil
}

func (e *cachedConfiguration) keep(c *Configuration, maxAge time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	e.last, e.fresh, e.goodFor = c, now.Add(maxAge), now.Add(maxAge+staleFor)
}

// fallback returns the last good configuration while the service is failing.
func (e *cachedConfiguration) fallback(err error) *Configuration {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if !errors.Is(err, ErrUnavailable) || e.last == nil || !now.Before(e.goodFor) {
		return nil
	}
	e.fresh = now.Add(retryAfter)
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

// maxAge is how long an answer may be kept: 0 unless Cache-Control says so.
func maxAge(h http.Header) time.Duration {
	var age time.Duration
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
				age = time.Duration(seconds) * time.Second
			}
		}
	}
	return age
}
