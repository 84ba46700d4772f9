package kounta_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

func TestOrders_CreatedOrderIsReadAfterTheLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, kountatest.New(kountatest.Options{Lag: 12 * time.Second}))
		placed := time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)
		id, err := c.Orders.Create(t.Context(), kounta.NewOrder{
			Status: kounta.StatusOnHold, SaleNumber: "77", SiteID: kountatest.SiteID, PlacedAt: placed, Notes: "by Afterpay",
			Lines: []kounta.NewLine{{ProductID: kountatest.ProductID, Quantity: 3, UnitPrice: afterpay.AUD(10_05)}},
		})
		require.NoError(t, err)
		require.Greater(t, id, int64(1)<<53)
		_, err = c.Orders.Get(t.Context(), id)
		require.ErrorIs(t, err, kounta.ErrNotFound)

		time.Sleep(12 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		require.NoError(t, c.Payments.Create(t.Context(), id, refund()))
		require.NoError(t, c.Orders.SetStatus(t.Context(), id, kounta.StatusComplete))
		time.Sleep(12 * time.Second) //nolint:forbidigo // virtual: in a synctest bubble
		o, err := c.Orders.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, []any{"77", kounta.StatusComplete, "by Afterpay", afterpay.AUD(30_15), afterpay.AUD(-1_05), int64(kountatest.SiteID)},
			[]any{o.SaleNumber, o.Status, o.Notes, o.Total, o.Paid, o.SiteID})
		require.Equal(t, "2026-03-02T09:30:00+10:00", o.PlacedAt.Format(time.RFC3339), "with the company's offset")
		require.Len(t, o.Payments, 1)
		p := o.Payments[0]
		require.Equal(t, []any{1, "Afterpay", afterpay.AUD(-1_05), "r1"}, []any{p.Number, p.Method.Name, p.Amount, p.Ref})
	})
}

func TestOrders_AllFilters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, kountatest.New(kountatest.Options{}))
		sell(t, c, "1", afterpay.AUD(10_00))
		time.Sleep(time.Hour) //nolint:forbidigo // virtual: in a synctest bubble
		noon := time.Now()
		complete := sell(t, c, "12", afterpay.AUD(20_00))
		require.NoError(t, c.Orders.SetStatus(t.Context(), complete, kounta.StatusComplete))
		time.Sleep(time.Hour) //nolint:forbidigo // virtual: in a synctest bubble
		sell(t, c, "3", afterpay.AUD(30_00))
		for name, q := range map[string]kounta.OrderQuery{
			"status": {Status: kounta.StatusComplete},
			"value":  {MinTotal: afterpay.AUD(10_01), MaxTotal: afterpay.AUD(29_99)},
			"time":   {CreatedFrom: noon, CreatedTo: noon.Add(time.Hour)},
			"all":    {Status: kounta.StatusComplete, SiteID: kountatest.SiteID, CreatedFrom: noon, MinTotal: afterpay.AUD(20_00)},
		} {
			var got []string
			for o, err := range c.Orders.All(t.Context(), q) {
				require.NoError(t, err, name)
				require.Equal(t, kounta.StatusComplete, o.Status, "a list says COMPLETED")
				got = append(got, o.SaleNumber)
			}
			require.Equal(t, []string{"12"}, got, name)
		}
		for range c.Orders.All(t.Context(), kounta.OrderQuery{SiteID: 99}) {
			t.Error("an order of another site")
		}
	})
}

func TestOrders_AmountsAreExact(t *testing.T) {
	t.Parallel()
	c := connect(t, answering(200, `{"id":9007199254740993,"total":90071992547409.93,"paid":0.1,"payments":[{"amount":-0.3}]}`))
	o, err := c.Orders.Get(t.Context(), 9007199254740993)
	require.NoError(t, err)
	require.Equal(t, afterpay.AUD(9007199254740993), o.Total)
	require.Equal(t, afterpay.AUD(10), o.Paid)
	require.Equal(t, afterpay.AUD(-30), o.Payments[0].Amount)
}

