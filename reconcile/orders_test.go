package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

var noon = time.Date(2026, 11, 11, 12, 0, 0, 0, melbourne)

// bought is an order or payment of 50.00 AUD that was paid.
func bought(change func(r *reconcile.Record)) reconcile.Record {
	r := reconcile.Record{State: reconcile.StateCaptured, At: noon, Currency: afterpay.CurrencyAUD, Amount: 50_00, Authorized: 50_00}
	change(&r)
	return r
}

func byReference(ref string) reconcile.Record {
	return bought(func(r *reconcile.Record) { r.Reference = ref })
}

func payment(id, ref string) reconcile.Record {
	return bought(func(r *reconcile.Record) { r.ID, r.Token, r.Reference = id, "tok-"+id, ref })
}

func with(r reconcile.Record, change func(r *reconcile.Record)) reconcile.Record {
	change(&r)
	return r
}

func refunded(id string, amount afterpay.Amount, change func(r *reconcile.Record)) reconcile.Record {
	r := reconcile.Record{
		Kind: reconcile.KindRefund, ID: id, At: noon.Add(24 * time.Hour), Currency: afterpay.CurrencyAUD, Amount: amount,
	}
	change(&r)
	return r
}

type outcome struct {
	class    reconcile.Class
	severity reconcile.Severity
}

func outcomes(found []reconcile.Finding) []outcome {
	var list []outcome
	for _, f := range found {
		list = append(list, outcome{f.Class, f.Severity})
	}
	return list
}

type records = []reconcile.Record

