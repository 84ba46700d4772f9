package experimental_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/experimental"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

type settlementRequest = experimental.PaymentSettlementRequest

// settlementClient returns a client with a store that the test can look into.
func settlementClient(t *testing.T) (*experimental.Client, *radialtest.Server, *radialtest.SettlementStore) {
	t.Helper()
	store := radialtest.NewSettlementStore()
	client, server := radialtest.NewClient(t)
	return experimental.New(client, store), server, store
}

// debitID is the id that debit's settlement must keep for all time.
const debitID = "27b863f8-8f42-5ef6-97c5-5fe6310426d8"

// stored returns the record of the settlement that debit asks for.
func stored(t *testing.T, store *radialtest.SettlementStore) experimental.Settlement {
	t.Helper()
	s, ok := store.Load(debitID)
	require.True(t, ok)
	return s
}

func TestASettlementIsAcknowledgedOnce(t *testing.T) {
	t.Parallel()
	client, server, store := settlementClient(t)
	s, err := client.SettlePayment(t.Context(), debit())
	require.NoError(t, err)
	require.Equal(t, experimental.SettlementAcknowledged, s.State)
	require.Equal(t, *s, stored(t, store))
	require.Equal(t, debitID, client.SettlementID(debit()))
	require.Equal(t, &experimental.Settlement{
		ID: debitID, RequestID: debitID, StoreID: radialtest.StoreID, State: experimental.SettlementAcknowledged, Request: debit(),
	}, s)
	require.Equal(t, []radialtest.Settled{{
		RequestID: debitID, OrderID: "W-20931", InvoiceID: "INV-1", SettlementType: "Debit",
		Amount: "64.95", Currency: "USD", ClientContext: "shipment 1",
	}}, server.Settlements())
}

func TestAnAcknowledgedSettlementIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	client, server, store := settlementClient(t)
	s, err := client.SettlePayment(t.Context(), debit())
	require.NoError(t, err)
	restarted, err := radial.New(radialtest.StoreID, radialtest.APIKey, radial.WithHTTPClient(server.HTTPClient()))
	require.NoError(t, err)
	other := experimental.New(restarted, store)
	stale := *s
	stale.State = experimental.SettlementUnanswered
	for name, again := range map[string]func() (*experimental.Settlement, error){
		"same request":             func() (*experimental.Settlement, error) { return client.SettlePayment(t.Context(), debit()) },
		"same request, restarted":  func() (*experimental.Settlement, error) { return other.SettlePayment(t.Context(), debit()) },
		"result":                   func() (*experimental.Settlement, error) { return client.RepeatSettlement(t.Context(), *s) },
		"record, restarted":        func() (*experimental.Settlement, error) { return other.RepeatSettlement(t.Context(), stored(t, store)) },
		"record in an older state": func() (*experimental.Settlement, error) { return client.RepeatSettlement(t.Context(), stale) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := again()
			require.Nil(t, s)
			require.ErrorIs(t, err, experimental.ErrAlreadySubmitted)
			require.EqualError(t, err, "radial: PaymentSettlement: settlement already submitted")
			require.False(t, detail(t, err).MayRepeat)
			require.Zero(t, detail(t, err).Attempts)
		})
	}
	require.Len(t, server.Requests(radialtest.Settlement), 1)
	require.Len(t, server.Settlements(), 1)
}

func TestASettlementIsTheSameOrAnother(t *testing.T) {
	t.Parallel()
	client, server, _ := settlementClient(t)
	req := debit()
	_, err := client.SettlePayment(t.Context(), req)
	require.NoError(t, err)
	same := req
	same.SessionID, same.TaxAmount, same.FinalDebit, same.RefundReason = "oms-8", afterpay.USD(1_00), false, "other words"
	_, err = client.SettlePayment(t.Context(), same)
	require.ErrorIs(t, err, experimental.ErrAlreadySubmitted)

	for _, change := range []func(*experimental.PaymentSettlementRequest){
		func(r *settlementRequest) { r.OrderID = "W-20932" },
		func(r *settlementRequest) { r.InvoiceID = "INV-2" },
		func(r *settlementRequest) { r.Amount = afterpay.USD(64_94) },
		func(r *settlementRequest) { r.SettlementType = experimental.SettlementCredit },
		func(r *settlementRequest) { r.ClientContext = "shipment 2" },
	} {
		different := req
		change(&different)
		_, err := client.SettlePayment(t.Context(), different)
		require.NoError(t, err)
	}
	require.Len(t, server.Settlements(), 6)
}

