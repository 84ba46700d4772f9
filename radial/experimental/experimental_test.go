package experimental_test

import (
	"context"
	"strings"
	"testing"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/experimental"
	"github.com/afterpay-go/afterpay/radial/radialtest"
	"github.com/stretchr/testify/require"
)

func TestConfirmFundsDecides(t *testing.T) {
	t.Parallel()
	client, server, _ := settlementClient(t)
	req := experimental.ConfirmFundsRequest{OrderID: "W-20931", Amount: afterpay.USD(64_95), PerformReauthorization: true}
	server.Next(radialtest.ConfirmFunds,
		radialtest.Document(200, fixture(t, "confirm_funds_reply.xml")), radialtest.Fail(), radialtest.Timeout())
	reply, err := client.ConfirmFunds(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, &experimental.ConfirmFundsReply{
		SessionID: "oms-7", OrderID: "W-20931", FundsAvailable: radial.ResponseSuccess, ReauthorizationAttempted: true,
	}, reply)
	_, err = client.ConfirmFunds(t.Context(), req)
	require.ErrorIs(t, err, afterpay.ErrDeclined)
	_, err = client.ConfirmFunds(t.Context(), req)
	require.ErrorIs(t, err, radial.ErrProcessorTimeout)
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
}

func TestAWholeOrder(t *testing.T) {
	t.Parallel()
	client, server, _ := settlementClient(t)
	approve(t, server)
	server.ExpireAuthorization("W-20931")
	_, err := client.ConfirmFunds(t.Context(), experimental.ConfirmFundsRequest{OrderID: "W-20931", Amount: afterpay.USD(64_95)})
	require.ErrorIs(t, err, afterpay.ErrDeclined)
	funds, err := client.ConfirmFunds(t.Context(), experimental.ConfirmFundsRequest{
		OrderID: "W-20931", Amount: afterpay.USD(64_95), PerformReauthorization: true,
	})
	require.NoError(t, err)
	require.True(t, funds.ReauthorizationAttempted)
	_, err = client.SettlePayment(t.Context(), debit())
	require.NoError(t, err)
	_, err = client.SettlePayment(t.Context(), credit())
	require.NoError(t, err)
	require.NoError(t, client.CancelPaymentAuthorization(t.Context(), experimental.PaymentAuthCancelRequest{
		OrderID: "W-20931", Amount: afterpay.USD(64_95),
	}))
	var settled []experimental.SettlementType
	var cancelled []radial.ResponseCode
	for _, message := range server.Statuses() {
		status, err := experimental.ParseStatus(message)
		require.NoError(t, err)
		for _, s := range status.Settlements {
			require.Equal(t, experimental.SettlementStatusSettled, s.SettlementStatus)
			settled = append(settled, s.SettlementType)
		}
		if status.Cancel != nil {
			cancelled = append(cancelled, status.Cancel.ResponseCode)
		}
	}
	require.Equal(t, []experimental.SettlementType{experimental.SettlementDebit, experimental.SettlementCredit}, settled)
	require.Equal(t, []radial.ResponseCode{radial.ResponseSuccess}, cancelled)
}

// calls are the calls of this package with their golden requests.
var calls = []struct {
	op, path, request string
	call              func(context.Context, *experimental.Client) error
}{
	{radialtest.ConfirmFunds, "/payments/funds/confirm/AF.xml", "confirm_funds_request.xml", func(ctx context.Context, c *experimental.Client) error {
		_, err := c.ConfirmFunds(ctx, experimental.ConfirmFundsRequest{
			RequestID: "confirm-1", SessionID: "oms-7", OrderID: "W-20931", Amount: afterpay.USD(64_95), PerformReauthorization: true,
		})
		return err
	}},
	{radialtest.Settlement, "/payments/settlement/create/AF.xml", "settlement_request_debit.xml", func(ctx context.Context, c *experimental.Client) error {
		_, err := c.SettlePayment(ctx, debit())
		return err
	}},
	{radialtest.Settlement, "/payments/settlement/create/AF.xml", "settlement_request_credit.xml", func(ctx context.Context, c *experimental.Client) error {
		_, err := c.SettlePayment(ctx, credit())
		return err
	}},
	{radialtest.AuthCancel, "/payments/auth/cancel/AF.xml", "auth_cancel_request.xml", func(ctx context.Context, c *experimental.Client) error {
		return c.CancelPaymentAuthorization(ctx, experimental.PaymentAuthCancelRequest{OrderID: "W-20931", Amount: afterpay.USD(64_95)})
	}},
}

func TestRequestsAreWrittenByteForByte(t *testing.T) {
	t.Parallel()
	for _, c := range calls {
		t.Run(c.request, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t, radial.WithRequestIDs(func() string { return "generated-id" }))
			_ = c.call(t.Context(), experimental.New(client, radialtest.NewSettlementStore())) // what the server responds does not matter here
			sent := server.Requests(c.op)
			require.Len(t, sent, 1)
			require.Equal(t, fixture(t, c.request), string(sent[0].Body))
		})
	}
}

