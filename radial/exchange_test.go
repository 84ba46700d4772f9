package radial_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// once is the option of a client that never retries.
var once = radial.WithRetry(radial.RetryPolicy{})

// requestIDs are the ids of all requests of an operation.
func requestIDs(server *radialtest.Server, op string) []string {
	var ids []string
	for _, r := range server.Requests(op) {
		ids = append(ids, r.RequestID)
	}
	return ids
}

func TestOneRequestIDIsUsedOnlyAsTheRuleAllows(t *testing.T) {
	t.Parallel()
	fault := radialtest.Fault(503, "BUSY", "later")
	for name, c := range map[string]struct {
		responses []radialtest.Response // of one call
		sent      int                   // requests that arrived
		attempts  int
		kind      error
		repeat    bool
		unknown   bool
	}{
		"read timeout":               {[]radialtest.Response{radialtest.Swallowed()}, 2, 2, nil, false, false},
		"fault":                      {[]radialtest.Response{fault}, 2, 2, nil, false, false},
		"fault with a success":       {[]radialtest.Response{radialtest.Fault(200, "BUSY", "later")}, 2, 2, nil, false, false},
		"no connection":              {[]radialtest.Response{radialtest.Unreachable()}, 1, 2, nil, false, false},
		"three read timeouts":        {[]radialtest.Response{radialtest.Swallowed(), radialtest.Swallowed(), radialtest.Swallowed()}, 3, 3, afterpay.ErrUnavailable, true, true},
		"three faults":               {[]radialtest.Response{fault, fault, fault}, 3, 3, radial.ErrFault, true, true},
		"three times no connection":  {[]radialtest.Response{radialtest.Unreachable(), radialtest.Unreachable(), radialtest.Unreachable()}, 0, 3, afterpay.ErrUnavailable, true, false},
		"timeout, no connection":     {[]radialtest.Response{radialtest.Swallowed(), radialtest.Unreachable(), radialtest.Unreachable()}, 1, 3, afterpay.ErrUnavailable, true, true},
		"timeout, then declined":     {[]radialtest.Response{radialtest.Swallowed(), radialtest.Code("DECLINED")}, 2, 2, afterpay.ErrDeclined, false, false},
		"timeout, then duplicate":    {[]radialtest.Response{radialtest.Swallowed(), radialtest.DuplicateFault(200)}, 2, 2, radial.ErrDuplicate, false, true},
		"timeout, then a page":       {[]radialtest.Response{radialtest.Swallowed(), radialtest.Gateway(502)}, 2, 2, afterpay.ErrUnavailable, false, true},
		"timeout, then a refusal":    {[]radialtest.Response{radialtest.Swallowed(), radialtest.Gateway(401)}, 2, 2, afterpay.ErrUnauthorized, false, true},
		"fault for the sender":       {[]radialtest.Response{radialtest.Fault(400, "BAD", "wrong")}, 1, 1, radial.ErrFault, true, false},
		"duplicate":                  {[]radialtest.Response{radialtest.DuplicateFault(500)}, 1, 1, radial.ErrDuplicate, false, true},
		"declined":                   {[]radialtest.Response{radialtest.Code("DECLINED")}, 1, 1, afterpay.ErrDeclined, false, false},
		"fail":                       {[]radialtest.Response{radialtest.Fail()}, 1, 1, radial.ErrFailed, false, false},
		"timeout of the processor":   {[]radialtest.Response{radialtest.Timeout()}, 1, 1, radial.ErrProcessorTimeout, false, true},
		"timeout by its other name":  {[]radialtest.Response{radialtest.Code("PaymentProcessorTimeout")}, 1, 1, radial.ErrProcessorTimeout, false, true},
		"success in the wrong words": {[]radialtest.Response{radialtest.Code("Success")}, 1, 1, afterpay.ErrUnavailable, false, true},
		"page of a gateway":          {[]radialtest.Response{radialtest.Gateway(503)}, 1, 1, afterpay.ErrUnavailable, false, true},
		"broken connection":          {[]radialtest.Response{radialtest.Reset()}, 1, 1, afterpay.ErrUnavailable, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, server := radialtest.NewClient(t)
				approve(t, client, server, "W-20931")
				before := len(server.Requests(radialtest.GetAuthorization))
				server.Next(radialtest.GetAuthorization, c.responses...)
				_, err := client.GetPaymentAuthorization(t.Context(), authorization())
				ids := requestIDs(server, radialtest.GetAuthorization)[before:]
				require.Len(t, ids, c.sent)
				for _, id := range ids {
					require.Equal(t, ids[0], id)
				}
				if c.kind == nil {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, c.kind)
				e := detail(t, err)
				require.Equal(t, c.attempts, e.Attempts)
				require.Equal(t, c.repeat, e.MayRepeat)
				require.Equal(t, c.unknown, e.OutcomeUnknown)
				require.NotEmpty(t, e.RequestID)
				require.True(t, len(ids) == 0 || ids[0] == e.RequestID)
			})
		})
	}
}

