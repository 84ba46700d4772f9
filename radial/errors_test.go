package radial_test

import (
	"errors"
	"testing"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
	"github.com/stretchr/testify/require"
)

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
				_, err := client.GetPaymentAuthorization(t.Context(), authorization())
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

func TestUnreadableResponsesAreTypedAndKeepTheirStatus(t *testing.T) {
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
