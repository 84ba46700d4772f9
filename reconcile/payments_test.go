package reconcile_test

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func listed(t *testing.T, bodies ...string) iter.Seq2[*afterpay.Payment, error] {
	t.Helper()
	var payments []*afterpay.Payment
	for _, body := range bodies {
		var p afterpay.Payment
		require.NoError(t, json.Unmarshal([]byte(body), &p))
		payments = append(payments, &p)
	}
	return func(yield func(*afterpay.Payment, error) bool) {
		for _, p := range payments {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func all(t *testing.T, source iter.Seq2[reconcile.Record, error]) records {
	t.Helper()
	var list records
	for r, err := range source {
		require.NoError(t, err)
		list = append(list, r)
	}
	return list
}

func utc(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestPaymentsBecomeRecords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       records
	}{
		{
			name: "captured and voided in part, refunded, the void among the refunds",
			body: `{"id":"1001","token":"002.t","status":"APPROVED","created":"2026-11-11T01:00:00Z","paymentState":"CAPTURED",
				"originalAmount":{"amount":"100.00","currency":"AUD"},"openToCaptureAmount":{"amount":"0.00","currency":"AUD"},"merchantReference":"A-1",
				"refunds":[
					{"refundId":"v","amount":{"amount":"10.00","currency":"AUD"},"refundedAt":"2026-11-12T03:00:00Z"},
					{"refundId":"9","requestId":"q","merchantReference":"R-1","refundMerchantReference":"E-1","amount":{"amount":"10.00","currency":"AUD"},"refundedAt":"2026-11-13T03:00:00Z"}],
				"events":[
					{"id":"a","created":"2026-11-11T01:02:00Z","expires":"2026-11-24T01:02:00Z","type":"AUTH_APPROVED","amount":{"amount":"100.00","currency":"AUD"}},
					{"id":"c1","created":"2026-11-11T02:00:00Z","type":"CAPTURED","amount":{"amount":"40.00","currency":"AUD"}},
					{"id":"c2","created":"2026-11-12T02:00:00Z","type":"CAPTURED","amount":{"amount":"50.00","currency":"AUD"}},
					{"id":"v","created":"2026-11-12T03:00:00Z","type":"VOIDED","amount":{"amount":"10.00","currency":"AUD"}}]}`,
			want: records{
				{ID: "1001", Token: "002.t", Reference: "A-1", State: reconcile.StateCaptured, At: utc("2026-11-11T01:02:00Z"), CapturedAt: utc("2026-11-12T02:00:00Z"),
					Currency: "AUD", Amount: 90_00, Authorized: 100_00, Voided: 10_00},
				{Kind: reconcile.KindRefund, ID: "1001", Token: "002.t", Reference: "A-1", RefundID: "9", RequestID: "q", RefundReference: "R-1", EventReference: "E-1",
					At: utc("2026-11-13T03:00:00Z"), CapturedAt: utc("2026-11-11T01:02:00Z"), Currency: "AUD", Amount: 10_00},
			},
		}, {
			name: "authorized and open until it expires",
			body: `{"id":"1001","token":"t","status":"APPROVED","created":"2026-11-11T01:00:00Z","paymentState":"AUTH_APPROVED",
				"originalAmount":{"amount":"100.00","currency":"AUD"},"openToCaptureAmount":{"amount":"100.00","currency":"AUD"},
				"events":[{"id":"a","created":"2026-11-11T01:02:00Z","expires":"2026-11-24T01:02:00Z","type":"AUTH_APPROVED","amount":{"amount":"100.00","currency":"AUD"}}]}`,
			want: records{{ID: "1001", Token: "t", State: reconcile.StateAuthorized, At: utc("2026-11-11T01:02:00Z"), Due: utc("2026-11-24T01:02:00Z"),
				Currency: "AUD", Authorized: 100_00, Open: 100_00}},
		}, {
			name: "expired",
			body: `{"id":"1001","token":"t","status":"APPROVED","created":"2026-11-11T01:00:00Z","paymentState":"VOIDED",
				"originalAmount":{"amount":"100.00","currency":"AUD"},"openToCaptureAmount":{"amount":"0.00","currency":"AUD"},
				"events":[{"id":"a","created":"2026-11-11T01:02:00Z","expires":"2026-11-24T01:02:00Z","type":"AUTH_APPROVED","amount":{"amount":"100.00","currency":"AUD"}},
					{"id":"e","created":"2026-11-24T01:02:00Z","type":"EXPIRED","amount":{"amount":"100.00","currency":"AUD"}}]}`,
			want: records{{ID: "1001", Token: "t", State: reconcile.StateExpired, At: utc("2026-11-11T01:02:00Z"), Currency: "AUD", Authorized: 100_00, Voided: 100_00}},
		}, {
			name: "declined, although all of it claims to be open",
			body: `{"id":"1001","token":"t","status":"DECLINED","created":"2026-11-11T01:00:00Z","paymentState":"AUTH_DECLINED",
				"originalAmount":{"amount":"100.00","currency":"AUD"},"openToCaptureAmount":{"amount":"100.00","currency":"AUD"},
				"events":[{"id":"a","created":"2026-11-11T01:02:00Z","type":"AUTH_DECLINED","amount":{"amount":"100.00","currency":"AUD"}}]}`,
			want: records{{ID: "1001", Token: "t", State: reconcile.StateDeclined, At: utc("2026-11-11T01:00:00Z"), Currency: "AUD"}},
		}, {
			name: "under v1, without events",
			body: `{"id":"24","token":"t","status":"APPROVED","created":"2026-11-11T01:00:00Z","originalAmount":{"amount":"20.00","currency":"AUD"},"merchantReference":"A-1"}`,
			want: records{{ID: "24", Token: "t", Reference: "A-1", State: reconcile.StateCaptured, At: utc("2026-11-11T01:00:00Z"), CapturedAt: utc("2026-11-11T01:00:00Z"),
				Currency: "AUD", Amount: 20_00, Authorized: 20_00}},
		}, {
			name: "voided before it was captured",
			body: `{"id":"1001","token":"t","status":"APPROVED","created":"2026-11-11T01:00:00Z","paymentState":"VOIDED",
				"originalAmount":{"amount":"100.00","currency":"AUD"},"openToCaptureAmount":{"amount":"0.00","currency":"AUD"}}`,
			want: records{{ID: "1001", Token: "t", State: reconcile.StateVoided, At: utc("2026-11-11T01:00:00Z"), Currency: "AUD", Authorized: 100_00, Voided: 100_00}},
		}, {
			name: "captured at once, without an authorization's event",
			body: `{"id":"1001","token":"t","status":"APPROVED","created":"2026-11-11T01:00:00Z","paymentState":"CAPTURED",
				"originalAmount":{"amount":"10.00","currency":"AUD"},"openToCaptureAmount":{"amount":"0.00","currency":"AUD"},
				"events":[{"id":"c1","created":"2026-11-11T01:03:00Z","type":"CAPTURED","amount":{"amount":"10.00","currency":"AUD"}}]}`,
			want: records{{ID: "1001", Token: "t", State: reconcile.StateCaptured, At: utc("2026-11-11T01:03:00Z"), CapturedAt: utc("2026-11-11T01:03:00Z"),
				Currency: "AUD", Amount: 10_00, Authorized: 10_00}},
		}, {
			name: "captured twice, which has no balance",
			body: `{"id":"1001","token":"t","status":"APPROVED","created":"2026-11-11T01:00:00Z","paymentState":"CAPTURED",
				"originalAmount":{"amount":"10.00","currency":"AUD"},"openToCaptureAmount":{"amount":"0.00","currency":"AUD"},
				"events":[{"id":"a","created":"2026-11-11T01:02:00Z","type":"AUTH_APPROVED","amount":{"amount":"10.00","currency":"AUD"}},
					{"id":"c1","created":"2026-11-11T02:00:00Z","type":"CAPTURED","amount":{"amount":"10.00","currency":"AUD"}},
					{"id":"c2","created":"2026-11-11T02:00:01Z","type":"CAPTURED","amount":{"amount":"10.00","currency":"AUD"}}]}`,
			want: records{{ID: "1001", Token: "t", State: reconcile.StateCaptured, At: utc("2026-11-11T01:02:00Z"), CapturedAt: utc("2026-11-11T02:00:01Z"),
				Currency: "AUD", Amount: 20_00, Authorized: 10_00}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, all(t, reconcile.Payments(listed(t, test.body))))
		})
	}
}

func TestPaymentsPassErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	source := func(yield func(*afterpay.Payment, error) bool) {
		_ = yield(nil, broken) && yield(&afterpay.Payment{ID: "1", Status: afterpay.StatusApproved}, nil)
	}
	var faults []error
	for _, err := range reconcile.Payments(source) {
		faults = append(faults, err)
	}
	require.Len(t, faults, 2)
	require.ErrorIs(t, faults[0], broken)
	require.ErrorIs(t, faults[1], afterpay.ErrInconsistent, "a payment without an amount")
	for range reconcile.Payments(source) {
		break
	}
}

