package afterpay_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// ledger is a Balance in hundredths.
type ledger struct{ authorized, captured, voided, refunded, open, refundable int64 }

func (l ledger) in(c afterpay.Currency) afterpay.Balance {
	m := func(hundredths int64) afterpay.Money {
		return afterpay.Money{Amount: afterpay.Amount(hundredths), Currency: c}
	}
	return afterpay.Balance{
		Authorized: m(l.authorized), Captured: m(l.captured), Voided: m(l.voided),
		Refunded: m(l.refunded), OpenToCapture: m(l.open), Refundable: m(l.refundable),
	}
}

// readAs reads a body as the client of an API version does.
func readAs(t *testing.T, version afterpay.APIVersion, body string) *afterpay.Payment {
	t.Helper()
	p, err := answeringClient(t, 200, body, afterpay.WithAPIVersion(version)).Payments.Get(t.Context(), suitetest.PaymentID)
	require.NoError(t, err)
	return p
}

func TestBalance_OfRecordedPayments(t *testing.T) {
	t.Parallel()
	for file, x := range map[string]struct {
		version afterpay.APIVersion
		want    ledger
	}{
		"v2_payment_auth_approved_201":     {afterpay.V2, ledger{authorized: 26_24, open: 26_24}},
		"v2_payment_auth_declined_402":     {afterpay.V2, ledger{}},
		"v2_payment_capture_declined_201":  {afterpay.V2, ledger{}},
		"v2_payment_capture_part_201":      {afterpay.V2, ledger{authorized: 1000_00, captured: 250_00, open: 750_00, refundable: 250_00}},
		"v2_payment_capture_part_rest_201": {afterpay.V2, ledger{authorized: 30_00, captured: 30_00, refundable: 30_00}},
		"v2_payment_capture_replayed_201":  {afterpay.V2, ledger{authorized: 22_04, captured: 22_04, refunded: 10_10, refundable: 11_94}},
		"v2_payment_void_all_201":          {afterpay.V2, ledger{authorized: 100_00, voided: 100_00}},
		"v2_payment_void_part_201":         {afterpay.V2, ledger{authorized: 26_24, voided: 10_00, open: 16_24}},
		"v2_payment_by_token_200":          {afterpay.V2, ledger{authorized: 1000_00, captured: 250_00, voided: 250_00, open: 500_00, refundable: 250_00}},
		"v1_payment_captured_201":          {afterpay.V1, ledger{authorized: 1000_00, captured: 1000_00, refundable: 1000_00}},
		"v1_payment_captured_log_201":      {afterpay.V1, ledger{authorized: 3_95, captured: 3_95, refundable: 3_95}},
		"v1_payment_with_events_200":       {afterpay.V1, ledger{authorized: 131_95, captured: 131_95, refundable: 131_95}},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			p := readAs(t, x.version, recorded(t, file))
			b, err := p.Balance()
			require.NoError(t, err)
			require.Equal(t, x.want.in(p.OriginalAmount.Currency), b)
		})
	}
}

// at returns a time some minutes into the month.
func at(minutes int) afterpay.Timestamp {
	return afterpay.Timestamp{Time: may.Add(time.Duration(minutes) * time.Minute)}
}

func happened(kind afterpay.EventType, minutes int, hundredths int64) afterpay.PaymentEvent {
	return afterpay.PaymentEvent{ID: "event-" + at(minutes).Format("15:04"), Type: kind, Created: at(minutes), Amount: afterpay.USD(hundredths)}
}

func authorized(hundredths int64) afterpay.PaymentEvent {
	e := happened(afterpay.EventAuthApproved, 0, hundredths)
	e.Expires = at(13 * 24 * 60)
	return e
}

// shadow returns the entry that the service adds to the refunds for a void.
func shadow(minutes int, hundredths int64) afterpay.Refund {
	return afterpay.Refund{ID: "1160952", Amount: afterpay.USD(hundredths), RefundedAt: afterpay.Timestamp{Time: at(minutes).Add(-16 * time.Millisecond)}}
}

