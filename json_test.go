package afterpay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// recordedFiles returns the names of the bodies of testdata that match a pattern.
func recordedFiles(tb testing.TB, patterns ...string) []string {
	tb.Helper()
	var files []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		require.NoError(tb, err)
		require.NotEmpty(tb, paths, pattern)
		for _, path := range paths {
			files = append(files, filepath.Base(path))
		}
	}
	return files
}

// recordedBody returns a body of testdata without the final newline.
func recordedBody(tb testing.TB, file string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(tb, err)
	return bytes.TrimSpace(text)
}

// decodeRecorded decodes a body as the type that the name of the file indicates.
func decodeRecorded(file string, body []byte) (any, error) {
	version := V2
	if strings.HasPrefix(file, "v1_") {
		version = V1
	}
	for _, k := range []struct {
		word string
		into any
	}{
		{"_request", new(CreateOrderRequest)}, {"payment_list", new(PaymentPage)}, {"dispute_list", new(DisputePage)}, {"dispute_file", new(EvidenceFile)},
		{"dispute", new(Dispute)}, {"payment", new(Payment)}, {"checkout", new(Order)}, {"refund", new(Refund)}, {"configuration", new(Configuration)},
	} {
		if strings.Contains(file, k.word) {
			return k.into, decodeJSON(version, body, k.into)
		}
	}
	panic(file)
}

// recordedSuccesses returns the files of successful responses and of requests.
func recordedSuccesses(tb testing.TB) []string {
	return recordedFiles(tb, "v?_*_20?.json", "v?_*_20?_request.json", "v2_payment_auth_declined_402.json")
}

// v1Words replaces the names of API v1 by those of v2.
var v1Words = strings.NewReplacer("totalAmount", "originalAmount", "suburb", "area1", `"state"`, `"region"`, "AUTHORISE", "AUTH_APPROVED", `"CAPTURE"`, `"CAPTURED"`)

func TestDecode_EveryFieldOfARecordedBodyIsRead(t *testing.T) {
	t.Parallel()
	for _, file := range recordedSuccesses(t) {
		if strings.Contains(file, "dispute") || strings.Contains(file, "v1_configuration") || strings.Contains(file, "v1_payment_list") {
			continue // their structure differs: see TestDecode_RecordedValues
		}
		body := recordedBody(t, file)
		got, err := decodeRecorded(file, body)
		require.NoError(t, err, file)
		written, err := json.Marshal(got)
		require.NoError(t, err)
		if strings.HasPrefix(file, "v1_") {
			body = []byte(v1Words.Replace(string(body)))
		}
		want := leavesOf(t, body)
		for path, text := range leavesOf(t, written) {
			if path != "/amount/amount" || text != "0.00" { // the response to a new order lacks it
				require.Equal(t, want[path], text, "%s: %s", file, path)
			}
			delete(want, path)
		}
		require.Empty(t, want, "%s: sent, and not read", file)
	}
}

// leavesOf returns the values in a JSON text by path, without empty ones. Amounts
// get two decimals and times become UTC.
func leavesOf(t *testing.T, text []byte) map[string]string {
	t.Helper()
	found := make(map[string]string)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(path+"/"+name, inner)
			}
		case []any:
			for i, inner := range v {
				walk(fmt.Sprint(path, "/", i), inner)
			}
		case string:
			if at, ok := parseTimestamp([]byte(v)); ok && strings.Count(v, "-") > 1 {
				v = at.String()
			} else if amount, ok := parseAmount(v); ok && strings.HasSuffix(path, "/amount") {
				v = amount.String()
			}
			found[path] = v
		case nil:
		default:
			found[path] = fmt.Sprint(v)
		}
	}
	var v any
	require.NoError(t, json.Unmarshal(text, &v))
	walk("", v)
	maps.DeleteFunc(found, func(_, text string) bool { return text == "" || text == "false" })
	return found
}

func instant(text string) Timestamp {
	at, err := time.Parse("2006-01-02T15:04:05.999999Z", text)
	if err != nil {
		panic(err)
	}
	return Timestamp{at}
}

