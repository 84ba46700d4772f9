package afterpay_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

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