func TestOrdersAgainstPayments(t *testing.T) {
	t.Parallel()
	none := func(*reconcile.Record) {}
	tests := []struct {
		name           string
		orders, stored records
		opts           reconcile.Options
		want           []outcome
	}{
		{
			name:   "a shop that keeps only references is matched by them",
			orders: records{byReference("A-1")}, stored: records{payment("1", "A-1")},
		}, {
			name:   "a token matches where the shop has no id, whatever the references",
			orders: records{bought(func(r *reconcile.Record) { r.Token, r.Reference = "tok-1", "S-1" })},
			stored: records{payment("1", "A-1")},
		}, {
			name: "the id decides over a reference that another order has",
			orders: records{
				bought(func(r *reconcile.Record) { r.ID, r.Reference = "1", "B-1" }),
				byReference("A-1"),
			},
			stored: records{payment("1", "A-1")},
			want:   []outcome{{reconcile.MissingAtAfterpay, reconcile.High}},
		}, {
			name:   "one reference does not join two different ids",
			orders: records{bought(func(r *reconcile.Record) { r.ID, r.Reference = "2", "A-1" })},
			stored: records{payment("1", "A-1")},
			want:   []outcome{{reconcile.MissingAtAfterpay, reconcile.High}, {reconcile.MissingAtMerchant, reconcile.High}},
		}, {
			name:   "nor two different tokens",
			orders: records{bought(func(r *reconcile.Record) { r.Token, r.Reference = "tok-2", "A-1" })},
			stored: records{payment("1", "A-1")},
			want:   []outcome{{reconcile.MissingAtAfterpay, reconcile.High}, {reconcile.MissingAtMerchant, reconcile.High}},
		}, {
			name:   "a released attempt beside the real payment is nothing to decide",
			orders: records{byReference("A-1")},
			stored: records{
				with(payment("1", "A-1"), func(r *reconcile.Record) { r.State, r.Amount, r.Voided = reconcile.StateVoided, 0, 50_00 }),
				payment("2", "A-1"),
			},
		}, {
			name:   "a declined attempt is not the order's payment, however near in time",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.Amount = 51_00 })},
			stored: records{
				with(payment("1", "A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StateDeclined, 0 }),
				with(payment("2", "A-1"), func(r *reconcile.Record) { r.At = noon.Add(5 * time.Minute) }),
			},
			want: []outcome{{reconcile.AmountMismatch, reconcile.High}},
		}, {
			name: "an attempt that the shop lists without money is nothing either",
			orders: records{
				with(byReference("A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StateDeclined, 0 }),
				bought(func(r *reconcile.Record) { r.ID, r.Reference = "1", "A-1" }),
			},
			stored: records{payment("1", "A-1")},
		}, {
			name:   "an order cancelled before it was paid for needs no payment",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StateCancelled, 0 })},
		}, {
			name:   "an order that waits for its payment needs none",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StatePending, 0 })},
		}, {
			name:   "an authorized order does",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StateAuthorized, 0 })},
			want:   []outcome{{reconcile.MissingAtAfterpay, reconcile.High}},
		}, {
			name: "an order paid, cancelled and paid back is no contradiction",
			orders: records{
				with(byReference("A-1"), func(r *reconcile.Record) { r.State = reconcile.StateCancelled }),
				refunded("1", 50_00, none),
			},
			stored: records{payment("1", "A-1"), refunded("1", 50_00, func(r *reconcile.Record) { r.Reference, r.RefundID = "A-1", "9" })},
		}, {
			name: "one paid back in part is",
			orders: records{
				with(byReference("A-1"), func(r *reconcile.Record) { r.State = reconcile.StateCancelled }),
				refunded("1", 20_00, none),
			},
			stored: records{payment("1", "A-1"), refunded("1", 20_00, func(r *reconcile.Record) { r.Reference, r.RefundID = "A-1", "9" })},
			want:   []outcome{{reconcile.StatusMismatch, reconcile.High}},
		}, {
			name:   "an order still pending is given time",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StatePending, 0 })},
			stored: records{with(payment("1", "A-1"), func(r *reconcile.Record) { r.At = now.Add(-time.Minute) })},
			want:   []outcome{{reconcile.StatusMismatch, reconcile.Info}},
		}, {
			name:   "an unknown state leaves the amounts to be compared",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.State = reconcile.StateUnknown })},
			stored: records{payment("1", "A-1")},
		}, {
			name:   "without grace a missing payment is one at once",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.At = now.Add(-time.Second) })},
			opts:   reconcile.Options{Grace: -1},
			want:   []outcome{{reconcile.MissingAtAfterpay, reconcile.High}},
		}, {
			name:   "differences within the tolerance are none",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.Amount = 50_02 })},
			stored: records{payment("1", "A-1")},
			opts:   reconcile.Options{Tolerance: 2},
		}, {
			name:   "beyond it they are",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.Amount = 49_97 })},
			stored: records{payment("1", "A-1")},
			opts:   reconcile.Options{Tolerance: 2},
			want:   []outcome{{reconcile.AmountMismatch, reconcile.High}},
		}, {
			name:   "midnight of another zone moves a day, not money",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.At = time.Date(2026, 12, 1, 0, 0, 0, 0, mustLoad("Australia/Brisbane")) })},
			stored: records{with(payment("1", "A-1"), func(r *reconcile.Record) { r.At = time.Date(2026, 12, 1, 13, 30, 0, 0, time.UTC) })},
			want:   []outcome{{reconcile.DayBoundary, reconcile.Info}},
		}, {
			name:   "in that zone itself it does not",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.At = time.Date(2026, 12, 1, 0, 0, 0, 0, mustLoad("Australia/Brisbane")) })},
			stored: records{with(payment("1", "A-1"), func(r *reconcile.Record) { r.At = time.Date(2026, 12, 1, 13, 30, 0, 0, time.UTC) })},
			opts:   reconcile.Options{Location: mustLoad("Australia/Brisbane")},
		}, {
			name:   "a dispute that is over is no news",
			orders: records{byReference("A-1")},
			stored: records{payment("1", "A-1"), {Kind: reconcile.KindDispute, ID: "1", State: reconcile.StateDisputeClosed}},
		}, {
			name:   "an authorization that expires beyond the horizon can wait",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.State, r.Amount = reconcile.StateAuthorized, 0 })},
			stored: records{with(payment("1", "A-1"), func(r *reconcile.Record) {
				r.State, r.Amount, r.Open, r.Due = reconcile.StateAuthorized, 0, 50_00, now.Add(25*time.Hour)
			})},
			opts: reconcile.Options{ExpiryHorizon: 24 * time.Hour},
		}, {
			name:   "a part released and a part still open is nothing to worry about",
			orders: records{with(byReference("A-1"), func(r *reconcile.Record) { r.Amount, r.Open = 30_00, 15_00 })},
			stored: records{with(payment("1", "A-1"), func(r *reconcile.Record) { r.Amount, r.Voided, r.Open = 30_00, 5_00, 15_00 })},
		}, {
			name:   "a payment refunded beyond its capture is one without an order as well",
			stored: records{payment("1", "A-1"), refunded("1", 50_01, func(r *reconcile.Record) { r.Reference, r.RefundID = "A-1", "9" })},
			want: []outcome{
				{reconcile.MissingAtMerchant, reconcile.High}, {reconcile.RefundMissingMerchant, reconcile.Medium}, {reconcile.OverRefund, reconcile.High},
			},
		}, {
			name:   "an order refunded beyond its capture is one without a payment as well",
			orders: records{byReference("A-1"), refunded("", 50_01, func(r *reconcile.Record) { r.Reference, r.RefundReference = "A-1", "R-1" })},
			want: []outcome{
				{reconcile.MissingAtAfterpay, reconcile.High}, {reconcile.RefundMissingAfterpay, reconcile.High}, {reconcile.OverRefund, reconcile.High},
			},
		}, {
			name:   "refunded whole is not beyond",
			stored: records{payment("1", "A-1"), refunded("1", 50_00, func(r *reconcile.Record) { r.Reference, r.RefundID = "A-1", "9" })},
			want:   []outcome{{reconcile.MissingAtMerchant, reconcile.High}, {reconcile.RefundMissingMerchant, reconcile.Medium}},
		}, {
			name: "a declined payment is open to nothing, whatever it says",
			stored: records{with(payment("1", "A-1"), func(r *reconcile.Record) {
				r.State, r.Amount, r.Open, r.Due = reconcile.StateDeclined, 0, 50_00, now.Add(time.Hour)
			})},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opts := test.opts
			opts.Now = now
			if opts.Location == nil {
				opts.Location = melbourne
			}
			run := reconcile.Orders(reconcile.Slice(test.orders), reconcile.Slice(test.stored), opts)
			found := collect(t, run)
			require.Equal(t, test.want, outcomes(found))
			require.True(t, run.Summary().Balanced())
		})
	}
}

