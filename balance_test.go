package afterpay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// The events and refunds of hand-written payments are so many minutes old.
func at(minutes int) afterpay.Timestamp {
	return afterpay.Timestamp{Time: may.Add(time.Duration(minutes) * time.Minute)}
}

func happened(kind afterpay.EventType, minutes int, hundredths int64) afterpay.PaymentEvent {
	return afterpay.PaymentEvent{ID: "event-" + at(minutes).Format("15:04"), Type: kind, Created: at(minutes), Amount: afterpay.USD(hundredths)}
}

// shadow is the entry that a void has among the refunds, as the answer of the
// void shows it.
func shadow(minutes int, hundredths int64) afterpay.Refund {
	return afterpay.Refund{ID: "1160952", Amount: afterpay.USD(hundredths), RefundedAt: afterpay.Timestamp{Time: at(minutes).Add(-16 * time.Millisecond)}}
}

// refund is money that was paid back.
func refund(minutes int, hundredths int64) afterpay.Refund {
	return afterpay.Refund{ID: "1934419", RequestID: "r", MerchantReference: "R-1", Amount: afterpay.USD(hundredths), RefundedAt: at(minutes)}
}

type events = []afterpay.PaymentEvent

// TestRefundsWithoutVoids come oldest first, and keep what was paid back even
// where a void of the same amount stands next to it.
func TestRefundsWithoutVoids(t *testing.T) {
	t.Parallel()
	void := happened(afterpay.EventVoided, 10, 10_00)
	named := func(r afterpay.Refund, id, reference string) afterpay.Refund {
		r.ID, r.RequestID, r.MerchantReference = id, "", reference
		return r
	}
	for name, x := range map[string]struct {
		events  events
		refunds []afterpay.Refund
		want    []string
	}{
		"none":                         {nil, nil, nil},
		"no voids":                     {nil, []afterpay.Refund{named(refund(30, 3), "c", ""), named(refund(10, 1), "a", ""), named(refund(20, 2), "b", "")}, []string{"a", "b", "c"}},
		"the nearest is the void":      {events{void}, []afterpay.Refund{named(refund(9, 10_00), "before", ""), named(shadow(10, 10_00), "void", ""), named(refund(11, 10_00), "after", "")}, []string{"before", "after"}},
		"a reference is no void's":     {events{void}, []afterpay.Refund{named(refund(10, 10_00), "refund", "R-1"), named(shadow(10, 10_00), "void", "")}, []string{"refund"}},
		"the id decides":               {events{void, happened(afterpay.EventVoided, 11, 10_00)}, []afterpay.Refund{named(refund(10, 10_00), "event-00:11", ""), named(refund(500, 10_00), "event-00:10", ""), named(refund(10, 10_00), "refund", "")}, []string{"refund"}},
		"another amount is no void":    {events{void}, []afterpay.Refund{named(refund(10, 10_01), "refund", "")}, []string{"refund"}},
		"a minute apart is no void":    {events{void}, []afterpay.Refund{named(refund(11, 10_00), "refund", "")}, []string{"refund"}},
		"an expiry has a shadow too":   {events{happened(afterpay.EventExpired, 10, 10_00)}, []afterpay.Refund{named(shadow(10, 10_00), "void", ""), named(refund(30, 10_00), "refund", "")}, []string{"refund"}},
		"a capture has no shadow":      {events{happened(afterpay.EventCaptured, 10, 10_00)}, []afterpay.Refund{named(refund(10, 10_00), "refund", "")}, []string{"refund"}},
		"events and refunds of no id":  {events{{Type: afterpay.EventVoided, Created: at(10), Amount: afterpay.USD(10_00)}}, []afterpay.Refund{named(refund(500, 7_00), "", ""), named(shadow(10, 10_00), "", "")}, []string{""}},
		"each void has but one shadow": {events{void}, []afterpay.Refund{named(shadow(10, 10_00), "void", ""), named(shadow(10, 10_00), "refund", "")}, []string{"refund"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &afterpay.Payment{Events: x.events, Refunds: slices.Clone(x.refunds)}
			var ids []string
			for _, r := range p.RefundsWithoutVoids() {
				ids = append(ids, r.ID)
			}
			require.Equal(t, x.want, ids)
			require.Equal(t, x.refunds, p.Refunds, "the payment is unchanged")
		})
	}
}
