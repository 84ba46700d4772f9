package suite_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

const (
	plantedMerchant = "merchant-77310"
	plantedKey      = "Zx81-very-secret-key"
)

// planted is everything that must never be logged.
var planted = []string{
	plantedKey, plantedMerchant, base64.StdEncoding.EncodeToString([]byte(plantedMerchant + ":" + plantedKey)),
	suitetest.Token, suitetest.Consumer.GivenNames, suitetest.Consumer.Surname, suitetest.Consumer.Email, suitetest.Consumer.PhoneNumber,
	suitetest.Address.Name, suitetest.Address.Line1, suitetest.Address.Line2, suitetest.Address.Area1, "Quokka", "Zebra", "mail.example", "570 156",
}

// repeated is what a service, a proxy or a RoundTripper might repeat of a request.
var repeated = "rejected: " + strings.Join(planted, " ; ")

// journal collects every text that a program may log.
type journal struct {
	mu    sync.Mutex
	texts bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.texts.Write(p)
}

// clean fails the test when a planted secret stands in the journal.
func (j *journal) clean(t *testing.T, what string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.texts.String()
	for _, secret := range planted {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
			if at := strings.Index(text, form); at >= 0 {
				require.FailNow(t, "a secret was written", "%s: %q in %q", what, form, text[max(0, at-200):min(len(text), at+200)])
			}
		}
	}
	j.texts.Reset()
}

// note writes an error in all the ways programs do.
func (j *journal) note(err error) {
	wrapped := fmt.Errorf("checkout failed: %w", errors.Join(err, io.EOF))
	fmt.Fprintf(j, "%v %+v %s %q %#q\n", err, err, err, err, err)
	j.logger().Error(wrapped.Error(), "err", err, slog.Group("g", "err", err), "wrapped", wrapped)
	slog.New(slog.NewTextHandler(j, nil)).Error("x", "err", err)
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// client logs and observes into the journal.
func (j *journal) client(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New(plantedMerchant, plantedKey, append([]afterpay.Option{
		suitetest.Twice, afterpay.WithBaseURL("https://service.example"), afterpay.WithLogger(j.logger()),
		afterpay.WithObserver(func(ctx context.Context, a afterpay.Attempt) { j.logger().DebugContext(ctx, "attempt", "attempt", a) }),
	}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// try invokes every operation of both versions and looks through the journal.
func (j *journal) try(t *testing.T, what string, opts ...afterpay.Option) {
	t.Helper()
	for name, v := range suitetest.Versions {
		c := j.client(t, append(opts, afterpay.WithAPIVersion(v))...)
		for _, o := range suitetest.Operations() {
			if _, err := o.Invoke(t.Context(), c); err != nil {
				j.note(err)
			}
		}
		j.clean(t, name+", "+what)
	}
}

// repetitions are bodies that hold what they must not.
func repetitions() map[string]string {
	quoted, _ := json.Marshal(repeated)
	q := string(quoted)
	contact, _ := json.Marshal(suitetest.Address)
	consumer, _ := json.Marshal(suitetest.Consumer)
	payment := func(status string) string {
		return fmt.Sprintf(`{"id":%s,"token":%q,"status":%q,"merchantReference":%s,"orderDetails":{"consumer":%s,"billing":%s}}`, q, suitetest.Token, status, q, consumer, contact)
	}
	return map[string]string{
		"message":          fmt.Sprintf(`{"errorCode":"invalid_object","errorId":"5c1f0e2a9b7d4e63","message":%s}`, q),
		"all members":      fmt.Sprintf(`{"errorCode":%s,"errorId":%s,"message":%s,"httpStatusCode":%s}`, q, q, q, q),
		"unknown members":  fmt.Sprintf(`{"errorCode":"error","request":{"consumer":%s,"token":%q},"x":[%s]}`, consumer, suitetest.Token, q),
		"field messages":   fmt.Sprintf(`{"errorCode":"invalid_object","message":"consumer.email %s is bad, billing.line1 %s is long, token %s is old"}`, suitetest.Consumer.Email, suitetest.Address.Line1, suitetest.Token),
		"odd fields":       fmt.Sprintf(`{"errorCode":"invalid_object","message":"%s is bad, items[%s].name is bad, name:%s is bad"}`, suitetest.Consumer.Email, suitetest.Address.Line1, suitetest.Token),
		"HTML":             "<html><body>" + repeated + "</body></html>",
		"text":             repeated,
		"truncated":        fmt.Sprintf(`{"errorCode":"error","message":%s`, q),
		"truncated code":   fmt.Sprintf(`{"errorCode":"error %s`, repeated),
		"string":           q,
		"array":            "[" + q + "]",
		"declined payment": payment("DECLINED"),
		"approved payment": payment("APPROVED"),
		"odd payment":      payment(repeated),
		"odd amounts":      fmt.Sprintf(`{"id":"1","token":"t","refundId":"1","status":"APPROVED","originalAmount":{"amount":%s,"currency":%s},"amount":{"amount":%s,"currency":"AUD"}}`, q, q, q),
		"odd key":          fmt.Sprintf(`{%s:1,"errorCode":null,"status":%s}`, q, q),
	}
}

// TestResponses_EchoedSecretsAreNotShown gives every operation every status with every body
// that repeats what was sent.
func TestResponses_EchoedSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	statuses := []int{
		200, 201, 204, 302, 304, 400, 401, 402, 403, 404, 406, 408, 409, 410, 412, 415, 422, 429, 500, 501, 503, 524,
	}
	for name, body := range repetitions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			for _, status := range statuses {
				j.try(t, fmt.Sprint(status), suitetest.Through(func(req *http.Request) (*http.Response, error) {
					res := suitetest.Respond(status, body)
					for _, h := range []string{"Http-Correlation-Id", "Cf-Ray", "Retry-After", "Location", "Server", "Set-Cookie"} {
						res.Header.Set(h, repeated)
					}
					res.Status = fmt.Sprint(status, " ", repeated)
					return res, nil
				}))
			}
		})
	}
}