func TestAnIDThatNamesAnotherOrdersReferenceTakesItsPayment(t *testing.T) {
	t.Parallel()
	orders := records{
		bought(func(r *reconcile.Record) { r.ID, r.Reference, r.Amount, r.Line = "1", "B-1", 70_00, 2 }),
		with(byReference("A-1"), func(r *reconcile.Record) { r.Line = 3 }),
	}
	found := collect(t, reconcile.Orders(reconcile.Slice(orders), reconcile.Slice(records{payment("1", "A-1")}), reconcile.Options{Now: now}))
	require.Equal(t, []outcome{{reconcile.MissingAtAfterpay, reconcile.High}, {reconcile.AmountMismatch, reconcile.High}}, outcomes(found))
	require.Equal(t, 3, found[0].Left.Line)
	require.Equal(t, 2, found[1].Left.Line, "the order with the id is the one compared")
}

func TestAnOrderGoesWithTheFirstListingOfItsPayment(t *testing.T) {
	t.Parallel()
	order := bought(func(r *reconcile.Record) { r.ID = "1" })
	again := payment("1", "B-1") // its reference was replaced while the list was read
	found := collect(t, reconcile.Orders(reconcile.Slice(records{order}), reconcile.Slice(records{payment("1", "A-1"), again}), reconcile.Options{Now: now}))
	require.Equal(t, []outcome{{reconcile.MissingAtMerchant, reconcile.High}}, outcomes(found))
	require.Equal(t, "B-1", found[0].Key)
}

