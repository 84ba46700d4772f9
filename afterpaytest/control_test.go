package afterpaytest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// remote is a test in another language: it has a socket and JSON.
type remote struct {
	*shop
	server *Server
}

func newRemote(t *testing.T) *remote {
	t.Helper()
	server := NewServer(t, WithControl())
	return &remote{shop: &shop{t: t, sandbox: server.Sandbox}, server: server}
}

// control sends a request to the control address, without any header.
func (r *remote) control(method, path, body string) received {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.server.URL+"/_sandbox/"+path, strings.NewReader(body))
	require.NoError(r.t, err)
	res, err := r.server.client.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	a := received{status: res.StatusCode, header: res.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	return a
}

func (r *remote) done(path, body string) received {
	r.t.Helper()
	a := r.control(http.MethodPost, path, body)
	require.Equal(r.t, 200, a.status, a.raw)
	return a
}

func TestControl_PlaysTheShopper(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	for _, tc := range []struct{ decision, redirect, state string }{
		{"approve", "https://shop.example/ok?&status=SUCCESS&orderToken=", "CAPTURED"},
		{"decline", "https://shop.example/ok?&status=SUCCESS&orderToken=", "CAPTURE_DECLINED"},
		{"cancel", "https://shop.example/no?&status=CANCELLED&orderToken=", ""},
	} {
		token := r.undecided()
		a := r.done(tc.decision, `{"token":"`+token+`"}`)
		require.Equal(t, tc.redirect+token, a.text("redirectUrl"))
		require.Equal(t, tc.state, r.post("/v2/payments/capture", `{"token":"`+token+`"}`).text("paymentState"))
	}
	require.Len(t, r.control("GET", "tokens", "").at("tokens"), 3)

	token := r.post("/v2/checkouts", `{"amount":{"amount":"40.00","currency":"USD"},"mode":"express","merchant":{"popupOriginUrl":"https://shop.example/cart"}}`).text("token")
	r.done("choose", `{"token":"`+token+`","shipTo":{"name":"Jane Citizen","line1":"1 Example Street","postcode":"36522"},"shippingOption":{"identifier":"standard","total":"45.50"}}`)
	require.JSONEq(t, `{"redirectUrl":""}`, r.done("approve", `{"token":"`+token+`"}`).raw, "a popup redirects nowhere")
	checkout := r.get("/v2/checkouts/" + token)
	require.Equal(t, "45.50", checkout.text("amount.amount"))
	require.Equal(t, "36522", checkout.text("shipping.postcode"))
}

func TestControl_LosesResponses(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	token := r.checkout()
	capture := `{"token":"` + token + `"}`
	r.done("faults", `{"operation":"payments.capture","fault":"reset","afterCommit":true,"times":2}`)
	for range 2 {
		_, err := r.sandbox.RoundTrip(r.request("POST", "/v2/payments/capture", capture))
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
	require.Equal(t, 201, r.post("/v2/payments/capture", capture).status)

	ledger := r.control("GET", "ledger", "")
	require.Len(t, ledger.at("movements"), 1, "the money moved once")
	require.Equal(t, "captured", ledger.text("movements.0.kind"))
	require.Equal(t, "100.00", ledger.text("movements.0.amount"))
	require.Equal(t, token, ledger.text("movements.0.token"))
	requests := r.control("GET", "requests?operation=payments.capture", "")
	require.Len(t, requests.at("requests"), 3)
	require.EqualValues(t, 3, requests.at("requests.2.attempt"))
	require.EqualValues(t, 201, requests.at("requests.0.status"), "of the response that was lost")
}

func TestControl_EveryFault(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		fields string
		status int
		body   string
	}{
		"badGateway":         {``, 502, "<!DOCTYPE html>"},
		"serviceUnavailable": {``, 503, "<!DOCTYPE html>"},
		"emptyError":         {``, 500, ""},
		"blocked":            {``, 403, "<!DOCTYPE html>"},
		"inProgress":         {``, 409, `"conflict"`},
		"tooManyRequests":    {`,"retryAfter":7`, 429, ""},
		"refuse":             {`,"status":422,"code":"declined","message":"no"`, 422, `"declined"`},
		"respond":            {`,"status":418,"body":{"a":[1]}`, 418, `{"a":[1]}`},
		"truncated":          {``, 200, ""},
		"reset":              {``, 0, ""},
		"timeout":            {``, 0, ""},
	}
	for name := range controlFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc, ok := want[name]
			require.True(t, ok, "not tested")
			r := newRemote(t)
			r.done("faults", `{"operation":"configuration.get","fault":"`+name+`"`+tc.fields+`}`)
			req := r.request("GET", "/v2/configuration", "")
			res, err := r.sandbox.RoundTrip(req.WithContext(context.Background())) // without a deadline, a timeout comes at once
			switch name {
			case "reset":
				require.ErrorIs(t, err, syscall.ECONNRESET)
				return
			case "timeout":
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				return
			}
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.Equal(t, name == "truncated", errors.Is(err, io.ErrUnexpectedEOF))
			require.Equal(t, tc.status, res.StatusCode)
			require.Contains(t, string(body), tc.body)
			if name == "tooManyRequests" {
				require.Equal(t, "7", res.Header.Get("Retry-After"))
			}
		})
	}
	r := newRemote(t)
	r.done("faults", `{"operation":"ping","fault":"respond","status":200,"body":"<p>plain text"}`)
	require.Equal(t, "<p>plain text", r.get("/ping").raw)
}

