// Package afterpaytest is an Afterpay sandbox in memory, for testing a shop.
//
// A [Sandbox] stands in for both versions of the API and for the shopper. It
// needs no network, no credentials and no clean-up, and a checkout takes well
// under a millisecond. It fails as the service does, with the statuses, codes
// and bodies that are documented or were recorded.
//
// # A test
//
//	func TestCheckout(t *testing.T) {
//		t.Parallel()
//		client, sandbox := afterpaytest.NewClient(t)
//		order, err := client.Orders.Create(t.Context(), newOrder())
//		require.NoError(t, err)
//		require.NoError(t, sandbox.Approve(order.Token))
//		payment, err := client.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: order.Token})
//		require.NoError(t, err)
//		require.Equal(t, afterpay.StateCaptured, payment.State)
//	}
//
// The sandbox of a test also fails the test for mistakes that the service
// would not report: an unknown field in a request body, an unknown parameter
// in the query of a list, and an unknown path. A fault that never happened
// fails the test too.
//
// # The shopper
//
// [Sandbox.Approve] confirms a checkout, and the auth or capture that follows
// is approved. [Sandbox.Decline] confirms it as well, but the auth or capture
// is declined. [Sandbox.Cancel] leaves the checkout. [Sandbox.RedirectURL] is
// the URL that the shopper's browser goes to afterwards. In an express
// checkout the shopper also chooses the address and the shipping, with
// [Sandbox.Choose].
//
//	require.NoError(t, sandbox.Decline(order.Token))
//	_, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: order.Token})
//	require.ErrorIs(t, err, afterpay.ErrDeclined)
//
// For people and browsers, the sandbox serves a small hosted checkout at the
// order's redirectCheckoutUrl, with a button for each of the three. It also
// serves an afterpay.js, through which shops on API v1 open the checkout;
// package afterpayjs loads it.
//
// # Lost responses
//
// Every shop should test the case in which the money moves and the response
// is lost:
//
//	sandbox.Fail(afterpaytest.OpCapture, afterpaytest.Reset().AfterCommit())
//
// The faults are [Reset], [Timeout], [Truncated], [BadGateway],
// [ServiceUnavailable], [EmptyError], [Blocked], [InProgress],
// [TooManyRequests], [Refuse] for any error of the API, and [Respond] for any
// other response. All except Truncated happen before the service carries out
// the request, unless AfterCommit is used. [Sandbox.FailFunc] decides for each
// request.
//
// [Sandbox.Hold] keeps a request running until it is released, so that a second
// request with the same key gets a 409, as after a double click:
//
//	held := sandbox.Hold(afterpaytest.OpCapture)
//	go client.Payments.Capture(ctx, request)
//	<-held.Entered()
//	_, err := client.Payments.Capture(ctx, request) // 409
//	held.Release()
//
// # Assertions
//
// [Sandbox.Ledger] lists every movement of money, to compare a shop's own
// books with. [Sandbox.Requests] lists every attempt that was sent.
//
//	require.Len(t, sandbox.Ledger(), 1)
//	attempts := sandbox.Requests(afterpaytest.OpAuthorize)
//	require.Equal(t, attempts[0].RequestID, attempts[1].RequestID)
//
// # Time
//
// [Sandbox.Advance] moves the sandbox's clock. Tokens and authorizations
// expire, reversals take effect, request ids are forgotten after 24 hours, and
// refunds are refused after 120 days.
//
//	sandbox.Advance(13 * 24 * time.Hour)
//	_, err := client.Payments.CapturePart(ctx, payment.ID, rest)
//	require.ErrorIs(t, err, afterpay.ErrState)
//
// In a testing/synctest bubble, the bubble's clock does the same, including
// the timeouts and retries of the client, and takes no real time.
//
// # Disputes and webhooks
//
// [Sandbox.OpenDispute] opens a dispute about a payment, as its shopper would.
// The client responds to it or accepts it. [Sandbox.WinDispute],
// [Sandbox.LoseDispute] and [Sandbox.WithdrawDispute] decide it, and without a
// response within 13 days it is lost. [Sandbox.Evidence] and
// [Sandbox.EvidenceFile] return what the client sent. [WithDisputeForm]
// chooses between the forms in which Afterpay documents disputes.
//
// [Sandbox.DisputeWebhook] returns the body of a notification. [WebhookRequest]
// and [SignWebhook] sign it, or any other body:
//
//	body, err := sandbox.DisputeWebhook(dispute)
//	require.NoError(t, err)
//	request, err := afterpaytest.WebhookRequest(secret, url, time.Now(), body)
//	require.NoError(t, err)
//	handler.ServeHTTP(httptest.NewRecorder(), request)
//
// # Another account
//
//	sandbox := afterpaytest.New(
//		afterpaytest.WithRegion(afterpaytest.GB),
//		afterpaytest.WithLimits("1.00", "500.00"),
//		afterpaytest.WithReadLag(3*time.Second),
//	)
//	client := sandbox.NewClient(t, afterpay.WithAPIVersion(afterpay.V1))
//
// # Sockets, other processes, other languages
//
// [NewServer] serves a sandbox on a loopback port for the length of a test,
// including its faults: over a socket, Reset is a TCP reset. A Sandbox is an
// http.Handler, so any server can serve it. The command
//
//	afterpay sandbox --addr 127.0.0.1:8080
//
// serves one for shops in any language. With [WithControl], tests in other
// languages approve checkouts, inject faults, move the clock and read the
// ledger over HTTP; control.md in the directory of this package is the manual.
//
// # Scripted responses
//
// [Sandbox.Reply] sets the response to one request. [Sandbox.Mock] returns the
// httpmock transport that the sandbox responds through; responders registered
// on it take precedence over the sandbox. Do not use httpmock.Activate, which
// changes http.DefaultTransport for every test of the process.
//
// # Where the documentation is silent
//
// Where documentation and recordings are silent or contradict each other, the
// sandbox behaves as follows:
//
//   - A request id belongs to the merchant and the operation. A repeat under
//     it returns the current payment. The id is forgotten after 24 hours,
//     except that refunds of v2 are documented to be remembered longer and are
//     never forgotten here. Refused requests are not remembered.
//   - An expired authorization has an event EXPIRED, and an entry in refunds
//     as after a void. Its capture and its void get a 412 payment_expired. The
//     void of a voided authorization gets a 412 payment_voided.
//   - A reversal takes effect after 3 seconds. An open amount is voided (event
//     VOIDED, state VOIDED). A captured amount is refunded in full (state
//     CAPTURED). v1 calls the order REVERSED. Once a reversal is accepted,
//     captures, voids and refunds get a 412 precondition_failed.
//   - Later reads show a void with the id of its event as refundId, as in one of
//     two recordings. Responses to writes keep the numeric id. Later
//     reads show the times of events 2 ms later than the response to the
//     write did.
//   - A refund or void of a dispute's amount closes the dispute as
//     merchant_refunded or merchant_voided. A lost dispute is one movement in
//     the ledger, [Disputed], made at once and not with a later settlement.
//     Evidence files live for 30 days. Links to them do not work.
//   - A 409 has the code conflict in both versions.
//   - An order can be refunded for 120 days from Payment.Created.
//   - Both versions can manage each other's orders, except that v1 does not
//     see an authorization before something was captured of it. The token of a
//     checkout is valid in one version only.
//   - In v2 an address needs line1 and postcode, which every recorded one has.
//     In v1 it also needs the name, and in US accounts the state, which only
//     the US edition of the documentation requires.
//   - The void of an unknown numeric id gets a 404. A 500 was recorded in
//     GB in 2020.
//   - On the global host, an unknown merchant is refused by the router, with
//     the errorId cf-worker. The message of the router is not recorded. Hosts
//     that are not Afterpay's behave as the global host.
//   - purchaseCountry is returned with a checkout and not with a payment.
//   - All amounts of an order must be in its currency, quantities must be at
//     least 1, prices and discounts may be 0.00, and a country UK is refused.
//   - An express checkout whose amount differs from the one in auth or capture
//     is refused with 422 invalid_amount, unless isCheckoutAdjusted is set and
//     a checksum is sent. The checksum is not verified.
package afterpaytest
