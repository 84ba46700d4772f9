package afterpay

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func goldenOrders() []goldenCase[Order] {
	return []goldenCase[Order]{
		{"v2_checkout_created_201.json", Order{
			Token: "002.3qhu5hl6dnho09t3scdjo2fvb835o9sac8hs2kl9i6pnvgsp", Expires: instant("2021-08-25T17:56:00.817Z"),
			RedirectCheckoutURL: "https://portal.sandbox.afterpay.com/us/checkout/?token=002.3qhu5hl6dnho09t3scdjo2fvb835o9sac8hs2kl9i6pnvgsp",
		}},
		{"v2_checkout_created_au_201.json", Order{
			Token: "001.0000000000000000000000000000000000000000aaaabbbb", Expires: instant("2020-09-15T17:20:49.267Z"),
			RedirectCheckoutURL: "https://portal.sandbox.afterpay.com/au/checkout/?token=001.0000000000000000000000000000000000000000aaaabbbb",
		}},
		{"v2_checkout_created_uk_201.json", Order{
			Token: "003.n46fh3khsqc5uoh0ej9esn859gr6g7lot4hpb20dt7du6s40", Expires: instant("2020-03-31T17:11:25.422Z"),
			RedirectCheckoutURL: "https://portal.sandbox.clearpay.co.uk/uk/checkout/?token=003.n46fh3khsqc5uoh0ej9esn859gr6g7lot4hpb20dt7du6s40",
		}},
		{"v2_checkout_express_200.json", Order{
			Token: "002.2olo65apa0hrukbq3aekrt3rskvg8nkev45mc0nuk02vje1b", Expires: instant("2021-09-10T15:54:05.463Z"),
			RedirectCheckoutURL: "https://portal.sandbox.afterpay.com/us/checkout/?token=002.2olo65apa0hrukbq3aekrt3rskvg8nkev45mc0nuk02vje1b",
			CreateOrderRequest: CreateOrderRequest{
				Amount: USD(53_53), Consumer: jane,
				Billing: Contact{
					Name: "Jane Citizen", Line1: "1 Example Street", Area1: "Exampleton", Region: "AL", Postcode: "36522",
					PhoneNumber: "12025550143",
				},
				Shipping: Contact{
					Name: "Jane Citizen", Line1: "1 Example Street", Area1: "Exampleton", Region: "AL", Postcode: "36522", CountryCode: "US",
					PhoneNumber: "12025550143",
				},
				Items: append(widget(USD(19_99)), widget(USD(15_99))...),
				Merchant: Merchant{
					RedirectConfirmURL: "https://shop.example/callbacks/confirm?order_number=R100000001&payment_method_id=4",
					RedirectCancelURL:  "https://shop.example/callbacks/cancel?order_number=R100000001&payment_method_id=4",
					PopupOriginURL:     "https://shop.example/cart",
				},
				MerchantReference: "R143916313", ShippingOptionIdentifier: "999",
			},
		}},
	}
}

