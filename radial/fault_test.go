package radial_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// once is a client that repeats nothing by itself.
var once = radial.WithRetry(radial.RetryPolicy{})

func TestFaultsAreFoundAtAnyStatus(t *testing.T) {
	t.Parallel()
	eastern := time.FixedZone("", -5*60*60)
	for file, want := range map[string]radial.Fault{
		"fault.xml": {
			Created: time.Date(2026, 2, 11, 9, 41, 27, 250e6, eastern), Code: "SYSTEM_FAILURE",
			Description: "No route for mia.ortega@example.com",
		},
		"fault_prefixed.xml":          {Created: time.Date(2026, 2, 11, 9, 41, 27, 0, eastern), Code: "SYSTEM_FAILURE", Description: "No route"},
		"fault_undeclared_prefix.xml": {Code: "SYSTEM_FAILURE", Description: "No route"},
		"fault_duplicate.xml": {
			Created: time.Date(2026, 2, 11, 9, 41, 27, 0, eastern), Code: "DUPLICATE_REQUEST",
			Description: "Request id has been seen", Duplicate: true,
		},
	} {
		for _, status := range []int{200, 202, 302, 400, 401, 403, 404, 408, 409, 429, 500, 501, 502, 503} {
			t.Run(file, func(t *testing.T) {
				t.Parallel()
				client, server := radialtest.NewClient(t, once)
				server.Next(radialtest.GetAuthorization, radialtest.Document(status, fixture(t, file)))
				_, err := client.GetPaymentAuthorization(t.Context(), radial.GetPaymentAuthorizationRequest{
					OrderID: "1", PaymentID: "000000000000000000000000001Tests",
				})
				require.ErrorIs(t, err, radial.ErrFault)
				e := detail(t, err)
				require.Equal(t, status, e.StatusCode)
				require.Equal(t, want.Code, e.Code)
				require.Equal(t, want.Description, e.Message)
				require.True(t, want.Created.Equal(e.Fault.Created), "%v", e.Fault.Created)
				require.Equal(t, want.Duplicate, e.Fault.Duplicate)
				require.Equal(t, want.Duplicate, errors.Is(err, radial.ErrDuplicate))
				require.Equal(t, !want.Duplicate, e.MayRepeat)
				require.Equal(t, want.Duplicate || status >= 500, e.OutcomeUnknown)
				require.Equal(t, status == 401 && !want.Duplicate || status == 403 && !want.Duplicate, errors.Is(err, afterpay.ErrUnauthorized))
			})
		}
	}
}