// refundAt returns a refund of captured money.
func refundAt(minutes int, hundredths int64) afterpay.Refund {
	return afterpay.Refund{ID: "1934419", RequestID: "r", MerchantReference: "R-1", Amount: afterpay.USD(hundredths), RefundedAt: at(minutes)}
}

// approved returns a payment of API v2. A negative open amount means none was sent.
func approved(state afterpay.PaymentState, total, open int64, events []afterpay.PaymentEvent, refunds ...afterpay.Refund) *afterpay.Payment {
	p := &afterpay.Payment{
		ID: "100100000001", Status: afterpay.StatusApproved, State: state,
		OriginalAmount: afterpay.USD(total), Events: events, Refunds: refunds,
	}
	if open >= 0 {
		p.OpenToCaptureAmount = afterpay.USD(open)
	}
	return p
}

type events = []afterpay.PaymentEvent

// changed returns p after a change.
func changed(p *afterpay.Payment, change func(*afterpay.Payment)) *afterpay.Payment {
	change(p)
	return p
}

// traps returns payments that are easily misread.
func traps() map[string]struct {
	payment *afterpay.Payment
	want    ledger
} {
	const (
		captured = afterpay.EventCaptured
		voided   = afterpay.EventVoided
		expired  = afterpay.EventExpired
	)
	auth := authorized(915_00)
	renamed := func(r afterpay.Refund, id string) afterpay.Refund { r.ID = id; return r }
	withRequest := func(r afterpay.Refund) afterpay.Refund { r.RequestID = "req-81218180"; return r }
	v1 := func(p *afterpay.Payment) { p.State, p.OpenToCaptureAmount = "", afterpay.Money{} }
	rest := ledger{authorized: 915_00, captured: 315_00, voided: 600_00, refundable: 315_00}
	all := ledger{authorized: 915_00, voided: 915_00}
	return map[string]struct {
		payment *afterpay.Payment
		want    ledger
	}{
		"void with a number for an id":      {approved("AUTH_APPROVED", 915_00, 905_00, events{auth, happened(voided, 9, 10_00)}, shadow(9, 10_00)), ledger{authorized: 915_00, voided: 10_00, open: 905_00}},
		"void with the id of its event":     {approved("AUTH_APPROVED", 915_00, 905_00, events{auth, happened(voided, 9, 10_00)}, renamed(shadow(5000, 10_00), "event-00:09")), ledger{authorized: 915_00, voided: 10_00, open: 905_00}},
		"void with a request id":            {approved("AUTH_APPROVED", 915_00, 905_00, events{auth, happened(voided, 9, 10_00)}, withRequest(shadow(9, 10_00))), ledger{authorized: 915_00, voided: 10_00, open: 905_00}},
		"two voids of the same amount":      {approved("AUTH_APPROVED", 915_00, 895_00, events{auth, happened(voided, 9, 10_00), happened(voided, 10, 10_00)}, shadow(10, 10_00), shadow(9, 10_00)), ledger{authorized: 915_00, voided: 20_00, open: 895_00}},
		"voided in full, yet approved":      {approved("VOIDED", 915_00, 0, events{auth, happened(voided, 9, 915_00)}, shadow(9, 915_00)), all},
		"voided in full, nothing said when": {approved("VOIDED", 915_00, 0, events{auth}), all},
		"part captured, rest open":          {approved("PARTIALLY_CAPTURED", 915_00, 600_00, events{auth, happened(captured, 9, 315_00)}), ledger{authorized: 915_00, captured: 315_00, open: 600_00, refundable: 315_00}},
		"captured 315, voided 600 of 915":   {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 315_00), happened(voided, 10, 600_00)}, shadow(10, 600_00)), rest},
		"the same, part of it refunded": {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 315_00), happened(voided, 10, 600_00)}, shadow(10, 600_00), refundAt(90, 15_00)),
			ledger{authorized: 915_00, captured: 315_00, voided: 600_00, refunded: 15_00, refundable: 300_00}},
		"void and refund of the same amount at once": {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 815_00), happened(voided, 10, 100_00)}, refundAt(10, 100_00), shadow(10, 100_00)),
			ledger{authorized: 915_00, captured: 815_00, voided: 100_00, refunded: 100_00, refundable: 715_00}},
		"void without an entry among the refunds": {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 815_00), happened(voided, 10, 100_00)}, refundAt(10, 100_00)),
			ledger{authorized: 915_00, captured: 815_00, voided: 100_00, refunded: 100_00, refundable: 715_00}},
		"captured twice by mistake": {approved("PARTIALLY_CAPTURED", 915_00, 895_00, events{auth, happened(captured, 9, 10_00), happened(captured, 9, 10_00)}), ledger{authorized: 915_00, captured: 20_00, open: 895_00, refundable: 20_00}},

		"expired with an EXPIRED event":               {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 315_00), happened(expired, 10, 600_00)}, shadow(10, 600_00)), rest},
		"expired with a VOIDED event":                 {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 315_00), happened(voided, 10, 600_00)}, shadow(10, 600_00)), rest},
		"expired with both events":                    {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 315_00), happened(expired, 10, 600_00), happened(voided, 10, 600_00)}, shadow(10, 600_00)), rest},
		"expired with both, open amount not sent":     {approved("CAPTURED", 915_00, -1, events{auth, happened(captured, 9, 315_00), happened(voided, 10, 600_00), happened(expired, 10, 600_00)}, shadow(10, 600_00)), rest},
		"expired, open amount not sent":               {approved("CAPTURED", 915_00, -1, events{auth, happened(captured, 9, 315_00), happened(expired, 10, 600_00)}, shadow(10, 600_00)), rest},
		"expired, the event without an amount":        {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 315_00), {Type: expired, Created: at(10)}}), rest},
		"expired after a void":                        {approved("CAPTURED", 915_00, 0, events{auth, happened(captured, 9, 315_00), happened(voided, 10, 100_00), happened(expired, 20, 500_00)}, shadow(20, 500_00), shadow(10, 100_00)), rest},
		"expired, nothing captured":                   {approved("VOIDED", 915_00, 0, events{auth, happened(expired, 10, 915_00)}, shadow(10, 915_00)), all},
		"expired, nothing captured, in state EXPIRED": {approved("EXPIRED", 915_00, 0, events{auth, {Type: expired, Created: at(10)}}), all},

		"v1 without events":              {changed(approved("", 915_00, -1, nil, refundAt(9, 15_00)), v1), ledger{authorized: 915_00, captured: 915_00, refunded: 15_00, refundable: 900_00}},
		"v1, events without amounts":     {changed(approved("", 915_00, -1, events{{Type: "AUTH_APPROVED", Created: at(0)}, {Type: captured, Created: at(9)}}), v1), ledger{authorized: 915_00, captured: 915_00, refundable: 915_00}},
		"v1, the authorization alone":    {changed(approved("", 915_00, -1, events{{Type: "AUTH_APPROVED", Created: at(0)}}), v1), ledger{authorized: 915_00, captured: 915_00, refundable: 915_00}},
		"v1, events with amounts":        {changed(approved("", 915_00, -1, events{auth, happened(captured, 9, 315_00), happened(voided, 10, 600_00)}, shadow(10, 600_00)), v1), rest},
		"v1, reversed":                   {changed(approved("", 915_00, -1, nil, refundAt(9, 915_00)), func(p *afterpay.Payment) { p.Status = "REVERSED" }), all},
		"v1, declined":                   {changed(approved("", 915_00, -1, nil), func(p *afterpay.Payment) { p.Status = afterpay.StatusDeclined }), ledger{}},
		"reversed by its state":          {approved("REVERSED", 915_00, 0, events{happened(captured, 9, 915_00)}, refundAt(10, 915_00)), all},
		"declined, its full amount open": {changed(approved("AUTH_DECLINED", 915_00, 915_00, nil), func(p *afterpay.Payment) { p.Status = afterpay.StatusDeclined }), ledger{}},
		"captured at once":               {approved("CAPTURED", 915_00, 0, events{happened(captured, 9, 915_00)}), ledger{authorized: 915_00, captured: 915_00, refundable: 915_00}},
		"refunded in full, yet captured": {approved("CAPTURED", 915_00, 0, events{happened(captured, 9, 915_00)}, refundAt(90, 900_00), refundAt(95, 15_00)), ledger{authorized: 915_00, captured: 915_00, refunded: 915_00}},
		"nothing to pay":                 {approved("CAPTURED", 0, 0, events{happened(captured, 9, 0)}), ledger{}},
	}
}