func rows(t *testing.T, csv string, opts settlement.Options, location *time.Location) records {
	t.Helper()
	return all(t, reconcile.SettlementRows(settlement.Read(strings.NewReader(csv), opts), location))
}

func TestSettlementRowsBecomeRecords(t *testing.T) {
	t.Parallel()
	const file = `Settlement Date,Order Date and Time,Afterpay Order ID,Merchant Order ID,Merchant Refund ID,Order Amount,Settlement Amount,Merchant Fee excl Tax,Merchant Fee incl Tax,Net Settlement Amount,Type,Afterpay Refund ID,Refund Date and Time,Payment Event ID
13/11/2026,11/11/2026 12:00,1001,A-1,,$100.00,$40.00,$2.10,$2.31,$37.69,Order,,,E-1
13/11/2026,11/11/2026 12:00,1001,A-1,R-1,$100.00,-$10.00,$0.00,$0.00,-$10.00,Refund,9,12/11/2026 09:30,
13/11/2026,11/11/2026 12:00,1001,A-1,,$100.00,-$15.00,,,-$15.00,Chargeback,,,
`
	got := rows(t, file, settlement.Options{Location: melbourne, Currency: "AUD"}, nil)
	for i := range got {
		got[i].At, got[i].CapturedAt = got[i].At.UTC(), got[i].CapturedAt.UTC()
	}
	settled := settlement.Date{Year: 2026, Month: 11, Day: 13}
	require.Equal(t, records{
		{RowType: "Order", ID: "1001", Reference: "A-1", EventReference: "E-1", At: noon.UTC(), Settled: settled, Currency: "AUD", Amount: 40_00, Fee: 2_100000, FeeKnown: true, Line: 2},
		{RowType: "Refund", Kind: reconcile.KindRefund, ID: "1001", Reference: "A-1", RefundID: "9", RefundReference: "R-1", At: utc("2026-11-11T22:30:00Z"), CapturedAt: noon.UTC(),
			Settled: settled, Currency: "AUD", Amount: 10_00, FeeKnown: true, Line: 3},
		{RowType: "Dispute", Kind: reconcile.KindOther, ID: "1001", Reference: "A-1", At: noon.UTC(), Settled: settled, Currency: "AUD", Amount: -15_00, Line: 4},
	}, got)
}

