package afterpay_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// Without a request id a repetition would move the money a second time.
func TestBlankRequestIDIsNeverSent(t *testing.T) {
	t.Parallel()
	for what, options := range map[string][]afterpay.Option{"checked": nil, "unchecked": {afterpay.WithoutValidation()}} {
		for _, id := range []string{"", " ", "\t\n"} {
			opts := append([]afterpay.Option{suitetest.Refusing(t), afterpay.WithRequestIDs(func() string { return id })}, options...)
			for name, call := range keyedCalls("") {
				t.Run(fmt.Sprintf("%s %s with %q made", what, name, id), func(t *testing.T) {
					t.Parallel()
					requireNoRequestID(t, call, opts)
				})
			}
		}
		for name, call := range keyedCalls(" ") {
			t.Run(what+" "+name+" with a blank given", func(t *testing.T) {
				t.Parallel()
				requireNoRequestID(t, call, append([]afterpay.Option{suitetest.Refusing(t)}, options...))
			})
		}
	}
}

func requireNoRequestID(t *testing.T, call suitetest.Invoke, opts []afterpay.Option) {
	t.Helper()
	result, err := call(t.Context(), suitetest.NewClient(t, "https://service.example", opts...))
	require.Nil(t, result)
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown)
	require.Equal(t, []afterpay.FieldError{{Field: "requestId", Message: "is required"}}, suitetest.AsError(t, err).Fields)
}

// token:… in place of a payment's id would be the payment of an order.
func TestPaymentIDHoldsNoColon(t *testing.T) {
	t.Parallel()
	for what, options := range map[string][]afterpay.Option{"checked": nil, "unchecked": {afterpay.WithoutValidation()}} {
		c := suitetest.NewClient(t, "https://service.example", append(options, suitetest.Refusing(t))...)
		for name, call := range map[string]func(id string) error{
			"get":             func(id string) error { _, err := c.Payments.Get(t.Context(), id); return err },
			"updateReference": func(id string) error { _, err := c.Payments.UpdateReference(t.Context(), id, "A-1"); return err },
			"updateCourier": func(id string) error {
				_, err := c.Payments.UpdateCourier(t.Context(), id, afterpay.Courier{})
				return err
			},
			"void": func(id string) error {
				_, err := c.Payments.Void(t.Context(), id, afterpay.VoidRequest{All: true})
				return err
			},
			"capturePart": func(id string) error {
				_, err := c.Payments.CapturePart(t.Context(), id, afterpay.CapturePartRequest{Amount: afterpay.USD(1_00)})
				return err
			},
			"refund": func(id string) error {
				_, err := c.Refunds.Create(t.Context(), id, afterpay.RefundRequest{Amount: afterpay.USD(1_00)})
				return err
			},
			"find": func(id string) error { _, err := c.Refunds.Recover(t.Context(), id, "R-1"); return err },
		} {
			for _, id := range []string{"token:" + suitetest.Token, ":", "1:"} {
				err := call(id)
				require.ErrorIs(t, err, afterpay.ErrInvalid, "%s %s", what, name)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, "%s %s", what, name)
				require.Equal(t, "paymentID", suitetest.AsError(t, err).Fields[0].Field, "%s %s", what, name)
			}
		}
	}
}

func TestEnrichmentsNeedAnActor(t *testing.T) {
	t.Parallel()
	c := suitetest.NewClient(t, "https://service.example", suitetest.Refusing(t))
	without := afterpay.Enrichments{Subscription: afterpay.Subscription{Type: afterpay.SubscriptionFixed, Interval: afterpay.IntervalMonth, IntervalCount: 1}}
	_, authorized := c.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: suitetest.Token, Enrichments: without})
	_, captured := c.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: suitetest.Token, Enrichments: without})
	for _, err := range []error{authorized, captured} {
		require.ErrorIs(t, err, afterpay.ErrInvalid)
		require.Equal(t, []afterpay.FieldError{{Field: "enrichments.initiation.actor", Message: "is required"}}, suitetest.AsError(t, err).Fields)
	}
	with := without
	with.Initiation.Actor = afterpay.ActorMerchant
	_, err := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(201, suitetest.ApprovedPayment))).
		Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: suitetest.Token, Enrichments: with})
	require.NoError(t, err)
}

