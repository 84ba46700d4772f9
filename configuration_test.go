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

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// account is a service that knows its configuration, whose largest order tells
// the responses apart: the nth is over n dollars.
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

func pass(d time.Duration) { <-time.After(d) }

func TestConfiguration_IsCachedForItsMaxAge(t *testing.T) {
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
		"longer than a day":         {[]string{"max-age=31536000"}, 24 * time.Hour},
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

func TestConfiguration_IsCachedForEachSetOfIncludes(t *testing.T) {
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

func TestConfiguration_LastOneStandsInWhileTheServiceFails(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 503, 403, 429} {
		synctest.Test(t, func(t *testing.T) {
			a := &account{cacheControl: []string{halfAnHour}}
			client := a.client(t)
			_, err := client.Configuration.Get(t.Context())
			require.NoError(t, err)
			a.set(func() { a.status = status })
			pass(24 * time.Hour)
			for range 2 { // the second one leaves the service alone
				c, err := client.Configuration.Get(t.Context())
				require.Equal(t, 1, number(t, c, err))
				require.Equal(t, 2, a.requests())
			}
			_, err = client.Configuration.Refresh(t.Context())
			require.Error(t, err, "nil means that it was refreshed")
			pass(time.Hour)
			_, err = client.Configuration.Get(t.Context())
			require.Error(t, err)
			a.set(func() { a.status = 0 })
			c, err := client.Configuration.Refresh(t.Context())
			require.Equal(t, 5, number(t, c, err))
		})
	}
}

// A caller may leave while others go on waiting.
func TestConfiguration_EndOfAContextIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := (&account{takes: time.Minute}).client(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.Configuration.Get(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, afterpay.ErrUnavailable)
		require.EqualError(t, err, "afterpay: configuration.get: unavailable: context deadline exceeded")
		synctest.Wait()
	})
}

func TestConfiguration_RefusalIsNotHiddenByAnOlderResponse(t *testing.T) {
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

func TestConfiguration_NoStoreCachesNothing(t *testing.T) {
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

func TestConfiguration_CallersChangesDoNotReachTheCache(t *testing.T) {
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
	service := suitetest.Tripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Cache-Control": {halfAnHour}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	c, err := afterpay.New("32", "sk-v1", afterpay.WithAPIVersion(afterpay.V1), afterpay.WithHTTPClient(&http.Client{Transport: service}))
	require.NoError(t, err)
	return c
}

func TestAllows(t *testing.T) {
	t.Parallel()
	usd, gbp, aud := afterpay.USD, afterpay.GBP, afterpay.AUD
	home := afterpay.Configuration{MinimumAmount: usd(1_00), MaximumAmount: usd(1000_00)}
	abroad := home
	abroad.CBT = afterpay.CBT{Enabled: true, Countries: []string{"GB"}, Limits: map[afterpay.Currency]afterpay.CBTLimits{
		afterpay.CurrencyGBP: {Limits: afterpay.Limits{MinimumAmount: gbp(10_00), MaximumAmount: gbp(500_00)}},
		afterpay.CurrencyAUD: {Limits: afterpay.Limits{MaximumAmount: aud(700_00)}},
		afterpay.CurrencyNZD: {},
	}}
	disabled := abroad
	disabled.CBT.Enabled = false
	for name, x := range map[string]struct {
		c     afterpay.Configuration
		m     afterpay.Money
		allow bool
	}{
		"within":                              {home, usd(500_00), true},
		"the smallest":                        {home, usd(1_00), true},
		"less than the smallest":              {home, usd(99), false},
		"the largest":                         {home, usd(1000_00), true},
		"more than the largest":               {home, usd(1000_01), false},
		"nothing":                             {home, usd(0), false},
		"absent":                              {home, afterpay.Money{}, false},
		"less than nothing":                   {home, usd(-5_00), false},
		"another currency":                    {home, gbp(500_00), false},
		"no currency":                         {home, afterpay.Money{Amount: 500_00}, false},
		"no minimum":                          {afterpay.Configuration{MaximumAmount: usd(5_00)}, usd(1), true},
		"no minimum, too large":               {afterpay.Configuration{MaximumAmount: usd(5_00)}, usd(5_01), false},
		"no minimum, nothing":                 {afterpay.Configuration{MaximumAmount: usd(5_00)}, usd(0), false},
		"no minimum, another currency":        {afterpay.Configuration{MaximumAmount: usd(5_00)}, gbp(1_00), false},
		"no maximum":                          {afterpay.Configuration{MinimumAmount: usd(5_00)}, usd(1 << 50), true},
		"no maximum, too small":               {afterpay.Configuration{MinimumAmount: usd(5_00)}, usd(4_99), false},
		"no maximum, another currency":        {afterpay.Configuration{MinimumAmount: usd(5_00)}, gbp(6_00), false},
		"a minimum of nothing":                {afterpay.Configuration{MinimumAmount: usd(0), MaximumAmount: usd(5_00)}, usd(1), true},
		"a maximum of nothing":                {afterpay.Configuration{MaximumAmount: usd(0)}, usd(1), false},
		"no limits known":                     {afterpay.Configuration{}, usd(1_00), false},
		"limits in two currencies, to one":    {afterpay.Configuration{MinimumAmount: gbp(1_00), MaximumAmount: usd(5_00)}, usd(2_00), false},
		"limits in two currencies, to other":  {afterpay.Configuration{MinimumAmount: gbp(1_00), MaximumAmount: usd(5_00)}, gbp(2_00), false},
		"abroad, the smallest":                {abroad, gbp(10_00), true},
		"abroad, less than the smallest":      {abroad, gbp(9_99), false},
		"abroad, the largest":                 {abroad, gbp(500_00), true},
		"abroad, more than the largest":       {abroad, gbp(500_01), false},
		"abroad, no minimum":                  {abroad, aud(1), true},
		"abroad, no minimum, too large":       {abroad, aud(700_01), false},
		"abroad, no limits":                   {abroad, afterpay.NZD(1_00), false},
		"abroad, not among them":              {abroad, afterpay.CAD(20_00), false},
		"abroad, the account's own currency":  {abroad, usd(1000_00), true},
		"abroad is disabled":                  {disabled, gbp(10_00), false},
		"abroad is disabled, home is not":     {disabled, usd(10_00), true},
		"abroad alone":                        {afterpay.Configuration{CBT: abroad.CBT}, gbp(20_00), true},
		"abroad was not included":             {home, aud(1_00), false},
		"as large as can be":                  {home, usd(1<<63 - 1), false},
		"monthly lending has its own":         {afterpay.Configuration{ConsumerLending: afterpay.ConsumerLending{Enabled: true, Limits: afterpay.Limits{MaximumAmount: usd(9000_00)}}}, usd(5000_00), false},
		"v1, of the type in instalments only": {afterpay.Configuration{PaymentTypes: []afterpay.PaymentType{{Type: "PAY_AFTER_DELIVERY", Limits: afterpay.Limits{MaximumAmount: usd(9_00)}}}}, usd(5_00), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, x.allow, x.c.Allows(x.m))
		})
	}
}