// goldenRequests are what others sent with their orders, nulls included.
func goldenRequests() []goldenCase[Order] {
	american := Contact{
		Name: "Jane Citizen", Line1: "1 Example Street", Line2: "Unit 2", Area1: "Exampleton", Region: "AL", Postcode: "10005",
		PhoneNumber: "12025550143",
	}
	delivered := american
	delivered.Postcode = "10006"
	australian := Contact{
		Name: "Jane Citizen", Line1: "Level 1", Line2: "1 Example Street", Area1: "Exampleton", Region: "VIC", Postcode: "3000",
		CountryCode: "AU", PhoneNumber: "0400 000 000",
	}
	return []goldenCase[Order]{
		{"v2_checkout_created_201_request.json", Order{CreateOrderRequest: CreateOrderRequest{
			Amount: USD(110_00), Consumer: jane, Billing: american, Shipping: delivered, Items: widget(USD(10_00)),
			Merchant:          Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
			MerchantReference: "R325734299",
		}}},
		{"v2_checkout_created_au_201_request.json", Order{CreateOrderRequest: CreateOrderRequest{
			Amount:   AUD(10_00),
			Consumer: Consumer{GivenNames: "Jane", Surname: "Citizen", Email: "jane.citizen@example.com", PhoneNumber: "0400 000 000"},
			Billing:  australian, Shipping: australian,
			Courier: Courier{
				ShippedAt: instant("2018-12-31T14:00:00.000Z"), Name: "ExampleCourier", Tracking: "AA000000001", Priority: PriorityStandard,
			},
			Items: []Item{{
				Name: "Widget", SKU: "SKU-1", Quantity: 10, Price: AUD(10_00), PageURL: "https://shop.example/page.html",
				ImageURL:   "https://shop.example/image.jpg",
				Categories: [][]string{{"Clothing", "T-Shirts", "Under $25"}, {"Sale", "Clothing"}},
			}},
			Discounts: []Discount{{DisplayName: "20% off SALE", Amount: AUD(24_00)}},
			Merchant:  Merchant{RedirectConfirmURL: "http://localhost", RedirectCancelURL: "http://localhost"},
			TaxAmount: AUD(0), ShippingAmount: AUD(0),
		}}},
	}
}

func goldenRefunds() []goldenCase[Refund] {
	return []goldenCase[Refund]{
		{"v2_refund_created_201.json", Refund{ID: "1337837", Amount: USD(10_00), RefundedAt: instant("2021-08-25T14:56:33.753Z")}},
		{"v1_refund_created_201.json", Refund{
			ID: "1234234", RequestID: "61cdad2d-8e10-42ec-a97b-8712dd7a8ca9", Amount: AUD(50_00), MerchantReference: "my_reference",
			RefundedAt: instant("2015-07-10T15:01:14.123Z"),
		}},
	}
}

func goldenConfigurations() []goldenCase[Configuration] {
	return []goldenCase[Configuration]{
		{"v2_configuration_us_200.json", Configuration{MinimumAmount: USD(1_00), MaximumAmount: USD(1000_00)}},
		{"v2_configuration_uk_200.json", Configuration{MinimumAmount: GBP(10_00), MaximumAmount: GBP(1000_00)}},
		{"v2_configuration_includes_200.json", Configuration{
			MinimumAmount: USD(1_00), MaximumAmount: USD(4000_00), PublicID: "00000000-0000-4000-8000-000000000000",
			ConsumerLending:  ConsumerLending{Enabled: true, Limits: Limits{USD(400_00), USD(4000_00)}},
			PayByInstallment: Limits{USD(1_00), USD(2000_00)},
		}},
		{"v1_configuration_200.json", Configuration{
			MaximumAmount: AUD(1000_00),
			PaymentTypes: []PaymentType{
				{Type: "PAY_BY_INSTALLMENT", Description: "Pay over time", Limits: Limits{MaximumAmount: AUD(1000_00)}},
			},
		}},
		{"v1_configuration_two_types_200.json", Configuration{
			MinimumAmount: AUD(0), MaximumAmount: AUD(999_00),
			PaymentTypes: []PaymentType{
				{Type: "PAY_AFTER_DELIVERY", Description: "Try before you pay", Limits: Limits{AUD(0), AUD(999_00)}},
				{Type: "PAY_BY_INSTALLMENT", Description: "Pay over time", Limits: Limits{AUD(0), AUD(999_00)}},
			},
		}},
	}
}

func TestGoldenOrders(t *testing.T) {
	t.Parallel()
	requireReads(t, goldenOrders(), decoded[Order])
}

func TestGoldenRequestsAreReadAsOrders(t *testing.T) {
	t.Parallel()
	requireReads(t, goldenRequests(), func(_ APIVersion, text []byte) (*Order, error) {
		o := new(Order)
		if err := json.Unmarshal(text, o); err != nil {
			return nil, err
		}
		return o, nil
	})
}

func TestGoldenRefunds(t *testing.T) {
	t.Parallel()
	requireReads(t, goldenRefunds(), decoded[Refund])
}

