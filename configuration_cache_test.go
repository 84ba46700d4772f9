package afterpay_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// The tests of this file run in bubbles, whose time passes at once and in which
// no goroutine can be left behind.

// account is a service that knows its configuration, whose largest order tells
// the answers apart: the nth is over n dollars.
type account struct {
	cacheControl []string
	takes        time.Duration // for an answer
	status       int           // 0: 200

	mu       sync.Mutex
	asked    []url.Values
	answered int
	gone     int // requests that were given up
}

func (a *account) RoundTrip(req *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.asked = append(a.asked, req.URL.Query())
	n := len(a.asked)
	takes, status, cacheControl := a.takes, a.status, a.cacheControl
	a.mu.Unlock()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-req.Context().Done():
			a.mu.Lock()
			defer a.mu.Unlock()
			a.gone++
			return nil, req.Context().Err()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answered++
	header := http.Header{"Content-Type": {"application/json"}, "Cache-Control": cacheControl}
	if status != 0 {
		return &http.Response{StatusCode: status, Header: header, Body: http.NoBody}, nil
	}
	body := `{"maximumAmount":{"amount":"` + (afterpay.Amount(n) * 100).String() + `","currency":"USD"},
		"activeCountries":["US"],"channels":[{"name":"CASH_APP","enabled":true}],
		"CBT":{"enabled":true,"countries":["GB"],"limits":{"GBP":{"maximumAmount":{"amount":"5.00","currency":"GBP"}}}}}`
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// set changes the service.
func (a *account) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

func (a *account) requests() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

const halfAnHour = "private, no-transform, max-age=1800" // as recorded

func (a *account) client(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New("32", "sk-account", append([]afterpay.Option{
		afterpay.WithHTTPClient(&http.Client{Transport: a}), afterpay.WithRetry(afterpay.RetryPolicy{}),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

// number is which answer of the account a configuration is.
func number(t *testing.T, c *afterpay.Configuration, err error) int {
	t.Helper()
	require.NoError(t, err)
	return int(c.MaximumAmount.Amount / 100)
}

// largest is the largest order of a configuration; absent if there was an error.
func largest(c *afterpay.Configuration, err error) afterpay.Money {
	if err != nil {
		return afterpay.Money{}
	}
	return c.MaximumAmount
}

func pass(d time.Duration) { <-time.After(d) }

func TestConfigurationIsKeptForItsMaxAge(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		cacheControl []string
		kept         time.Duration
	}{
		"as recorded":               {[]string{halfAnHour}, 30 * time.Minute},
		"alone":                     {[]string{"max-age=60"}, time.Minute},
		"in capitals":               {[]string{"Private, Max-Age=60"}, time.Minute},
		"in a second header":        {[]string{"private", "max-age=60"}, time.Minute},
		"quoted":                    {[]string{`max-age="60"`}, time.Minute},
		"of a shared cache":         {[]string{"s-maxage=60"}, 0},
		"of nothing":                {[]string{"max-age=0"}, 0},
		"no-cache before":           {[]string{"no-cache, max-age=60"}, 0},
		"no-cache behind":           {[]string{"max-age=60,no-cache"}, 0},
		"no-store":                  {[]string{"max-age=60, no-store"}, 0},
		"malformed":                 {[]string{"max-age=soon"}, 0},
		"negative":                  {[]string{"max-age=-60"}, 0},
		"no Cache-Control":          {nil, 0},
		"longer than can be waited": {[]string{"max-age=99999999999999999999"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &account{cacheControl: x.cacheControl}
				client := a.client(t)
				get := func() int {
					c, err := client.Configuration.Get(t.Context())
					return number(t, c, err)
				}
				require.Equal(t, 1, get())
				if x.kept > 0 {
					pass(x.kept - time.Nanosecond)
					require.Equal(t, 1, get())
					pass(time.Nanosecond)
				}
				require.Equal(t, 2, get())
				require.Equal(t, 2, a.requests())
			})
		})
	}
}

// TestConfigurationIsKeptForEachSetOfIncludes whatever order and case they are
// named in.
func TestConfigurationIsKeptForEachSetOfIncludes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		client := a.client(t)
		get := func(include ...string) int {
			c, err := client.Configuration.Get(t.Context(), include...)
			return number(t, c, err)
		}
		require.Equal(t, 1, get())
		require.Equal(t, 2, get(afterpay.IncludeCBT, afterpay.IncludePublicID))
		require.Equal(t, 2, get(afterpay.IncludePublicID, afterpay.IncludeCBT))
		require.Equal(t, 2, get("PUBLICID", "Cbt", "cbt"))
		require.Equal(t, 3, get(afterpay.IncludeCBT))
		require.Equal(t, 4, get("cbtpublicid"))
		require.Equal(t, 1, get())
		require.Equal(t, []url.Values{{}, {"include": {"cbt", "publicId"}}, {"include": {"cbt"}}, {"include": {"cbtpublicid"}}}, a.asked)

		_, err := client.Configuration.Get(t.Context(), "")
		require.ErrorIs(t, err, afterpay.ErrInvalid, "though the one without includes is kept")
		include := []string{"cbt", "publicId"}
		get(include...)
		require.Equal(t, []string{"cbt", "publicId"}, include)
	})
}

