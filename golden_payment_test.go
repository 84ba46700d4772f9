package afterpay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The shopper, the addresses and the goods that recur in testdata.
var (
	jane        = Consumer{GivenNames: "Jane", Surname: "Citizen", Email: "jane.citizen@example.com"}
	janeByPhone = Consumer{GivenNames: "Jane", Surname: "Citizen", Email: "jane.citizen@example.com", PhoneNumber: "12025550143"}
	inNewYork   = Contact{
		Name: "Jane Citizen", Line1: "1 Example Street", Area1: "Exampleton", Region: "NY", Postcode: "10001", PhoneNumber: "12025550143",
	}
	inQueensland = Contact{Name: "Jane Citizen", Line1: "1 Example Street", Area1: "Exampleton", Region: "QLD", Postcode: "4212"}
)

func widget(price Money) []Item {
	return []Item{{Name: "Widget", SKU: "SKU-1", Quantity: 1, Price: price}}
}

func goldenPayments() []goldenCase[Payment] { return append(goldenV2Payments(), goldenV1Payments()...) }

func goldenV2Payments() []goldenCase[Payment] {
	reference := partlyCaptured()
	reference.MerchantReference = "new_merchant_order_id_1234"
	firstCapture := partlyCaptured()
	firstCapture.OpenToCaptureAmount = USD(750_00)
	firstCapture.Refunds = nil
	firstCapture.OrderDetails.Courier = Courier{}
	firstCapture.Events = firstCapture.Events[:2]
	return []goldenCase[Payment]{
		{"v2_payment_auth_approved_201.json", Payment{
			ID: "100570320832", Token: "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of",
			Status: StatusApproved, State: StateAuthApproved, Created: instant("2021-08-26T16:27:34.957Z"),
			OriginalAmount: USD(26_24), OpenToCaptureAmount: USD(26_24), MerchantReference: "R164993925",
			OrderDetails: OrderDetails{Consumer: jane, Billing: inNewYork, Shipping: inNewYork, Items: widget(USD(19_99))},
			Events: []PaymentEvent{{
				ID: "1x4HoMXvTAtCdAYqkFdh9NftspM", Created: instant("2021-08-26T16:29:00.156Z"),
				Expires: instant("2021-09-02T16:29:00.154Z"), Type: EventAuthApproved, Amount: USD(26_24),
			}},
		}},
		{"v2_payment_auth_declined_402.json", declinedAuth()},
		{"v2_payment_capture_declined_201.json", Payment{
			ID: "100475724301", Token: "002.7d1q8f2k5m0n3p6r9s4t7v1w2x5y8z0a3b6c9d2e5f8g1h4j",
			Status: StatusDeclined, State: StateCaptureDeclined, Created: instant("2021-08-26T17:02:11.404Z"),
			OriginalAmount: USD(26_24), OpenToCaptureAmount: USD(26_24), MerchantReference: "R363935899",
			OrderDetails: OrderDetails{Consumer: jane, Items: widget(USD(19_99))},
			Events: []PaymentEvent{{
				ID: "1xQ3dECLINEdCaptEventKsuid1", Created: instant("2021-08-26T17:03:02.118Z"), Type: EventCaptureDeclined, Amount: USD(26_24),
			}},
		}},
		{"v2_payment_by_token_200.json", partlyCaptured()},
		{"v2_payment_courier_updated_200.json", partlyCaptured()},
		{"v2_payment_reference_updated_200.json", reference},
		{"v2_payment_capture_part_201.json", firstCapture},
		{"v2_payment_capture_part_rest_201.json", Payment{
			ID: "400195402449", Token: "003.pvhi3ro41bopnpa8386civ29u0gm2qicd8fnbvgio9ms2uei",
			Status: StatusApproved, State: StateCaptured, Created: instant("2020-04-09T15:26:53.140Z"),
			OriginalAmount: GBP(30_00), OpenToCaptureAmount: GBP(0), MerchantReference: "ref-be7226fc7a8c9",
			OrderDetails: OrderDetails{Consumer: janeByPhone},
			Events: []PaymentEvent{{
				ID: "1xWDwxgnfp8vL4stqFhPW2Mpk0P", Created: instant("2020-04-09T15:27:57.308Z"),
				Expires: instant("2020-04-11T03:27:57.308Z"), Type: EventAuthApproved, Amount: GBP(30_00),
			}, {
				ID: "1xdUu5kcpx4iwF8BFTSdlDBC1C8", Created: instant("2020-04-09T15:33:59.338Z"), Type: EventCaptured, Amount: GBP(30_00),
			}},
		}},
		{"v2_payment_capture_replayed_201.json", Payment{
			ID: "100475724275", Token: "002.n0lh6oobish3r6ber875hr1602ct71p1a4sndn9unf11cdke",
			Status: StatusApproved, State: StateCaptured, Created: instant("2021-08-24T15:30:14.497Z"),
			OriginalAmount: USD(22_04), OpenToCaptureAmount: USD(0), MerchantReference: "R363935871",
			Refunds: []Refund{
				{ID: "1975532", Amount: USD(10), RefundedAt: instant("2021-08-25T10:09:30.819Z")},
				{ID: "1337837", Amount: USD(10_00), RefundedAt: instant("2021-08-25T14:56:33.753Z")},
			},
			OrderDetails: OrderDetails{Consumer: jane, Billing: inNewYork, Shipping: inNewYork, Items: widget(USD(15_99))},
			Events: []PaymentEvent{{
				ID: "1xGkyvmiv32GBzPw45T2nWb28xQ", Created: instant("2021-08-24T15:31:09.859Z"), Type: EventCaptured, Amount: USD(22_04),
			}},
		}},
		{"v2_payment_void_all_201.json", Payment{
			ID: "400566315060", Token: "003.et5lst012ql2eglrab3b9lbnnlg193ssrt6c79gqulrkalde",
			Status: StatusApproved, State: StateVoided, Created: instant("2020-04-22T15:41:50.317Z"),
			OriginalAmount: GBP(100_00), OpenToCaptureAmount: GBP(0), MerchantReference: "ref-ab158ebdcbf09",
			Refunds:      []Refund{{ID: "3305", Amount: GBP(100_00), RefundedAt: instant("2020-04-22T15:44:05.649Z")}},
			OrderDetails: OrderDetails{Consumer: janeByPhone},
			Events: []PaymentEvent{{
				ID: "1xy6fDS1N4cZ0B65XrYdSWT3zKf", Created: instant("2020-04-22T15:42:54.482Z"),
				Expires: instant("2020-04-24T03:42:54.482Z"), Type: EventAuthApproved, Amount: GBP(100_00),
			}, {
				ID: "1xqQ8HiGdzrC6xXtsP6MMXkRMrL", Created: instant("2020-04-22T15:44:05.921Z"), Type: EventVoided, Amount: GBP(100_00),
			}},
		}},
		{"v2_payment_void_part_201.json", Payment{
			ID: "100055539061", Token: "002.b3q2dqv4ftrjlo5evqir390i3f6jjijbnc2cgg5le782chf1",
			Status: StatusApproved, State: StateAuthApproved, Created: instant("2021-08-31T10:21:04.482Z"),
			OriginalAmount: USD(26_24), OpenToCaptureAmount: USD(16_24), MerchantReference: "R787562238",
			Refunds:      []Refund{{ID: "1160952", Amount: USD(10_00), RefundedAt: instant("2021-08-31T10:22:02.911Z")}},
			OrderDetails: OrderDetails{Consumer: jane, Billing: inNewYork, Shipping: inNewYork, Items: widget(USD(19_99))},
			Events: []PaymentEvent{{
				ID: "1xqfhIAfqRsEIQGm4FtdAbXkE5M", Created: instant("2021-08-31T10:21:29.045Z"),
				Expires: instant("2021-09-07T10:21:29.044Z"), Type: EventAuthApproved, Amount: USD(26_24),
			}, {
				ID: "1xXdbNwhxWXWDWwWRTJcCfUDt5c", Created: instant("2021-08-31T10:22:02.927Z"), Type: EventVoided, Amount: USD(10_00),
			}},
		}},
	}
}