func TestEveryCallHasARequestIDOfItsOwn(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	seen := make(map[string]bool)
	for range 20 {
		_, err := client.GetConfiguration(t.Context())
		require.NoError(t, err)
	}
	for _, id := range requestIDs(server, radialtest.GetConfiguration) {
		require.Len(t, id, 36)
		require.False(t, seen[id])
		seen[id] = true
	}
	require.Len(t, seen, 20)
}

func TestACallRepeatedWithTheSameIDGetsTheLostResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := radialtest.NewClient(t, once)
		approve(t, client, server, "W-20931")
		req := authorization()
		server.Next(radialtest.GetAuthorization, radialtest.Lost())
		_, err := client.GetPaymentAuthorization(t.Context(), req)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		e := detail(t, err)
		require.True(t, e.MayRepeat)
		req.RequestID = e.RequestID
		_, err = client.GetPaymentAuthorization(t.Context(), req)
		require.NoError(t, err)
		_, err = client.GetPaymentAuthorization(t.Context(), req)
		require.ErrorIs(t, err, radial.ErrDuplicate, "and after a reply a new id is needed")
	})
}

func TestInitializeSendsARequestIDOnlyWhenGiven(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	req := minimalRequest()
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
	req.RequestID = "mine"
	_, err = client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{"", "mine"}, requestIDs(server, radialtest.Initialize))
	require.NotContains(t, string(server.Requests(radialtest.Initialize)[0].Body), "requestId")
}

func TestWaitsEndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		policy := radial.RetryPolicy{MaxAttempts: 5, BaseDelay: time.Hour, MaxDelay: 100 * time.Hour}
		client, server := radialtest.NewClient(t, radial.WithRetry(policy))
		server.Next(radialtest.GetConfiguration, radialtest.Fault(503, "BUSY", "later"), radialtest.Fault(503, "BUSY", "later"))
		soon, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		_, err := client.GetConfiguration(soon)
		require.ErrorIs(t, err, radial.ErrFault)
		require.NotErrorIs(t, err, context.DeadlineExceeded, "a wait that cannot end in time is not begun")
		require.Equal(t, 1, detail(t, err).Attempts)

		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Nanosecond, stop)
		_, err = client.GetConfiguration(ctx)
		require.ErrorIs(t, err, radial.ErrFault, "the fault is not lost")
		require.ErrorContains(t, err, "context canceled")
		require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, "a configuration has no outcome")
	})
}

// calls are the calls of this package, each with its golden request and a reply
// that responds to it.
var calls = []struct {
	op, path, request, reply string
	call                     func(context.Context, *radial.Client) error
}{
	{
		radialtest.Initialize, "/payments/authorization/initialize/AF.xml", "initialize_request_minimal.xml", "initialize_reply_success.xml",
		func(ctx context.Context, c *radial.Client) error {
			_, err := c.InitializePaymentAuthorization(ctx, minimalRequest())
			return err
		},
	},
	{
		radialtest.Initialize, "/payments/authorization/initialize/AF.xml", "initialize_request_full.xml", "",
		func(ctx context.Context, c *radial.Client) error {
			_, err := c.InitializePaymentAuthorization(ctx, fullRequest())
			return err
		},
	},
	{
		radialtest.GetConfiguration, "/payments/configuration/get/AF.xml", "get_configuration_request.xml", "get_configuration_reply.xml",
		func(ctx context.Context, c *radial.Client) error {
			_, err := c.GetConfiguration(ctx)
			return err
		},
	},
	{
		radialtest.GetAuthorization, "/payments/authorization/get.xml", "get_authorization_request.xml", "get_authorization_reply_approved.xml",
		func(ctx context.Context, c *radial.Client) error {
			_, err := c.GetPaymentAuthorization(ctx, authorization())
			return err
		},
	},
}