func TestUnreadableAnswersAreTypedAndKeepTheirStatus(t *testing.T) {
	t.Parallel()
	html := fixture(t, "gateway.html")
	for name, c := range map[string]struct {
		status  int
		body    string
		kind    error
		unknown bool
	}{
		"page of a gateway":          {502, html, afterpay.ErrUnavailable, true},
		"page of a gateway, timed":   {504, html, afterpay.ErrUnavailable, true},
		"page with a success":        {200, html, afterpay.ErrUnavailable, true},
		"page that is XML":           {200, "<html><body>down</body></html>", afterpay.ErrUnavailable, true},
		"page for a wrong key":       {401, html, afterpay.ErrUnauthorized, false},
		"page of a wall":             {403, html, afterpay.ErrUnauthorized, false},
		"page for a wrong store":     {404, html, afterpay.ErrNotFound, false},
		"page for too many":          {429, html, afterpay.ErrRateLimited, false},
		"page for a slow request":    {408, html, afterpay.ErrUnavailable, true},
		"page for a redirect":        {307, html, afterpay.ErrUnavailable, false},
		"page for a bad request":     {400, html, afterpay.ErrInvalid, false},
		"nothing":                    {200, "", afterpay.ErrUnavailable, true},
		"plain text":                 {503, "upstream connect error", afterpay.ErrUnavailable, true},
		"JSON":                       {200, `{"ResponseCode":"Success"}`, afterpay.ErrUnavailable, true},
		"broken off":                 {200, `<?xml version="1.0"?><InitializePaymentAuthorizationReply><ResponseCode>Succ`, afterpay.ErrUnavailable, true},
		"two documents":              {200, `<AckReply/><AckReply/>`, afterpay.ErrUnavailable, true},
		"reply of another call":      {200, `<ConfirmFundsReply/>`, afterpay.ErrUnavailable, true},
		"reply with an error":        {500, fixture(t, "initialize_reply_success.xml"), afterpay.ErrUnavailable, true},
		"document in another script": {200, `<?xml version="1.0" encoding="UTF-16"?><AckReply/>`, afterpay.ErrUnavailable, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(c.status, c.body))
			reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
			require.Nil(t, reply)
			require.ErrorIs(t, err, c.kind)
			require.NotErrorIs(t, err, radial.ErrFault)
			e := detail(t, err)
			require.Equal(t, c.status, e.StatusCode)
			require.Equal(t, c.unknown, e.OutcomeUnknown)
			require.False(t, e.MayRepeat)
			require.Equal(t, 1, e.Attempts, "the rule names no way to repeat it")
		})
	}
}

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
		answers  []radialtest.Answer // of one call
		sent     int                 // requests that arrived
		attempts int
		kind     error
		repeat   bool
		unknown  bool
	}{
		"read timeout":               {[]radialtest.Answer{radialtest.Swallowed()}, 2, 2, nil, false, false},
		"fault":                      {[]radialtest.Answer{fault}, 2, 2, nil, false, false},
		"fault with a success":       {[]radialtest.Answer{radialtest.Fault(200, "BUSY", "later")}, 2, 2, nil, false, false},
		"no connection":              {[]radialtest.Answer{radialtest.Unreachable()}, 1, 2, nil, false, false},
		"three read timeouts":        {[]radialtest.Answer{radialtest.Swallowed(), radialtest.Swallowed(), radialtest.Swallowed()}, 3, 3, afterpay.ErrUnavailable, true, true},
		"three faults":               {[]radialtest.Answer{fault, fault, fault}, 3, 3, radial.ErrFault, true, true},
		"three times no connection":  {[]radialtest.Answer{radialtest.Unreachable(), radialtest.Unreachable(), radialtest.Unreachable()}, 0, 3, afterpay.ErrUnavailable, true, false},
		"timeout, no connection":     {[]radialtest.Answer{radialtest.Swallowed(), radialtest.Unreachable(), radialtest.Unreachable()}, 1, 3, afterpay.ErrUnavailable, true, true},
		"timeout, then declined":     {[]radialtest.Answer{radialtest.Swallowed(), radialtest.Code("DECLINED")}, 2, 2, afterpay.ErrDeclined, false, false},
		"timeout, then duplicate":    {[]radialtest.Answer{radialtest.Swallowed(), radialtest.DuplicateFault(200)}, 2, 2, radial.ErrDuplicate, false, true},
		"timeout, then a page":       {[]radialtest.Answer{radialtest.Swallowed(), radialtest.Gateway(502)}, 2, 2, afterpay.ErrUnavailable, false, true},
		"timeout, then a refusal":    {[]radialtest.Answer{radialtest.Swallowed(), radialtest.Gateway(401)}, 2, 2, afterpay.ErrUnauthorized, false, true},
		"fault for the sender":       {[]radialtest.Answer{radialtest.Fault(400, "BAD", "wrong")}, 1, 1, radial.ErrFault, true, false},
		"duplicate":                  {[]radialtest.Answer{radialtest.DuplicateFault(500)}, 1, 1, radial.ErrDuplicate, false, true},
		"declined":                   {[]radialtest.Answer{radialtest.Code("DECLINED")}, 1, 1, afterpay.ErrDeclined, false, false},
		"fail":                       {[]radialtest.Answer{radialtest.Fail()}, 1, 1, radial.ErrFailed, false, false},
		"timeout of the processor":   {[]radialtest.Answer{radialtest.Timeout()}, 1, 1, radial.ErrProcessorTimeout, false, true},
		"timeout by its other name":  {[]radialtest.Answer{radialtest.Code("PaymentProcessorTimeout")}, 1, 1, radial.ErrProcessorTimeout, false, true},
		"success in the wrong words": {[]radialtest.Answer{radialtest.Code("Success")}, 1, 1, afterpay.ErrUnavailable, false, true},
		"page of a gateway":          {[]radialtest.Answer{radialtest.Gateway(503)}, 1, 1, afterpay.ErrUnavailable, false, true},
		"broken connection":          {[]radialtest.Answer{radialtest.Reset()}, 1, 1, afterpay.ErrUnavailable, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, server := radialtest.NewClient(t)
				approve(t, client, server, "W-20931")
				before := len(server.Requests(radialtest.GetAuthorization))
				server.Next(radialtest.GetAuthorization, c.answers...)
				_, err := client.GetPaymentAuthorization(t.Context(), radial.GetPaymentAuthorizationRequest{
					OrderID: "W-20931", PaymentID: "000000000000000000000000001Tests",
				})
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

func TestACallRepeatedWithTheSameIDGetsTheLostAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := radialtest.NewClient(t, once)
		approve(t, client, server, "W-20931")
		req := radial.GetPaymentAuthorizationRequest{OrderID: "W-20931", PaymentID: "000000000000000000000000001Tests"}
		server.Next(radialtest.GetAuthorization, radialtest.Lost())
		_, err := client.GetPaymentAuthorization(t.Context(), req)
		require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
		e := detail(t, err)
		require.True(t, e.MayRepeat)
		req.RequestID = e.RequestID
		_, err = client.GetPaymentAuthorization(t.Context(), req)
		require.NoError(t, err)
		_, err = client.GetPaymentAuthorization(t.Context(), req)
		require.ErrorIs(t, err, radial.ErrDuplicate, "and after an answer a new id is needed")
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