func TestOrders_NoiseOfABinaryNumberIsNotPartOfAnAmount(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]afterpay.Amount{
		"10.000000000000001": 10_00, "9.9999999999999982": 10_00, "-0.30000000000000004": -30, "-0.29999999999999999": -30,
		"0.99999999999999": 1_00, "1.0000000": 1_00, "28.999999999999996": 29_00,
	} {
		o, err := connect(t, answering(200, `{"id":5,"total":`+number+`}`)).Orders.Get(t.Context(), 5)
		require.NoError(t, err, number)
		require.Equal(t, want, o.Total.Amount, number)
	}
	for _, number := range []string{"1.005", "1.0001", "1.001000000001", "1.00999", "1.00000049999e3"} {
		_, err := connect(t, answering(200, `{"id":5,"total":`+number+`}`)).Orders.Get(t.Context(), 5)
		require.ErrorIs(t, err, kounta.ErrUnavailable, number)
	}
}

func TestOrders_GetRefusesAResponseWithoutTheOrder(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, ``, `[]`, `{"id":6}`, `{"id":5,"total":1.005}`, `{"id":5,"payments":[{"amount":1e400}]}`} {
		_, err := connect(t, answering(200, body)).Orders.Get(t.Context(), 5)
		require.ErrorIs(t, err, kounta.ErrUnavailable, body)
		require.NotErrorIs(t, err, kounta.ErrOutcomeUnknown, body)
	}
}

func TestOrders_CreateWithoutALocationLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	for _, header := range [][]string{nil, {"Location", "/v1/companies/1/orders/new"}, {"Location", "/0"}} {
		c := connect(t, answering(201, "null", header...))
		_, err := c.Orders.Create(t.Context(), kounta.NewOrder{
			SaleNumber: "1", SiteID: 7, Lines: []kounta.NewLine{{ProductID: 8, Quantity: 1, UnitPrice: afterpay.AUD(1)}},
		})
		require.ErrorIs(t, err, kounta.ErrOutcomeUnknown)
	}
}

func TestWrites_InvalidInputSendsNothing(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	c := connect(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.Method != http.MethodGet {
			t.Error("a request was sent")
			return nil, io.EOF
		}
		return fake.RoundTrip(req)
	}))
	line := kounta.NewLine{ProductID: 8, Quantity: 1, UnitPrice: afterpay.AUD(1)}
	create := func(o kounta.NewOrder) error { _, err := c.Orders.Create(t.Context(), o); return err }
	for name, err := range map[string]error{
		"sale number": create(kounta.NewOrder{SiteID: 7, Lines: []kounta.NewLine{line}}),
		"site":        create(kounta.NewOrder{SaleNumber: "1", Lines: []kounta.NewLine{line}}),
		"lines":       create(kounta.NewOrder{SaleNumber: "1", SiteID: 7}),
		"quantity":    create(kounta.NewOrder{SaleNumber: "1", SiteID: 7, Lines: []kounta.NewLine{{ProductID: 8, UnitPrice: afterpay.AUD(1)}}}),
		"currency":    create(kounta.NewOrder{SaleNumber: "1", SiteID: 7, Lines: []kounta.NewLine{{8, 1, afterpay.NZD(1)}}}),
		"status":      c.Orders.SetStatus(t.Context(), 5, ""),
		"order":       c.Payments.Create(t.Context(), 0, refund()),
		"amount":      c.Payments.Create(t.Context(), 5, kounta.NewPayment{Ref: "r"}),
		"money":       c.Payments.Create(t.Context(), 5, kounta.NewPayment{Amount: afterpay.NZD(1)}),
		"address":     func() error { _, err := c.Webhooks.Create(t.Context(), kounta.Webhook{Topic: "t"}); return err }(),
		"webhook":     c.Webhooks.Update(t.Context(), kounta.Webhook{}),
		"customer":    func() error { _, err := c.Customers.Create(t.Context(), kounta.Customer{ID: 1}); return err }(),
	} {
		require.ErrorIs(t, err, kounta.ErrInvalid, name)
		require.NotErrorIs(t, err, kounta.ErrOutcomeUnknown, name)
	}
}