// TestAllowsWhatTheSandboxAccepts asks the sandbox, which judges for itself.
func TestAllowsWhatTheSandboxAccepts(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		version afterpay.APIVersion
		opts    []afterpaytest.Option
		include []string
		try     []afterpay.Money
	}{
		"US, v2": {afterpay.V2, nil, nil, []afterpay.Money{afterpay.USD(99), afterpay.USD(1_00), afterpay.USD(1000_00), afterpay.USD(1000_01), afterpay.AUD(5_00)}},
		"AU, v1": {afterpay.V1, []afterpaytest.Option{afterpaytest.WithRegion(afterpaytest.AU)}, nil, []afterpay.Money{afterpay.AUD(1), afterpay.AUD(1000_00), afterpay.AUD(1000_01), afterpay.USD(5_00)}},
		"GB, v2": {afterpay.V2, []afterpaytest.Option{afterpaytest.WithRegion(afterpaytest.GB)}, nil, []afterpay.Money{afterpay.GBP(9_99), afterpay.GBP(10_00), afterpay.EUR(20_00)}},
		"US, abroad": {
			afterpay.V2, []afterpaytest.Option{afterpaytest.WithCrossBorder("AUD", "AU", "700.00")}, []string{afterpay.IncludeCBT},
			[]afterpay.Money{afterpay.AUD(1), afterpay.AUD(700_00), afterpay.AUD(700_01), afterpay.USD(99), afterpay.NZD(5_00)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := afterpaytest.New(x.opts...).NewClient(t, afterpay.WithAPIVersion(x.version))
			c, err := client.Configuration.Get(t.Context(), x.include...)
			require.NoError(t, err)
			for _, amount := range x.try {
				_, err := client.Orders.Create(t.Context(), afterpay.CreateOrderRequest{
					Amount:   amount,
					Consumer: afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com"},
					Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
				})
				require.Equal(t, err == nil, c.Allows(amount), "%v: %v", amount, err)
			}
		})
	}
}