func TestBalance_OfPaymentsThatAreEasilyMisread(t *testing.T) {
	t.Parallel()
	for name, x := range traps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := x.payment.Balance()
			require.NoError(t, err)
			require.Equal(t, x.want.in(afterpay.CurrencyUSD), b)
			require.Equal(t, b.Authorized.Amount, b.Captured.Amount+b.Voided.Amount+b.OpenToCapture.Amount)
			require.Equal(t, b.Captured.Amount, b.Refunded.Amount+b.Refundable.Amount)

			p := *x.payment
			p.Refunds, p.Events = slices.Clone(p.Refunds), slices.Clone(p.Events)
			slices.Reverse(p.Refunds)
			slices.Reverse(p.Events)
			reversed, err := p.Balance()
			require.NoError(t, err)
			require.Equal(t, b, reversed, "the order does not matter")

			text, err := json.Marshal(x.payment)
			require.NoError(t, err)
			var again afterpay.Payment
			require.NoError(t, json.Unmarshal(text, &again))
			b2, err := again.Balance()
			require.NoError(t, err)
			require.Equal(t, b, b2, "stored and read again")
		})
	}
}

func TestBalance_RefusesToGuess(t *testing.T) {
	t.Parallel()
	const (
		captured = afterpay.EventCaptured
		voided   = afterpay.EventVoided
		expired  = afterpay.EventExpired
	)
	auth := authorized(100_00)
	declined := func(p *afterpay.Payment) { p.Status = afterpay.StatusDeclined }
	for name, x := range map[string]struct {
		payment *afterpay.Payment
		want    string
	}{
		"no amount":                          {&afterpay.Payment{Status: afterpay.StatusApproved}, "has no amount"},
		"no verdict":                         {&afterpay.Payment{OriginalAmount: afterpay.USD(1)}, "is neither approved nor declined"},
		"unknown verdict":                    {changed(approved("CAPTURED", 100_00, 0, nil), func(p *afterpay.Payment) { p.Status = "PENDING" }), "is neither approved nor declined"},
		"declined and captured":              {changed(approved("CAPTURE_DECLINED", 100_00, 0, events{happened(captured, 1, 100_00)}), declined), "is both declined and approved"},
		"declined and voided":                {changed(approved("AUTH_DECLINED", 100_00, 0, events{happened(voided, 1, 100_00)}), declined), "is both declined and approved"},
		"declined and refunded":              {changed(approved("CAPTURE_DECLINED", 100_00, 0, nil, refundAt(1, 1_00)), declined), "is both declined and approved"},
		"declined, in the state of captured": {changed(approved("CAPTURED", 100_00, 0, nil), declined), "is both declined and approved"},
		"approved, in the state of declined": {approved("AUTH_DECLINED", 100_00, 100_00, nil), "is both declined and approved"},
		"captured without events":            {approved("CAPTURED", 100_00, 0, nil), "has no events"},
		"part captured without events":       {approved("PARTIALLY_CAPTURED", 100_00, 40_00, events{auth}), "has no events"},
		"unknown state without events":       {approved("ON_HOLD", 100_00, 100_00, events{auth}), "has no events"},
		"captured for more than authorized":  {approved("CAPTURED", 100_00, 0, events{auth, happened(captured, 1, 60_00), happened(captured, 2, 60_00)}), "was captured and voided for more than it was authorized for"},
		"voided for more than open":          {approved("CAPTURED", 100_00, -1, events{auth, happened(captured, 1, 60_00), happened(voided, 2, 60_00)}, shadow(2, 60_00)), "was captured and voided for more than it was authorized for"},
		"refunded for more than captured":    {approved("CAPTURED", 100_00, 0, events{happened(captured, 1, 100_00)}, refundAt(5, 60_00), refundAt(6, 60_00)), "was refunded for more than was captured"},
		"refunded, nothing captured":         {approved("AUTH_APPROVED", 100_00, 100_00, events{auth}, refundAt(5, 60_00)), "was refunded for more than was captured"},
		"void whose entry is hours away":     {approved("CAPTURED", 100_00, 0, events{auth, happened(captured, 1, 30_00), happened(voided, 2, 70_00)}, shadow(500, 70_00)), "was refunded for more than was captured"},
		"less open than the events leave":    {approved("PARTIALLY_CAPTURED", 100_00, 10_00, events{auth, happened(captured, 1, 60_00)}), "has an amount open to capture that its events do not explain"},
		"open in another currency":           {changed(approved("PARTIALLY_CAPTURED", 100_00, 0, events{auth, happened(captured, 1, 60_00)}), func(p *afterpay.Payment) { p.OpenToCaptureAmount = afterpay.AUD(40_00) }), "has an amount open to capture that its events do not explain"},
		"event in another currency":          {approved("CAPTURED", 100_00, 0, events{{Type: captured, Amount: afterpay.AUD(100_00)}}), "has amounts that do not add up: cannot add USD and AUD"},
		"refund in another currency":         {approved("CAPTURED", 100_00, 0, events{happened(captured, 1, 100_00)}, afterpay.Refund{Amount: afterpay.AUD(1_00)}), "cannot add USD and AUD"},
		"capture without an amount":          {approved("CAPTURED", 100_00, 0, events{auth, {Type: captured, Created: at(1)}}), "has an event without an amount"},
		"one capture of two without":         {approved("CAPTURED", 100_00, -1, events{auth, happened(captured, 1, 60_00), {Type: captured, Created: at(2)}}), "has an event without an amount"},
		"void without an amount":             {approved("VOIDED", 100_00, 0, events{auth, {Type: voided, Created: at(1)}}), "has an event without an amount"},
		"void under v1":                      {approved("", 100_00, -1, events{{Type: captured, Created: at(1)}, {Type: voided, Created: at(2)}}, shadow(2, 40_00)), "was voided, and v1 does not say for how much"},
		"expired and all still open":         {approved("AUTH_APPROVED", 100_00, 100_00, events{auth, happened(expired, 1, 100_00)}), "has an amount open to capture that its events do not explain"},
		"expired and part still open":        {approved("PARTIALLY_CAPTURED", 100_00, 70_00, events{auth, happened(captured, 1, 30_00), happened(expired, 2, 70_00)}), "has an amount open to capture that its events do not explain"},
		"expired for less than was open":     {approved("CAPTURED", 100_00, 0, events{auth, happened(captured, 1, 30_00), happened(expired, 2, 50_00)}), "expired with an open amount that its events do not explain"},
		"all captured, yet open":             {approved("CAPTURED", 100_00, 40_00, events{auth, happened(captured, 1, 60_00)}), "is in a state that its events do not explain"},
		"voided, yet open":                   {approved("VOIDED", 100_00, -1, events{auth, happened(voided, 1, 60_00)}), "is in a state that its events do not explain"},
		"voided, yet captured":               {approved("VOIDED", 100_00, 0, events{auth, happened(captured, 1, 60_00), happened(voided, 2, 40_00)}), "is in a state that its events do not explain"},
		"only authorized, yet captured":      {approved("AUTH_APPROVED", 100_00, 40_00, events{auth, happened(captured, 1, 60_00)}), "is in a state that its events do not explain"},
		"refund without an amount":           {approved("CAPTURED", 100_00, 0, events{happened(captured, 1, 100_00)}, afterpay.Refund{ID: "r", RequestID: "r"}), ""},
		"negative refund":                    {approved("CAPTURED", 100_00, 0, events{happened(captured, 1, 100_00)}, refundAt(9, -5_00)), ""},
		"negative capture":                   {approved("CAPTURED", 100_00, 0, events{happened(captured, 1, 150_00), happened(captured, 2, -50_00)}), ""},
		"negative void":                      {approved("CAPTURED", 100_00, 0, events{happened(captured, 1, 150_00), happened(voided, 2, -50_00)}), ""},
		"more than can be added up":          {approved("CAPTURED", 100_00, 0, events{happened(captured, 1, 1<<62), happened(captured, 1, 1<<62)}), "amount out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := x.payment.Balance()
			require.ErrorIs(t, err, afterpay.ErrInconsistent)
			require.ErrorContains(t, err, x.want)
			require.ErrorContains(t, err, "payment "+x.payment.ID)
			require.Zero(t, b)
			plan, err := x.payment.PlanReturn(afterpay.USD(1))
			require.ErrorIs(t, err, afterpay.ErrInconsistent)
			require.Zero(t, plan)
		})
	}
}