func TestADisputeFindsItsOrderByAnyKeyWhereverItStands(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]reconcile.Record{
		"token": {Token: "tok-1"}, "id": {ID: "1"}, "reference": {Reference: "A-1"},
		"id, whatever the reference": {ID: "1", Reference: "shop-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dispute := with(keys, func(r *reconcile.Record) {
				r.Kind, r.State, r.Currency, r.Amount = reconcile.KindDispute, reconcile.StateDisputeLost, afterpay.CurrencyAUD, 50_00
			})
			for _, payments := range []records{{dispute, payment("1", "A-1")}, {payment("1", "A-1"), dispute}} {
				found := collect(t, reconcile.Orders(reconcile.Slice(records{byReference("A-1")}), reconcile.Slice(payments), reconcile.Options{Now: now}))
				require.Equal(t, []outcome{{reconcile.DisputeLost, reconcile.High}}, outcomes(found))
				require.Equal(t, "A-1", found[0].Key)
				require.NotNil(t, found[0].Left)
			}
		})
	}
}

func TestWhatPresortedSidesGiveUp(t *testing.T) {
	t.Parallel()
	opts := reconcile.Options{Now: now, Presorted: true}
	replaced := bought(func(r *reconcile.Record) { r.ID, r.Reference = "1", "S-1" })
	sorted := func(side records, key func(*reconcile.Record) string) func(func(reconcile.Record, error) bool) {
		return reconcile.Sort(t.Context(), reconcile.Slice(side), key, reconcile.SortOptions{})
	}

	found := collect(t, reconcile.Orders(sorted(records{replaced}, reconcile.ByReference), sorted(records{payment("1", "A-1")}, reconcile.ByReference), opts))
	require.Equal(t, []outcome{{reconcile.MissingAtMerchant, reconcile.High}, {reconcile.MissingAtAfterpay, reconcile.High}}, outcomes(found))

	found = collect(t, reconcile.Orders(sorted(records{replaced}, reconcile.ByID), sorted(records{payment("1", "A-1"), payment("2", "A-1")}, reconcile.ByID), opts))
	require.Equal(t, []outcome{{reconcile.MissingAtMerchant, reconcile.High}}, outcomes(found), "paid twice, seen as a payment without an order")

	found = collect(t, reconcile.Orders(reconcile.Slice(records{replaced}), reconcile.Slice(records{payment("1", "A-1"), payment("2", "A-1")}), reconcile.Options{Now: now}))
	require.Equal(t, []outcome{{reconcile.DuplicateCapture, reconcile.High}}, outcomes(found), "in any order nothing is given up")
}

func TestToleratedDifferencesAreAddedUpApart(t *testing.T) {
	t.Parallel()
	order := with(byReference("A-1"), func(r *reconcile.Record) { r.Amount = 50_01 })
	run := reconcile.Orders(reconcile.Slice(records{order}), reconcile.Slice(records{payment("1", "A-1")}),
		reconcile.Options{Now: now, Tolerance: 1})
	require.Empty(t, collect(t, run))
	totals := run.Summary().Totals
	require.Len(t, totals, 1)
	require.Equal(t, afterpay.Amount(1), totals[0].Tolerated)
	require.True(t, totals[0].Balanced())
}