// The expected values are written by hand, so that no two fields can be swapped.
func TestDecode_RecordedValues(t *testing.T) {
	t.Parallel()
	shipped := Contact{
		Name: "Jane Citizen", Line1: "1 Example Street", Line2: "Unit 2", Region: "U.S. state.", Postcode: "000000", CountryCode: "US", PhoneNumber: "2025550",
	}
	jane := Consumer{GivenNames: "Jane", Surname: "Citizen", PhoneNumber: "61400000000"}
	at := instant("2023-08-18T02:05:23.121893Z")
	dispute := Dispute{
		ID: "dp_0002", PaymentID: "100100000001", MerchantOrderID: "A-1", Amount: USD(48_46), Reason: ReasonProductNotReceived,
		Status: DisputeNeedsResponse, Open: true, ResponseDueBy: instant("2023-08-13T00:00:00Z"), CreatedAt: instant("2023-07-31T20:43:47Z"),
		UpdatedAt: instant("2023-07-31T20:43:47Z"), TransactionDate: instant("2023-07-31T19:00:00Z"), OpeningNote: "The parcel never came.",
		OpeningNoteAttachments: []string{"fi_0001"}, Meta: DisputeMeta{TransactionAmount: USD(48_46), OrderType: "ONLINE"},
	}
	accepted := dispute
	accepted.Status, accepted.Open, accepted.ResponseDueBy = DisputeLost, false, Timestamp{}
	accepted.UpdatedAt, accepted.ClosingReason, accepted.SettlementAmount = instant("2023-08-01T20:43:47Z"), ClosedMerchantAccepted, USD(48_46)
	wrapped := dispute
	wrapped.ID, wrapped.PaymentID, wrapped.MerchantOrderID, wrapped.Amount, wrapped.ResponseDueBy = "dp_0003", "100100000002", "A-2", AUD(25_00), Timestamp{}
	wrapped.Status, wrapped.UpdatedAt, wrapped.OpeningNoteAttachments = DisputeUnderReview, instant("2023-07-31T20:45:00Z"), []string{"fi_0003"}
	wrapped.Meta.TransactionAmount = AUD(30_00)
	for file, want := range map[string]any{
		"v2_payment_by_token_200.json": &Payment{
			ID: "100398927616", Token: "002.a66mqrv3k08mqj7lseniihgft3ot4tvsh0m13jn77ugcv8rk", Status: StatusApproved, State: StatePartiallyCaptured,
			Created: instant("2021-06-01T10:49:10.774Z"), OriginalAmount: USD(1000_00), OpenToCaptureAmount: USD(500_00), MerchantReference: "order-1001",
			Refunds: []Refund{{ID: "1273354", RequestID: "req-81218180", Amount: USD(250_00), RefundedAt: instant("2021-06-01T10:58:42.465Z")}},
			OrderDetails: OrderDetails{
				Consumer: Consumer{Email: "jane.citizen@example.com"}, Billing: shipped, Shipping: shipped,
				Courier:        Courier{ShippedAt: instant("2021-06-02T11:00:43Z"), Name: "ExampleCourier", Tracking: "AA000000001", Priority: PriorityExpress},
				ShippingAmount: USD(1000_00), TaxAmount: USD(1000_00),
			},
			Events: []PaymentEvent{
				{ID: "1x956rmnaZYCsC3YvptO6opxNHB", Created: instant("2021-06-01T10:57:49.981Z"), Expires: instant("2021-06-08T10:57:49.98Z"), Type: EventAuthApproved, Amount: USD(1000_00)},
				{ID: "1xuvf7OZgYw8JABRTbs2G5efB6N", Created: instant("2021-06-01T10:58:41.543Z"), Type: EventCaptured, Amount: USD(250_00)},
				{ID: "1xo5U1m1AXIQeKOv5PwVHC6yLM4", Created: instant("2021-06-01T10:58:42.495Z"), Type: EventVoided, Amount: USD(250_00)},
			},
		},
		"v1_payment_list_200.json": &PaymentPage{TotalResults: 1, Limit: 20, Payments: []*Payment{{
			ID: "23800001", Token: "0000000000000000000000000000000000000000aaaabbbbcccc", Status: StatusApproved, Created: instant("2015-03-19T20:34:55Z"),
			OriginalAmount: AUD(131_95), MerchantReference: "8300000001", OrderDetails: OrderDetails{Consumer: jane},
			Refunds: []Refund{{ID: "67890123", Amount: AUD(10_00), MerchantReference: "refundId-1234", RefundedAt: instant("2015-07-10T15:01:14.123Z")}},
			Events:  []PaymentEvent{{ID: "2136442160", Created: instant("2016-06-21T10:00:11Z"), Type: EventAuthApproved}},
		}}},
		"v2_configuration_includes_200.json": &Configuration{
			MinimumAmount: USD(1_00), MaximumAmount: USD(4000_00), PublicID: "00000000-0000-4000-8000-000000000000",
			ConsumerLending:  ConsumerLending{Enabled: true, Limits: Limits{USD(400_00), USD(4000_00)}},
			PayByInstallment: Limits{USD(1_00), USD(2000_00)},
		},
		"v1_configuration_200.json": &Configuration{MaximumAmount: AUD(1000_00), PaymentTypes: []PaymentType{
			{Type: "PAY_BY_INSTALLMENT", Description: "Pay over time", Limits: Limits{MaximumAmount: AUD(1000_00)}},
		}},
		"v1_configuration_two_types_200.json": &Configuration{MinimumAmount: AUD(0), MaximumAmount: AUD(999_00), PaymentTypes: []PaymentType{
			{Type: "PAY_AFTER_DELIVERY", Description: "Try before you pay", Limits: Limits{AUD(0), AUD(999_00)}},
			{Type: "PAY_BY_INSTALLMENT", Description: "Pay over time", Limits: Limits{AUD(0), AUD(999_00)}},
		}},
		"v2_dispute_200.json": &dispute, "v2_dispute_accepted_200.json": &accepted, "v2_dispute_wrapped_200.json": &wrapped,
		"v2_dispute_list_200.json": &DisputePage{Total: 1, Limit: 20, Disputes: []*Dispute{{
			ID: "dp_0001", PaymentID: "100000000001", MerchantOrderID: "order-1001", Amount: Money{Amount: 25_00}, Reason: ReasonProductNotReceived,
			Status: DisputeNeedsResponse, Open: true, ResponseDueBy: instant("2023-11-14T22:13:20Z"), CreatedAt: instant("2023-11-03T08:26:40Z"),
			UpdatedAt: instant("2023-11-03T08:26:41Z"), TransactionDate: instant("2023-10-22T18:40:00Z"), OpeningNote: "…", OpeningNoteAttachments: []string{"…"},
			ClosingReason: ClosedDeadlineExpired, ClosingNote: "…", SettlementAmount: Money{Amount: 25_00},
			Meta: DisputeMeta{TransactionAmount: Money{Amount: 25_00}, Network: "…", NetworkReferenceID: "…", OrderType: "…"},
		}}},
		"v2_dispute_file_created_201.json": &EvidenceFile{ID: "fi_0001", CreatedAt: at, ExpiresAt: Timestamp{at.AddDate(0, 1, 0)}}, // sent without a zone
		"v2_dispute_file_link_200.json":    &EvidenceFile{URL: "https://files.example/fi_0001?signature=0a1b", ExpiresAt: Timestamp{at.Add(time.Hour)}},
	} {
		got, err := decodeRecorded(file, recordedBody(t, file))
		require.NoError(t, err, file)
		require.Equal(t, want, got, file)
	}
}