func TestOnlyOneOfManySettlesAtTheSameTime(t *testing.T) {
	t.Parallel()
	client, server, _ := settlementClient(t)
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() { _, errs[i] = client.SettlePayment(t.Context(), debit()) })
	}
	wg.Wait()
	succeeded := 0
	for _, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		require.ErrorIs(t, err, experimental.ErrAlreadySubmitted)
	}
	require.Equal(t, 1, succeeded)
	require.Len(t, server.Requests(radialtest.Settlement), 1)
}

func TestASettlementIsNotRepeatedByItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		response radialtest.Response
		state    experimental.SettlementState
		kind     error
		repeat   bool
		unknown  bool
	}{
		"read timeout":            {radialtest.Swallowed(), experimental.SettlementUnanswered, afterpay.ErrUnavailable, true, true},
		"lost response":           {radialtest.Lost(), experimental.SettlementUnanswered, afterpay.ErrUnavailable, true, true},
		"fault":                   {radialtest.Fault(503, "BUSY", "later"), experimental.SettlementFaulted, radial.ErrFault, true, true},
		"fault for the sender":    {radialtest.Fault(400, "BAD", "wrong"), experimental.SettlementFaulted, radial.ErrFault, true, false},
		"no connection":           {radialtest.Unreachable(), experimental.SettlementUnsent, afterpay.ErrUnavailable, true, false},
		"refusal":                 {radialtest.Gateway(401), experimental.SettlementRefused, afterpay.ErrUnauthorized, false, false},
		"broken connection":       {radialtest.Reset(), experimental.SettlementSent, afterpay.ErrUnavailable, false, true},
		"page of a gateway":       {radialtest.Gateway(502), experimental.SettlementSent, afterpay.ErrUnavailable, false, true},
		"duplicate":               {radialtest.DuplicateFault(400), experimental.SettlementSent, radial.ErrDuplicate, false, true},
		"unreadable success":      {radialtest.Document(200, "<AckReply>"), experimental.SettlementSent, afterpay.ErrUnavailable, false, true},
		"reply of another":        {radialtest.Document(200, "<ConfirmFundsReply/>"), experimental.SettlementSent, afterpay.ErrUnavailable, false, true},
		"reply that says nothing": {radialtest.Document(200, "<AckReply/>"), experimental.SettlementSent, afterpay.ErrUnavailable, false, true},
		"reply to another order": {radialtest.Document(200, "<AckReply><PaymentContextBase><OrderId>other</OrderId></PaymentContextBase><Received/></AckReply>"),
			experimental.SettlementSent, afterpay.ErrUnavailable, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, server, store := settlementClient(t)
				server.Next(radialtest.Settlement, c.response)
				first, err := client.SettlePayment(t.Context(), debit())
				require.ErrorIs(t, err, c.kind)
				e := detail(t, err)
				require.Equal(t, 1, e.Attempts)
				require.Equal(t, c.repeat, e.MayRepeat)
				require.Equal(t, c.unknown, e.OutcomeUnknown)
				require.Equal(t, c.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
				require.Equal(t, c.state, stored(t, store).State)
				require.Equal(t, stored(t, store), *first)

				_, err = client.SettlePayment(t.Context(), debit())
				require.ErrorIs(t, err, experimental.ErrAlreadySubmitted, "only RepeatSettlement may")

				s, err := client.RepeatSettlement(t.Context(), stored(t, store))
				if c.state == experimental.SettlementSent {
					require.ErrorIs(t, err, experimental.ErrAlreadySubmitted)
					require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
					return
				}
				require.NoError(t, err)
				require.Equal(t, experimental.SettlementAcknowledged, s.State)
				require.Len(t, server.Settlements(), 1)
				sent := server.Requests(radialtest.Settlement)
				require.Equal(t, s.RequestID, sent[len(sent)-1].RequestID)
				require.Equal(t, c.repeat, s.RequestID == debitID, "the same id only where the rule allows it")
				if c.repeat {
					require.Equal(t, fixture(t, "settlement_request_debit.xml"), string(sent[len(sent)-1].Body))
				}
				_, err = client.RepeatSettlement(t.Context(), *first)
				require.ErrorIs(t, err, experimental.ErrAlreadySubmitted, "and now it is acknowledged")
			})
		})
	}
}