func TestGoldenConfigurations(t *testing.T) {
	t.Parallel()
	requireReads(t, goldenConfigurations(), decoded[Configuration])
}

func TestOrdersRefundsAndConfigurationsSurviveNullAbsentAndEmptyMembers(t *testing.T) {
	t.Parallel()
	requireTolerance(t, "v2_checkout_express_200.json", decoded[Order])
	requireTolerance(t, "v2_checkout_created_201.json", decoded[Order])
	requireTolerance(t, "v2_refund_created_201.json", decoded[Refund])
	requireTolerance(t, "v1_refund_created_201.json", decoded[Refund])
	requireTolerance(t, "v2_configuration_includes_200.json", decoded[Configuration])
}

// The names of v1 are translated under v1 and mean nothing under v2.
func TestV1NamesAreReadUnderV1Only(t *testing.T) {
	t.Parallel()
	const order = `{"token":"t","expires":"2018-05-17T00:30:00Z","totalAmount":{"amount":"21.85","currency":"USD"},
		"billing":{"line1":"1 Example Street","suburb":"Exampleton","state":"VIC","countrycode":"AU"},
		"shipping":{"suburb":"Sydney","state":"NSW","countryCode":"AU"}}`
	want := &Order{
		Token: "t", Expires: instant("2018-05-17T00:30:00.000Z"),
		CreateOrderRequest: CreateOrderRequest{
			Amount:   USD(21_85),
			Billing:  Contact{Line1: "1 Example Street", Area1: "Exampleton", Region: "VIC", CountryCode: "AU"},
			Shipping: Contact{Area1: "Sydney", Region: "NSW", CountryCode: "AU"},
		},
	}
	got, err := decoded[Order](decoderFor("v1_"), []byte(order))
	require.NoError(t, err)
	require.Equal(t, want, got)

	want.Amount, want.Billing.Area1, want.Billing.Region = Money{}, "", ""
	want.Shipping.Area1, want.Shipping.Region = "", ""
	got, err = decoded[Order](decoderFor("v2_"), []byte(order))
	require.NoError(t, err)
	require.Equal(t, want, got)

	const refund = `{"id":"67890123","amount":{"amount":"10.00","currency":"AUD"}}`
	r, err := decoded[Refund](decoderFor("v1_"), []byte(refund))
	require.NoError(t, err)
	require.Equal(t, &Refund{ID: "67890123", Amount: AUD(10_00)}, r)
	r, err = decoded[Refund](decoderFor("v2_"), []byte(refund))
	require.NoError(t, err)
	require.Empty(t, r.ID)

	const payment = `{"id":"1","totalAmount":{"amount":"5.00","currency":"AUD"},"events":[{"type":"AUTHORISE"},{"type":"CAPTURE"},{"type":"VOID"},
		{"type":"AUTH_DECLINED"},{"type":"SOMETHING_NEW"}]}`
	p, err := decoded[Payment](decoderFor("v1_"), []byte(payment))
	require.NoError(t, err)
	require.Equal(t, AUD(5_00), p.OriginalAmount)
	require.Equal(t, []PaymentEvent{
		{Type: EventAuthApproved}, {Type: EventCaptured}, {Type: EventVoided}, {Type: EventAuthDeclined}, {Type: "SOMETHING_NEW"},
	}, p.Events)
	p, err = decoded[Payment](decoderFor("v2_"), []byte(payment))
	require.NoError(t, err)
	require.Equal(t, Money{}, p.OriginalAmount)
	require.Equal(t, EventType("AUTHORISE"), p.Events[0].Type)
}

