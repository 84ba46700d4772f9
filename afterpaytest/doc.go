// Package afterpaytest is an Afterpay in memory, to test a shop with.
//
// A [Sandbox] is the service, API v1 and v2, and the shopper, in one value.
// It needs no network, no credentials and no clean-up, costs well under a
// millisecond a checkout, and fails where production would fail: with the
// statuses, codes, bodies and oddities that were recorded or are documented.
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
// A sandbox of a test fails the test for what the service would let pass
// without a word: a member it doesn't know in a request body or in the query
// of a list, and a path it doesn't have. Faults that no request ran into fail
// it too.
//
// # The shopper
//
// [Sandbox.Approve] confirms a checkout; the auth or capture that follows is
// approved. [Sandbox.Decline] confirms it as well, and the auth or capture is
// declined. [Sandbox.Cancel] leaves it. [Sandbox.RedirectURL] is where the
// shopper's browser goes then. In an express checkout the shopper also chooses
// the address and the shipping: [Sandbox.Choose].
//
//	require.NoError(t, sandbox.Decline(order.Token))
//	_, err := client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: order.Token})
//	require.ErrorIs(t, err, afterpay.ErrDeclined)
//
// For people and browsers the sandbox has a small hosted checkout at the
// order's redirectCheckoutUrl, with a button for each of the three.
//
// # When the answer is lost
//
// The case every shop should test: the money moved, and nobody said so.
//
//	sandbox.Fail(afterpaytest.OpCapture, afterpaytest.Reset().AfterCommit())
//
// The faults are [Reset], [Timeout], [Truncated], [BadGateway],
// [ServiceUnavailable], [EmptyError], [Blocked], [InProgress],
// [TooManyRequests], [Refuse] for any error of the API, and [Respond] for any
// answer at all. All but Truncated happen before the service commits unless
// AfterCommit says otherwise. [Sandbox.FailFunc] decides request by request.
//
// [Sandbox.Hold] keeps a request running until it is released, so that a
// second with the same key meets the 409 that a double click meets:
//
//	held := sandbox.Hold(afterpaytest.OpCapture)
//	go client.Payments.Capture(ctx, request)
//	<-held.Entered()
//	_, err := client.Payments.Capture(ctx, request) // 409
//	held.Release()
//
// # What happened
//
// [Sandbox.Ledger] lists every movement of money; a shop's own books can be
// compared with it. [Sandbox.Requests] lists what was sent, attempt by attempt.
//
//	require.Len(t, sandbox.Ledger(), 1)
//	first, second := sandbox.Requests(afterpaytest.OpAuthorize)[0], sandbox.Requests(afterpaytest.OpAuthorize)[1]
//	require.Equal(t, first.RequestID, second.RequestID)
//
// # Time
//
// [Sandbox.Advance] moves the sandbox's clock: tokens and authorizations
// expire, reversals take effect, request ids are forgotten after 24 hours,
// refunds end after 120 days.
//
//	sandbox.Advance(13 * 24 * time.Hour)
//	_, err := client.Payments.CapturePart(ctx, payment.ID, rest)
//	require.ErrorIs(t, err, afterpay.ErrState)
//
// Inside a testing/synctest bubble the bubble's clock does the same, timeouts
// and retries of the client included, and none of it takes real time.
//
// # Disputes and webhooks
//
// [Sandbox.OpenDispute] has the shopper complain about a payment. The client
// responds or accepts; [Sandbox.WinDispute], [Sandbox.LoseDispute] and
// [Sandbox.WithdrawDispute] end what it left open, and 13 days without a
// response lose it. [Sandbox.Evidence] and [Sandbox.EvidenceFile] are what
// arrived. [WithDisputeForm] chooses between the ways in which Afterpay describes
// disputes.
//
// [Sandbox.DisputeWebhook] is the body of the notification, [WebhookRequest] and
// [SignWebhook] sign that or any other one:
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
// faults included: a Reset is a TCP reset there. As a Sandbox is an
// http.Handler, any server serves it, and
//
//	go run ./examples/sandbox -addr 127.0.0.1:8080
//
// is one that a shop in any language can use.
//
// # Without the service
//
// [Sandbox.Reply] scripts the answer to one request, and [Sandbox.Mock] gives
// the httpmock transport that the sandbox answers through, for responders of
// your own; they come before the sandbox. Don't use httpmock.Activate: it
// changes http.DefaultTransport for every test of the process.
//
// # Readings
//
// Where documentation and recordings are silent or at odds, the sandbox does
// this:
//
//   - A request id belongs to the merchant and the operation; under it, the
//     service answers what has become of the payment since. It is forgotten
//     after 24 hours, but for refunds of v2, which are documented to live
//     longer and never forgotten here. A request that was refused leaves no
//     mark.
//   - An expired authorization has an event EXPIRED and an entry in refunds
//     like a void's. Its capture and its void are answered 412
//     payment_expired; the void of one that was voided before, 412
//     payment_voided.
//   - A reversal takes effect after 3 seconds. Money that was open is voided
//     (event VOIDED, state VOIDED), money that was captured is refunded in
//     full (state CAPTURED); v1 calls the order REVERSED. From its acceptance
//     on, captures, voids and refunds are answered 412 precondition_failed.
//   - A void is read back with its event's id as refundId, as in one of two
//     recordings; answers of writes keep the number. Events are read back
//     with times 2 ms later than they were written with.
//   - A refund or void that covers a dispute's amount closes it as
//     merchant_refunded or merchant_voided. A lost dispute is one movement in
//     the ledger, [Disputed], at once and not with a later settlement. Evidence
//     files live for 30 days, and their links are only for show.
//   - A 409 has the code conflict, in v2 as in v1.
//   - An order may be refunded for 120 days from Payment.Created.
//   - Orders of both versions can be managed by both, except that v1 doesn't
//     see an authorization before something was captured of it. Tokens of
//     checkouts don't cross.
//   - An address needs line1 and postcode, which every recorded one has.
//   - An express checkout whose amount differs from the one in auth or capture
//     is refused with 422 invalid_amount, unless it says that it was adjusted
//     and brings a checksum, which isn't verified.
package afterpaytest