// An instant without four digits of year can't be written.
func TestShippingDateLiesWithinTheYearsThatCanBeWritten(t *testing.T) {
	t.Parallel()
	for year, fine := range map[int]bool{-1: false, 0: true, 1970: true, 9999: true, 10_000: false, 20_260: false} {
		shipped := afterpay.Timestamp{Time: time.Date(year, 6, 1, 12, 0, 0, 0, time.UTC)}
		order := v2Order()
		order.Courier.ShippedAt = shipped
		c := suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(200, `{"id":"1","token":"t"}`)))
		_, created := c.Orders.Create(t.Context(), order)
		_, updated := c.Payments.UpdateCourier(t.Context(), "1", afterpay.Courier{ShippedAt: shipped})
		if fine {
			require.NoError(t, created, year)
			require.NoError(t, updated, year)
			continue
		}
		require.ErrorIs(t, created, afterpay.ErrInvalid, year)
		require.Equal(t, "courier.shippedAt", suitetest.AsError(t, created).Fields[0].Field)
		require.ErrorIs(t, updated, afterpay.ErrInvalid, year)
		require.Equal(t, "shippedAt", suitetest.AsError(t, updated).Fields[0].Field)
	}
}

// Requests, lists and encoding/json agree on how an instant is written.
func TestInstantsAreWrittenInOneWay(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]time.Time{
		"2026-01-01T00:00:00.000Z":      time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		"2026-01-01T00:00:00.120+10:00": time.Date(2026, 1, 1, 0, 0, 0, 120_999_999, sydney),
		"2026-01-01T00:00:00.000-03:30": time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", -(3*60+30)*60)),
		// Offsets that can't be written to the minute.
		"2025-12-31T22:59:08.000Z": time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 60*60+52)),
		"1929-12-31T23:40:28.000Z": time.Date(1930, 1, 1, 0, 0, 0, 0, time.FixedZone("AMT", 19*60+32)),
		"2026-01-02T00:00:00.000Z": time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", -24*60*60)),
	} {
		srv := newRecorder(t, answer{Status: 200, Body: `{"id":"1","results":[]}`})
		c := suitetest.NewClient(t, srv.URL)
		courier := afterpay.Courier{ShippedAt: afterpay.Timestamp{Time: at}}
		_, err := c.Payments.UpdateCourier(t.Context(), "1", courier)
		require.NoError(t, err)
		_, err = c.Payments.List(t.Context(), afterpay.PaymentQuery{FromCreated: at, ToCreated: at})
		require.NoError(t, err)

		sent := srv.Requests()
		require.JSONEq(t, fmt.Sprintf(`{"shippedAt":%q}`, want), sent[0].Body)
		marshalled, err := json.Marshal(courier)
		require.NoError(t, err)
		require.JSONEq(t, string(marshalled), sent[0].Body)
		query, err := url.ParseQuery(sent[1].Query)
		require.NoError(t, err)
		require.Equal(t, want, query.Get("fromCreatedDate"))
		require.Equal(t, want, query.Get("toCreatedDate"))
	}
}

func TestCreate_CustomDataThatIsNotJSONIsRefusedByName(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{`{`, `nil`, `"Winnifred`, `1,"consumer":{}`} {
		for what, options := range map[string][]afterpay.Option{"checked": nil, "unchecked": {afterpay.WithoutValidation()}} {
			order := v2Order()
			order.Custom = afterpay.Custom{"travel": json.RawMessage(broken)}
			o, err := suitetest.NewClient(t, "https://service.example", append(options, suitetest.Refusing(t))...).Orders.Create(t.Context(), order)
			require.Nil(t, o)
			require.ErrorIs(t, err, afterpay.ErrInvalid, what)
			require.Equal(t, []afterpay.FieldError{{Field: "custom.travel", Message: "must be valid JSON"}}, suitetest.AsError(t, err).Fields, what)
			require.NotContains(t, err.Error(), "transport failed")
			require.NotContains(t, err.Error(), "Winnifred")
			require.Equal(t, "orders.create", suitetest.AsError(t, err).Op)
		}
	}
}

