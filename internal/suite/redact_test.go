package suite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

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
		"odd currency":     fmt.Sprintf(`{"token":%q,"refundId":"1","amount":{"amount":"1.00","currency":%q}}`, suitetest.Token, suitetest.Consumer.Email),
		"odd key":          fmt.Sprintf(`{%s:1,"errorCode":null,"status":%s}`, q, q),
	}
}

// TestResponses_EchoedSecretsAreNotShown gives every operation a status of every
// kind with every body that repeats what was sent.
func TestResponses_EchoedSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	statuses := []int{200, 201, 302, 401, 402, 403, 404, 408, 409, 412, 422, 429, 503}
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
		"within dialling":   &net.OpError{Op: "dial", Net: "tcp", Err: &net.OpError{Op: "read", Net: "tcp", Err: errors.New(repeated)}},
		"another Error": fmt.Errorf("%s: %w", repeated, &afterpay.Error{
			Op: "payments.get", Kind: afterpay.ErrNotFound, Token: suitetest.Token, Message: repeated, Err: errors.New(repeated),
		}),
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
				res.Body = io.NopCloser(io.MultiReader(strings.NewReader(repeated), iotest.ErrReader(cause)))
				return res, nil
			}))
			j.try(t, "limiter", afterpay.WithLimiter(limiterFunc(func(context.Context) error { return cause })), suitetest.Refusing(t))
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

// TestMalformedResponses_EchoedSecretsAreNotShown sends broken HTTP over a real connection, made
// of what the requests hold.
func TestMalformedResponses_EchoedSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	line := strings.ReplaceAll(repeated, "\n", " ")
	request := "POST /v2/payments/token:" + suitetest.Token + "/reversal HTTP/1.1\r\nAuthorization: Basic " + planted[2] + "\r\n\r\n" + line
	squeezed := zip(t, line)
	for name, reply := range map[string]string{
		"nothing":                "",
		"the request":            request,
		"the request in a line":  strings.Join(strings.Fields(request), " ") + "\r\n\r\n",
		"text":                   line + "\r\n\r\n",
		"odd status":             "HTTP/1.1 2O0 " + line + "\r\n\r\n",
		"odd version":            "HTTP/" + line + " 200 OK\r\n\r\n",
		"reason":                 "HTTP/1.1 422 " + line + "\r\nContent-Length: 0\r\n\r\n",
		"header without a colon": "HTTP/1.1 200 OK\r\n" + strings.ReplaceAll(line, ":", "") + "\r\n\r\n",
		"odd header name":        "HTTP/1.1 200 OK\r\n" + line + ": x\r\n\r\n",
		"odd length":             "HTTP/1.1 200 OK\r\nContent-Length: " + line + "\r\n\r\n",
		"odd encoding":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + line + "\r\n\r\n",
		"odd chunk":              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + line + "\r\n",
		"truncated":              "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + request,
		"truncated error":        "HTTP/1.1 402 X\r\nContent-Length: 99999\r\n\r\n" + request,
		"not gzip":               "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + line,
		"half a gzip":            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + squeezed[:len(squeezed)/2],
		"another protocol":       "HTTP/1.1 101 Switching\r\nUpgrade: " + line + "\r\nConnection: upgrade\r\n\r\n",
		"redirect":               "HTTP/1.1 307 X\r\nLocation: http://" + line + "\r\nContent-Length: 0\r\n\r\n",
		"redirect nowhere":       "HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			s := newService(t, writes(reply))
			j.try(t, name, afterpay.WithBaseURL(s.URL))
			require.Positive(t, s.received())
		})
	}
}