// TestNoTransportErrorIsRepeated lets the RoundTripper fail with errors that
// quote the URL, the headers and the body.
func TestNoTransportErrorIsRepeated(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{
		"plain":             errors.New(repeated),
		"of the connection": fmt.Errorf("%s: %w", repeated, io.ErrUnexpectedEOF),
		"of a context":      fmt.Errorf("%s: %w", repeated, context.DeadlineExceeded),
		"of a URL":          &url.Error{Op: "Post", URL: "https://u:p@service.example/" + repeated, Err: errors.New(repeated)},
		"joined":            errors.Join(errors.New(repeated), context.Canceled, fmt.Errorf("%s: %w", repeated, io.EOF)),
		"a Kind's":          fmt.Errorf("%s: %w", repeated, afterpay.ErrAmount),
		"of dialling":       fmt.Errorf("%s: %w", repeated, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}),
		"of a look-up":      fmt.Errorf("%s: %w", repeated, &net.DNSError{Err: "no such host", Name: "service.example"}),
		"of another client": &url.Error{Op: "Post", URL: "https://service.example/" + repeated, Err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}},
		"malformed":         fmt.Errorf("malformed HTTP response %q", repeated),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			j.try(t, "RoundTripper", suitetest.Through(func(*http.Request) (*http.Response, error) { return nil, cause }))
			j.try(t, "quoting RoundTripper", suitetest.Through(func(req *http.Request) (*http.Response, error) {
				body := new(bytes.Buffer)
				if req.Body != nil {
					_, _ = io.Copy(body, req.Body)
				}
				return nil, fmt.Errorf("%s %s %v %s: %w", req.Method, req.URL, req.Header, body, cause)
			}))
			j.try(t, "reading the body", suitetest.Through(func(*http.Request) (*http.Response, error) {
				res := suitetest.Respond(200, "")
				res.ContentLength = -1
				res.Body = io.NopCloser(io.MultiReader(strings.NewReader(repeated), brokenReader{cause}))
				return res, nil
			}))
			j.try(t, "limiter", afterpay.WithLimiter(brokenLimiter{cause}), suitetest.Refusing(t))
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(cause)
			c := j.client(t, suitetest.Refusing(t))
			for _, o := range suitetest.Operations() {
				if o.Name == "configuration.get" { // loads in a goroutine that others may wait for
					continue
				}
				_, err := o.Invoke(ctx, c)
				j.note(err)
				j.clean(t, o.Name+", cause of a context")
			}
		})
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

