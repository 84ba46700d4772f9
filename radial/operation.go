package radial

// operation is what the package has to know of one of Radial's calls. Paths,
// repetitions, errors, logs and tests read it here.
type operation struct {
	name    string // as in Error.Op
	path    string // below /v1.0/stores/{StoreID}
	request string // root element of the request
	reply   string // root element of the reply
	// repeat allows automatic repetitions with the same request id.
	repeat bool
	// effect says that the call changes something, so that a lost answer leaves
	// a question.
	effect bool
}

// tender is Radial's code for Afterpay.
const tender = "AF"

var (
	opGetConfiguration = operation{
		name:    "GetConfiguration",
		path:    "/payments/configuration/get/" + tender + ".xml",
		request: "GetConfigurationRequest",
		reply:   "GetConfigurationReply",
		repeat:  true,
	}
	opInitialize = operation{
		name:    "InitializePaymentAuthorization",
		path:    "/payments/authorization/initialize/" + tender + ".xml",
		request: "InitializePaymentAuthorizationRequest",
		reply:   "InitializePaymentAuthorizationReply",
		repeat:  true,
		effect:  true,
	}
	opGetAuthorization = operation{
		name:    "GetPaymentAuthorization",
		path:    "/payments/authorization/get.xml", // no tender here
		request: "GetPaymentAuthorizationRequest",
		reply:   "GetPaymentAuthorizationReply",
		repeat:  true,
		effect:  true,
	}
	opConfirmFunds = operation{
		name:    "ConfirmFunds",
		path:    "/payments/funds/confirm/" + tender + ".xml",
		request: "ConfirmFundsRequest",
		reply:   "ConfirmFundsReply",
		repeat:  true,
		effect:  true,
	}
	opSettlement = operation{
		name:    "PaymentSettlement",
		path:    "/payments/settlement/create/" + tender + ".xml",
		request: "PaymentSettlementRequest",
		reply:   "AckReply",
		effect:  true, // and never repeated: a second settlement moves the money twice
	}
	opAuthCancel = operation{
		name:    "PaymentAuthCancel",
		path:    "/payments/auth/cancel/" + tender + ".xml",
		request: "PaymentAuthCancelRequest",
		reply:   "AckReply",
		repeat:  true,
		effect:  true,
	}
)

func (op *operation) route() string { return "/v1.0/stores/{StoreID}" + op.path }