// TestUnreachableServicesAreReportedWithoutSecrets fails to connect and to trust.
func TestUnreachableServicesAreReportedWithoutSecrets(t *testing.T) {
	t.Parallel()
	address := refusingAddress(t)
	j := new(journal)
	j.try(t, "nobody listens", afterpay.WithBaseURL("http://"+address))
	j.try(t, "plain text where TLS is expected", afterpay.WithBaseURL("https://"+strings.TrimPrefix(newService(t, writes(repeated)).URL, "http://")))

	_, err := suitetest.GetPayment(t.Context(), j.client(t, afterpay.WithBaseURL("http://"+address)))
	require.ErrorContains(t, err, address, "where to look is told")
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
		for _, err := range []error{
			failure(c.Orders.Create(ctx, afterpay.CreateOrderRequest{
				Amount: money, Consumer: shopper, Billing: bad, Shipping: bad, Courier: courier, Items: []afterpay.Item{item, item},
				Discounts: []afterpay.Discount{{DisplayName: long, Amount: money}}, MerchantReference: long, TaxAmount: money, ShippingAmount: money,
				Merchant:    afterpay.Merchant{RedirectConfirmURL: repeated, RedirectCancelURL: "%zz" + repeated, PopupOriginURL: "\n" + repeated, Name: repeated},
				Description: long, PurchaseCountry: repeated, Mode: afterpay.OrderMode(repeated), ShippingOptionIdentifier: long, InitialOrderAmount: money,
			})),
			failure(c.Orders.Create(ctx, afterpay.CreateOrderRequest{
				Amount: afterpay.AUD(1), Consumer: suitetest.Consumer, Merchant: afterpay.Merchant{RedirectConfirmURL: "https://a.example", RedirectCancelURL: "https://a.example"},
				Custom: afterpay.Custom{repeated: json.RawMessage(repeated)},
			})),
			failure(c.Payments.Capture(ctx, afterpay.CaptureRequest{MerchantReference: long, Amount: money, Items: []afterpay.Item{item}, Shipping: bad, PaymentScheduleChecksum: repeated})),
			failure(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{RequestID: repeated, MerchantReference: long, Amount: money, Items: []afterpay.Item{item}, Shipping: bad})),
			failure(c.Refunds.Create(ctx, repeated+"/", afterpay.RefundRequest{RequestID: long, Amount: money, MerchantReference: long, RefundMerchantReference: long})),
			failure(c.Payments.UpdateCourier(ctx, repeated+"/", courier)),
			failure(c.Payments.UpdateReference(ctx, "1", long)),
			failure(c.Payments.GetByToken(ctx, repeated)),
			failure(c.Payments.Get(ctx, repeated)),
			failure(c.Orders.Get(ctx, repeated)),
			c.Payments.Reverse(ctx, repeated),
			failure(c.Payments.List(ctx, afterpay.PaymentQuery{Limit: -1, Tokens: []string{suitetest.Token}})),
		} {
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			j.note(err)
		}
		j.clean(t, name)
	}
	j := new(journal)
	for _, query := range []string{"orderToken=" + suitetest.Token, "status=&orderToken=" + suitetest.Token, "status=SUCCESS&orderToken=" + suitetest.Token + "&orderToken=x"} {
		_, err := afterpay.ParseRedirect(&url.URL{RawQuery: query})
		j.note(err)
	}
	j.clean(t, "redirect")
}

// What is safe in a cause is told all the same, and all of it can be asked for.
func TestCausesShowWhereToLook(t *testing.T) {
	t.Parallel()
	address := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}
	lost := fmt.Errorf("secret: %w", &net.OpError{Op: "dial", Net: "tcp", Addr: address, Err: syscall.ECONNREFUSED})
	var seen []afterpay.Attempt
	c := suitetest.NewClient(t, "https://service.example", suitetest.Through(func(*http.Request) (*http.Response, error) { return nil, lost }),
		afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { seen = append(seen, a) }))
	_, err := suitetest.GetPayment(t.Context(), c)
	require.Len(t, seen, 1)
	for _, cause := range []error{suitetest.AsError(t, err).Err, seen[0].Err} {
		require.EqualError(t, cause, "dial tcp 127.0.0.1:9: "+syscall.ECONNREFUSED.Error())
		require.ErrorIs(t, cause, syscall.ECONNREFUSED)
		require.ErrorIs(t, cause, lost)
	}
}
