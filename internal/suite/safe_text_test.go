package suite_test

import (
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
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// printCause writes the cause of a failure in the ways in which it is printed by
// itself.
func (j *journal) printCause(err error) {
	if err != nil {
		fmt.Fprintf(j, "%v %+v %s %q\n", err, err, err, err)
	}
}

// tryCauses is try for the causes alone, of errors and of attempts.
func (j *journal) tryCauses(t *testing.T, what string, opts ...afterpay.Option) {
	t.Helper()
	failed := 0
	observe := afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) {
		fmt.Fprintf(j, "%v %+v\n", a, a)
		j.printCause(a.Err)
	})
	c := j.client(t, append(opts, observe)...)
	for _, o := range suitetest.Operations() {
		if _, err := o.Invoke(t.Context(), c); err != nil {
			failed++
			e := suitetest.AsError(t, err)
			j.printCause(e.Err)
			fmt.Fprintf(j, "%v %+v\n", err, err)
		}
	}
	require.NotZero(t, failed, what)
	j.clean(t, what)
}

// quotingErrors are errors of the network that RoundTrippers wrap, join or nest
// with what they know of the request.
func quotingErrors() map[string]suitetest.Tripper {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	return map[string]suitetest.Tripper{
		"around an error of dialling": func(req *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, dial)
		},
		"around a URL's": func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: req.URL.String(), Err: dial}
		},
		"within an error of dialling": func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New(repeated)}
		},
		"within two errors of dialling": func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.OpError{Op: "read", Net: "tcp", Err: errors.New(repeated)}}
		},
		"around a look-up": func(req *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("%s: %w", req.URL, &net.DNSError{Err: "no such host", Name: "service.example"})
		},
		"joined": func(req *http.Request) (*http.Response, error) {
			return nil, errors.Join(errors.New(req.URL.String()), dial, fmt.Errorf("%s: %w", repeated, io.EOF))
		},
		"around another client's error": func(req *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("%s: %w", req.URL, &afterpay.Error{Op: "payments.get", Kind: afterpay.ErrNotFound, Token: suitetest.Token, Message: repeated, Err: errors.New(repeated)})
		},
		"bare": func(req *http.Request) (*http.Response, error) {
			return nil, errors.New(req.URL.String() + repeated)
		},
	}
}

// Programs print causes by themselves, too.
func TestCausesOfErrorsAndAttemptsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	for name, service := range quotingErrors() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			j.tryCauses(t, name, suitetest.Through(service))
			j.try(t, name, suitetest.Through(service))
		})
	}
	for name, body := range repetitions() {
		t.Run("answer: "+name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			for _, status := range []int{200, 201, 307, 402, 404, 409, 500} {
				j.tryCauses(t, fmt.Sprint(name, " ", status), suitetest.Through(suitetest.Always(status, body)))
			}
		})
	}
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

// Codes, ids and paths are told, but not when they can't be the service's own.
func TestTokensInPlaceOfCodesAreNotShown(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"code": `{"errorCode":"` + suitetest.Token + `"}`, "id": `{"errorId":"` + suitetest.Token + `"}`,
		"path":         `{"message":"token.` + suitetest.Token + ` is bad"}`,
		"index":        `{"message":"items[` + suitetest.Token + `].name is bad"}`,
		"long code":    `{"errorCode":"` + strings.ReplaceAll(suitetest.Token, ".", "") + `"}`,
		"message":      `{"message":"token ` + suitetest.Token + ` is bad"}`,
		"all together": `{"errorCode":"` + suitetest.Token + `","errorId":"` + suitetest.Token + `","message":"token.` + suitetest.Token + ` ` + suitetest.Token + `"}`,
	} {
		j := new(journal)
		j.try(t, name, suitetest.Through(suitetest.Always(422, body)))
		j.tryCauses(t, name, suitetest.Through(suitetest.Always(422, body)))
	}
	const body = `{"errorCode":"invalid_object","errorId":"5c1f0e2a9b7d4e63","message":"consumer.email is bad"}`
	_, err := suitetest.CreateOrder(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(422, body))))
	for _, told := range []string{"invalid_object", "5c1f0e2a9b7d4e63", "consumer.email"} {
		require.ErrorContains(t, err, told)
	}
}

// A currency of a response may be anything.
func TestOddCurrenciesAreNotShown(t *testing.T) {
	t.Parallel()
	odd := suitetest.Consumer.Email
	j := new(journal)
	c := j.client(t, suitetest.Through(suitetest.Always(200, `{"token":"t","refundId":"1","amount":{"amount":"1.00","currency":"`+odd+`"}}`)))
	o, err := c.Orders.Verify(t.Context(), "t", afterpay.USD(1_00))
	require.Nil(t, o)
	require.ErrorIs(t, err, afterpay.ErrAmountMismatch)
	j.note(err)
	_, err = suitetest.Refund(t.Context(), c)
	require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	j.note(err)
	fmt.Fprintln(j, suitetest.AsError(t, err).Fields)
	sum := afterpay.Money{Amount: 1, Currency: afterpay.Currency(odd)}
	j.logger().Info("x", "payment", afterpay.Payment{OriginalAmount: sum}, "request", afterpay.CaptureRequest{Amount: sum})
	j.clean(t, "currency")
}

// The smaller types hold tokens and shoppers' data as well.
func TestPartsOfRequestsLogThemselvesWithoutSecrets(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		afterpay.Agreement{Token: suitetest.Token, Type: repeated, Status: repeated},
		afterpay.Custom{"passenger": json.RawMessage(`"` + suitetest.Consumer.GivenNames + `"`)},
		afterpay.FieldError{Field: "consumer.email", Message: suitetest.Consumer.Email + " is bad"},
		afterpay.FieldError{Field: repeated},
		afterpay.Courier{Name: suitetest.Consumer.GivenNames, Tracking: repeated, Priority: afterpay.CourierPriority(repeated)},
		afterpay.Merchant{RedirectConfirmURL: "https://shop.example/?token=" + suitetest.Token},
	} {
		j := new(journal)
		j.logger().Info("x", "value", v)
		require.Contains(t, j.texts.String(), "value")
		j.clean(t, fmt.Sprintf("%T", v))
	}
}