func FuzzDecode(f *testing.F) {
	files := recordedSuccesses(f)
	for i, file := range files {
		body := recordedBody(f, file)
		f.Add(uint(i), body, uint16(len(body)/2))
		for _, text := range []string{
			``, `null`, `[null]`, `"x"`, `17`, `{"id":1,"token":2,"refundId":3}`, `{"id":"dp_1","amount":1e3}`, `{"dispute":{"dispute":{"id":"dp_1"}}}`,
			`{"id":"1","token":"t","amount":{"amount":1e400}}`, `{"id":"1","token":"t","amount":{"amount":"5"},"expires":"9999-12-31T23:59:59-01:00"}`,
			`{"token":"t","custom":{"a": [1, "\ud800"],"b":null},"items":[{"categories":[[],[null]],"quantity":1.5}]}`,
			`{"totalResults":"9","results":[null,{"events":[null]}]}`, `[{"type":"PAY_BY_INSTALLMENT","minimumAmount":{"amount":5}}]`,
			`{"CBT":{"enabled":true,"limits":{"USD":null,"":{}}},"consumerLending":{"enabled":"true"}}`,
			`{"id":"dp_1","createdAt":-1,"updatedAt":253402300798,"responseDueBy":"2024-02-29T23:59:59.123456+14:00","meta":{"transactionAmount":5}}`,
		} {
			f.Add(uint(i), []byte(text), uint16(1))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint, text []byte, cut uint16) {
		file := files[kind%uint(len(files))]
		got, err := decodeRecorded(file, text)
		if err != nil {
			return
		}
		text = bytes.TrimPrefix(text, []byte("\uFEFF"))
		require.True(t, json.Valid(text), "only JSON is read")
		whole := bytes.Trim(text, " \t\r\n")
		if c := whole[0]; c != '-' && (c < '0' || c > '9') { // the beginning of a number is a number
			_, err = decodeRecorded(file, whole[:int(cut)%len(whole)])
			require.Error(t, err, "a part of a text is not read")
		}
		written, err := json.Marshal(got)
		require.NoError(t, err)
		again, err := decodeRecorded("v2_"+file[len("v2_"):], written)
		require.NoError(t, err)
		rewritten, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(written), string(rewritten), "what is written is read again")
	})
}