func TestConfigurationIsAskedForOnceHoweverManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}, takes: time.Second}
		client := a.client(t)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				c, err := client.Configuration.Get(t.Context())
				if assert.NoError(t, err) {
					c.ActiveCountries[0] = "XX" // races if two were given the same
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, a.requests())
	})
}

// TestOneErrorIsSaidToAllWhoWait, and the next caller asks again.
func TestOneErrorIsSaidToAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}, takes: time.Second, status: http.StatusBadGateway}
		client := a.client(t)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				c, err := client.Configuration.Get(t.Context())
				assert.Nil(t, c)
				assert.ErrorIs(t, err, afterpay.ErrUnavailable)
			})
		}
		wg.Wait()
		require.Equal(t, 1, a.requests())
		a.set(func() { a.status = 0 })
		c, err := client.Configuration.Get(t.Context())
		require.Equal(t, 2, number(t, c, err))
	})
}

// TestWaiterWhoLeavesTakesNobodyAlong has the caller leave whose call began the
// request, and others.
func TestWaiterWhoLeavesTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}, takes: time.Minute}
		client := a.client(t, afterpay.WithTimeouts(afterpay.Timeouts{Read: time.Hour}))
		const leaving, staying = 15, 5
		var waited [leaving + staying]time.Duration
		var errs [leaving + staying]error
		var wg sync.WaitGroup
		for i := range waited {
			ctx := t.Context()
			if i < leaving {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(i+1)*time.Second)
				defer cancel()
			}
			wg.Go(func() {
				started := time.Now()
				_, errs[i] = client.Configuration.Get(ctx)
				waited[i] = time.Since(started)
			})
			synctest.Wait() // the first begins the request
		}
		wg.Wait()
		for i, err := range errs {
			if i >= leaving {
				require.NoError(t, err)
				require.Equal(t, time.Minute, waited[i])
				continue
			}
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.EqualError(t, err, "afterpay: configuration.get: unavailable: context deadline exceeded")
			require.Equal(t, time.Duration(i+1)*time.Second, waited[i])
		}
		require.Equal(t, 1, a.requests())
		require.Zero(t, a.gone)
	})
}

// TestRequestNobodyWaitsForIsGivenUp, and a later caller begins another.
func TestRequestNobodyWaitsForIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}, takes: time.Minute}
		client := a.client(t, afterpay.WithTimeouts(afterpay.Timeouts{Read: time.Hour}))
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Duration(i+1)*time.Second, cancel)
				_, err := client.Configuration.Get(ctx)
				assert.ErrorIs(t, err, context.Canceled)
			})
		}
		wg.Wait()
		synctest.Wait()
		require.Equal(t, 1, a.requests())
		require.Equal(t, 1, a.gone)
		require.Zero(t, a.answered)
		c, err := client.Configuration.Get(t.Context())
		require.Equal(t, 2, number(t, c, err))
	})
}

// TestWhoHasLeftBeforeAsksForNothing, and still gets what is kept.
func TestWhoHasLeftBeforeAsksForNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		client := a.client(t)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 10_000 { // a request would be sent if it were faster than its end
			_, err := client.Configuration.Get(gone)
			require.ErrorIs(t, err, context.Canceled)
			_, err = client.Configuration.Refresh(gone)
			require.ErrorIs(t, err, context.Canceled)
		}
		synctest.Wait()
		require.Zero(t, a.requests())
		c, err := client.Configuration.Get(t.Context())
		require.Equal(t, 1, number(t, c, err))
		c, err = client.Configuration.Get(gone)
		require.Equal(t, 1, number(t, c, err))
	})
}

