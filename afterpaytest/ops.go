package afterpaytest

// Op names an operation of the API, in the words an afterpay.Error uses. An
// untyped string constant such as "payments.capture" is one too.
type Op string

// The operations the sandbox serves. Those marked v2 don't exist in API v1.
const (
	OpPing              Op = "ping"                     // GET /ping
	OpGetConfiguration  Op = "configuration.get"        // GET /configuration
	OpCreateOrder       Op = "orders.create"            // POST /v2/checkouts, POST /v1/orders
	OpGetOrder          Op = "orders.get"               // GET /v2/checkouts/{token}, GET /v1/orders/{token}
	OpAuthorize         Op = "payments.authorize"       // POST /v2/payments/auth (v2)
	OpCapture           Op = "payments.capture"         // POST /payments/capture
	OpCapturePart       Op = "payments.capturePart"     // POST /v2/payments/{id}/capture (v2)
	OpVoid              Op = "payments.void"            // POST /v2/payments/{id}/void (v2)
	OpReverse           Op = "payments.reverse"         // POST /payments/token:{token}/reversal
	OpGetPayment        Op = "payments.get"             // GET /payments/{id}
	OpGetPaymentByToken Op = "payments.getByToken"      // GET /payments/token:{token}
	OpListPayments      Op = "payments.list"            // GET /payments
	OpUpdateReference   Op = "payments.updateReference" // PUT /payments/{id}
	OpUpdateCourier     Op = "payments.updateCourier"   // PUT /payments/{id}/courier
	OpCreateRefund      Op = "refunds.create"           // POST /payments/{id}/refund
	OpListDisputes      Op = "disputes.list"            // GET /v2/disputes (v2)
	OpGetDispute        Op = "disputes.get"             // GET /v2/disputes/{id} (v2)
	OpRespondToDispute  Op = "disputes.respond"         // POST /v2/disputes/{id} (v2)
	OpAcceptDispute     Op = "disputes.accept"          // POST /v2/disputes/{id}/accept (v2)
	OpUploadEvidence    Op = "disputes.uploadEvidence"  // POST /v2/disputes/files (v2)
	OpGetEvidenceFile   Op = "disputes.getEvidenceFile" // GET /v2/disputes/files/{id} (v2)
)