func TestAStoreThatFailsKeepsSettlementsFromBeingSent(t *testing.T) {
	t.Parallel()
	client, server, store := settlementClient(t)
	full := errors.New("disk full at mia.ortega@example.com")
	store.FailNext(full)
	s, err := client.SettlePayment(t.Context(), debit())
	require.Nil(t, s)
	require.ErrorIs(t, err, experimental.ErrStore)
	require.ErrorIs(t, err, full)
	require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	require.NotContains(t, err.Error(), "mia")
	require.Empty(t, server.Requests(""))
	_, ok := store.Load(debitID)
	require.False(t, ok)
}

func TestAStoreThatFailsAfterwardsIsReported(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	t.Run("after an acknowledgement", func(t *testing.T) {
		t.Parallel()
		client, server, store := settlementClient(t)
		store.FailNext(nil, full)
		s, err := client.SettlePayment(t.Context(), debit())
		require.ErrorIs(t, err, experimental.ErrStore)
		require.ErrorIs(t, err, full)
		e := detail(t, err)
		require.False(t, e.OutcomeUnknown)
		require.False(t, e.MayRepeat)
		require.Equal(t, experimental.SettlementSent, s.State)
		_, err = client.RepeatSettlement(t.Context(), *s)
		require.ErrorIs(t, err, experimental.ErrAlreadySubmitted)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.Len(t, server.Requests(radialtest.Settlement), 1)
	})
	t.Run("after a fault", func(t *testing.T) {
		t.Parallel()
		client, server, store := settlementClient(t)
		store.FailNext(nil, full)
		server.Next(radialtest.Settlement, radialtest.Fault(500, "BUSY", "later"))
		_, err := client.SettlePayment(t.Context(), debit())
		require.ErrorIs(t, err, radial.ErrFault)
		require.ErrorIs(t, err, full)
		require.False(t, detail(t, err).MayRepeat, "the store would not let it pass")
	})
}

func TestAStateThatDidNotChangeIsNotStoredAgain(t *testing.T) {
	t.Parallel()
	client, server, store := settlementClient(t)
	again := errors.New("stored again")
	store.FailNext(nil, again)
	server.Next(radialtest.Settlement, radialtest.Reset())
	_, err := client.SettlePayment(t.Context(), debit())
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, again)
}

func TestSettlementsAreRecordedAlthoughTheContextEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server, store := settlementClient(t)
		server.Next(radialtest.Settlement, radialtest.Lost())
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait() // until the request is under way
			cancel()
		}()
		_, err := client.SettlePayment(ctx, debit())
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		require.False(t, detail(t, err).MayRepeat, "no read timeout")
		require.Equal(t, experimental.SettlementSent, stored(t, store).State)

		server.Next(radialtest.Settlement, radialtest.Lost())
		short, over := context.WithTimeout(t.Context(), time.Second)
		defer over()
		late := debit()
		late.InvoiceID = "INV-2"
		_, err = client.SettlePayment(short, late)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, detail(t, err).MayRepeat, "a read timeout, by the caller's own limit")
		s, ok := store.Load(client.SettlementID(late))
		require.True(t, ok)
		require.Equal(t, experimental.SettlementUnanswered, s.State)

		ended, stop := context.WithCancel(t.Context())
		stop()
		other := credit()
		_, err = client.SettlePayment(ended, other)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, experimental.ErrStore)
		_, ok = store.Load(client.SettlementID(other))
		require.False(t, ok)
	})
}

func TestSettlementsSurviveJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server, store := settlementClient(t)
		server.Next(radialtest.Settlement, radialtest.Swallowed())
		req := debit()
		req.ClientContext = "Zoë's <2nd> & last\r\n"
		_, err := client.SettlePayment(t.Context(), req)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		record, ok := store.Load(client.SettlementID(req))
		require.True(t, ok)
		text, err := json.Marshal(record)
		require.NoError(t, err)
		var loaded experimental.Settlement
		require.NoError(t, json.Unmarshal(text, &loaded))
		require.Equal(t, record, loaded)
		_, err = client.RepeatSettlement(t.Context(), loaded)
		require.NoError(t, err)
		require.Equal(t, req.ClientContext, server.Settlements()[0].ClientContext)
	})
}

func TestRecordsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	good := experimental.Settlement{ID: debitID, RequestID: debitID, StoreID: radialtest.StoreID, State: experimental.SettlementUnsent, Request: debit()}
	for name, change := range map[string]func(*experimental.Settlement){
		"other id":      func(s *experimental.Settlement) { s.ID = "11111111-2222-5333-8444-555555555555" },
		"no request id": func(s *experimental.Settlement) { s.RequestID = "" },
		"other store":   func(s *experimental.Settlement) { s.StoreID = "OTHER" },
		"other amount":  func(s *experimental.Settlement) { s.Request.Amount = afterpay.USD(649_50) },
		"no request":    func(s *experimental.Settlement) { s.Request = experimental.PaymentSettlementRequest{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server, _ := settlementClient(t)
			s := good
			change(&s)
			_, err := client.RepeatSettlement(t.Context(), s)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Empty(t, server.Requests(""))
		})
	}
}

func TestSettlementsNeedAStore(t *testing.T) {
	t.Parallel()
	c, server := radialtest.NewClient(t)
	client := experimental.New(c, nil)
	_, err := client.SettlePayment(t.Context(), debit())
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.ErrorContains(t, err, "client has no settlement store")
	require.Empty(t, server.Requests(""))
}

func TestSettlePayment_InvalidRequestsAreNeitherRecordedNorSent(t *testing.T) {
	t.Parallel()
	client, server, store := settlementClient(t)
	for name, c := range map[string]struct {
		change      func(*settlementRequest)
		field, says string
	}{
		"amount of zero":          {func(r *settlementRequest) { r.Amount = afterpay.USD(0) }, "Amount", "must be more than 0.00"},
		"no amount":               {func(r *settlementRequest) { r.Amount = afterpay.Money{} }, "Amount", "is required"},
		"negative amount":         {func(r *settlementRequest) { r.Amount = afterpay.USD(-1) }, "Amount", "must not be negative"},
		"no tax":                  {func(r *settlementRequest) { r.TaxAmount = afterpay.Money{} }, "TaxAmount", "is required"},
		"more tax than amount":    {func(r *settlementRequest) { r.TaxAmount = afterpay.USD(64_96) }, "TaxAmount", "must not be more than Amount"},
		"tax in another currency": {func(r *settlementRequest) { r.TaxAmount = afterpay.CAD(0) }, "TaxAmount/@currencyCode", "must be USD, the currency of Amount"},
		"long invoice id":         {func(r *settlementRequest) { r.InvoiceID = strings.Repeat("x", 21) }, "InvoiceId", "has 21 characters, more than 20"},
		"unknown type":            {func(r *settlementRequest) { r.SettlementType = "Both" }, "SettlementType", "must be one of Debit, Credit"},
		"no order":                {func(r *settlementRequest) { r.OrderID = "" }, "PaymentContextBase/OrderId", "is required"},
	} {
		t.Run(name, func(t *testing.T) {
			req := debit()
			c.change(&req)
			s, err := client.SettlePayment(t.Context(), req)
			require.Nil(t, s)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Equal(t, []radial.FieldError{{Field: c.field, Message: c.says}}, detail(t, err).Fields)
			_, recorded := store.Load(client.SettlementID(req))
			require.False(t, recorded)
		})
	}
	require.Empty(t, server.Requests(""))
	req := debit()
	req.TaxAmount = req.Amount
	_, err := client.SettlePayment(t.Context(), req)
	require.NoError(t, err, "an amount may be all tax")
}

func TestSettlements_LogsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&lines, nil))
	req := credit()
	req.ClientContext = "for Mia"
	logger.Info("values", "request", req, "settlement", experimental.Settlement{ID: debitID, Request: req},
		"status", experimental.PaymentSettlementStatus{OrderID: "W-20931", DeclineReason: "damaged"})
	require.NotContains(t, lines.String(), "Mia")
	require.NotContains(t, lines.String(), "damaged")
	require.Contains(t, lines.String(), "order_id=W-20931")
}
