package afterpay_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func disputeEpoch(seconds int64) afterpay.Timestamp {
	return afterpay.Timestamp{Time: time.Unix(seconds, 0).UTC()}
}

func TestDispute_FieldsOfOtherShapesAreRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want afterpay.Dispute
	}{
		"a settlement of nothing":    {`{"id":"dp_1","settlementAmount":"0.00","currency":"USD"}`, afterpay.Dispute{ID: "dp_1", SettlementAmount: afterpay.USD(0)}},
		"no currency":                {`{"id":"dp_1","amount":"1.00","meta":{"transactionAmount":"2.00"}}`, afterpay.Dispute{ID: "dp_1", Amount: afterpay.Money{Amount: 1_00}, Meta: afterpay.DisputeMeta{TransactionAmount: afterpay.Money{Amount: 2_00}}}},
		"times in strings, and -1":   {`{"id":"dp_1","createdAt":"1690836227","updatedAt":1690836227,"responseDueBy":"-1","transactionDate":-1}`, afterpay.Dispute{ID: "dp_1", CreatedAt: disputeEpoch(1690836227), UpdatedAt: disputeEpoch(1690836227)}},
		"attachments in a string":    {`{"id":"dp_1","openingNoteAttachments":"fi_1"}`, afterpay.Dispute{ID: "dp_1", OpeningNoteAttachments: []string{"fi_1"}}},
		"currency before amounts":    {`{"currency":"GBP","amount":12.5,"id":"dp_1"}`, afterpay.Dispute{ID: "dp_1", Amount: afterpay.GBP(12_50)}},
		"amount as Money":            {`{"id":"dp_1","amount":{"amount":"1.00","currency":"AUD"},"currency":"USD"}`, afterpay.Dispute{ID: "dp_1", Amount: afterpay.AUD(1_00)}},
		"nulls":                      {`{"id":"dp_1","amount":null,"currency":null,"createdAt":null,"openingNoteAttachments":null,"meta":null}`, afterpay.Dispute{ID: "dp_1"}},
		"empty texts":                {`{"id":"dp_1","amount":"","responseDueBy":"","openingNoteAttachments":""}`, afterpay.Dispute{ID: "dp_1"}},
		"currency without amounts":   {`{"id":"dp_1","currency":"USD"}`, afterpay.Dispute{ID: "dp_1"}},
		"unknown status":             {`{"id":"dp_1","status":"escalated","new":{"a":[1]}}`, afterpay.Dispute{ID: "dp_1", Status: "escalated"}},
		"dates in place of seconds":  {`{"id":"dp_1","createdAt":"2023-07-31T20:43:47Z"}`, afterpay.Dispute{ID: "dp_1", CreatedAt: disputeEpoch(1690836227)}},
		"order as a number":          {`{"id":"dp_1","order":100100000001}`, afterpay.Dispute{ID: "dp_1", PaymentID: "100100000001"}},
		"wrapped, with more outside": {`{"status":"won","dispute":{"id":"dp_1","amount":"1.00","currency":"USD"}}`, afterpay.Dispute{ID: "dp_1", Status: "won", Amount: afterpay.USD(1_00)}},
	} {
		var got afterpay.Dispute
		require.NoError(t, json.Unmarshal([]byte(tc.text), &got), name)
		require.Equal(t, tc.want, got, name)

		written, err := json.Marshal(got)
		require.NoError(t, err)
		var again afterpay.Dispute
		require.NoError(t, json.Unmarshal(written, &again))
		require.Equal(t, tc.want, again, "what json.Marshal writes is read back: %s", name)
	}
}