type brokenLimiter struct{ err error }

func (b brokenLimiter) Wait(context.Context) error { return b.err }

// TestMalformedResponses_EchoedSecretsAreNotShown sends broken HTTP over a real connection, made
// of the request itself.
func TestMalformedResponses_EchoedSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	line := strings.ReplaceAll(repeated, "\n", " ")
	var squeezed bytes.Buffer
	z := gzip.NewWriter(&squeezed)
	_, _ = io.WriteString(z, line)
	_ = z.Close()
	for name, reply := range map[string]func(request string) string{
		"nothing":                func(string) string { return "" },
		"the request":            func(r string) string { return r },
		"the request in a line":  func(r string) string { return strings.Join(strings.Fields(r), " ") + "\r\n\r\n" },
		"text":                   func(string) string { return line + "\r\n\r\n" },
		"odd status":             func(string) string { return "HTTP/1.1 2O0 " + line + "\r\n\r\n" },
		"odd version":            func(string) string { return "HTTP/" + line + " 200 OK\r\n\r\n" },
		"reason":                 func(string) string { return "HTTP/1.1 422 " + line + "\r\nContent-Length: 0\r\n\r\n" },
		"header without a colon": func(string) string { return "HTTP/1.1 200 OK\r\n" + strings.ReplaceAll(line, ":", "") + "\r\n\r\n" },
		"odd header name":        func(string) string { return "HTTP/1.1 200 OK\r\n" + line + ": x\r\n\r\n" },
		"odd length":             func(string) string { return "HTTP/1.1 200 OK\r\nContent-Length: " + line + "\r\n\r\n" },
		"odd encoding":           func(string) string { return "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + line + "\r\n\r\n" },
		"odd chunk":              func(string) string { return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + line + "\r\n" },
		"truncated":              func(r string) string { return "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + r },
		"truncated error":        func(r string) string { return "HTTP/1.1 402 X\r\nContent-Length: 99999\r\n\r\n" + r },
		"not gzip": func(string) string {
			return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + line
		},
		"half a gzip": func(string) string {
			return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + squeezed.String()[:squeezed.Len()/2]
		},
		"another protocol": func(string) string {
			return "HTTP/1.1 101 Switching\r\nUpgrade: " + line + "\r\nConnection: upgrade\r\n\r\n"
		},
		"redirect": func(string) string {
			return "HTTP/1.1 307 X\r\nLocation: http://" + line + "\r\nContent-Length: 0\r\n\r\n"
		},
		"redirect nowhere": func(string) string { return "HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			j.try(t, name, afterpay.WithBaseURL(rawServer(t, reply)))
		})
	}
}

// rawServer answers each connection's one request with any bytes, and closes.
func rawServer(t *testing.T, reply func(request string) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				var seen bytes.Buffer
				req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &seen)))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				_, _ = io.WriteString(conn, reply(seen.String()))
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return "http://" + l.Addr().String()
}

