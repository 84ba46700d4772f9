package afterpay_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// invocation is a call with all that it takes.
type invocation = func(context.Context, *afterpay.Client) error

// wireExchange is a call, the request it must send, written by hand from the
// reference, and the response to it.
type wireExchange struct {
	name    string
	version afterpay.APIVersion
	invoke  invocation

	method, path, query string
	body                string // as JSON; "" if there is no body
	answer              answer
}

// fromFile returns a response with a body of testdata.
type fromFile func(status int, name string) answer

// written returns a request body of testdata, which was written by hand from the
// reference.
func written(name string) string {
	text, err := os.ReadFile(filepath.Join("testdata", "requests", name+".json"))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func exchanges(t *testing.T) []wireExchange {
	file := func(status int, name string) answer { return answer{Status: status, Body: recorded(t, name)} }
	return slices.Concat(accountExchanges(file), orderExchanges(file), captureExchanges(file), deferredExchanges(file),
		readExchanges(file), listExchanges(file), updateExchanges(file), refundExchanges(file), disputeExchanges(file))
}

func accountExchanges(file fromFile) []wireExchange {
	ping := func(ctx context.Context, c *afterpay.Client) error { return c.Ping(ctx) }
	configuration := func(include ...string) invocation {
		return func(ctx context.Context, c *afterpay.Client) error {
			return second(c.Configuration.Get(ctx, include...))
		}
	}
	return []wireExchange{
		{name: "ping", version: afterpay.V2, invoke: ping, method: "GET", path: "/ping", answer: answer{Status: 200, Body: "pong"}},
		{name: "ping", version: afterpay.V1, invoke: ping, method: "GET", path: "/ping", answer: answer{Status: 200, Body: "pong"}},
		{name: "configuration", version: afterpay.V2, method: "GET", path: "/v2/configuration", answer: file(200, "v2_configuration_us_200"), invoke: configuration()},
		{name: "configuration", version: afterpay.V1, method: "GET", path: "/v1/configuration", answer: file(200, "v1_configuration_two_types_200"), invoke: configuration()},
		{name: "configuration without limits", version: afterpay.V2, method: "GET", path: "/v2/configuration", answer: answer{Status: 200, Body: `{"publicId":"p-1"}`}, invoke: configuration()},
		{
			name: "configuration with includes", version: afterpay.V2, method: "GET", path: "/v2/configuration",
			query:  "include=publicId&include=consumerLending&include=payByInstallment",
			answer: file(200, "v2_configuration_includes_200"),
			invoke: configuration(afterpay.IncludePublicID, afterpay.IncludeConsumerLending, afterpay.IncludePayByInstallment),
		},
	}
}

func TestOperations_OnTheWire(t *testing.T) {
	t.Parallel()
	exchanged := make(map[string]bool)
	for _, x := range exchanges(t) {
		what := map[afterpay.APIVersion]string{1: "v1 ", 2: "v2 "}[x.version] + x.name
		srv := newRecorder(t, x.answer)
		c := suitetest.NewClient(t, srv.URL,
			afterpay.WithAPIVersion(x.version),
			afterpay.WithRequestIDs(func() string { return "made-for-you" }),
			afterpay.WithUserAgent(afterpay.UserAgent{Module: "MyModule/1.2"}),
			afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { exchanged[a.Op+" "+a.Route] = true }),
		)
		require.NoError(t, x.invoke(t.Context(), c), what)

		got := srv.Only(t)
		assert.Equal(t, x.method+" "+x.path, got.Method+" "+got.Path, what)
		assert.Equal(t, x.query, got.Query, what)
		if x.body == "" {
			assert.Empty(t, got.Body, what)
		} else {
			assert.JSONEq(t, x.body, got.Body, what)
		}
		assertHeaders(t, x, got.Header)
	}
	for _, o := range suitetest.Operations() {
		for _, v := range suitetest.Versions {
			if route := o.Route(v); route != "" && o.Name != "disputes.uploadEvidence" { // not JSON: see TestUploadEvidence_OnTheWire
				assert.True(t, exchanged[o.Name+" "+route], "%s %s is not exchanged", o.Name, route)
			}
		}
	}
}

// assertHeaders compares all headers, so that none is sent by mistake.
func assertHeaders(t *testing.T, x wireExchange, got http.Header) {
	t.Helper()
	want := http.Header{
		"Accept":          {"application/json"},
		"Accept-Encoding": {"gzip"}, // net/http's
		"Authorization":   {"Basic MzI6c2stOWMxZjdiMmU="},
		"User-Agent":      got["User-Agent"],
	}
	if x.body != "" {
		want["Content-Type"] = []string{"application/json"}
		want["Content-Length"] = got["Content-Length"]
	}
	if x.path == "/ping" {
		want.Del("Authorization")
		want.Set("Accept", "*/*")
	}
	assert.Equal(t, want, got)
	assert.Regexp(t, `^MyModule/1\.2 \(Go/\d+\.\d+; Merchant/32\)$`, got.Get("User-Agent"))
}

// withAndWithoutValidation returns the options of a client that validates requests,
// and of one that checks only what safety demands.
func withAndWithoutValidation() map[string][]afterpay.Option {
	return map[string][]afterpay.Option{"validated": nil, "unvalidated": {afterpay.WithoutValidation()}}
}