// TestLastConfigurationIsServedWhileTheServiceFails for a day after its age, and
// not a moment longer.
func TestLastConfigurationIsServedWhileTheServiceFails(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"500": 500, "502": 502, "503": 503, "blocked": 403, "too many requests": 429} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &account{cacheControl: []string{halfAnHour}}
				client := a.client(t)
				get := func() (int, error) {
					c, err := client.Configuration.Get(t.Context())
					if err != nil {
						return 0, err
					}
					return number(t, c, err), nil
				}
				_, err := get()
				require.NoError(t, err)
				a.set(func() { a.status = status })
				pass(30 * time.Minute)

				n, err := get()
				require.NoError(t, err)
				require.Equal(t, 1, n)
				require.Equal(t, 2, a.requests())
				pass(29 * time.Second)
				_, _ = get()
				require.Equal(t, 2, a.requests(), "a failing service is left alone for half a minute")
				pass(time.Second)
				_, _ = get()
				require.Equal(t, 3, a.requests())

				pass(24*time.Hour - 40*time.Second)
				n, err = get()
				require.NoError(t, err)
				require.Equal(t, 1, n)
				asked := a.requests()
				pass(10 * time.Second) // the day is over, the half minute is not
				_, err = get()
				require.Error(t, err)
				require.Equal(t, asked+1, a.requests())

				a.set(func() { a.status = 0 })
				n, err = get()
				require.NoError(t, err)
				require.Equal(t, a.requests(), n)
			})
		})
	}
}

// TestRefusalsAreNotPassedOver by an older answer: wrong credentials are a
// mistake to be seen.
func TestRefusalsAreNotPassedOver(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]afterpay.Kind{401: afterpay.ErrUnauthorized, 422: afterpay.ErrInvalid} {
		synctest.Test(t, func(t *testing.T) {
			a := &account{cacheControl: []string{halfAnHour}}
			client := a.client(t)
			_, err := client.Configuration.Get(t.Context())
			require.NoError(t, err)
			pass(time.Hour)
			a.set(func() { a.status = status })
			_, err = client.Configuration.Get(t.Context())
			require.ErrorIs(t, err, kind)
		})
	}
}

// TestNoStoreKeepsNothing, not even for a service that fails.
func TestNoStoreKeepsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{"no-store"}}
		client := a.client(t)
		_, err := client.Configuration.Get(t.Context())
		require.NoError(t, err)
		a.set(func() { a.status = http.StatusBadGateway })
		_, err = client.Configuration.Get(t.Context())
		require.ErrorIs(t, err, afterpay.ErrUnavailable)

		a.set(func() { a.status, a.cacheControl = 0, []string{"no-cache"} })
		_, err = client.Configuration.Get(t.Context())
		require.NoError(t, err)
		a.set(func() { a.status = http.StatusBadGateway })
		c, err := client.Configuration.Get(t.Context())
		require.Equal(t, 3, number(t, c, err), "what must be asked for again may be kept")
	})
}

// TestSlowServiceIsNoReasonToGoWithout: a caller who can't wait gets the last
// configuration, and nobody is kept from asking.
func TestSlowServiceIsNoReasonToGoWithout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		client := a.client(t)
		_, err := client.Configuration.Get(t.Context())
		require.NoError(t, err)
		pass(time.Hour)
		a.set(func() { a.takes = 10 * time.Second })
		hurried, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c, err := client.Configuration.Get(hurried)
		require.Equal(t, 1, number(t, c, err))
		c, err = client.Configuration.Get(t.Context())
		require.Equal(t, 3, number(t, c, err))
		require.Equal(t, 3, a.requests())

		pass(time.Hour)
		gone, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = client.Configuration.Get(gone)
		require.ErrorIs(t, err, context.Canceled, "who has gone wants nothing")
	})
}

func TestRefreshAsksAndReplacesWhatIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		client := a.client(t)
		c, err := client.Configuration.Get(t.Context())
		require.Equal(t, 1, number(t, c, err))
		c, err = client.Configuration.Refresh(t.Context())
		require.Equal(t, 2, number(t, c, err))
		c, err = client.Configuration.Get(t.Context())
		require.Equal(t, 2, number(t, c, err))
		c, err = client.Configuration.Refresh(t.Context(), afterpay.IncludeCBT)
		require.Equal(t, 3, number(t, c, err))
		c, err = client.Configuration.Get(t.Context())
		require.Equal(t, 2, number(t, c, err), "only the set that was refreshed")

		a.set(func() { a.status = http.StatusServiceUnavailable })
		_, err = client.Configuration.Refresh(t.Context())
		require.ErrorIs(t, err, afterpay.ErrUnavailable, "nil means that it was refreshed")
		c, err = client.Configuration.Get(t.Context())
		require.Equal(t, 2, number(t, c, err), "and what is kept stays")

		a.set(func() { a.status, a.takes = 0, time.Second })
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				assert.Equal(t, afterpay.USD(5_00), largest(client.Configuration.Refresh(t.Context())))
			})
		}
		wg.Wait()
		require.Equal(t, 5, a.requests())
	})
}