// TestUnreachableServicesAreReportedWithoutSecrets fails to connect and to trust.
func TestUnreachableServicesAreReportedWithoutSecrets(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	j := new(journal)
	j.try(t, "nobody listens", afterpay.WithBaseURL("http://"+l.Addr().String()))
	j.try(t, "plain text where TLS is expected", afterpay.WithBaseURL("https://"+strings.TrimPrefix(rawServer(t, func(r string) string { return r }), "http://")))

	_, err = suitetest.GetPayment(t.Context(), j.client(t, afterpay.WithBaseURL("http://"+l.Addr().String())))
	require.Contains(t, err.Error(), l.Addr().String(), "where to look is told")
}

// TestRefusedRequestsAreReportedWithoutSecrets spoils every request with values
// that are secrets themselves.
func TestRefusedRequestsAreReportedWithoutSecrets(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(repeated, 20)
	bad := afterpay.Contact{Name: long, Line1: long, Line2: long, Area1: long, Area2: long, Region: long, Postcode: long, CountryCode: repeated, PhoneNumber: long}
	shopper := afterpay.Consumer{GivenNames: long, Surname: long, Email: long, PhoneNumber: long}
	money := afterpay.Money{Amount: -1, Currency: afterpay.Currency(repeated)}
	courier := afterpay.Courier{Name: long, Tracking: long, Priority: afterpay.CourierPriority(repeated)}
	item := afterpay.Item{Name: long, SKU: long, Price: money, PageURL: long, ImageURL: long, EstimatedShipmentDate: repeated}
	for name, v := range suitetest.Versions {
		j := new(journal)
		c := j.client(t, afterpay.WithAPIVersion(v), suitetest.Refusing(t))
		ctx := t.Context()
		_, err := c.Orders.Create(ctx, afterpay.CreateOrderRequest{
			Amount: money, Consumer: shopper, Billing: bad, Shipping: bad, Courier: courier, Items: []afterpay.Item{item, item},
			Discounts: []afterpay.Discount{{DisplayName: long, Amount: money}}, MerchantReference: long, TaxAmount: money, ShippingAmount: money,
			Merchant:    afterpay.Merchant{RedirectConfirmURL: repeated, RedirectCancelURL: "%zz" + repeated, PopupOriginURL: "\n" + repeated, Name: repeated},
			Description: long, PurchaseCountry: repeated, Mode: afterpay.OrderMode(repeated), ShippingOptionIdentifier: long, InitialOrderAmount: money,
		})
		j.note(err)
		_, err = c.Orders.Create(ctx, afterpay.CreateOrderRequest{
			Amount: afterpay.AUD(1), Consumer: suitetest.Consumer, Merchant: afterpay.Merchant{RedirectConfirmURL: "https://a.example", RedirectCancelURL: "https://a.example"},
			Custom: afterpay.Custom{repeated: json.RawMessage(repeated)},
		})
		j.note(err)
		_, err = c.Payments.Capture(ctx, afterpay.CaptureRequest{MerchantReference: long, Amount: money, Items: []afterpay.Item{item}, Shipping: bad, PaymentScheduleChecksum: repeated})
		j.note(err)
		_, err = c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{RequestID: repeated, MerchantReference: long, Amount: money, Items: []afterpay.Item{item}, Shipping: bad})
		j.note(err)
		_, err = c.Refunds.Create(ctx, repeated+"/", afterpay.RefundRequest{RequestID: long, Amount: money, MerchantReference: long, RefundMerchantReference: long})
		j.note(err)
		_, err = c.Payments.UpdateCourier(ctx, repeated+"/", courier)
		j.note(err)
		_, err = c.Payments.UpdateReference(ctx, "1", long)
		j.note(err)
		_, err = c.Payments.GetByToken(ctx, repeated)
		j.note(err)
		_, err = c.Payments.Get(ctx, repeated)
		j.note(err)
		_, err = c.Orders.Get(ctx, repeated)
		j.note(err)
		j.note(c.Payments.Reverse(ctx, repeated))
		_, err = c.Payments.List(ctx, afterpay.PaymentQuery{Limit: -1, Tokens: []string{suitetest.Token}})
		j.note(err)
		j.clean(t, name)
	}
	j := new(journal)
	for _, query := range []string{"orderToken=" + suitetest.Token, "status=&orderToken=" + suitetest.Token, "status=SUCCESS&orderToken=" + suitetest.Token + "&orderToken=x"} {
		_, err := afterpay.ParseRedirect(&url.URL{RawQuery: query})
		j.note(err)
	}
	j.clean(t, "redirect")
}