func TestAFindingShowsBothSidesAndItsEffect(t *testing.T) {
	t.Parallel()
	order := with(byReference("A-1"), func(r *reconcile.Record) { r.Currency = afterpay.CurrencyNZD })
	found := collect(t, reconcile.Orders(reconcile.Slice(records{order}), reconcile.Slice(records{payment("1", "A-1")}), reconcile.Options{Now: now}))
	require.Len(t, found, 1)
	f := found[0]
	require.Equal(t, reconcile.CurrencyMismatch, f.Class)
	require.Equal(t, "A-1", f.Key)
	require.Equal(t, afterpay.NZD(50_00), f.Left.Money())
	require.Equal(t, afterpay.AUD(50_00), f.Right.Money())
	require.Equal(t, reconcile.Effect{Left: afterpay.NZD(50_00), Right: afterpay.AUD(50_00)}, f.Effect)
	_, ok := f.Effect.Difference()
	require.False(t, ok, "two currencies have no difference")
	require.Equal(t, "Order A-1 is in NZD at the shop and in AUD at Afterpay; the amounts were not compared.", f.Text)
}

func TestADayBoundarySaysHowTheDaysCameApart(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 11, 12, 0, 0, 0, 0, melbourne)
	tests := []struct {
		name string
		shop time.Time
		want string
	}{
		{name: "midnight", shop: midnight.Add(-time.Second), want: "Order A-1 agrees; midnight in Australia/Melbourne or a clock lies between 2026-11-11 and 2026-11-12."},
		{name: "shipment", shop: midnight.AddDate(0, 0, 3), want: "Order A-1 agrees, but one side dates it 2026-11-15 and the other 2026-11-12."},
		{name: "no time", want: "Order A-1 agrees, but only one side says when."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			order := with(byReference("A-1"), func(r *reconcile.Record) { r.At = test.shop })
			stored := with(payment("1", "A-1"), func(r *reconcile.Record) { r.At = midnight })
			run := reconcile.Orders(reconcile.Slice(records{order}), reconcile.Slice(records{stored}), reconcile.Options{Now: now, Location: melbourne})
			found := collect(t, run)
			require.Equal(t, []outcome{{reconcile.DayBoundary, reconcile.Info}}, outcomes(found))
			require.Equal(t, test.want, found[0].Text)
			require.True(t, run.Summary().Balanced())
		})
	}
}

func TestMissingPartnersNearTheEdgeOfAWindow(t *testing.T) {
	t.Parallel()
	day := reconcile.Window{From: time.Date(2026, 11, 11, 0, 0, 0, 0, melbourne), To: time.Date(2026, 11, 12, 0, 0, 0, 0, melbourne)}
	tests := []struct {
		name   string
		at     time.Time
		margin time.Duration
		want   reconcile.Class
	}{
		{"well inside", day.From.Add(12 * time.Hour), 0, reconcile.MissingAtAfterpay},
		{"within the margin of its beginning", day.From.Add(3*time.Hour - 1), 0, reconcile.WindowEdge},
		{"beyond the margin of its beginning", day.From.Add(3 * time.Hour), 0, reconcile.MissingAtAfterpay},
		{"within the margin of its end", day.To.Add(-3 * time.Hour), 0, reconcile.WindowEdge},
		{"beyond the margin of its end", day.To.Add(-3*time.Hour - 1), 0, reconcile.MissingAtAfterpay},
		{"outside", day.To.Add(time.Hour), 0, reconcile.WindowEdge},
		{"at its beginning, without a margin", day.From, -1, reconcile.MissingAtAfterpay},
		{"at its end, without a margin", day.To, -1, reconcile.WindowEdge},
		{"at no known time", time.Time{}, 0, reconcile.WindowEdge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			order := with(byReference("A-1"), func(r *reconcile.Record) { r.At = test.at })
			found := collect(t, reconcile.Orders(reconcile.Slice(records{order}), reconcile.Slice(nil),
				reconcile.Options{Now: now, RightWindow: day, EdgeMargin: test.margin}))
			require.Len(t, found, 1)
			require.Equal(t, test.want, found[0].Class)
		})
	}
}