// The oldest refund comes first. A void of the same amount does not hide a refund.
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
		"no voids":                     {nil, []afterpay.Refund{named(refundAt(30, 3), "c", ""), named(refundAt(10, 1), "a", ""), named(refundAt(20, 2), "b", "")}, []string{"a", "b", "c"}},
		"the nearest is the void":      {events{void}, []afterpay.Refund{named(refundAt(9, 10_00), "before", ""), named(shadow(10, 10_00), "void", ""), named(refundAt(11, 10_00), "after", "")}, []string{"before", "after"}},
		"a reference is no void's":     {events{void}, []afterpay.Refund{named(refundAt(10, 10_00), "refund", "R-1"), named(shadow(10, 10_00), "void", "")}, []string{"refund"}},
		"the id decides":               {events{void, happened(afterpay.EventVoided, 11, 10_00)}, []afterpay.Refund{named(refundAt(10, 10_00), "event-00:11", ""), named(refundAt(500, 10_00), "event-00:10", ""), named(refundAt(10, 10_00), "refund", "")}, []string{"refund"}},
		"another amount is no void":    {events{void}, []afterpay.Refund{named(refundAt(10, 10_01), "refund", "")}, []string{"refund"}},
		"a minute apart is no void":    {events{void}, []afterpay.Refund{named(refundAt(11, 10_00), "refund", "")}, []string{"refund"}},
		"an expiry has a shadow too":   {events{happened(afterpay.EventExpired, 10, 10_00)}, []afterpay.Refund{named(shadow(10, 10_00), "void", ""), named(refundAt(30, 10_00), "refund", "")}, []string{"refund"}},
		"a capture has no shadow":      {events{happened(afterpay.EventCaptured, 10, 10_00)}, []afterpay.Refund{named(refundAt(10, 10_00), "refund", "")}, []string{"refund"}},
		"events and refunds of no id":  {events{{Type: afterpay.EventVoided, Created: at(10), Amount: afterpay.USD(10_00)}}, []afterpay.Refund{named(refundAt(500, 7_00), "", ""), named(shadow(10, 10_00), "", "")}, []string{""}},
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