func TestExchange_RequestsAreWrittenByteForByte(t *testing.T) {
	t.Parallel()
	for _, c := range calls {
		t.Run(c.request, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t, radial.WithRequestIDs(func() string { return "generated-id" }))
			_ = c.call(t.Context(), client) // what the server responds does not matter here
			sent := server.Requests(c.op)
			require.Len(t, sent, 1)
			require.Equal(t, fixture(t, c.request), string(sent[0].Body))
		})
	}
}

func TestExchange_GoldenRequestsAreValidAndCanonical(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*_request*.xml"))
	require.NoError(t, err)
	require.Len(t, files, len(calls), "each golden request has a case")
	more, err := filepath.Glob(filepath.Join("experimental", "testdata", "*_request*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, more)
	files = append(files, more...)
	output, err := xmllint(t, append([]string{"--noout", "--schema", "testdata/radial.xsd"}, files...)...)
	require.NoError(t, err, output)
	for _, file := range files {
		canonical, err := xmllint(t, "--c14n", file)
		require.NoError(t, err, canonical)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+canonical, string(text), file)
	}
}

func TestExchange_CallsHaveTheirOwnPaths(t *testing.T) {
	t.Parallel()
	for _, c := range calls {
		var seen []*http.Request
		client, err := radial.New("S1", "key", once, radial.WithHTTPClient(&http.Client{Transport: responding(&seen, 404, nil, "")}))
		require.NoError(t, err)
		err = c.call(t.Context(), client)
		require.Equal(t, c.op, detail(t, err).Op)
		require.Equal(t, "/v1.0/stores/{StoreID}"+c.path, detail(t, err).Route)
		require.Len(t, seen, 1)
		require.Equal(t, "https://apg.radial.com/v1.0/stores/S1"+c.path, seen[0].URL.String())
	}
}

func TestExchange_AcceptsOnlyRepliesToWhatWasAsked(t *testing.T) {
	t.Parallel()
	const order, tender = "<OrderId>W-20931</OrderId>", "<TenderType>AF</TenderType>"
	none := func(string) string { return "" }
	with := func(text string) func(string) string { return func(string) string { return text } }
	for name, c := range map[string]struct {
		old    string
		change func(string) string
		says   string
	}{
		"another order":            {order, with("<OrderId>W-20932</OrderId>"), "reply is about another order"},
		"order in another case":    {order, with("<OrderId>w-20931</OrderId>"), "reply is about another order"},
		"two orders":               {order, with(order + "<OrderId>W-20932</OrderId>"), "document repeats an element"},
		"order in pieces":          {order, with("<OrderId>W-<x/>20931</OrderId>"), "document has an element where text is expected"},
		"no order":                 {order, none, "reply names no order"},
		"an empty order":           {order, with("<OrderId> </OrderId>"), "reply names no order"},
		"another base order":       {"<ResponseCode>", with("<PaymentContextBase><OrderId>W-20932</OrderId></PaymentContextBase><ResponseCode>"), "reply is about another order"},
		"another tender":           {tender, with("<TenderType>PP</TenderType>"), "reply is about another tender"},
		"another tender at root":   {"<ResponseCode>", with("<TenderType>PP</TenderType><ResponseCode>"), "reply is about another tender"},
		"no tender":                {tender, none, "reply names no tender"},
		"another context":          {"</PaymentContext>", with("</PaymentContext><PaymentContext>" + order + "</PaymentContext>"), "document repeats an element"},
		"no context":               {"PaymentContext>", with("SomeContext>"), "reply names no order"},
		"another request id":       {"Reply xmlns", with("Reply requestId=\"other\" xmlns"), "reply is to another request id"},
		"another payment id":       {"<ResponseCode>", with("<PaymentId>other</PaymentId><ResponseCode>"), ""},
		"another store":            {"<ResponseCode>", with("<StoreId>OTHER</StoreId><ResponseCode>"), "reply is about another store"},
		"another amount":           {"</PaymentContext>", with("</PaymentContext><Amount currencyCode=\"USD\">64.94</Amount>"), "reply is about another amount"},
		"nothing":                  {"</PaymentContext>", with("</PaymentContext><Amount currencyCode=\"USD\">0.00</Amount>"), "reply is about another amount"},
		"another currency":         {"</PaymentContext>", with("</PaymentContext><Amount currencyCode=\"CAD\">64.95</Amount>"), "reply is about another currency"},
		"an amount with no number": {"</PaymentContext>", with("</PaymentContext><Amount currencyCode=\"USD\"/>"), "document has an invalid amount"},
		"two amounts": {"</PaymentContext>", with("</PaymentContext><Amount currencyCode=\"USD\">64.95</Amount><Amount currencyCode=\"USD\">64.95</Amount>"),
			"document repeats an element"},
		"no outcome":   {"ResponseCode>", with("SomeCode>"), "reply names no known outcome"},
		"two outcomes": {"<ResponseCode>", with("<ResponseCode>DECLINED</ResponseCode><ResponseCode>"), "document repeats an element"},
	} {
		for _, call := range calls {
			if call.reply == "" || call.op == radialtest.GetConfiguration {
				continue
			}
			t.Run(name+"/"+call.op, func(t *testing.T) {
				t.Parallel()
				reply := fixture(t, call.reply)
				if strings.Contains(c.change(c.old), "<Amount") { // in place of the reply's own
					reply = strings.ReplaceAll(reply, "<Amount currencyCode=\"USD\">64.95 </Amount>", "")
				}
				require.Contains(t, reply, c.old)
				client, server := radialtest.NewClient(t)
				server.Next(call.op, radialtest.Document(200, strings.ReplaceAll(reply, c.old, c.change(c.old))))
				req := minimalRequest()
				req.RequestID = "init-1"
				var err error
				if call.op == radialtest.Initialize {
					_, err = client.InitializePaymentAuthorization(t.Context(), req)
				} else {
					err = call.call(t.Context(), client)
				}
				require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.ErrorContains(t, err, c.says)
				e := detail(t, err)
				require.Equal(t, afterpay.ErrUnavailable, e.Kind)
				require.Equal(t, 200, e.StatusCode)
				require.False(t, e.MayRepeat)
				require.Equal(t, 1, e.Attempts)
			})
		}
	}
}

func TestExchange_AnUnacceptedReplyIsReportedAsAFailure(t *testing.T) {
	t.Parallel()
	var seen []radial.Attempt
	client, server := radialtest.NewClient(t, radial.WithObserver(func(_ context.Context, a radial.Attempt) { seen = append(seen, a) }))
	server.Next(radialtest.GetAuthorization,
		radialtest.Document(200, strings.Replace(fixture(t, "get_authorization_reply_approved.xml"), "W-20931", "OTHER", 1)), radialtest.Code("DECLINED"))
	for range 2 {
		_, err := client.GetPaymentAuthorization(t.Context(), authorization())
		require.ErrorIs(t, seen[len(seen)-1].Err, err)
	}
	require.ErrorContains(t, seen[0].Err, "reply is about another order")
	require.Equal(t, "DECLINED", seen[1].Code)
}

func FuzzInitializeReply(f *testing.F) {
	for _, file := range []string{
		"initialize_reply_success.xml", "initialize_reply_fail.xml", "initialize_reply_timeout.xml", "initialize_reply_extended.xml",
		"fault.xml", "fault_prefixed.xml", "fault_duplicate.xml", "gateway.html", "attack_entity_expansion.xml",
	} {
		f.Add(200, fixture(f, file))
		f.Add(503, fixture(f, file))
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 999 {
			return // net/http lets nothing else through
		}
		client, server := radialtest.NewClient(t, once)
		server.Next(radialtest.Initialize, radialtest.Document(status, body))
		reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
		if err != nil {
			require.Nil(t, reply)
			e := detail(t, err)
			require.Equal(t, status, e.StatusCode)
			require.NotEmpty(t, e.Kind)
			require.LessOrEqual(t, len(e.Error()), 300, "no document in it")
			return
		}
		require.Less(t, status, 300)
		require.NotEmpty(t, reply.PaymentID)
		require.Equal(t, radial.ResponseSuccess, reply.ResponseCode)
		require.GreaterOrEqual(t, int64(reply.Amount.Amount), int64(0))
	})
}
