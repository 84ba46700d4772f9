package suite_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// mostMemory is how much a call may allocate in all, whatever the service
// sends: the 4 MiB that are read of a response, the steps in which a buffer
// grows to that size, and what is made of them.
const mostMemory = 24 << 20

// bomb is 100 MiB of white space, zipped.
func bomb(t *testing.T) string {
	t.Helper()
	return strings.Repeat(zip(t, strings.Repeat(" ", 1<<20)), 100) // zipped texts add up
}

// allocated runs f and returns how many bytes were allocated meanwhile. No
// other test may run at the same time.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

const approvedRefund = `{"refundId":"65","requestId":"r-1","amount":{"amount":"1.00","currency":"USD"}}`

func refundOf1USD(t *testing.T, c *afterpay.Client) error {
	return failure(c.Refunds.Create(t.Context(), "100101733736", afterpay.RefundRequest{RequestID: "r-1", Amount: afterpay.USD(1_00)}))
}

const success = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"

// hostileAnswers are answers that a client must survive and that tell nothing.
func hostileAnswers(t *testing.T) map[string]http.HandlerFunc {
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	zipped := bomb(t)
	fields := strings.Builder{}
	for n := range 10_000 {
		fmt.Fprintf(&fields, "X-Field-%d: %090d\r\n", n, n)
	}
	nested := strings.Repeat("[", 2<<20)
	return map[string]http.HandlerFunc{
		"endless body":                    streams(success+"\r\n", chunk, 0),
		"endless chunks":                  streams(success+"Transfer-Encoding: chunked\r\n\r\n", append([]byte("10000\r\n"), append(chunk, "\r\n"...)...), 0),
		"100 MiB body":                    streams(success+"Content-Length: 104857600\r\n\r\n", chunk, 1600),
		"length of an exabyte":            streams(success+"Content-Length: 1152921504606846976\r\n\r\n", chunk, 0),
		"gzip bomb":                       streams(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", success, len(zipped)), []byte(zipped), 1),
		"not gzip":                        says(201, approvedRefund, "Content-Encoding: gzip"),
		"gzip that breaks off":            says(201, zipped[:len(zipped)-9], "Content-Encoding: gzip"),
		"nested arrays":                   says(201, nested),
		"nested arrays that end":          says(201, `{"refundId":"1","id":"1","more":`+nested[:1<<20]+strings.Repeat("]", 1<<20)+"}"),
		"nested objects":                  says(201, strings.Repeat(`{"amount":`, 400_000)),
		"10,000 fields of header":         writes(success + fields.String() + "Content-Length: 2\r\n\r\n{}"),
		"endless field of header":         streams(success+"X-Field: ", chunk, 0),
		"endless header":                  streams(success, []byte("X-Field: 1\r\n"), 0),
		"endless status line":             streams("HTTP/1.1 201 ", chunk, 0),
		"endless interim answers":         streams("", []byte("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"), 0),
		"length too great":                writes(success + "Content-Length: 4000\r\n\r\n" + approvedRefund),
		"length too small":                writes(success + "Content-Length: 20\r\n\r\n" + approvedRefund),
		"length below nothing":            writes(success + "Content-Length: -1\r\n\r\n" + approvedRefund),
		"length that is no number":        writes(success + "Content-Length: some\r\n\r\n" + approvedRefund),
		"two lengths":                     writes(success + "Content-Length: 20\r\nContent-Length: 80\r\n\r\n" + approvedRefund),
		"chunk that is shorter":           writes(success + "Transfer-Encoding: chunked\r\n\r\nff\r\n" + approvedRefund),
		"chunk that is no number":         writes(success + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + approvedRefund),
		"last chunk missing":              writes(success + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(approvedRefund), approvedRefund)),
		"answer of HTTP/2 in the clear":   writes("\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
		"status of four digits":           writes("HTTP/1.1 2011 Created\r\n\r\n" + approvedRefund),
		"zero bytes":                      writes(success + "\r\n" + strings.Repeat("\x00", 1000)),
		"JSON followed by something else": writes(success + "\r\n" + approvedRefund + `{"refundId":"2"}`),
	}
}

// hostileRefusals count by their status, however much is wrong with their bodies,
// of which no more is read than of any other.
func hostileRefusals() map[string]http.HandlerFunc {
	chunk := bytes.Repeat([]byte(" "), 64<<10)
	return map[string]http.HandlerFunc{
		"endless":     streams("HTTP/1.1 412 Precondition Failed\r\n\r\n", chunk, 0),
		"nested":      says(412, strings.Repeat("[", 2<<20)),
		"binary":      says(412, strings.Repeat("\x00\xff", 10_000)),
		"not UTF-8":   says(412, "{\"errorCode\":\"payment_captured\",\"message\":\"\xff\xfe\"}"),
		"long words":  says(412, fmt.Sprintf(`{"errorCode":%q,"errorId":%q,"message":%q}`, chunk, chunk, chunk)),
		"many faults": says(412, fmt.Sprintf(`{"errorCode":"invalid_state","message":"%s"}`, strings.Repeat("token is bad, ", 200_000))),
	}
}

// Whatever a service sends, memory stays bounded and the caller gets an Error.
// It leaves the outcome of a money call unknown, unless it is a refusal.
func TestHostileResponses(t *testing.T) {
	for kind, steps := range map[afterpay.Kind]map[string]http.HandlerFunc{afterpay.ErrUnavailable: hostileAnswers(t), afterpay.ErrState: hostileRefusals()} {
		for name, step := range steps {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				c := newService(t, step).client(t, afterpay.WithRetry(afterpay.RetryPolicy{}))
				for _, op := range []suitetest.Operation{suitetest.OperationOf("refunds.create"), suitetest.OperationOf("payments.get")} {
					var err error
					bytes := allocated(func() { _, err = op.Invoke(t.Context(), c) })
					require.ErrorIs(t, err, kind)
					require.Equal(t, op.Money && kind == afterpay.ErrUnavailable, errors.Is(err, afterpay.ErrOutcomeUnknown))
					require.Less(t, bytes, uint64(mostMemory), "bytes allocated")
					require.Less(t, len(err.Error()), 300)
					require.LessOrEqual(t, len(suitetest.AsError(t, err).Raw), 4*512)
				}
			})
		}
	}
}