func TestAuthExpires(t *testing.T) {
	t.Parallel()
	later := happened(afterpay.EventAuthApproved, 0, 1)
	later.Expires = at(600)
	sooner := later
	sooner.Expires = at(500)
	other := happened(afterpay.EventCaptured, 0, 1)
	other.Expires = at(900)
	for name, x := range map[string]struct {
		events events
		want   afterpay.Timestamp
		ok     bool
	}{
		"no events":            {nil, afterpay.Timestamp{}, false},
		"as the event says":    {events{later}, at(600), true},
		"the last of several":  {events{sooner, later, sooner}, at(600), true},
		"not of another event": {events{other}, afterpay.Timestamp{}, false},
		"not sent":             {events{happened(afterpay.EventAuthApproved, 0, 1)}, afterpay.Timestamp{}, false},
		"captured at once":     {events{happened(afterpay.EventCaptured, 0, 1)}, afterpay.Timestamp{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expires, ok := (&afterpay.Payment{Events: x.events}).AuthExpires()
			require.Equal(t, x.ok, ok)
			require.Equal(t, x.want.Time, expires)
		})
	}
	p := readAs(t, afterpay.V2, recorded(t, "v2_payment_void_all_201"))
	expires, ok := p.AuthExpires()
	require.True(t, ok)
	require.Equal(t, time.Date(2020, 4, 24, 3, 42, 54, 482e6, time.UTC), expires, "36 hours and not 13 days")
}