// Without a request id a retry would move the money twice.
func TestOperations_BlankRequestIDIsNeverSent(t *testing.T) {
	t.Parallel()
	for what, options := range withAndWithoutValidation() {
		for _, id := range []struct{ made, given string }{{"", ""}, {" ", ""}, {"\t\n", ""}, {"made", " "}} {
			c := refusingClient(t, append(options, afterpay.WithRequestIDs(func() string { return id.made }))...)
			for name, call := range keyedCalls(id.given) {
				result, err := call(t.Context(), c)
				require.Nil(t, result)
				require.ErrorIs(t, err, afterpay.ErrInvalid, "%s %s", what, name)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.Equal(t, []afterpay.FieldError{{Field: "requestId", Message: "is required"}}, suitetest.AsError(t, err).Fields)
			}
		}
	}
}

// callsOfIDs returns the calls that put an id or a token into the path.
func callsOfIDs() map[string]func(ctx context.Context, c *afterpay.Client, id string) error {
	type ctx = context.Context
	type client = *afterpay.Client
	return map[string]func(ctx ctx, c client, id string) error{
		"orders.get":          func(ctx ctx, c client, id string) error { return second(c.Orders.Get(ctx, id)) },
		"payments.get":        func(ctx ctx, c client, id string) error { return second(c.Payments.Get(ctx, id)) },
		"payments.getByToken": func(ctx ctx, c client, id string) error { return second(c.Payments.GetByToken(ctx, id)) },
		"payments.reverse":    func(ctx ctx, c client, id string) error { return c.Payments.Reverse(ctx, id) },
		"payments.updateReference": func(ctx ctx, c client, id string) error {
			return second(c.Payments.UpdateReference(ctx, id, "A-1"))
		},
		"payments.updateCourier": func(ctx ctx, c client, id string) error {
			return second(c.Payments.UpdateCourier(ctx, id, fullCourier))
		},
		"payments.capturePart": func(ctx ctx, c client, id string) error {
			return second(c.Payments.CapturePart(ctx, id, afterpay.CapturePartRequest{Amount: afterpay.USD(1_00)}))
		},
		"payments.void": func(ctx ctx, c client, id string) error {
			return second(c.Payments.Void(ctx, id, afterpay.VoidRequest{All: true}))
		},
		"refunds.create": func(ctx ctx, c client, id string) error {
			return second(c.Refunds.Create(ctx, id, afterpay.RefundRequest{Amount: afterpay.USD(1_00)}))
		},
		"refunds.recover": func(ctx ctx, c client, id string) error { return second(c.Refunds.Recover(ctx, id, "R-1")) },
		"disputes.get":    func(ctx ctx, c client, id string) error { return second(c.Disputes.Get(ctx, id)) },
		"disputes.respond": func(ctx ctx, c client, id string) error {
			return second(c.Disputes.Respond(ctx, id, afterpay.Evidence{UncategorizedText: "It was delivered."}))
		},
		"disputes.accept":          func(ctx ctx, c client, id string) error { return second(c.Disputes.Accept(ctx, id)) },
		"disputes.getEvidenceFile": func(ctx ctx, c client, id string) error { return second(c.Disputes.GetEvidenceFile(ctx, id)) },
	}
}

func TestOperations_IDsThatLeadElsewhereAreNeverSent(t *testing.T) {
	t.Parallel()
	ids := []string{
		"", ".", "..", "../1", "1/../void", `1\void`, "1?a=b", "1#a", "1%2Fvoid", "%2e%2e", "1 2", " ", "1\n", "1\x00", "1\x7f", "1\u0085", "1\xff",
	}
	// The path of a payment by its token begins with token:.
	paymentIDs := append(slices.Clone(ids), "token:"+suitetest.Token, ":", "1:")
	fields := map[string]string{
		"orders.get": "token", "payments.getByToken": "token", "payments.reverse": "token",
		"disputes.get": "disputeID", "disputes.respond": "disputeID", "disputes.accept": "disputeID", "disputes.getEvidenceFile": "fileID",
	}
	for _, options := range withAndWithoutValidation() {
		c := refusingClient(t, options...)
		for name, call := range callsOfIDs() {
			field, refused := "paymentID", paymentIDs
			if other, ok := fields[name]; ok {
				field, refused = other, ids
			}
			for _, id := range refused {
				err := call(t.Context(), c, id)
				require.ErrorIs(t, err, afterpay.ErrInvalid, "%s %q", name, id)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.Equal(t, []string{field}, fieldsOf(t, err), "%s %q", name, id)
			}
		}
	}
}

func TestOperations_OddIDsAreEscaped(t *testing.T) {
	t.Parallel()
	for id, path := range map[string]string{
		"002.a_b~c-d": "002.a_b~c-d", "a{id}b": "a%7Bid%7Db", "{token}": "%7Btoken%7D", "köln": "k%C3%B6ln", `a"b<c>`: "a%22b%3Cc%3E", "...": "...", "a/b+c==": "a%2Fb+c==",
	} {
		srv := newRecorder(t, answer{Status: 200, Body: "{}"})
		_, err := suitetest.NewClient(t, srv.URL).Payments.GetByToken(t.Context(), id)
		require.NotErrorIs(t, err, afterpay.ErrInvalid)
		require.Equal(t, "/v2/payments/token:"+path, srv.Only(t).Path)
	}
}