func declinedAuth() Payment {
	return Payment{
		ID: "100570320901", Token: "002.7d1q8f2k5m0n3p6r9s4t7v1w2x5y8z0a3b6c9d2e5f8g1h4j",
		Status: StatusDeclined, State: StateAuthDeclined, Created: instant("2021-08-26T17:02:11.404Z"),
		OriginalAmount: USD(26_24), OpenToCaptureAmount: USD(26_24), MerchantReference: "R164993931",
		OrderDetails: OrderDetails{Consumer: jane, Items: widget(USD(19_99))},
		Events: []PaymentEvent{{
			ID: "1xQ3dECLINEdAuthEventKsuid1", Created: instant("2021-08-26T17:03:02.118Z"), Type: EventAuthDeclined, Amount: USD(26_24),
		}},
	}
}

// partlyCaptured is a payment of 1000.00 of which a quarter was captured and a
// quarter voided.
func partlyCaptured() Payment {
	address := Contact{
		Name: "Jane Citizen", Line1: "1 Example Street", Line2: "Unit 2", Region: "U.S. state.", Postcode: "000000", CountryCode: "US",
		PhoneNumber: "2025550",
	}
	return Payment{
		ID: "100398927616", Token: "002.a66mqrv3k08mqj7lseniihgft3ot4tvsh0m13jn77ugcv8rk",
		Status: StatusApproved, State: StatePartiallyCaptured, Created: instant("2021-06-01T10:49:10.774Z"),
		OriginalAmount: USD(1000_00), OpenToCaptureAmount: USD(500_00), MerchantReference: "order-1001",
		Refunds: []Refund{{ID: "1273354", RequestID: "req-81218180", Amount: USD(250_00), RefundedAt: instant("2021-06-01T10:58:42.465Z")}},
		OrderDetails: OrderDetails{
			Consumer: Consumer{Email: "jane.citizen@example.com"}, Billing: address, Shipping: address,
			Courier: Courier{
				ShippedAt: instant("2021-06-02T11:00:43.000Z"), Name: "ExampleCourier", Tracking: "AA000000001", Priority: PriorityExpress,
			},
			ShippingAmount: USD(1000_00), TaxAmount: USD(1000_00),
		},
		Events: []PaymentEvent{{
			ID: "1x956rmnaZYCsC3YvptO6opxNHB", Created: instant("2021-06-01T10:57:49.981Z"),
			Expires: instant("2021-06-08T10:57:49.980Z"), Type: EventAuthApproved, Amount: USD(1000_00),
		}, {
			ID: "1xuvf7OZgYw8JABRTbs2G5efB6N", Created: instant("2021-06-01T10:58:41.543Z"), Type: EventCaptured, Amount: USD(250_00),
		}, {
			ID: "1xo5U1m1AXIQeKOv5PwVHC6yLM4", Created: instant("2021-06-01T10:58:42.495Z"), Type: EventVoided, Amount: USD(250_00),
		}},
	}
}

