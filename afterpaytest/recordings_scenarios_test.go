package afterpaytest

import (
	"time"

	"github.com/stretchr/testify/require"
)

func reading(path string) func(*shop) received { return func(s *shop) received { return s.get(path) } }

func in(r Region) []Option { return []Option{WithRegion(r)} }

// misspelled accepts requests as they were recorded, with their mistakes.
var misspelled = []Option{WithUnknownFields(IgnoreUnknown)}

const minimalGB = `{"amount":{"amount":"30.00","currency":"GBP"},"merchantReference":"ref-be7226fc7a8c9",
	"consumer":{"phoneNumber":"2025550143","givenNames":"Jane","surname":"Citizen","email":"jane.citizen@example.com"},
	"merchant":{"redirectConfirmUrl":"https://shop.example/checkout/confirm","redirectCancelUrl":"https://shop.example/checkout/cancel"}}`

const smallAU = `{"totalAmount":{"amount":"1000.00","currency":"AUD"},
	"consumer":{"phoneNumber":61400000000,"givenNames":"Jane","surname":"Citizen","email":"jane.citizen@example.com"},
	"items":[{"name":"Widget","sku":1,"quantity":1,"price":{"amount":1000.0,"currency":"AUD"}}],
	"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`

// shopOrder is the order of W09, W15 and W27.
const shopOrder = `{"amount":{"amount":"26.24","currency":"USD"},
	"consumer":{"phoneNumber":null,"givenNames":"Jane","surname":"Citizen","email":"jane.citizen@example.com"},
	"billing":{"name":"Jane Citizen","line1":"1 Example Street","line2":"","area1":"Exampleton","area2":null,"region":"NY","postcode":"10001","countryCode":null,"phoneNumber":"12025550143"},
	"shipping":{"name":"Jane Citizen","line1":"1 Example Street","line2":"","area1":"Exampleton","area2":null,"region":"NY","postcode":"10001","countryCode":null,"phoneNumber":"12025550143"},
	"courier":null,"discounts":null,"taxAmount":null,"shippingAmount":null,"paymentType":null,
	"items":[{"name":"Widget","sku":"SKU-1","pageUrl":null,"imageUrl":null,"quantity":1,"price":{"amount":"19.99","currency":"USD"},"categories":null,"estimatedShipmentDate":null}],
	"merchant":{"redirectConfirmUrl":"https://shop.example/confirm","redirectCancelUrl":"https://shop.example/cancel"},"merchantReference":"R164993925"}`

// itemOrder has an item and no addresses.
const itemOrder = `{"amount":{"amount":"26.24","currency":"USD"},"consumer":{"givenNames":"Jane","surname":"Citizen","email":"jane.citizen@example.com"},
	"items":[{"name":"Widget","sku":"SKU-1","quantity":1,"price":{"amount":"19.99","currency":"USD"}}],
	"merchant":{"redirectConfirmUrl":"https://shop.example/confirm","redirectCancelUrl":"https://shop.example/cancel"},"merchantReference":"R164993925"}`

// bareOrder is the order of W19, W39, W42 and W43.
const bareOrder = `{"amount":{"amount":"1000.00","currency":"USD"},"consumer":{"email":"jane.citizen@example.com"},
	"billing":{"name":"Jane Citizen","line1":"1 Example Street","line2":"Unit 2","region":"U.S. state.","postcode":"000000","countryCode":"US","phoneNumber":"2025550"},
	"shipping":{"name":"Jane Citizen","line1":"1 Example Street","line2":"Unit 2","region":"U.S. state.","postcode":"000000","countryCode":"US","phoneNumber":"2025550"},
	"taxAmount":{"amount":"1000.00","currency":"USD"},"shippingAmount":{"amount":"1000.00","currency":"USD"},
	"merchant":{"redirectConfirmUrl":"https://shop.example/confirm","redirectCancelUrl":"https://shop.example/cancel"},"merchantReference":"order-1001"}`

func rest(amount string) string {
	return `{"requestId":null,"amount":{"amount":"` + amount + `","currency":"GBP"},"merchantReference":null,"paymentEventMerchantReference":null}`
}