// membersOf are the names that a request has at its top.
func membersOf(request any) []string {
	var names []string
	for field := range reflect.TypeOf(request).Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// The service complains about members by their paths; each member that a request
// can have has to be recognised as the beginning of one.
func TestComplaintsAboutEveryMemberAreUnderstood(t *testing.T) {
	t.Parallel()
	members := []string{"totalAmount"} // v1's word
	for _, request := range []any{
		afterpay.CreateOrderRequest{}, afterpay.CaptureRequest{}, afterpay.AuthorizeRequest{}, afterpay.CapturePartRequest{},
		afterpay.VoidRequest{}, afterpay.RefundRequest{}, afterpay.Courier{},
	} {
		found := membersOf(request)
		require.NotEmpty(t, found, "%T", request)
		members = append(members, found...)
	}
	// Lists have their members in the query.
	srv := newRecorder(t, answer{Status: 200, Body: `{"results":[]}`})
	some := []string{"x"}
	for _, q := range []afterpay.PaymentQuery{
		{Offset: 1, OrderBy: "id", Ascending: true, Limit: 1, FromCreated: time.Unix(1, 0), ToCreated: time.Unix(2, 0)},
		{IDs: some, Tokens: some, MerchantReferences: some, Statuses: []afterpay.PaymentStatus{"x"}, Cursor: "x"},
	} {
		_, err := suitetest.NewClient(t, srv.URL).Payments.List(t.Context(), q)
		require.NoError(t, err)
	}
	for _, req := range srv.Requests() {
		query, err := url.ParseQuery(req.Query)
		require.NoError(t, err)
		for name := range query {
			members = append(members, name)
		}
	}
	require.Contains(t, members, "includeNextLink")
	for _, name := range members {
		for _, path := range []string{name, name + ".amount", name + "[12].x"} {
			body := fmt.Sprintf(`{"errorCode":"invalid_object","message":"%s must be in [1, 2], amount.currency is odd"}`, path)
			_, err := suitetest.CreateOrder(t.Context(), suitetest.NewClient(t, "https://service.example", suitetest.Through(suitetest.Always(422, body))))
			require.Equal(t, []afterpay.FieldError{
				{Field: path, Message: "must be in [1, 2]"}, {Field: "amount.currency", Message: "is odd"},
			}, suitetest.AsError(t, err).Fields)
		}
	}
}

// Basic authentication separates its halves by a colon; secrets that were read
// from files tend to end with a line.
func TestNewRefusesCredentialsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{" ", "\t", "\n", "\r\n", "\x00", "\x7f", "\u0085", "\u00a0", "\u2028"} {
		for _, at := range []string{odd + "hunter2", "hunt" + odd + "er2", "hunter2" + odd} {
			for _, credentials := range [][2]string{{at, suitetest.SecretKey}, {suitetest.MerchantID, at}} {
				c, err := afterpay.New(credentials[0], credentials[1])
				require.Nil(t, c, "%q", credentials)
				require.ErrorContains(t, err, "afterpay: ")
				require.NotContains(t, err.Error(), "hunt")
				require.NotContains(t, err.Error(), suitetest.SecretKey)
			}
		}
	}
	_, err := afterpay.New("3:2", suitetest.SecretKey)
	require.EqualError(t, err, "afterpay: merchant id contains a colon, white space or a control character")

	srv := newRecorder(t, answer{Status: 200, Body: suitetest.ApprovedPayment})
	c, err := afterpay.New(suitetest.MerchantID, "a:b", afterpay.WithBaseURL(srv.URL))
	require.NoError(t, err, "a key may hold one")
	_, err = suitetest.GetPayment(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte(suitetest.MerchantID+":a:b")), srv.Only(t).Header.Get("Authorization"))
}