// Some strange answers are answers all the same.
func TestOddResponsesThatAreRead(t *testing.T) {
	t.Parallel()
	many := make([]string, 10_000)
	for n := range many {
		many[n] = fmt.Sprintf("X-%d: 1", n)
	}
	for name, step := range map[string]http.HandlerFunc{
		"10,000 short fields of header": says(201, approvedRefund, many...),
		"interim answers":               writes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + success + "\r\n" + approvedRefund),
		"zipped":                        says(201, zip(t, approvedRefund), "Content-Encoding: gzip"),
		"HTTP/1.0":                      writes("HTTP/1.0 201 Created\r\n\r\n" + approvedRefund),
		"nested in what is skipped":     says(201, `{"more":`+strings.Repeat("[", 60)+strings.Repeat("]", 60)+","+approvedRefund[1:]),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, refundOf1USD(t, newService(t, step).client(t)))
		})
	}
}

func zip(t *testing.T, text string) string {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := io.WriteString(w, text)
	require.NoError(t, errors.Join(err, w.Close()))
	return zipped.String()
}

// What a caller passes on from strangers can't become another header, another
// request or another path.
func TestInjectionByIDs(t *testing.T) {
	t.Parallel()
	const evil = "1 HTTP/1.1\r\nX-Evil: 1\r\n\r\nDELETE / HTTP/1.1\r\n\r\n"
	s := newService(t, says(201, approvedRefund))
	_, err := afterpay.New(suitetest.MerchantID, suitetest.SecretKey, afterpay.WithUserAgent(afterpay.UserAgent{Module: "shop\r\nX-Evil: 1"}))
	require.Error(t, err)
	c := s.client(t)
	for name, err := range map[string]error{
		"payment id": failure(c.Payments.Get(t.Context(), evil)),
		"token":      failure(c.Payments.GetByToken(t.Context(), evil)),
		"refund":     failure(c.Refunds.Create(t.Context(), evil, afterpay.RefundRequest{Amount: afterpay.USD(1)})),
		"reversal":   c.Payments.Reverse(t.Context(), evil),
	} {
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		require.NotContains(t, err.Error(), "Evil", name)
	}
	require.Zero(t, s.received())

	for range 2 { // the second on the same connection
		_, err := c.Refunds.Create(t.Context(), suitetest.PaymentID, afterpay.RefundRequest{RequestID: "r-1", MerchantReference: evil, Amount: afterpay.USD(1_00)})
		require.NoError(t, err)
	}
	require.Equal(t, 2, s.received(), "requests, and none hidden in another")
	for _, req := range s.requests {
		require.Empty(t, req.Header.Values("X-Evil"))
		require.Equal(t, http.MethodPost, req.Method)
	}
}
