// Package afterpay is a client for the Afterpay Online API, versions 1 and 2.
//
// Afterpay is sold as Clearpay in the United Kingdom and as Cash App Afterpay in
// the United States; one API serves all of them. It is not Riverty, which was
// called AfterPay in the Netherlands and Germany and has another API.
//
// # A payment
//
//	client, err := afterpay.New(merchantID, secretKey)
//	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
//		Amount:   afterpay.USD(21_85),
//		Consumer: afterpay.Consumer{Email: "ann@example.com"},
//		Merchant: afterpay.Merchant{RedirectConfirmURL: confirm, RedirectCancelURL: cancel},
//	})
//	// Send the shopper to order.RedirectCheckoutURL. When they come back:
//	redirect, err := afterpay.ParseRedirect(r.URL)
//	_, err = client.Orders.Verify(ctx, redirect.Token, afterpay.USD(21_85))
//	payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: redirect.Token})
//
// A nil error means that the money did what was asked. A decline is an error,
// ErrDeclined, whichever of its forms the service chose.
//
// # Failures
//
// Every error of a call is an *Error, of a Kind that errors.Is asks for. One that
// also is ErrOutcomeUnknown is not a no: money may have moved and the answer was
// lost. Payments.Recover and Refunds.Find tell. Calls that move money carry a
// token or request id by which the service recognises a repetition, so that the
// client repeats them by itself, see RetryPolicy, and you may after a crash, see
// RequestIDFor.
//
// # Versions
//
// The types speak the language of API v2. With WithAPIVersion(V1) the same code
// runs on v1:
//
//	v2                         v1
//	Orders (checkouts)         orders; no RedirectCheckoutURL
//	Payments.Capture           the same
//	Payments.Authorize         errors.ErrUnsupported
//	Payments.CapturePart       errors.ErrUnsupported
//	Payments.Void              errors.ErrUnsupported
//	Payments.Reverse           the same
//	Refunds                    the same
//	Disputes                   errors.ErrUnsupported
//	Contact.Area1, Region      suburb, state
//	Payment.State, Events      not sent
//
// # Money
//
// Money is exact: an integer of hundredths and a currency. USD(21_85) and
// ParseMoney("21.85", "USD") are the same value, which == compares.
//
// # Tests
//
// Package afterpaytest is an Afterpay in memory, for unit tests of your own code.
package afterpay