func TestControl_MovesTheClock(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	id, _ := r.authorized()
	before, err := time.Parse(time.RFC3339, r.done("advance", `{}`).text("now"))
	require.NoError(t, err)
	after, err := time.Parse(time.RFC3339, r.done("advance", `{"seconds":1123200}`).text("now"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, after.Sub(before), 13*24*time.Hour)
	require.Equal(t, "expired", r.control("GET", "ledger", "").text("movements.1.kind"))
	require.Equal(t, "VOIDED", r.get("/v2/payments/"+id).text("paymentState"))
}

func TestControl_OpensAndDecidesDisputes(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	for verdict, status := range map[string]string{"win": "won", "lose": "lost", "withdraw": "won"} {
		payment, _ := r.captured()
		id := r.done("disputes", `{"paymentId":"`+payment+`","reason":"product_not_received","amount":"25.00"}`).text("id")
		require.Equal(t, "25.00", r.get("/v2/disputes/"+id).text("amount"))
		r.done("disputes/"+id+"/"+verdict, "")
		require.Equal(t, status, r.get("/v2/disputes/"+id).text("status"))
	}
	payment, _ := r.captured()
	id := r.done("disputes", `{"paymentId":"`+payment+`","reason":"duplicate"}`).text("id")
	hook := r.done("disputes/"+id+"/webhook", `{"secret":"s","url":"https://shop.example/hook"}`)
	require.Contains(t, hook.text("body"), id)
	headers := hook.at("headers").(map[string]any)
	require.NotEmpty(t, headers["X-Afterpay-Request-Date"])
	require.NotEmpty(t, headers["X-Afterpay-Request-Signature"])
}

func TestControl_RefusesMistakes(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	for _, tc := range []struct {
		path, body string
		status     int
		message    string
	}{
		{"approve", `{"token":"nobody"}`, 422, "no checkout"},
		{"approve", `{}`, 422, "no checkout"},
		{"approve", `{"tokens":"x"}`, 400, "tokens"},
		{"approve", `{"token":`, 400, "EOF"},
		{"choose", `{"token":"` + r.undecided() + `"}`, 422, "express"},
		{"faults", `{"operation":"payments.take","fault":"reset"}`, 422, "payments.take"},
		{"faults", `{"operation":"ping","fault":"earthquake"}`, 422, "earthquake"},
		{"faults", `{"operation":"ping","fault":"respond"}`, 422, "status"},
		{"faults", `{"operation":"ping","fault":"refuse","status":422}`, 422, "code"},
		{"faults", `{"operation":"ping","fault":"reset","times":-1}`, 422, "times"},
		{"advance", `{"seconds":-1}`, 422, "seconds"},
		{"advance", `{"seconds":9223372036854775807}`, 422, "seconds"},
		{"disputes", `{"paymentId":"1"}`, 422, "no approved payment"},
		{"disputes/dp_1/win", ``, 422, "dp_1"},
		{"disputes/dp_1/webhook", `{}`, 422, "dp_1"},
	} {
		a := r.control("POST", tc.path, tc.body)
		require.Equal(t, tc.status, a.status, "%s %s: %s", tc.path, tc.body, a.raw)
		require.Contains(t, a.text("error"), tc.message)
	}
	require.Equal(t, 422, r.control("GET", "requests?operation=payments.take", "").status)
	require.Equal(t, 404, r.control("POST", "nowhere", "").status)
	require.Equal(t, 405, r.control("GET", "approve", "").status)
	require.Empty(t, r.sandbox.Requests(OpPing))
}

func TestControl_ServesItsCompleteManual(t *testing.T) {
	t.Parallel()
	r := newRemote(t)
	manual := r.control("GET", "", "")
	require.Equal(t, 200, manual.status)
	for pattern := range r.sandbox.controlRoutes() {
		require.Contains(t, manual.raw, "| `"+strings.TrimSuffix(pattern, "{$}")+"` |")
	}
	for fault := range maps.Keys(controlFaults) {
		require.Contains(t, manual.raw, "| `"+fault+"` |")
	}
	for _, r := range routes {
		require.Contains(t, manual.raw, "`"+string(r.op)+"`")
	}
}

func TestControl_OffByDefault(t *testing.T) {
	t.Parallel()
	s := &shop{t: t, sandbox: New()}
	token := s.undecided()
	s.refused(s.post("/_sandbox/approve", `{"token":"`+token+`"}`), 404, "not_found")
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 412, "invalid_order_transaction_status")
}