func disputeExchanges(file fromFile) []wireExchange {
	list := func(q afterpay.DisputeQuery) invocation {
		return func(ctx context.Context, c *afterpay.Client) error { return second(c.Disputes.List(ctx, q)) }
	}
	return []wireExchange{
		{
			name: "disputes, all", version: afterpay.V2, method: "GET", path: "/v2/disputes",
			answer: file(200, "v2_dispute_list_200"), invoke: list(afterpay.DisputeQuery{}),
		},
		{
			name: "disputes, every field", version: afterpay.V2, method: "GET", path: "/v2/disputes",
			query: "limit=20&merchant=100101481&offset=40&openedAfter=2023-07-01T00%3A00%3A00.000Z&" +
				"openedBefore=2023-07-31T23%3A59%3A59.000Z&order=100100000001&status=needs_response",
			answer: file(200, "v2_dispute_list_200"),
			invoke: list(afterpay.DisputeQuery{
				PaymentID: "100100000001", Merchant: "100101481", Status: afterpay.DisputeNeedsResponse, Offset: 40, Limit: 20,
				OpenedAfter:  time.Date(2023, 7, 1, 10, 0, 0, 0, sydney),
				OpenedBefore: time.Date(2023, 7, 31, 23, 59, 59, 0, time.UTC),
			}),
		},
		{
			name: "dispute", version: afterpay.V2, method: "GET", path: "/v2/disputes/dp_0003", answer: file(200, "v2_dispute_wrapped_200"),
			invoke: func(ctx context.Context, c *afterpay.Client) error { return second(c.Disputes.Get(ctx, "dp_0003")) },
		},
		{
			name: "respond, every field", version: afterpay.V2, method: "POST", path: "/v2/disputes/dp_0003", answer: file(200, "v2_dispute_wrapped_200"),
			body: `{"id":"dp_0003","evidence":{"productDescription":"a","refundPolicyDisclosure":"b","refundRefusalExplanation":"c",
				"shippingAddress":"d","shippingDate":"e","shippingCarrier":"f","shippingTrackingNumber":"g","uncategorizedText":"h",
				"refundPolicy":"fi_1","shippingDocumentation":"fi_2","uncategorizedFile":"fi_3"}}`,
			invoke: func(ctx context.Context, c *afterpay.Client) error {
				return second(c.Disputes.Respond(ctx, "dp_0003", afterpay.Evidence{
					ProductDescription: "a", RefundPolicyDisclosure: "b", RefundRefusalExplanation: "c", ShippingAddress: "d", ShippingDate: "e",
					ShippingCarrier: "f", ShippingTrackingNumber: "g", UncategorizedText: "h",
					RefundPolicy: "fi_1", ShippingDocumentation: "fi_2", UncategorizedFile: "fi_3",
				}))
			},
		},
		{
			name: "respond, one field", version: afterpay.V2, method: "POST", path: "/v2/disputes/dp_0003", answer: file(200, "v2_dispute_wrapped_200"),
			body: `{"id":"dp_0003","evidence":{"uncategorizedFile":"fi_0001"}}`,
			invoke: func(ctx context.Context, c *afterpay.Client) error {
				return second(c.Disputes.Respond(ctx, "dp_0003", afterpay.Evidence{UncategorizedFile: "fi_0001"}))
			},
		},
		{
			name: "accept", version: afterpay.V2, method: "POST", path: "/v2/disputes/dp_0002/accept", body: `{}`, answer: file(200, "v2_dispute_accepted_200"),
			invoke: func(ctx context.Context, c *afterpay.Client) error { return second(c.Disputes.Accept(ctx, "dp_0002")) },
		},
		{
			name: "evidence file", version: afterpay.V2, method: "GET", path: "/v2/disputes/files/fi_0001", answer: file(200, "v2_dispute_file_link_200"),
			invoke: func(ctx context.Context, c *afterpay.Client) error {
				return second(c.Disputes.GetEvidenceFile(ctx, "fi_0001"))
			},
		},
	}
}

// disputed returns a client, its sandbox, and disputes about that many payments.
func disputed(t *testing.T, n int, opts ...afterpaytest.Option) (*afterpay.Client, *afterpaytest.Sandbox, []string) {
	t.Helper()
	s := newShop(t, afterpay.V2, opts...)
	var ids []string
	for range n {
		id, err := s.sandbox.OpenDispute(s.captured(), string(afterpay.ReasonProductNotReceived), "")
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return s.client, s.sandbox, ids
}

// The service documents disputes in three forms.
func TestDisputes_FromOpeningToDecision(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]afterpaytest.Option{
		"as in examples": nil,
		"as in tables":   {afterpaytest.WithDisputeForm(afterpaytest.DisputesAsInTables)},
		"as in OpenAPI":  {afterpaytest.WithDisputeForm(afterpaytest.DisputesAsInOpenAPI)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, sandbox, ids := disputed(t, 1, opts...)
			d, err := client.Disputes.Get(t.Context(), ids[0])
			require.NoError(t, err)
			require.Equal(t, afterpay.DisputeNeedsResponse, d.Status)
			require.True(t, d.Open)
			require.Equal(t, afterpay.Amount(100_00), d.Amount.Amount)
			require.WithinDuration(t, d.CreatedAt.Add(13*24*time.Hour), d.ResponseDueBy.Time, time.Second)
			require.Equal(t, "A-1", d.MerchantOrderID)

			d, err = client.Disputes.Respond(t.Context(), d.ID, afterpay.Evidence{ShippingCarrier: "ExampleCourier"})
			require.NoError(t, err)
			require.Equal(t, afterpay.DisputeUnderReview, d.Status)
			require.True(t, d.ResponseDueBy.IsZero())
			require.Equal(t, map[string]string{"shippingCarrier": "ExampleCourier"}, sandbox.Evidence(d.ID))

			_, err = client.Disputes.Respond(t.Context(), d.ID, afterpay.Evidence{UncategorizedText: "And another thing."})
			require.ErrorIs(t, err, afterpay.ErrState)
			require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, "the service was asked once and said no")

			require.NoError(t, sandbox.WinDispute(d.ID))
			d, err = client.Disputes.Get(t.Context(), d.ID)
			require.NoError(t, err)
			require.Equal(t, afterpay.DisputeWon, d.Status)
			require.Equal(t, afterpay.ClosedEvidenceAccepted, d.ClosingReason)
			require.False(t, d.Open)
		})
	}
}