func TestARowWithoutAnInstantBeginsItsDay(t *testing.T) {
	t.Parallel()
	const file = "Settlement Date,Order Date and Time,Afterpay Order ID,Settlement Amount,Type,Merchant Fee incl Tax\n13/11/2026,11/11/2026 12:00,1001,$40.00,Order,$1.00\n13/11/2026,,1002,$40.00,Order,$1.00\n"
	got := rows(t, file, settlement.Options{Currency: "AUD"}, melbourne)
	require.True(t, time.Date(2026, 11, 11, 0, 0, 0, 0, melbourne).Equal(got[0].At))
	require.True(t, time.Date(2026, 11, 13, 0, 0, 0, 0, melbourne).Equal(got[1].At), "its settlement date, if it has no other")
	require.False(t, got[0].FeeKnown, "a fee with tax is not the fee without")
}

func TestPartnerRowsBringTheirOwnRatesAndCurrency(t *testing.T) {
	t.Parallel()
	const file = `Settlement Date,Order Date and Time,Afterpay Order ID,Merchant Order ID,Presentment Amount,Presentment Currency,Settlement Exchange Rate,Order Amount,Settlement Amount,Variable Rate,Fixed Rate,Fee Amount,CBT Rate,CBT Fee Amount,Merchant Fee excl Tax,Type
11/13/2026,11/11/2026 12:00:00,1001,A-1,100.00,AUD,1,100.00,40.00,0.05,0.30,2.30,0.01,0.40,2.70,Order
11/13/2026,11/11/2026 12:00:00,1002,A-2,80.00,NZD,0.92,73.60,36.80,0.05,0.30,2.14,0,0,2.14,Order
11/13/2026,11/11/2026 12:00:00,1002,A-2,80.00,NZD,0.92,73.60,-73.60,0.05,0.30,2.14,0,0,2.14,Refund
`
	got := rows(t, file, settlement.Options{Location: melbourne, Currency: "AUD"}, nil)
	require.Len(t, got, 3)
	require.Equal(t, afterpay.AUD(40_00), got[0].Money())
	require.Equal(t, settlement.Decimal(2_700000), got[0].Fee)
	byRates := got[0].FeeExpected
	require.Equal(t, settlement.Decimal(2_700000), byRates)
	require.True(t, got[0].FeeExpectedKnown)
	require.Equal(t, afterpay.NZD(40_00), got[1].Money(), "half of it, in the currency the consumer paid in")
	require.False(t, got[1].FeeKnown)
	require.Equal(t, afterpay.NZD(80_00), got[2].Money(), "a refund is positive")
}

func TestConvertTakesAnySource(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	source := func(yield func(string, error) bool) { _ = yield("A-1", nil) && yield("", broken) && yield("A-2", nil) }
	refused := errors.New("no such order")
	var got []string
	for r, err := range reconcile.Convert(source, func(ref string) (reconcile.Record, error) {
		if ref == "A-2" {
			return reconcile.Record{}, refused
		}
		return byReference(ref), nil
	}) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, r.Reference)
	}
	require.Equal(t, []string{"A-1", "connection lost", "reconcile: no such order"}, got)
	for r := range reconcile.Concat(reconcile.Slice(records{byReference("A-1")}), reconcile.Convert(source, nil)) {
		require.Equal(t, "A-1", r.Reference)
		break
	}
}