// TestValuesLogThemselvesWithoutSecrets logs every type that holds the shopper's
// data or a token, as a value and by pointer.
func TestValuesLogThemselvesWithoutSecrets(t *testing.T) {
	t.Parallel()
	order := afterpay.CreateOrderRequest{
		Amount: afterpay.AUD(37_00), Consumer: suitetest.Consumer, Billing: suitetest.Address, Shipping: suitetest.Address, MerchantReference: repeated,
		Courier: afterpay.Courier{Name: suitetest.Consumer.Surname}, Items: []afterpay.Item{{Name: repeated}}, Custom: afterpay.Custom{"a": json.RawMessage(`"` + suitetest.Consumer.Email + `"`)},
	}
	details := afterpay.OrderDetails{Consumer: suitetest.Consumer, Billing: suitetest.Address, Shipping: suitetest.Address}
	odd := suitetest.Address
	odd.CountryCode = repeated
	payment := afterpay.Payment{
		ID: "1", Token: suitetest.Token, Status: afterpay.StatusApproved, State: afterpay.StateCaptured, OriginalAmount: afterpay.AUD(37_00),
		OpenToCaptureAmount: afterpay.AUD(0), MerchantReference: repeated, OrderDetails: details,
	}
	oddPayment := afterpay.Payment{ID: repeated, Status: afterpay.PaymentStatus(repeated), State: afterpay.PaymentState(repeated), OrderDetails: details}
	oddError := &afterpay.Error{
		Op: "payments.get", Code: repeated, Message: repeated, ErrorID: repeated, Raw: repeated, CorrelationID: repeated, RayID: repeated, RequestID: repeated, Token: suitetest.Token,
		PaymentID: repeated, StatusCode: 422, Payment: &payment, Fields: []afterpay.FieldError{{Field: repeated, Message: repeated}, {Field: "token", Message: repeated}}, Err: errors.New(repeated),
	}
	for name, x := range map[string]struct {
		value any
		shows string
	}{
		"Consumer":             {suitetest.Consumer, "[redacted]"},
		"*Consumer":            {&suitetest.Consumer, "[redacted]"},
		"Contact":              {suitetest.Address, `"country":"AU"`},
		"*Contact":             {&suitetest.Address, `"country":"AU"`},
		"odd Contact":          {odd, `"country":""`},
		"CreateOrderRequest":   {order, `"amount":"37.00 AUD","items":1`},
		"*CreateOrderRequest":  {&order, `"amount":"37.00 AUD","items":1`},
		"Order":                {afterpay.Order{Token: suitetest.Token, RedirectCheckoutURL: "https://x/?token=" + suitetest.Token, CreateOrderRequest: order}, `"amount":"37.00 AUD"`},
		"*Order":               {&afterpay.Order{Token: suitetest.Token, CreateOrderRequest: order}, `"expires"`},
		"OrderDetails":         {details, `"items":0`},
		"Payment":              {payment, `"id":"1","status":"APPROVED","state":"CAPTURED","original_amount":"37.00 AUD","open_to_capture_amount":"0.00 AUD"`},
		"*Payment":             {&payment, `"id":"1"`},
		"odd Payment":          {oddPayment, `"id":"","status":"","state":""`},
		"PaymentPage":          {afterpay.PaymentPage{TotalResults: 9, Payments: []*afterpay.Payment{&payment}}, `"total_results":9,"payments":1`},
		"CaptureRequest":       {afterpay.CaptureRequest{Token: suitetest.Token, Amount: afterpay.AUD(1), Shipping: suitetest.Address, MerchantReference: repeated}, `"amount":"0.01 AUD"`},
		"AuthorizeRequest":     {afterpay.AuthorizeRequest{Token: suitetest.Token, RequestID: "mine", Shipping: suitetest.Address}, `"request_id":"mine"`},
		"odd AuthorizeRequest": {afterpay.AuthorizeRequest{Token: suitetest.Token, RequestID: repeated}, `"request_id":""`},
		"PaymentQuery":         {afterpay.PaymentQuery{Tokens: []string{suitetest.Token}, IDs: []string{"1", "2"}, MerchantReferences: []string{repeated}, Cursor: suitetest.Token, Limit: 7}, `"ids":2,"tokens":1,"references":1,"limit":7`},
		"Redirect":             {afterpay.Redirect{Token: suitetest.Token, Status: afterpay.RedirectSuccess}, `"status":"SUCCESS"`},
		"odd Redirect":         {afterpay.Redirect{Token: suitetest.Token, Status: afterpay.RedirectStatus(repeated)}, `"status":""`},
		"Error":                {oddError, `"op":"payments.get"`},
		"wrapped Error":        {fmt.Errorf("x: %w", oddError), "x: afterpay: payments.get"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			j.logger().Info("x", "value", x.value)
			require.Contains(t, j.texts.String(), x.shows)
			slog.New(slog.NewTextHandler(j, nil)).Info("x", "value", x.value, slog.Group("g", slog.Any("value", x.value)))
			j.clean(t, name)
		})
	}
}

