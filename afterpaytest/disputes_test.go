package afterpaytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// disputed opens a dispute about an order captured in full.
func (s *shop) disputed() (dispute, payment string) {
	s.t.Helper()
	payment, _ = s.captured()
	dispute, err := s.sandbox.OpenDispute(payment, "product_not_received", "")
	require.NoError(s.t, err)
	return dispute, payment
}

const someEvidence = `{"evidence":{"uncategorizedText":"It was delivered."}}`

func TestDispute_FormsAsDocumented(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := WithClock(func() time.Time { return at })

	s := newShop(t, clock)
	id, payment := s.disputed()
	a := s.get("/v2/disputes/" + id)
	require.Equal(t, 200, a.status)
	require.Regexp(t, `^dp_[0-9a-v]{24}$`, id)
	require.JSONEq(t, `{"id":"`+id+`","order":"`+payment+`","amount":"100.00","currency":"USD","reason":"product_not_received",
		"status":"needs_response","open":true,"responseDueBy":1710417600,"createdAt":1709294400,"updatedAt":1709294400,
		"openingNote":"The shopper disputes the payment.","openingNoteAttachments":["`+a.at("openingNoteAttachments.0").(string)+`"],"merchantOrderId":"A-1","transactionDate":1709294400,
		"meta":{"transactionAmount":"100.00","orderType":"ONLINE"}}`, a.raw)

	s = newShop(t, clock, WithDisputeForm(DisputesAsInTables))
	id, _ = s.disputed()
	require.Equal(t, id, s.get("/v2/disputes/"+id).text("dispute.id"))
	require.Equal(t, id, s.post("/v2/disputes/"+id, someEvidence).text("dispute.id"))
	require.Equal(t, id, s.get("/v2/disputes").text("data.0.id"), "lists have them bare")

	s = newShop(t, clock, WithDisputeForm(DisputesAsInOpenAPI))
	id, payment = s.disputed()
	require.Equal(t, "1710417600", s.get("/v2/disputes/"+id).text("responseDueBy"))
	a = s.post("/v2/disputes/"+id+"/accept", "{}")
	require.JSONEq(t, `{"id":"`+id+`","order":"`+payment+`","amount":"100.00","reason":"product_not_received",
		"status":"lost","open":false,"responseDueBy":"-1","createdAt":"1709294400","updatedAt":"1709294400",
		"openingNote":"The shopper disputes the payment.","openingNoteAttachments":"`+a.text("openingNoteAttachments")+`",
		"merchantOrderId":"A-1","transactionDate":"1709294400","closingReason":"merchant_accepted","closingNote":"","settlementAmount":"100.00",
		"meta":{"transactionAmount":"100.00","network":"","networkReferenceId":"","orderType":"ONLINE"}}`, a.raw)
}

// disputeStep is something that happens to a dispute and its payment.
type disputeStep func(s *shop, dispute, payment string)

func respond(s *shop, id, _ string) {
	s.t.Helper()
	require.Equal(s.t, 200, s.post("/v2/disputes/"+id, someEvidence).status)
}

func accept(s *shop, id, _ string) {
	s.t.Helper()
	require.Equal(s.t, 200, s.post("/v2/disputes/"+id+"/accept", "").status)
}

func decide(f func(*Sandbox, string) error) disputeStep {
	return func(s *shop, id, _ string) { require.NoError(s.t, f(s.sandbox, id)) }
}

func wait(d time.Duration) disputeStep {
	return func(s *shop, _, _ string) { s.sandbox.Advance(d) }
}

func refundOf(amount string) disputeStep {
	return func(s *shop, _, payment string) {
		require.Equal(s.t, 201, s.post("/v2/payments/"+payment+"/refund", `{"amount":{"amount":"`+amount+`","currency":"USD"}}`).status)
	}
}