func TestConfigurationReadsAllIncludes(t *testing.T) {
	t.Parallel()
	const text = `{"maximumAmount":{"amount":2000,"currency":"AUD"},"activeCountries":["AU",null,"NZ"],"merchantCountry":"AU",
		"CBT":{"enabled":"true","countries":["NZ","US"],"limits":{"NZD":{"minimumAmount":{"amount":"1.00","currency":"NZD"},
		"maximumAmount":{"amount":"1500.00","currency":"NZD"},"exchangeRate":1.0853},"USD":{"maximumAmount":{"amount":"900.00","currency":"USD"}}}},
		"channels":[{"name":"CASH_APP","enabled":true,"integrationCompleted":false,"enabledForOrders":true}],"futurePart":{"a":[1]}}`
	want := &Configuration{
		MaximumAmount: AUD(2000_00), ActiveCountries: []string{"AU", "", "NZ"}, MerchantCountry: "AU",
		CBT: CBT{
			Enabled: true, Countries: []string{"NZ", "US"},
			Limits: map[Currency]CBTLimits{
				"NZD": {Limits{NZD(1_00), NZD(1500_00)}, "1.0853"}, "USD": {Limits: Limits{MaximumAmount: USD(900_00)}},
			},
		},
		Channels: []Channel{{Name: "CASH_APP", Enabled: true, EnabledForOrders: true}},
	}
	got, err := decoded[Configuration](decoderFor("v2_"), []byte(text))
	require.NoError(t, err)
	require.Equal(t, want, got)
	for m, allowed := range map[Money]bool{
		AUD(2000_00): true, AUD(2000_01): false, AUD(1): true, AUD(0): false, NZD(99): false, NZD(1_00): true, USD(900_00): true,
		USD(900_01): false, GBP(5_00): false, {}: false,
	} {
		require.Equal(t, allowed, got.Allows(m), m)
	}
}

func TestExpressOrdersKeepWhatOnlyV2Has(t *testing.T) {
	t.Parallel()
	const text = `{"token":"t","mode":"express","shippingOptions":{"supportedShippingCountries":["US","CA"]},"isCashAppPay":true,
		"initialOrderAmount":{"amount":"9.00","currency":"USD"},"custom":{"travel": {"legs":[1, 2]},"nothing":null},
		"agreements":[{"type":"BILLING","token":"a","status":"ACTIVE","created":"2024-01-02T03:04:05Z","expires":null}],
		"items":[{"name":"Widget","quantity":"3","price":{"amount":"2.50","currency":"USD"},"estimatedShipmentDate":"2024-05","preorder":true,
		"categories":[["a","b"],[],null]}],"description":"d","purchaseCountry":"US"}`
	want := &Order{Token: "t", CreateOrderRequest: CreateOrderRequest{
		Mode: ModeExpress, ShippingOptions: ShippingOptions{SupportedShippingCountries: []string{"US", "CA"}}, IsCashAppPay: true,
		InitialOrderAmount: USD(9_00), Custom: Custom{"travel": json.RawMessage(`{"legs":[1, 2]}`), "nothing": nil},
		Agreements: []Agreement{{Type: "BILLING", Token: "a", Status: "ACTIVE", Created: instant("2024-01-02T03:04:05.000Z")}},
		Items: []Item{{
			Name: "Widget", Quantity: 3, Price: USD(2_50), EstimatedShipmentDate: "2024-05", Preorder: true,
			Categories: [][]string{{"a", "b"}, nil, nil},
		}},
		Description: "d", PurchaseCountry: "US",
	}}
	got, err := decoded[Order](decoderFor("v2_"), []byte(text))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestConfigurationWithoutLimitsIsReadAndAllowsNothing(t *testing.T) {
	t.Parallel()
	for body, version := range map[string]APIVersion{`{"publicId":"p-1"}`: V2, `[{"type":"PAY_AFTER_DELIVERY"}]`: V1} {
		var got configurationResponse
		require.NoError(t, got.readResponse(version, nil, []byte(body)))
		require.False(t, got.Allows(USD(1_00)))
		require.True(t, got.PublicID == "p-1" || len(got.PaymentTypes) == 1)
	}
	for _, body := range []string{`{}`, `[]`, `null`, `{"errorCode":"error"}`} {
		require.ErrorIs(t, new(configurationResponse).readResponse(V2, nil, []byte(body)), errNoConfiguration, body)
	}
}