func TestJSON_EveryFieldComesBackUnderItsName(t *testing.T) {
	t.Parallel()
	for _, want := range []any{
		new(PaymentPage), new(Payment), new(Order), new(Refund), new(Configuration), new(Dispute), new(DisputePage), new(EvidenceFile),
		new(CreateOrderRequest), new(CaptureRequest), new(AuthorizeRequest), new(CapturePartRequest), new(VoidRequest), new(RefundRequest),
		new(Courier), new(updateReferenceRequest), new(respondRequest), new(emptyBody),
	} {
		empty := reflect.New(reflect.TypeOf(want).Elem()).Interface()
		if strings.HasSuffix(reflect.TypeOf(want).String(), "Request") {
			requireSameAsEncodingJSON(t, empty)
		}
		fill(reflect.ValueOf(want).Elem(), new(int))
		text := requireSameAsEncodingJSON(t, want)
		require.NoError(t, decodeJSON(V2, text, empty))
		require.Equal(t, want, empty)
		again := reflect.New(reflect.TypeOf(want).Elem()).Interface()
		require.NoError(t, json.Unmarshal(text, again))
		require.Equal(t, want, again)
	}
}

// requireSameAsEncodingJSON encodes v and compares the result with encoding/json's.
func requireSameAsEncodingJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	got, err := encodeJSON(V2, v)
	require.NoError(t, err)
	require.JSONEq(t, string(text), string(got), "%T", v)
	return text
}

// fill sets every field of v to a different value.
func fill(v reflect.Value, n *int) {
	*n++
	switch at := v.Addr().Interface().(type) {
	case *Timestamp:
		*at = Timestamp{time.UnixMilli(1_600_000_000_000 + int64(*n)).UTC()}
		return
	case *Money:
		*at = Money{Amount(*n), CurrencyUSD}
		return
	case *json.RawMessage:
		*at = fmt.Appendf(nil, `{"n":%d}`, *n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(v.Field(i), n)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d é \"<&>\"", *n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("no value for a " + v.Type().String())
	}
}