func TestDispute_States(t *testing.T) {
	t.Parallel()
	const nearlyDue = 13*24*time.Hour - time.Second
	for name, tc := range map[string]struct {
		steps          []disputeStep
		status, reason string
		debited        bool
	}{
		"new":                    {nil, "needs_response", "", false},
		"responded to":           {[]disputeStep{respond}, "under_review", "", false},
		"won":                    {[]disputeStep{respond, decide((*Sandbox).WinDispute)}, "won", "evidence_accepted", false},
		"lost":                   {[]disputeStep{respond, decide((*Sandbox).LoseDispute)}, "lost", "evidence_rejected", true},
		"accepted":               {[]disputeStep{accept}, "lost", "merchant_accepted", true},
		"accepted while decided": {[]disputeStep{respond, accept}, "lost", "merchant_accepted", true},
		"withdrawn":              {[]disputeStep{decide((*Sandbox).WithdrawDispute)}, "won", "customer_cancelled", false},
		"not responded to":       {[]disputeStep{wait(nearlyDue), wait(time.Second)}, "lost", "deadline_expired", true},
		"still time":             {[]disputeStep{wait(nearlyDue)}, "needs_response", "", false},
		"responded to in time":   {[]disputeStep{wait(nearlyDue), respond, wait(time.Hour)}, "under_review", "", false},
		"refunded in part":       {[]disputeStep{refundOf("60.00")}, "needs_response", "", false},
		"refunded in parts":      {[]disputeStep{refundOf("60.00"), refundOf("40.00"), wait(30 * 24 * time.Hour)}, "merchant_refunded", "", false},
		"refunded while decided": {[]disputeStep{respond, refundOf("100.00")}, "merchant_refunded", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id, payment := s.disputed()
			for _, step := range tc.steps {
				step(s, id, payment)
			}
			a := s.get("/v2/disputes/" + id)
			require.Equal(t, tc.status, a.text("status"))
			require.Equal(t, tc.reason, a.text("closingReason"))
			open := tc.status == "needs_response" || tc.status == "under_review"
			require.Equal(t, open, a.at("open"))
			require.Equal(t, tc.status == "needs_response", a.at("responseDueBy") != float64(-1))
			ledger := s.sandbox.Ledger()
			last := ledger[len(ledger)-1]
			require.Equal(t, tc.debited, last.Kind == Disputed)
			if tc.debited {
				require.Equal(t, payment, last.PaymentID)
				require.EqualValues(t, 100_00, last.Amount)
				require.Equal(t, "100.00", a.text("settlementAmount"))
			}

			if tc.status != "needs_response" {
				s.refused(s.post("/v2/disputes/"+id, someEvidence), 412, "precondition_failed")
			}
			if !open {
				s.refused(s.post("/v2/disputes/"+id+"/accept", "{}"), 412, "precondition_failed")
				require.Error(t, s.sandbox.WinDispute(id))
			}
		})
	}
}

func TestDispute_VoidCloses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	payment, _ := s.authorized()
	id, err := s.sandbox.OpenDispute(payment, "order_canceled", "40.00")
	require.NoError(t, err)
	require.Equal(t, 201, s.post("/v2/payments/"+payment+"/void", `{"amount":{"amount":"40.00","currency":"USD"}}`).status)
	require.Equal(t, "merchant_voided", s.get("/v2/disputes/"+id).text("status"))
}

func TestDispute_EarlierRefundsDoNotCloseIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	s := newShop(t, WithClock(func() time.Time { return at })) // everything happens at one moment
	payment, _ := s.captured()
	require.Equal(t, 201, s.post("/v2/payments/"+payment+"/refund", `{"amount":{"amount":"60.00","currency":"USD"}}`).status)
	id, err := s.sandbox.OpenDispute(payment, "duplicate", "")
	require.NoError(t, err)
	a := s.get("/v2/disputes/" + id)
	require.Equal(t, "needs_response", a.text("status"))
	require.Equal(t, "40.00", a.text("amount"), "all that the merchant still has")
}

func TestOpenDispute_Refused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	payment, _ := s.captured()
	for _, amount := range []string{"100.01", "0.00", "-1.00", "much"} {
		_, err := s.sandbox.OpenDispute(payment, "duplicate", amount)
		require.Error(t, err, amount)
	}
	_, err := s.sandbox.OpenDispute("1", "duplicate", "")
	require.Error(t, err)

	token := s.undecided()
	require.NoError(t, s.sandbox.Decline(token))
	declined := s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
	_, err = s.sandbox.OpenDispute(declined.text("id"), "duplicate", "")
	require.Error(t, err)

	s.sandbox.Advance(120*24*time.Hour + time.Second)
	_, err = s.sandbox.OpenDispute(payment, "duplicate", "")
	require.Error(t, err)
	require.Error(t, s.sandbox.WinDispute("dp_unknown"))
}

