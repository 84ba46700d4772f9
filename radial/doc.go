// Package radial carries Afterpay through Radial's XML payments service, tender
// AF, for merchants whose payments run through Radial (formerly GSI Commerce,
// then eBay Enterprise). Such a merchant makes no calls to Afterpay itself, so
// this is another road to the same product with messages of its own; of package
// afterpay it shares Money and the kinds of errors.
//
//	client, err := radial.New(storeID, apiKey, radial.WithSettlementStore(store))
//	session, err := client.InitializePaymentAuthorization(ctx, request)
//	// the shopper confirms at Afterpay and comes back
//	_, err = client.GetPaymentAuthorization(ctx, radial.GetPaymentAuthorizationRequest{
//		OrderID: session.OrderID, PaymentID: session.PaymentID,
//	})
//	switch {
//	case err == nil: // approved: take the order
//	case errors.Is(err, afterpay.ErrDeclined): // refuse it
//	}
//
// # What is certain
//
// InitializePaymentAuthorization follows a published table, element by element.
// The other calls are experimental: Radial's tables for them are known in part,
// or were written for other tenders. Each says in its comment what is unproven.
// Nothing here has been tried against a host of Radial's. How the shopper gets
// from the shop to Afterpay is not published: the reply names a session and no
// address.
//
// # Request ids
//
// Radial's rule is: the same request id again only after a read timeout or a
// Fault, and a new one after any reply, whatever it said. The Client keeps it.
// Every call whose request has no RequestID gets a new one, except
// InitializePaymentAuthorization, whose published message shows none. Automatic
// repetitions, bounded by RetryPolicy, happen only after a read timeout, after a
// Fault, or when nothing had left, and carry the same bytes. Error.MayRepeat
// says whether the caller may do the same, by setting RequestID to
// Error.RequestID. Gateways' pages and broken connections are neither a reply
// nor a read timeout, so they are not repeated.
//
// # Settlements
//
// A settlement that Radial has acknowledged must never be sent again, or the
// shopper is debited or credited twice. SettlePayment records each settlement in
// the shop's SettlementStore before it is sent, and refuses one that is recorded
// already, after a restart and on another machine too.
//
// # Requests and replies
//
// Requests are checked against the published restrictions before anything is
// sent; an Error lists all faults with the paths of their elements. They are
// written in a canonical form: an XML declaration, a line feed, and Canonical XML
// 1.0 in UTF-8 without white space between elements. Amounts have exactly two
// decimals. Replies are read liberally: elements in any order, with any prefix,
// unknown ones passed over, amounts with blanks around them and none, one or two
// decimals. Documents above 1 MiB, nested more than 32 deep, with more than
// 20,000 elements and attributes or with a document type declaration are refused.
//
// Package radialtest stands in for the service in tests.
package radial