func TestPlanReturn(t *testing.T) {
	t.Parallel()
	auth := authorized(100_00)
	part := approved("PARTIALLY_CAPTURED", 100_00, 60_00, events{auth, happened(afterpay.EventCaptured, 1, 40_00)}, refundAt(9, 5_00))
	open := approved("AUTH_APPROVED", 100_00, 100_00, events{auth})
	taken := approved("CAPTURED", 100_00, 0, events{happened(afterpay.EventCaptured, 1, 100_00)})
	spent := approved("CAPTURED", 100_00, 0, events{happened(afterpay.EventCaptured, 1, 100_00)}, refundAt(9, 100_00))
	declined := changed(approved("AUTH_DECLINED", 100_00, 100_00, nil), func(p *afterpay.Payment) { p.Status = afterpay.StatusDeclined })
	for name, x := range map[string]struct {
		payment *afterpay.Payment
		amount  afterpay.Money
		want    afterpay.ReturnPlan
		fault   string
	}{
		"less than is open":           {part, afterpay.USD(59_99), afterpay.ReturnPlan{Void: afterpay.USD(59_99), Refund: afterpay.USD(0)}, ""},
		"just what is open":           {part, afterpay.USD(60_00), afterpay.ReturnPlan{Void: afterpay.USD(60_00), Refund: afterpay.USD(0)}, ""},
		"more than is open":           {part, afterpay.USD(60_01), afterpay.ReturnPlan{Void: afterpay.USD(60_00), Refund: afterpay.USD(1)}, ""},
		"everything":                  {part, afterpay.USD(95_00), afterpay.ReturnPlan{Void: afterpay.USD(60_00), Refund: afterpay.USD(35_00)}, ""},
		"more than everything":        {part, afterpay.USD(95_01), afterpay.ReturnPlan{}, "amount must not be more than 95.00 USD"},
		"a hundredth":                 {open, afterpay.USD(1), afterpay.ReturnPlan{Void: afterpay.USD(1), Refund: afterpay.USD(0)}, ""},
		"of what was captured":        {taken, afterpay.USD(1), afterpay.ReturnPlan{Void: afterpay.USD(0), Refund: afterpay.USD(1)}, ""}, // Void is 0.00 USD and not Money{}
		"of what was refunded":        {spent, afterpay.USD(1), afterpay.ReturnPlan{}, "amount must not be more than 0.00 USD"},
		"of what was declined":        {declined, afterpay.USD(1), afterpay.ReturnPlan{}, "amount must not be more than 0.00 USD"},
		"nothing":                     {part, afterpay.USD(0), afterpay.ReturnPlan{}, "amount must be greater than 0.00"},
		"less than nothing":           {part, afterpay.USD(-1), afterpay.ReturnPlan{}, "amount must be greater than 0.00"},
		"another currency":            {part, afterpay.AUD(1), afterpay.ReturnPlan{}, "amount must be in USD, the currency of the payment"},
		"no currency":                 {part, afterpay.Money{}, afterpay.ReturnPlan{}, "amount must be in USD, the currency of the payment"},
		"under v1 it is all a refund": {readAs(t, afterpay.V1, recorded(t, "v1_payment_captured_201")), afterpay.AUD(1000_00), afterpay.ReturnPlan{Void: afterpay.AUD(0), Refund: afterpay.AUD(1000_00)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := x.payment.PlanReturn(x.amount)
			require.Equal(t, x.want, plan)
			if x.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.EqualError(t, err, "afterpay: payment.planReturn: invalid request: "+x.fault)
		})
	}
}

// Comparing every event with every refund would take 40 billion steps.
func TestBalance_WorkGrowsWithTheInput(t *testing.T) {
	t.Parallel()
	const n = 200_000
	p := approved("VOIDED", n*1_00, 0, nil)
	start := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	for i := range n {
		at := afterpay.Timestamp{Time: start.Add(time.Duration(i) * time.Microsecond)}
		p.Events = append(p.Events, afterpay.PaymentEvent{Type: afterpay.EventVoided, Created: at, Amount: afterpay.USD(1_00)})
		p.Refunds = append(p.Refunds, afterpay.Refund{RefundedAt: at, Amount: afterpay.USD(1_00)})
	}
	begun := time.Now()
	require.Empty(t, p.RefundsWithoutVoids())
	require.Less(t, time.Since(begun), 20*time.Second)
}