// TestRefreshDoesNotWaitForARequestFromBefore, whose answer then replaces
// nothing that is newer.
func TestRefreshDoesNotWaitForARequestFromBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}, takes: 10 * time.Second}
		client := a.client(t)
		var wg sync.WaitGroup
		wg.Go(func() {
			assert.Equal(t, afterpay.USD(1_00), largest(client.Configuration.Get(t.Context())))
		})
		pass(time.Second)
		a.set(func() { a.takes = time.Second })
		c, err := client.Configuration.Refresh(t.Context())
		require.Equal(t, 2, number(t, c, err))
		wg.Wait()
		c, err = client.Configuration.Get(t.Context())
		require.Equal(t, 2, number(t, c, err))
	})
}

// TestCallersChangesDoNotReachTheCache changes every part that is shared by
// reference.
func TestCallersChangesDoNotReachTheCache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		client := a.client(t)
		spoil := func(c *afterpay.Configuration) {
			c.MaximumAmount = afterpay.USD(0)
			c.ActiveCountries[0] = "XX"
			c.Channels[0].Name = "XX"
			c.CBT.Countries[0] = "XX"
			c.CBT.Limits["GBP"] = afterpay.CBTLimits{}
			c.CBT.Limits["XXX"] = afterpay.CBTLimits{}
		}
		check := func(c *afterpay.Configuration, err error) {
			require.NoError(t, err)
			require.Equal(t, []string{"US"}, c.ActiveCountries)
			require.Equal(t, []afterpay.Channel{{Name: "CASH_APP", Enabled: true}}, c.Channels)
			require.Equal(t, []string{"GB"}, c.CBT.Countries)
			require.Equal(t, map[afterpay.Currency]afterpay.CBTLimits{"GBP": {Limits: afterpay.Limits{MaximumAmount: afterpay.GBP(5_00)}}}, c.CBT.Limits)
			require.True(t, c.MaximumAmount.IsPositive())
		}
		for range 3 { // loaded, kept
			c, err := client.Configuration.Get(t.Context())
			check(c, err)
			spoil(c)
		}
		c, err := client.Configuration.Refresh(t.Context())
		check(c, err)
		spoil(c)
		pass(time.Hour)
		a.set(func() { a.status = http.StatusBadGateway })
		for range 2 { // fallen back to
			c, err = client.Configuration.Get(t.Context())
			check(c, err)
			spoil(c)
		}
	})
	v1 := answeringV1(t)
	c, err := v1.Configuration.Get(t.Context())
	require.NoError(t, err)
	c.PaymentTypes[0].Type = "XX"
	c, err = v1.Configuration.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, "PAY_BY_INSTALLMENT", c.PaymentTypes[0].Type)
}

// answeringV1 is a client of v1 whose configuration may be kept.
func answeringV1(t *testing.T) *afterpay.Client {
	t.Helper()
	body := recorded(t, "v1_configuration_200")
	service := tripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Cache-Control": {halfAnHour}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	c, err := afterpay.New("32", "sk-v1", afterpay.WithAPIVersion(afterpay.V1), afterpay.WithHTTPClient(&http.Client{Transport: service}))
	require.NoError(t, err)
	return c
}

// TestPanicOfARoundTripperReachesEachWhoWaits and is not the end of the cache.
func TestPanicOfARoundTripperReachesEachWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		var mu sync.Mutex
		calls := 0
		client := a.client(t, afterpay.WithHTTPClient(&http.Client{Transport: tripper(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			calls++
			first := calls == 1
			mu.Unlock()
			if first {
				pass(time.Second)
				panic("of the round tripper")
			}
			return a.RoundTrip(req)
		})}))
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				assert.PanicsWithValue(t, "of the round tripper", func() { _, _ = client.Configuration.Get(t.Context()) })
			})
		}
		wg.Wait()
		c, err := client.Configuration.Get(t.Context())
		require.Equal(t, 1, number(t, c, err))
	})
}
