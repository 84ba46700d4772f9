package afterpay_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// account is a service that responds with its configuration. The largest order of
// the nth one is n dollars.
type account struct {
	cacheControl []string
	status       int // 0: 200
	asked        []url.Values
}

func (a *account) RoundTrip(req *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, req.URL.Query())
	resp := suitetest.Respond(200, `{"maximumAmount":{"amount":"`+strconv.Itoa(len(a.asked))+`.00","currency":"USD"},
		"activeCountries":["US"],"channels":[{"name":"CASH_APP","enabled":true}],"paymentTypes":[{"type":"PAY_BY_INSTALLMENT"}],
		"CBT":{"enabled":true,"countries":["GB"],"limits":{"GBP":{"maximumAmount":{"amount":"5.00","currency":"GBP"}}}}}`)
	if a.status != 0 {
		resp = suitetest.Respond(a.status, "")
	}
	resp.Header["Cache-Control"] = a.cacheControl
	return resp, nil
}

const halfAnHour = "private, no-transform, max-age=1800" // as recorded

// number returns which configuration of the account c is.
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
		inBubble(t, name, func(t *testing.T) {
			a := &account{cacheControl: x.cacheControl}
			client := clientOf(t, a.RoundTrip)
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
			require.Len(t, a.asked, 2)
		})
	}
}

func TestConfiguration_IsCachedForEachSetOfIncludes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		client := clientOf(t, a.RoundTrip)
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

// A refusal is not hidden by an older response, and what must not be stored is not.
func TestConfiguration_LastOneStandsInWhileTheServiceFails(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		cacheControl string
		status       int
		kind         afterpay.Kind // "": the last one stands in
	}{
		"failure":     {halfAnHour, 500, ""},
		"outage":      {halfAnHour, 503, ""},
		"wall":        {halfAnHour, 403, ""},
		"busy":        {halfAnHour, 429, ""},
		"no-cache":    {"no-cache", 502, ""},
		"no-store":    {"no-store", 502, afterpay.ErrUnavailable},
		"credentials": {halfAnHour, 401, afterpay.ErrUnauthorized},
		"refusal":     {halfAnHour, 422, afterpay.ErrInvalid},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := &account{cacheControl: []string{x.cacheControl}}
			client := clientOf(t, a.RoundTrip)
			require.NoError(t, second(client.Configuration.Get(t.Context())))
			a.status = x.status
			pass(23 * time.Hour)
			if x.kind != "" {
				require.ErrorIs(t, second(client.Configuration.Get(t.Context())), x.kind)
				return
			}
			for range 2 { // the second one leaves the service alone
				c, err := client.Configuration.Get(t.Context())
				require.Equal(t, 1, number(t, c, err))
				require.Len(t, a.asked, 2)
			}
			require.Error(t, second(client.Configuration.Refresh(t.Context())), "nil means that it was refreshed")
			pass(2 * time.Hour)
			require.Error(t, second(client.Configuration.Get(t.Context())))
			a.status = 0
			c, err := client.Configuration.Refresh(t.Context())
			require.Equal(t, 5, number(t, c, err))
		})
	}
}

// A caller may leave while others go on waiting.
func TestConfiguration_EndOfAContextIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := second(clientOf(t, hang).Configuration.Get(ctx))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, afterpay.ErrUnavailable)
		require.EqualError(t, err, "afterpay: configuration.get: unavailable: context deadline exceeded")
		synctest.Wait()
	})
}

func TestConfiguration_CallersChangesDoNotReachTheCache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{cacheControl: []string{halfAnHour}}
		client := clientOf(t, a.RoundTrip)
		spoil := func(c *afterpay.Configuration) {
			c.MaximumAmount = afterpay.USD(0)
			c.ActiveCountries[0] = "XX"
			c.Channels[0].Name = "XX"
			c.PaymentTypes[0].Type = "XX"
			c.CBT.Countries[0] = "XX"
			c.CBT.Limits["GBP"] = afterpay.CBTLimits{}
			c.CBT.Limits["XXX"] = afterpay.CBTLimits{}
		}
		check := func(c *afterpay.Configuration, err error) {
			require.NoError(t, err)
			require.Equal(t, []string{"US"}, c.ActiveCountries)
			require.Equal(t, []afterpay.Channel{{Name: "CASH_APP", Enabled: true}}, c.Channels)
			require.Equal(t, "PAY_BY_INSTALLMENT", c.PaymentTypes[0].Type)
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
		a.status = 502
		for range 2 { // fallen back to
			c, err = client.Configuration.Get(t.Context())
			check(c, err)
			spoil(c)
		}
	})
}

func TestConfiguration_Allows(t *testing.T) {
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
		"less than nothing":                   {home, usd(-5_00), false},
		"absent":                              {home, afterpay.Money{}, false},
		"another currency":                    {home, gbp(500_00), false},
		"no currency":                         {home, afterpay.Money{Amount: 500_00}, false},
		"no minimum":                          {afterpay.Configuration{MaximumAmount: usd(5_00)}, usd(1), true},
		"no minimum, too large":               {afterpay.Configuration{MaximumAmount: usd(5_00)}, usd(5_01), false},
		"no maximum":                          {afterpay.Configuration{MinimumAmount: usd(5_00)}, usd(1 << 50), true},
		"no maximum, another currency":        {afterpay.Configuration{MinimumAmount: usd(5_00)}, gbp(6_00), false},
		"a minimum of nothing":                {afterpay.Configuration{MinimumAmount: usd(0), MaximumAmount: usd(5_00)}, usd(1), true},
		"no limits known":                     {afterpay.Configuration{}, usd(1_00), false},
		"limits in two currencies, to one":    {afterpay.Configuration{MinimumAmount: gbp(1_00), MaximumAmount: usd(5_00)}, usd(2_00), false},
		"abroad, the smallest":                {abroad, gbp(10_00), true},
		"abroad, less than the smallest":      {abroad, gbp(9_99), false},
		"abroad, the largest":                 {abroad, gbp(500_00), true},
		"abroad, more than the largest":       {abroad, gbp(500_01), false},
		"abroad, no minimum":                  {abroad, aud(1), true},
		"abroad, no limits":                   {abroad, afterpay.NZD(1_00), false},
		"abroad, not among them":              {abroad, afterpay.CAD(20_00), false},
		"abroad, the account's own currency":  {abroad, usd(1000_00), true},
		"abroad is disabled":                  {disabled, gbp(10_00), false},
		"abroad alone":                        {afterpay.Configuration{CBT: abroad.CBT}, gbp(20_00), true},
		"v1, of the type in instalments only": {afterpay.Configuration{PaymentTypes: []afterpay.PaymentType{{Type: "PAY_AFTER_DELIVERY", Limits: afterpay.Limits{MaximumAmount: usd(9_00)}}}}, usd(5_00), false},
	} {
		require.Equal(t, x.allow, x.c.Allows(x.m), name)
	}
}
