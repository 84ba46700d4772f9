package radial_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// shopOrder is an order that Radial can carry whole.
func shopOrder() afterpay.CreateOrderRequest {
	return afterpay.CreateOrderRequest{
		Amount: afterpay.AUD(119_90),
		Consumer: afterpay.Consumer{
			GivenNames: "Mia Sofia", Surname: "Ortega", Email: "mia.ortega@example.com", PhoneNumber: "0400 000 147",
		},
		Billing: afterpay.Contact{
			Name: "mia  sofia Ortega", Line1: "418 Alder Street", Line2: "Unit 2", Area1: "Carlton", Region: "VIC",
			Postcode: "3053", CountryCode: "AU",
		},
		Shipping: afterpay.Contact{
			Line1: "9 Beach Road", Area1: "Hobart", Region: "Tasmania", Postcode: "7000", CountryCode: "AU", PhoneNumber: "+61 3 5555 0190",
		},
		Items: []afterpay.Item{
			{Name: "Canvas bag", SKU: "CB-1", Quantity: 2, Price: afterpay.AUD(49_95)},
			{Name: "Strap", Quantity: 1, Price: afterpay.AUD(20_00)},
		},
		Discounts:         []afterpay.Discount{{DisplayName: "Spring", Amount: afterpay.AUD(7_00)}, {DisplayName: "Mail", Amount: afterpay.AUD(3_00)}},
		Merchant:          afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
		MerchantReference: "W-20931",
		ShippingAmount:    afterpay.AUD(10_00),
		PurchaseCountry:   "AU",
		Mode:              afterpay.ModeStandard,
	}
}

func supplement() radial.Supplement {
	return radial.Supplement{OriginatorIPAddress: netip.MustParseAddr("203.0.113.24")}
}

func TestAnOrderBecomesRadialsRequest(t *testing.T) {
	t.Parallel()
	req, err := radial.FromOrder(shopOrder(), supplement())
	require.NoError(t, err)
	mia := radial.Person{Name: radial.Name{FirstName: "Mia Sofia", LastName: "Ortega"}}
	require.Equal(t, radial.InitializePaymentAuthorizationRequest{
		OrderID:     "W-20931",
		Amount:      afterpay.AUD(119_90),
		RedirectURL: "https://shop.example/ok",
		CancelURL:   "https://shop.example/no",
		BillingInformation: radial.PartyInformation{
			ContactInformation: radial.ContactInformation{
				Person: mia, PrimaryPhoneNumber: "0400 000 147", PrimaryEmailAddress: "mia.ortega@example.com",
			},
			Address: radial.Address{
				Line1: "418 Alder Street", Line2: "Unit 2", City: "Carlton", MainDivisionCode: "VIC", CountryCode: "AU", PostalCode: "3053",
			},
		},
		ShippingInformation: radial.PartyInformation{
			ContactInformation: radial.ContactInformation{
				Person: mia, PrimaryPhoneNumber: "+61 3 5555 0190", PrimaryEmailAddress: "mia.ortega@example.com",
			},
			Address: radial.Address{
				Line1: "9 Beach Road", City: "Hobart", MainDivision: "Tasmania", CountryCode: "AU", PostalCode: "7000",
			},
		},
		OriginatorIPAddress: netip.MustParseAddr("203.0.113.24"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.AUD(119_90),
			ShippingTotal:  afterpay.AUD(10_00),
			TaxTotal:       afterpay.AUD(0),
			Items: []radial.LineItem{
				{Name: "Canvas bag", SequenceNumber: "1", SKU: "CB-1", Quantity: 2, UnitAmount: afterpay.AUD(49_95)},
				{Name: "Strap", SequenceNumber: "2", Quantity: 1, UnitAmount: afterpay.AUD(20_00)},
			},
		},
		Promotions: radial.Promotions{
			PromotionsTotal: afterpay.AUD(10_00),
			Promotions:      []radial.Promotion{{Name: "Spring", Amount: afterpay.AUD(7_00)}, {Name: "Mail", Amount: afterpay.AUD(3_00)}},
		},
	}, req)

	client, _ := radialtest.NewClient(t)
	_, err = client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err, "and Radial takes it")
}