func goldenV1Payments() []goldenCase[Payment] {
	withEvents := v1Instalments()
	withEvents.Events = append(withEvents.Events, PaymentEvent{ID: "6558959651", Created: instant("2016-06-22T12:00:01.000Z"), Type: EventCaptured})
	withEvents.OrderDetails.Billing, withEvents.OrderDetails.Shipping = inQueensland, inQueensland
	withEvents.OrderDetails.ShippingAmount = AUD(0)
	return []goldenCase[Payment]{
		{"v1_payment_captured_201.json", Payment{
			ID: "24204901", Token: "d85u3rud9jim0jj4t666bli4ekcca2upvkauf00bsb88c406apku",
			Status: StatusApproved, Created: instant("2019-04-09T08:38:30.159Z"), OriginalAmount: AUD(1000_00),
			OrderDetails: OrderDetails{
				Consumer: Consumer{GivenNames: "Jane", Surname: "Citizen", Email: "jane.citizen@example.com", PhoneNumber: "61400000000"},
				Items:    []Item{{Name: "Widget", SKU: "1", Quantity: 1, Price: AUD(1000_00)}},
			},
		}},
		{"v1_payment_captured_log_201.json", Payment{
			ID: "39200001", Token: "0000000000000000000000000000000000000000aaaabbbbcccc",
			Status: StatusApproved, Created: instant("2018-03-02T07:16:22.729Z"), OriginalAmount: AUD(3_95), MerchantReference: "100000001",
			OrderDetails: OrderDetails{Consumer: Consumer{GivenNames: "Jane", Surname: "Citizen", PhoneNumber: "0400000000"}},
		}},
		{"v1_payment_with_events_200.json", withEvents},
	}
}

