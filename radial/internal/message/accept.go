package message

import (
	"cmp"
	"context"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// Tender is Radial's code for Afterpay.
const Tender = "AF"

// Operation describes one of Radial's calls. Paths, retries, errors and logs
// read it here.
type Operation struct {
	Name    string // as in radial.Error.Op
	Path    string // below /v1.0/stores/{StoreID}
	Request string // root element of the request
	Reply   string // root element of the reply

	// Success and Declined are the outcomes of the reply that say so. An empty
	// Success means that the reply names no outcome and its arrival is success;
	// an empty Declined means that the call cannot be declined.
	Success, Declined string
	// NamesOrder and NamesTender say that the reply must name them.
	NamesOrder, NamesTender bool

	Repeat bool // the client may repeat the call with the same request id
	Effect bool // the call changes something, so a lost reply leaves its outcome unknown
	NoID   bool // a request id is sent only if the caller gives one
}

// Route returns the path with {StoreID} in place of the value.
func (op *Operation) Route() string { return "/v1.0/stores/{StoreID}" + op.Path }

// Asked is what a request says that its reply may repeat.
type Asked struct {
	RequestID, SessionID, StoreID, OrderID, PaymentID string
	Amount                                            afterpay.Money // Money{} if the request has none to compare
}

// Call is a call to be carried out.
type Call struct {
	Op      *Operation
	Asked   Asked
	Content func(*Writer) // writes the request; nil if it is empty
	Reply   Reply
	// Begin is called once, after the request was found valid and before it is
	// sent. Its error ends the call. It may be nil.
	Begin func(context.Context) error
}

// Reply is what a reply is decoded into.
type Reply interface {
	// Shared returns the part that all replies share.
	Shared() *Common
	// Missing returns the path of the first required element that a successful
	// reply lacks, or "".
	Missing() string
}

// Common holds what a reply repeats of its request, and the outcome it names.
// Types that implement Reply embed it.
type Common struct {
	RequestID   Text           `xml:"requestId,attr"`
	SessionID   Text           `xml:"sessionId,attr"`
	Context     PaymentContext `xml:"PaymentContext"`
	ContextBase PaymentContext `xml:"PaymentContextBase"`
	TenderType  Text           `xml:"TenderType"`
	PaymentID   Text           `xml:"PaymentId"`
	StoreID     Text           `xml:"StoreId"`
	Amount      Money          `xml:"Amount"`
	Code        Text           `xml:"ResponseCode"`
	Description Text           `xml:"ResponseCodeDescription"`
}

// PaymentContext names an order.
type PaymentContext struct {
	OrderID    Text `xml:"OrderId"`
	TenderType Text `xml:"TenderType"`
}

// Shared returns c, so that a type that embeds it implements half of Reply.
func (c *Common) Shared() *Common { return c }

// OrderID returns the id of the order from either form of the context.
func (c *Common) OrderID() string { return first(c.ContextBase.OrderID, c.Context.OrderID) }

// Tender returns the tender, wherever it stands.
func (c *Common) Tender() string {
	return first(c.TenderType, c.Context.TenderType, c.ContextBase.TenderType)
}

// Check reports an order or a tender that the message names twice, differently.
// Accept implies it.
func (c *Common) Check() error {
	order, tender := c.OrderID(), c.Tender()
	for _, id := range []Text{c.ContextBase.OrderID, c.Context.OrderID} {
		if differ(id, order) {
			return errAmbiguous
		}
	}
	for _, t := range []Text{c.TenderType, c.Context.TenderType, c.ContextBase.TenderType} {
		if differ(t, tender) {
			return errAmbiguous
		}
	}
	return nil
}

func first(texts ...Text) string {
	for _, t := range texts {
		if t.value != "" {
			return t.value
		}
	}
	return ""
}

// Why a reply is refused although it can be read.
const (
	errOtherRequest  = safe.Message("reply is to another request id")
	errOtherSession  = safe.Message("reply is to another session id")
	errOtherStore    = safe.Message("reply is about another store")
	errOtherOrder    = safe.Message("reply is about another order")
	errOtherPayment  = safe.Message("reply is about another payment id")
	errOtherTender   = safe.Message("reply is about another tender")
	errOtherAmount   = safe.Message("reply is about another amount")
	errOtherCurrency = safe.Message("reply is about another currency")
	errNoOrder       = safe.Message("reply names no order")
	errNoTender      = safe.Message("reply names no tender")
	errAmbiguous     = safe.Message("message names two orders or two tenders")
	errOutcome       = safe.Message("reply names no known outcome")
)

// Accept compares a reply with the request. It returns nil if the reply is about
// what was asked, names a known outcome and is complete; the outcome may still
// be a failure. Every reply of every operation is accepted here.
func (op *Operation) Accept(asked Asked, reply Reply) error {
	c := reply.Shared()
	switch {
	case differ(c.RequestID, asked.RequestID):
		return errOtherRequest
	case differ(c.SessionID, asked.SessionID):
		return errOtherSession
	case differ(c.StoreID, asked.StoreID):
		return errOtherStore
	case differ(c.PaymentID, asked.PaymentID):
		return errOtherPayment
	case differ(c.ContextBase.OrderID, asked.OrderID), differ(c.Context.OrderID, asked.OrderID):
		return errOtherOrder
	case differ(c.TenderType, Tender), differ(c.Context.TenderType, Tender), differ(c.ContextBase.TenderType, Tender):
		return errOtherTender
	case op.NamesOrder && c.OrderID() == "":
		return errNoOrder
	case op.NamesTender && c.Tender() == "":
		return errNoTender
	}
	outcome := op.Outcome(c.Code.value)
	if err := acceptAmount(asked.Amount, c.Amount, outcome); err != nil {
		return err
	}
	switch outcome {
	case Unknown:
		return errOutcome
	case Succeeded:
		if path := reply.Missing(); path != "" {
			return safe.Message("reply has no " + path)
		}
	}
	return nil
}

// acceptAmount compares the amount of a reply with the one asked for, if both
// are there. A reply that is no success may name 0.00 instead.
func acceptAmount(asked afterpay.Money, got Money, o Outcome) error {
	switch {
	case asked.IsZero(), !got.present, o != Succeeded && got.value.Amount == 0:
		return nil
	case got.value.Currency != asked.Currency:
		return errOtherCurrency
	case got.value.Amount != asked.Amount:
		return errOtherAmount
	}
	return nil
}

// differ reports whether a reply names something other than what was asked. White
// space is compared as XML Schema collapses it.
func differ(got Text, asked string) bool {
	return got.value != "" && asked != "" && got.value != asked && collapse(got.value) != collapse(asked)
}

func collapse(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(space, r) }), " ")
}

// Outcome is what a reply says of its request.
type Outcome int

// The outcomes.
const (
	Unknown Outcome = iota
	Succeeded
	Declined
	Failed
	TimedOut // Radial received no response from Afterpay in time
)

// Outcome returns what the code of a reply means for the operation.
func (op *Operation) Outcome(code string) Outcome {
	switch code {
	case op.Success, cmp.Or(op.Success, "Success"):
		return Succeeded
	case "":
		return Unknown
	case op.Declined:
		return Declined
	case "Fail":
		return Failed
	case "Timeout", "PaymentProcessorTimeout":
		return TimedOut
	}
	return Unknown
}