// What the service sends in place of its own ids, codes and paths may be about a
// person.
func TestErrorText_HoldsNoPhoneNumberAndNoName(t *testing.T) {
	t.Parallel()
	for _, person := range []string{"0412345678", "61412345678901", "Citizen", "citizen", "jane_citizen", "JaneCitizen", "Jane-Citizen", "Jane0412345678"} {
		for what, body := range map[string]string{
			"code":          `{"errorCode":"` + person + `"}`,
			"part of codes": `{"errorCode":"invalid_` + person + `"}`,
			"error id":      `{"errorId":"` + person + `"}`,
			"path":          `{"message":"` + person + ` is bad"}`,
			"part of paths": `{"message":"consumer.` + person + ` is bad, items[` + person + `].name is bad, items[1].` + person + ` is bad"}`,
		} {
			j := new(journal)
			c := j.client(t, suitetest.Through(func(*http.Request) (*http.Response, error) {
				res := suitetest.Respond(422, body)
				res.Header.Set("Http-Correlation-Id", person)
				res.Header.Set("Cf-Ray", person)
				return res, nil
			}))
			_, err := suitetest.CreateOrder(t.Context(), c)
			j.note(err)
			for _, f := range suitetest.AsError(t, err).Fields {
				j.logger().Info("x", "field", f)
			}
			require.Contains(t, j.texts.String(), "orders.create", what)
			require.NotContains(t, j.texts.String(), person, what)
		}
	}
}

func TestErrorText_IsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("f68cc7fdcdca58bf", 1000)
	path := "items[1]" + strings.Repeat(".name", 200)
	e := &afterpay.Error{
		Op: "orders.create", Kind: afterpay.ErrInvalid, OutcomeUnknown: true, StatusCode: 422, Attempts: 3, RetryAfter: time.Hour,
		Code: strings.Repeat("invalid_", 1000) + "token", ErrorID: long, Message: long, Raw: long, CorrelationID: long, RayID: long, RequestID: long,
		Err: errors.Join(slices.Repeat([]error{errors.New(long), io.EOF}, 100)...),
	}
	for range 100 {
		e.Fields = append(e.Fields, afterpay.FieldError{Field: path, Message: long})
	}
	j := new(journal)
	j.logger().Info("x", "err", e, "field", e.Fields[0])
	require.Less(t, len(e.Error()), 2000)
	require.Less(t, j.texts.Len(), 4000)
	require.Contains(t, e.Error(), "100 in all")
}