// losses returns, for each field that cannot be carried, a function that sets it.
func losses() map[string]func(*afterpay.CreateOrderRequest) {
	return map[string]func(*afterpay.CreateOrderRequest){
		"consumer.phoneNumber":        func(o *afterpay.CreateOrderRequest) { o.Billing.PhoneNumber = "0400 000 148" },
		"billing.area2":               func(o *afterpay.CreateOrderRequest) { o.Billing.Area2 = "a" },
		"shipping.area2":              func(o *afterpay.CreateOrderRequest) { o.Shipping.Area2 = "a" },
		"courier":                     func(o *afterpay.CreateOrderRequest) { o.Courier.Name = "c" },
		"merchant.popupOriginUrl":     func(o *afterpay.CreateOrderRequest) { o.Merchant.PopupOriginURL = "https://shop.example" },
		"merchant.name":               func(o *afterpay.CreateOrderRequest) { o.Merchant.Name = "m" },
		"description":                 func(o *afterpay.CreateOrderRequest) { o.Description = "d" },
		"purchaseCountry":             func(o *afterpay.CreateOrderRequest) { o.PurchaseCountry = "NZ" },
		"mode":                        func(o *afterpay.CreateOrderRequest) { o.Mode = afterpay.ModeExpress },
		"shippingOptionIdentifier":    func(o *afterpay.CreateOrderRequest) { o.ShippingOptionIdentifier = "s" },
		"shippingOptions":             func(o *afterpay.CreateOrderRequest) { o.ShippingOptions.SupportedShippingCountries = []string{"AU"} },
		"isCashAppPay":                func(o *afterpay.CreateOrderRequest) { o.IsCashAppPay = true },
		"paymentType":                 func(o *afterpay.CreateOrderRequest) { o.PaymentType = "PAY_BY_INSTALLMENT" },
		"initialOrderAmount":          func(o *afterpay.CreateOrderRequest) { o.InitialOrderAmount = afterpay.AUD(1) },
		"custom":                      func(o *afterpay.CreateOrderRequest) { o.Custom = afterpay.Custom{"a": json.RawMessage("1")} },
		"agreements":                  func(o *afterpay.CreateOrderRequest) { o.Agreements = []afterpay.Agreement{{Type: "BILLING"}} },
		"items.pageUrl":               func(o *afterpay.CreateOrderRequest) { o.Items[1].PageURL = "https://shop.example/1" },
		"items.imageUrl":              func(o *afterpay.CreateOrderRequest) { o.Items[0].ImageURL = "https://shop.example/1.png" },
		"items.categories":            func(o *afterpay.CreateOrderRequest) { o.Items[0].Categories = [][]string{{"Bags"}} },
		"items.estimatedShipmentDate": func(o *afterpay.CreateOrderRequest) { o.Items[0].EstimatedShipmentDate = "2027-01" },
		"items.preorder":              func(o *afterpay.CreateOrderRequest) { o.Items[0].Preorder = true },
	}
}

func TestWhatRadialCannotCarryIsNamed(t *testing.T) {
	t.Parallel()
	for field, change := range losses() {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			order := shopOrder()
			change(&order)
			req, err := radial.FromOrder(order, supplement())
			require.Zero(t, req)
			require.ErrorIs(t, err, errors.ErrUnsupported)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Equal(t, []radial.FieldError{{Field: field, Message: "cannot be carried by Radial"}}, detail(t, err).Fields)

			s := supplement()
			s.Omit = []string{"something else", field}
			_, err = radial.FromOrder(order, s)
			require.NoError(t, err, "the shop may accept the loss")
		})
	}
}

func TestAllLossesAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	order := shopOrder()
	for _, change := range losses() {
		change(&order)
	}
	s := supplement()
	s.OrderID = "other"
	_, err := radial.FromOrder(order, s)
	require.Len(t, detail(t, err).Fields, len(losses())+1)
	require.ErrorContains(t, err, "merchantReference cannot be carried by Radial")
}