func (s *shop) approvedFrom(order string) string {
	s.t.Helper()
	token := s.post("/v2/checkouts", order).text("token")
	require.NoError(s.t, s.sandbox.Approve(token))
	return token
}

func (s *shop) approvedFromV1(order string) string {
	s.t.Helper()
	token := s.post("/v1/orders", order).text("token")
	require.NoError(s.t, s.sandbox.Approve(token))
	return token
}

func (s *shop) declinedFrom(order string) string {
	s.t.Helper()
	token := s.post("/v2/checkouts", order).text("token")
	require.NoError(s.t, s.sandbox.Decline(token))
	return token
}

func (s *shop) authorizedFrom(order string) string {
	s.t.Helper()
	return s.post("/v2/payments/auth", `{"token":"`+s.approvedFrom(order)+`"}`).text("id")
}

// expressCheckout returns an express checkout that the shopper has completed.
// Its billing address has no country.
func expressCheckout(s *shop) received {
	token := s.post("/v2/checkouts", `{"amount":{"amount":"35.98","currency":"USD"},"mode":"express",
		"consumer":{"givenNames":"Jane","surname":"Citizen","email":"jane.citizen@example.com"},
		"billing":{"name":"Jane Citizen","line1":"1 Example Street","line2":"","area1":"Exampleton","region":"AL","postcode":"36522","phoneNumber":"12025550143"},
		"items":[{"name":"Widget","sku":"SKU-1","quantity":1,"price":{"amount":"19.99","currency":"USD"}},{"name":"Widget","sku":"SKU-1","quantity":1,"price":{"amount":"15.99","currency":"USD"}}],
		"merchant":{"redirectConfirmUrl":"https://shop.example/callbacks/confirm?order_number=R100000001","redirectCancelUrl":"https://shop.example/callbacks/cancel","popupOriginUrl":"https://shop.example/cart"},
		"merchantReference":"R143916313"}`).text("token")
	require.NoError(s.t, s.sandbox.Choose(token, ShippingOption("999", "53.53"), ShipTo(Address{
		Name: "Jane Citizen", Line1: "1 Example Street", Area1: "Exampleton", Region: "AL", Postcode: "36522", CountryCode: "US", PhoneNumber: "12025550143",
	})))
	require.NoError(s.t, s.sandbox.Approve(token))
	return s.get("/v2/checkouts/" + token)
}

func captureReplayedADayLater(s *shop) received {
	capture := `{"token":"` + s.approvedFrom(shopOrder) + `","merchantReference":null,"amount":null}`
	id := s.post("/v2/payments/capture", capture).text("id")
	s.sandbox.Advance(19 * time.Hour)
	s.post("/v2/payments/"+id+"/refund", `{"requestId":null,"merchantReference":null,"refundMerchantReference":null,"amount":{"amount":"0.10","currency":"USD"}}`)
	s.sandbox.Advance(4 * time.Hour)
	s.post("/v2/payments/"+id+"/refund", `{"requestId":null,"merchantReference":null,"refundMerchantReference":null,"amount":{"amount":"10.0","currency":"USD"}}`)
	return s.post("/v2/payments/capture", capture)
}

func (s *shop) partlyCaptured() (token string, answer received) {
	token = s.approvedFrom(bareOrder)
	id := s.post("/v2/payments/auth", `{"token":"`+token+`"}`).text("id")
	return token, s.post("/v2/payments/"+id+"/capture",
		`{"requestId":"req-18938626","merchantRefernce":"100101468","amount":{"amount":250.0,"currency":"USD"},"paymentEventMerchantReference":""}`)
}

func (s *shop) shippedAndPartlyVoided() (token, id string, answer received) {
	token, captured := s.partlyCaptured()
	id = captured.text("id")
	s.post("/v2/payments/"+id+"/void", `{"requestId":"req-81218180","amount":{"amount":"250.00","currency":"USD"}}`)
	return token, id, s.put("/v2/payments/"+id+"/courier", `{"shippedAt":"2021-06-02T16:30:43+05:30","name":"ExampleCourier","tracking":"AA000000001","priority":"EXPRESS"}`)
}

func captureInV1(s *shop) received {
	return s.post("/v1/payments/capture", `{"token":"`+s.approvedFromV1(smallAU)+`","merchantRefernce":"checkout-1"}`)
}