func TestCallsHaveTheirOwnPaths(t *testing.T) {
	t.Parallel()
	for _, c := range calls {
		client, server, _ := settlementClient(t)
		server.Next(c.op, radialtest.Gateway(404))
		err := c.call(t.Context(), client)
		require.ErrorIs(t, err, afterpay.ErrNotFound, "the server knows operations by their paths")
		require.Equal(t, "/v1.0/stores/{StoreID}"+c.path, detail(t, err).Route)
	}
}

func TestRepliesToAnotherQuestionAreRefused(t *testing.T) {
	t.Parallel()
	funds, ack := fixture(t, "confirm_funds_reply.xml"), fixture(t, "ack_reply.xml")
	amount := func(text string) string {
		return strings.Replace(text, "<Received/>", `<Amount currencyCode="USD">0.01</Amount><Received/>`, 1)
	}
	for name, c := range map[string]struct {
		call  int // index in calls
		reply string
		says  string
	}{
		"funds of another order":      {0, strings.Replace(funds, "W-20931", "W-20932", 1), "reply is about another order"},
		"funds of no order":           {0, strings.ReplaceAll(funds, "PaymentContextBase", "Other"), "reply names no order"},
		"funds of another session":    {0, strings.Replace(funds, "oms-7", "oms-8", 1), "reply is to another session id"},
		"funds of another tender":     {0, strings.Replace(funds, "<FundsAvailable>", "<TenderType>VC</TenderType><FundsAvailable>", 1), "reply is about another tender"},
		"funds of another amount":     {0, strings.Replace(funds, "<FundsAvailable>", `<Amount currencyCode="USD">5.00</Amount><FundsAvailable>`, 1), "reply is about another amount"},
		"funds of another currency":   {0, strings.Replace(funds, "<FundsAvailable>", `<Amount currencyCode="CAD">64.95</Amount><FundsAvailable>`, 1), "reply is about another currency"},
		"funds without an outcome":    {0, strings.ReplaceAll(funds, "FundsAvailable", "Other"), "reply names no known outcome"},
		"funds with two outcomes":     {0, strings.Replace(funds, "<FundsAvailable>", "<FundsAvailable>Fail</FundsAvailable><FundsAvailable>", 1), "document repeats an element"},
		"funds without reauthorized":  {0, strings.ReplaceAll(funds, "ReauthorizationAttempted", "Other"), "reply has no ReauthorizationAttempted"},
		"funds with an odd boolean":   {0, strings.Replace(funds, "true", "yes", 1), "document has an invalid boolean"},
		"debit without an ack":        {1, strings.Replace(ack, "Received", "Other", 1), "reply has no Received"},
		"debit of another amount":     {1, amount(ack), "reply is about another amount"},
		"debit of another request id": {1, strings.Replace(ack, "Reply xmlns", `Reply requestId="other" xmlns`, 1), "reply is to another request id"},
		"cancel without an ack":       {3, strings.Replace(ack, "Received", "Other", 1), "reply has no Received"},
		"cancel of another amount":    {3, amount(ack), "reply is about another amount"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server, _ := settlementClient(t)
			server.Next(calls[c.call].op, radialtest.Document(200, c.reply))
			err := calls[c.call].call(t.Context(), client)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.ErrorContains(t, err, c.says)
			require.False(t, detail(t, err).MayRepeat)
		})
	}
}

func TestInvalidRequestsAreNotSent(t *testing.T) {
	t.Parallel()
	client, server, _ := settlementClient(t)
	long := strings.Repeat("x", 41)
	for name, c := range map[string]struct {
		call   func() error
		fields []string
	}{
		"funds": {func() error {
			_, err := client.ConfirmFunds(t.Context(), experimental.ConfirmFundsRequest{SessionID: long})
			return err
		}, []string{"@sessionId", "PaymentContextBase/OrderId", "Amount"}},
		"funds of zero": {func() error {
			_, err := client.ConfirmFunds(t.Context(), experimental.ConfirmFundsRequest{OrderID: "1", Amount: afterpay.USD(0)})
			return err
		}, []string{"Amount"}},
		"cancel": {func() error {
			return client.CancelPaymentAuthorization(t.Context(), experimental.PaymentAuthCancelRequest{RequestID: long, OrderID: "1", Amount: afterpay.USD(-1)})
		}, []string{"@requestId", "Amount"}},
		"cancel of zero": {func() error {
			return client.CancelPaymentAuthorization(t.Context(), experimental.PaymentAuthCancelRequest{OrderID: "1", Amount: afterpay.USD(0)})
		}, []string{"Amount"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.call()
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			var fields []string
			for _, f := range detail(t, err).Fields {
				fields = append(fields, f.Field)
			}
			require.Equal(t, c.fields, fields)
		})
	}
	require.Empty(t, server.Requests(""))
}