func v1Instalments() Payment {
	return Payment{
		ID: "23800001", Token: "0000000000000000000000000000000000000000aaaabbbbcccc",
		Status: StatusApproved, Created: instant("2015-03-19T20:34:55.000Z"), OriginalAmount: AUD(131_95), MerchantReference: "8300000001",
		OrderDetails: OrderDetails{Consumer: Consumer{GivenNames: "Jane", Surname: "Citizen", PhoneNumber: "61400000000"}},
		Events:       []PaymentEvent{{ID: "2136442160", Created: instant("2016-06-21T10:00:11.000Z"), Type: EventAuthApproved}},
	}
}

func goldenPages() []goldenCase[PaymentPage] {
	listed := v1Instalments()
	listed.Refunds = []Refund{{
		ID: "67890123", Amount: AUD(10_00), MerchantReference: "refundId-1234", RefundedAt: instant("2015-07-10T15:01:14.123Z"),
	}}
	return []goldenCase[PaymentPage]{
		{"v1_payment_list_200.json", PaymentPage{TotalResults: 1, Limit: 20, Payments: []*Payment{&listed}}},
	}
}

func TestGoldenPayments(t *testing.T) {
	t.Parallel()
	requireReads(t, goldenPayments(), decoded[Payment])
}

func TestGoldenPages(t *testing.T) {
	t.Parallel()
	requireReads(t, goldenPages(), decoded[PaymentPage])
}

func TestPaymentsSurviveNullAbsentAndEmptyMembers(t *testing.T) {
	t.Parallel()
	for _, file := range files(goldenPayments()) {
		requireTolerance(t, file, decoded[Payment])
	}
}

func TestPagesSurviveNullAbsentAndEmptyMembers(t *testing.T) {
	t.Parallel()
	requireTolerance(t, "v1_payment_list_200.json", decoded[PaymentPage])
}

func TestPageCountsMayBeStrings(t *testing.T) {
	t.Parallel()
	page, err := decoded[PaymentPage](decoderFor("v1_"), []byte(`{"totalResults":"102","limit":"20","offset":"40","results":[],"nextPageUrl":null}`))
	require.NoError(t, err)
	require.Equal(t, &PaymentPage{TotalResults: 102, Limit: 20, Offset: 40}, page)
}

// kindOfAccept is the kind of failure that an accept function finds.
func kindOfAccept(p *Payment, accept func(*call, *Payment) *Error) Kind {
	if e := accept(&call{}, p); e != nil {
		return e.Kind
	}
	return ""
}

func TestOnlyApprovedPaymentsAreSuccesses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file               string
		approved, captured Kind
	}{
		{"v2_payment_auth_approved_201.json", "", ErrState},
		{"v2_payment_auth_declined_402.json", ErrDeclined, ErrDeclined},
		{"v2_payment_capture_declined_201.json", ErrDeclined, ErrDeclined},
		{"v2_payment_capture_part_201.json", "", ErrUnavailable},
		{"v2_payment_capture_part_rest_201.json", "", ""},
		{"v2_payment_capture_replayed_201.json", "", ""},
		{"v2_payment_void_all_201.json", ErrState, ErrState},
		{"v1_payment_captured_201.json", "", ""},
	} {
		p, err := decoded[Payment](decoderFor(tc.file), goldenBody(t, tc.file))
		require.NoError(t, err, tc.file)
		require.Equal(t, tc.approved, kindOfAccept(p, acceptAuthorized), tc.file)
		require.Equal(t, tc.captured, kindOfAccept(p, acceptCaptured), tc.file)
	}
	for text, want := range map[string]Kind{
		`{"id":"1"}`:                     ErrUnavailable,
		`{"id":"1","status":null}`:       ErrUnavailable,
		`{"id":"1","status":"PENDING"}`:  ErrUnavailable,
		`{"id":"1","status":"approved"}`: ErrUnavailable,
		`{"id":"1","status":"APPROVED","paymentState":"AUTH_DECLINED"}`: ErrDeclined,
		`{}`:                              ErrUnavailable,
		`null`:                            ErrUnavailable,
		`[]`:                              ErrUnavailable,
		`{"id":""}`:                       ErrUnavailable,
		`{"id":null,"status":"APPROVED"}`: ErrUnavailable,
		`{"id":null,"status":"DECLINED"}`: ErrDeclined,
		`{"id":"1","status":"APPROVED"}`:  "",
	} {
		p, err := decoded[Payment](decoderFor("v2_"), []byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, kindOfAccept(p, acceptAuthorized), text)
	}
}