func TestListDisputes_FiltersAndPages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var ids, payments []string
	for range 3 {
		id, payment := s.disputed()
		ids, payments = append(ids, id), append(payments, payment)
		s.sandbox.Advance(time.Hour)
	}
	require.NoError(t, s.sandbox.WinDispute(ids[0]))
	second := s.get("/v2/disputes/" + ids[1]).at("createdAt").(float64)
	epoch := fmt.Sprintf("%.0f", second)
	date := time.Unix(int64(second), 0).UTC().Format("2006-01-02T15:04:05.000Z")

	list := func(query string) (found []string) {
		a := s.get("/v2/disputes" + query)
		require.Equal(t, 200, a.status, a.raw)
		for i := range a.at("data").([]any) {
			found = append(found, a.text(fmt.Sprintf("data.%d.id", i)))
		}
		return found
	}
	for query, want := range map[string][]string{
		"":                           {ids[2], ids[1], ids[0]},
		"?limit=2":                   {ids[2], ids[1]},
		"?limit=2&offset=2":          {ids[0]},
		"?offset=7":                  nil,
		"?status=won":                {ids[0]},
		"?status=needs_response":     {ids[2], ids[1]},
		"?order=" + payments[1]:      {ids[1]},
		"?merchant=" + MerchantID:    {ids[2], ids[1], ids[0]},
		"?merchant=1":                nil,
		"?openedAfter=" + epoch:      {ids[2], ids[1]},
		"?openedAfter=" + date:       {ids[2], ids[1]},
		"?openedBefore=" + epoch:     {ids[1], ids[0]},
		"?openedBefore=2000-01-01":   nil,
		"?openedBefore=" + date + "": {ids[1], ids[0]},
	} {
		require.Equal(t, want, list(query), query)
	}
	page := s.get("/v2/disputes?limit=1&offset=1")
	require.EqualValues(t, 1, page.at("limit"))
	require.EqualValues(t, 1, page.at("offset"))
	require.EqualValues(t, 3, page.at("total"))
	require.EqualValues(t, 20, s.get("/v2/disputes").at("limit"))
	for _, query := range []string{"?limit=0", "?limit=251", "?limit=x", "?offset=-1", "?order=dp_1", "?openedAfter=yesterday"} {
		s.refused(s.get("/v2/disputes"+query), 422, "error")
	}
}

// TestSignWebhook_MatchesOpenSSL compares a signature with one made by openssl
// dgst -sha256 -hmac.
func TestSignWebhook_MatchesOpenSSL(t *testing.T) {
	t.Parallel()
	const body = `{"webhook_event_id":"evt_0001","webhook_event_type":"created","dispute_id":"dp_0001","merchant_reference":"100101481"}`
	header := SignWebhook("shared secret", "https://shop.example/afterpay/webhook", time.Unix(1700000000, 999), []byte(body))
	require.Equal(t, http.Header{
		"Content-Type":                 {"application/json"},
		"X-Afterpay-Request-Date":      {"1700000000"},
		"X-Afterpay-Request-Signature": {"lPQyy1lhcUORQrUMSpzsdLCkEzSW1Gt3OECb3rl6SS0="},
	}, header)

	req, err := WebhookRequest("shared secret", "https://shop.example/afterpay/webhook", time.Unix(1700000000, 0), []byte(body))
	require.NoError(t, err)
	require.Equal(t, http.MethodPost, req.Method)
	require.Equal(t, "https://shop.example/afterpay/webhook", req.URL.String())
	require.Equal(t, header, req.Header)
	sent, err := io.ReadAll(req.Body)
	require.NoError(t, err)
	require.Equal(t, body, string(sent))
	_, err = WebhookRequest("s", "://", time.Now(), nil)
	require.Error(t, err)
}

func TestDisputeWebhook_CreatedThenUpdated(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.disputed()
	notice := func() map[string]string {
		body, err := s.sandbox.DisputeWebhook(id)
		require.NoError(t, err)
		var fields map[string]string
		require.NoError(t, json.Unmarshal(body, &fields))
		return fields
	}
	first := notice()
	require.NotEmpty(t, first["webhook_event_id"])
	require.Equal(t, map[string]string{
		"webhook_event_id": first["webhook_event_id"], "webhook_event_type": "created", "dispute_id": id, "merchant_reference": MerchantID,
	}, first)
	require.NoError(t, s.sandbox.WinDispute(id))
	second := notice()
	require.Equal(t, "updated", second["webhook_event_type"])
	require.NotEqual(t, first["webhook_event_id"], second["webhook_event_id"])
	_, err := s.sandbox.DisputeWebhook("dp_unknown")
	require.Error(t, err)
}