// An observer counts what the caller sees: a response that arrived may still be
// a failure.
func TestObserversAndLogsShowWhatTheCallerGets(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status int
		body   string
		kind   afterpay.Kind
		cause  bool
	}{
		"declined payment":      {201, suitetest.Recorded(t, "../../testdata/v2_payment_capture_declined_201.json"), afterpay.ErrDeclined, false},
		"voided payment":        {201, suitetest.PaymentIn("APPROVED", "VOIDED"), afterpay.ErrState, true},
		"authorized payment":    {201, suitetest.Recorded(t, "../../testdata/v2_payment_auth_approved_201.json"), afterpay.ErrState, true},
		"undecided payment":     {201, suitetest.PaymentIn("PENDING", ""), afterpay.ErrUnavailable, true},
		"HTML":                  {200, "<html>", afterpay.ErrUnavailable, true},
		"half a payment":        {201, suitetest.PaymentIn("APPROVED", "CAPTURED")[:60], afterpay.ErrUnavailable, true},
		"error with 200":        {200, `{"errorCode":"error"}`, afterpay.ErrUnavailable, true},
		"empty":                 {201, "", afterpay.ErrUnavailable, true},
		"refusal":               {412, `{"errorCode":"payment_captured"}`, afterpay.ErrState, false},
		"402 without a verdict": {402, "<html>", afterpay.ErrUnavailable, false},
		"redirection":           {307, "", afterpay.ErrUnavailable, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := new(journal)
			var seen []afterpay.Attempt
			c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(x.status, x.body)), afterpay.WithLogger(j.logger()),
				afterpay.WithObserver(func(_ context.Context, a afterpay.Attempt) { seen = append(seen, a) }))
			_, err := suitetest.Capture(t.Context(), c)
			e := suitetest.AsError(t, err)
			require.Equal(t, x.kind, e.Kind)
			require.Len(t, seen, 1, "once an attempt")
			require.Equal(t, e.Kind, seen[0].Kind)
			require.Equal(t, e.StatusCode, seen[0].StatusCode)
			require.Equal(t, x.cause, seen[0].Err != nil)
			require.Equal(t, e.Err, seen[0].Err)
			lines := suitetest.LogLines(t, j.texts.Bytes())
			require.Len(t, lines, 1)
			require.Equal(t, "WARN", lines[0]["level"])
			require.Equal(t, "afterpay call failed", lines[0]["msg"])
			require.Equal(t, string(e.Kind), lines[0]["kind"])
		})
	}
}

// printed writes a value as a reflective printer does: it follows pointers,
// interfaces, maps and slices, and reads unexported fields.
func printed(b *strings.Builder, v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		printed(b, v.Elem(), seen)
	case reflect.Interface:
		printed(b, v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			printed(b, v.Field(i), seen)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			b.Write(v.Bytes())
			return
		}
		for i := range v.Len() {
			printed(b, v.Index(i), seen)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			printed(b, key, seen)
			printed(b, v.MapIndex(key), seen)
		}
	case reflect.String:
		b.WriteString(v.String() + "\n")
	}
}

// However a client is printed, it shows no credentials and no token.
func TestClient_ShowsNoCredentials(t *testing.T) {
	t.Parallel()
	const bearer = "bearer-5d2f77"
	both := plantedMerchant + ":" + plantedKey
	hidden := []string{plantedMerchant, plantedKey, base64.StdEncoding.EncodeToString([]byte(both)), bearer}
	for name, options := range map[string][]afterpay.Option{"Basic": nil, "OAuth": {afterpay.WithOAuth()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := afterpay.New(plantedMerchant, plantedKey, append(options,
				suitetest.Through(suitetest.Always(200, `{"access_token":"`+bearer+`","expires_in":3600,"id":"1"}`)))...)
			require.NoError(t, err)
			_, err = c.Payments.Get(t.Context(), "1")
			require.NoError(t, err, "a token is kept by now")
			for _, v := range []any{
				c, *c, c.Configuration, *c.Configuration, c.Orders, *c.Orders, c.Payments, *c.Payments, c.Refunds, *c.Refunds, c.Disputes,
				&c, []any{*c, c}, struct{ C afterpay.Client }{*c}, map[string]any{"c": *c.Payments},
			} {
				var texts strings.Builder
				for _, verb := range []string{"%s", "%q", "%v", "%+v", "%#v", "%d", "%x", "%X", "% x", "%t"} {
					fmt.Fprintf(&texts, verb+"\n", v)
				}
				printed(&texts, reflect.ValueOf(v), make(map[uintptr]bool))
				slog.New(slog.NewJSONHandler(&texts, nil)).Info("x", "value", v)
				slog.New(slog.NewTextHandler(&texts, nil)).Info("x", "value", v)
				if encoded, err := json.Marshal(v); err == nil {
					texts.Write(encoded)
				}
				for _, secret := range hidden {
					for _, form := range []string{"%s", "%x", "%X", "% x", "%d"} {
						written := strings.Trim(fmt.Sprintf(form, []byte(secret)), "[]")
						require.NotContains(t, texts.String(), written, "%T", v)
					}
				}
			}
			var all strings.Builder
			printed(&all, reflect.ValueOf(c), make(map[uintptr]bool))
			require.Contains(t, all.String(), "payments.capture", "the printer reaches the depths of a client")
		})
	}
}
