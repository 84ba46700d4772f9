package suite_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

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
		"Agreement":            {afterpay.Agreement{Token: suitetest.Token, Type: repeated, Status: repeated}, ""},
		"Custom":               {afterpay.Custom{"passenger": json.RawMessage(`"` + suitetest.Consumer.GivenNames + `"`)}, ""},
		"FieldError":           {afterpay.FieldError{Field: "consumer.email", Message: suitetest.Consumer.Email + " is bad"}, "consumer.email"},
		"odd FieldError":       {afterpay.FieldError{Field: repeated}, ""},
		"Courier":              {afterpay.Courier{Name: suitetest.Consumer.GivenNames, Tracking: repeated, Priority: afterpay.CourierPriority(repeated)}, ""},
		"Merchant":             {afterpay.Merchant{RedirectConfirmURL: "https://shop.example/?token=" + suitetest.Token}, ""},
		"odd currency":         {afterpay.Payment{OriginalAmount: afterpay.Money{Amount: 1, Currency: afterpay.Currency(repeated)}}, ""},
		"odd amount":           {afterpay.CaptureRequest{Amount: afterpay.Money{Amount: 1, Currency: afterpay.Currency(repeated)}}, ""},
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

// Codes, ids and paths of the service's own are shown. What it sends in place of
// them may be about a person, or a token.
func TestErrorText_HoldsOnlyKnownWords(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		"0412345678", "61412345678901", "Citizen", "citizen", "jane_citizen", "JaneCitizen", "Jane-Citizen", "Jane0412345678",
		"<script>", `bad\r\nX-Evil: 1`, `hello\u0000`, suitetest.Token, strings.ReplaceAll(suitetest.Token, ".", ""),
	} {
		for what, body := range map[string]string{
			"code":          `{"errorCode":"` + secret + `"}`,
			"part of codes": `{"errorCode":"invalid_` + secret + `"}`,
			"error id":      `{"errorId":"` + secret + `"}`,
			"message":       `{"message":"token ` + secret + ` is bad"}`,
			"path":          `{"message":"` + secret + ` is bad"}`,
			"part of paths": `{"message":"consumer.` + secret + ` is bad, items[` + secret + `].name is bad, items[1].` + secret + ` is bad"}`,
		} {
			j := new(journal)
			c := j.client(t, suitetest.Through(func(*http.Request) (*http.Response, error) {
				res := suitetest.Respond(422, body)
				res.Header.Set("Http-Correlation-Id", secret)
				res.Header.Set("Cf-Ray", secret)
				return res, nil
			}))
			_, err := suitetest.CreateOrder(t.Context(), c)
			j.note(err)
			for _, f := range suitetest.AsError(t, err).Fields {
				j.logger().Info("x", "field", f)
			}
			require.Contains(t, j.texts.String(), "orders.create", what)
			require.NotContains(t, j.texts.String(), secret, what)
		}
	}
	const body = `{"errorCode":"invalid_object","errorId":"5c1f0e2a9b7d4e63","message":"consumer.email is bad"}`
	_, err := suitetest.CreateOrder(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(422, body))))
	for _, told := range []string{"invalid_object", "5c1f0e2a9b7d4e63", "consumer.email"} {
		require.ErrorContains(t, err, told)
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