func TestDisputes_LostResponses(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		op    afterpaytest.Op
		after afterpay.DisputeStatus
	}{
		"respond": {afterpaytest.OpRespondToDispute, afterpay.DisputeUnderReview},
		"accept":  {afterpaytest.OpAcceptDispute, afterpay.DisputeLost},
	} {
		for fault, y := range map[string]struct {
			fault   afterpaytest.Fault
			kind    error // nil: success
			unknown bool
			after   afterpay.DisputeStatus
		}{
			"lost request":           {afterpaytest.Reset(), nil, false, x.after},
			"lost response":          {afterpaytest.Reset().AfterCommit(), afterpay.ErrState, true, x.after},
			"half a response":        {afterpaytest.Truncated(), afterpay.ErrState, true, x.after},
			"service down":           {afterpaytest.ServiceUnavailable().Times(3), afterpay.ErrUnavailable, true, afterpay.DisputeNeedsResponse},
			"wall before it":         {afterpaytest.Blocked(), afterpay.ErrUnavailable, false, afterpay.DisputeNeedsResponse},
			"no evidence of success": {afterpaytest.Respond(200, ""), afterpay.ErrUnavailable, true, afterpay.DisputeNeedsResponse},
		} {
			inBubble(t, name+", "+fault, func(t *testing.T) {
				client, sandbox, ids := disputed(t, 1)
				sandbox.Fail(x.op, y.fault)
				err := callsOfIDs()["disputes."+name](t.Context(), client, ids[0])
				require.ErrorIs(t, err, y.kind)
				require.Equal(t, y.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
				d, err := client.Disputes.Get(t.Context(), ids[0])
				require.NoError(t, err)
				require.Equal(t, y.after, d.Status)
			})
		}
	}
}

func TestDisputes_ResponseThatShowsNoChangeIsAnError(t *testing.T) {
	t.Parallel()
	for call, changed := range map[string]string{"respond": "under_review won lost partially_won", "accept": "lost"} {
		for _, status := range []string{"under_review", "won", "lost", "partially_won", "needs_response", "merchant_refunded", "escalated", ""} {
			err := callsOfIDs()["disputes."+call](t.Context(), answeringClient(t, 200, `{"id":"dp_1","status":"`+status+`"}`), "dp_1")
			if slices.Contains(strings.Fields(changed), status) {
				require.NoError(t, err, "%s %q", call, status)
				continue
			}
			require.ErrorIs(t, err, afterpay.ErrUnavailable, "%s %q", call, status)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.ErrorContains(t, err, "does not show the expected status")
		}
	}
}

func TestDisputes_LogsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	var d afterpay.Dispute
	require.NoError(t, json.Unmarshal([]byte(recorded(t, "v2_dispute_200")), &d))
	var log strings.Builder
	for _, value := range []any{
		d, afterpay.Evidence{ShippingAddress: "77 Quokka Parade"}, afterpay.EvidenceFile{ID: "fi_1", URL: "https://files.example/?signature=Quokka"},
		afterpay.DisputeQuery{PaymentID: "Quokka"}, afterpay.DisputePage{Disputes: []*afterpay.Dispute{&d}},
	} {
		slog.New(slog.NewJSONHandler(&log, nil)).Info("seen", "value", value)
	}
	for _, personal := range []string{"Quokka", "parcel", "A-1"} {
		require.NotContains(t, log.String(), personal)
	}
}