// TestFromOrder_EveryFieldIsCarriedOrNamed fails when package afterpay's order model
// grows and FromOrder does not follow.
func TestFromOrder_EveryFieldIsCarriedOrNamed(t *testing.T) {
	t.Parallel()
	var touch func(path string, v reflect.Value)
	touch = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				v.Set(reflect.ValueOf(time.Unix(1e9, 0)))
				return
			}
			for i := range v.NumField() {
				touch(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.String:
			v.SetString("ZZ")
		case reflect.Int, reflect.Int64:
			v.SetInt(7)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		case reflect.Map:
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.ValueOf("a"), reflect.Zero(v.Type().Elem()))
		default:
			t.Fatalf("%s is of a kind that this test does not know", path)
		}
	}
	everything := supplement()
	for field := range losses() {
		everything.Omit = append(everything.Omit, field)
	}
	before, err := radial.FromOrder(shopOrder(), everything)
	require.NoError(t, err)
	var walk func(path string, get func(*afterpay.CreateOrderRequest) reflect.Value)
	walk = func(path string, get func(*afterpay.CreateOrderRequest) reflect.Value) {
		order := shopOrder()
		v := get(&order)
		if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[afterpay.Timestamp]() && v.Type() != reflect.TypeFor[afterpay.Money]() {
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, func(o *afterpay.CreateOrderRequest) reflect.Value { return get(o).Field(i) })
			}
			return
		}
		touch(path, v)
		_, err := radial.FromOrder(order, supplement())
		after, _ := radial.FromOrder(order, everything)
		require.True(t, err != nil || !reflect.DeepEqual(before, after), "%s neither is an error nor changes the request", path)
	}
	order := reflect.TypeFor[afterpay.CreateOrderRequest]()
	for i := range order.NumField() {
		walk(order.Field(i).Name, func(o *afterpay.CreateOrderRequest) reflect.Value { return reflect.ValueOf(o).Elem().Field(i) })
	}
	item := reflect.TypeFor[afterpay.Item]()
	for i := range item.NumField() {
		walk("Items[0]."+item.Field(i).Name, func(o *afterpay.CreateOrderRequest) reflect.Value {
			return reflect.ValueOf(&o.Items[0]).Elem().Field(i)
		})
	}
}

func TestNamesOfOthersMustComeInParts(t *testing.T) {
	t.Parallel()
	order := shopOrder()
	order.Billing.Name = "Ortega Pty Ltd"
	order.Shipping.Name = "Noor van der Berg"
	_, err := radial.FromOrder(order, supplement())
	require.Equal(t, []string{"billing.name", "shipping.name"}, []string{detail(t, err).Fields[0].Field, detail(t, err).Fields[1].Field})
	require.NotErrorIs(t, err, errors.ErrUnsupported, "it can be carried")
	require.NotContains(t, err.Error(), "Noor")
	s := supplement()
	s.BillingName = radial.Name{FirstName: "Mia", LastName: "Ortega Pty Ltd"}
	s.ShippingName = radial.Name{FirstName: "Noor", LastName: "van der Berg"}
	req, err := radial.FromOrder(order, s)
	require.NoError(t, err)
	require.Equal(t, s.BillingName, req.BillingInformation.ContactInformation.Person.Name)
	require.Equal(t, s.ShippingName, req.ShippingInformation.ContactInformation.Person.Name)
}

func TestSumsThatCannotBeMadeAreReported(t *testing.T) {
	t.Parallel()
	order := shopOrder()
	order.Items[0].Price = afterpay.USD(1_00)
	order.Items = append(order.Items, afterpay.Item{Name: "Gold", Quantity: 1 << 40, Price: afterpay.AUD(1 << 40)})
	order.Discounts[1].Amount = afterpay.NZD(1_00)
	_, err := radial.FromOrder(order, supplement())
	require.Equal(t, []radial.FieldError{
		{Field: "items.price", Message: "cannot be added up"}, {Field: "discounts.amount", Message: "cannot be added up"},
	}, detail(t, err).Fields)
}

func TestAnEmptyOrderIsLeftToValidation(t *testing.T) {
	t.Parallel()
	req, err := radial.FromOrder(afterpay.CreateOrderRequest{}, radial.Supplement{OrderID: "W-1", RequestID: "r"})
	require.NoError(t, err)
	require.Equal(t, "W-1", req.OrderID)
	require.Equal(t, "r", req.RequestID)
	client, _ := radialtest.NewClient(t)
	_, err = client.InitializePaymentAuthorization(t.Context(), req)
	require.ErrorIs(t, err, afterpay.ErrInvalid)
}
