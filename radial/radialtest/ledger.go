package radialtest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// sessionLife is between the 30 and the 50 minutes that Radial names.
const sessionLife = 40 * time.Minute

// ledger holds what the service knows of orders and money.
type ledger struct {
	sessions    map[string]*session // by payment id
	approved    map[string]bool     // by order id: whether the authorization is still valid
	settlements []Settled
	statuses    []string
}

// session is a session of a shopper at Afterpay.
type session struct {
	orderID   string
	expires   time.Time
	confirmed bool
}

// Settled is a settlement that the server acknowledged. Two of the same order,
// invoice and type are a double debit or credit.
type Settled struct {
	RequestID      string
	OrderID        string
	InvoiceID      string
	SettlementType string
	Amount         string // such as 37.00
	Currency       string
	ClientContext  string
}

func newLedger() ledger {
	return ledger{sessions: make(map[string]*session), approved: make(map[string]bool)}
}

// Confirm confirms the session of a payment id, as the shopper does. It reports
// whether there is such a session and it is still open.
func (s *Server) Confirm(paymentID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	visit := s.sessions[paymentID]
	if visit == nil || time.Now().After(visit.expires) {
		return false
	}
	visit.confirmed = true
	return true
}

// ExpireAuthorization makes the authorization of an order expire, so that
// ConfirmFunds fails unless it may renew it.
func (s *Server) ExpireAuthorization(orderID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.approved[orderID]; known {
		s.approved[orderID] = false
	}
}

// Settlements returns the settlements that the server acknowledged, oldest first.
func (s *Server) Settlements() []Settled {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.settlements)
}

// Statuses returns the asynchronous messages since the last call: for each
// settlement a PaymentSettlementStatus that says settled, and for each
// cancellation a PaymentAuthCancelReply.
func (s *Server) Statuses() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	messages := make([][]byte, len(s.statuses))
	for i, m := range s.statuses {
		messages[i] = []byte(m)
	}
	s.statuses = nil
	return messages
}

// carryOut does what a valid request asks for.
func (l *ledger) carryOut(r Request) Response {
	var text string
	switch r.Op {
	case Initialize, GetConfiguration:
		text = l.reply(r, "Success")
	case GetAuthorization:
		text = l.reply(r, l.authorize(r))
	case ConfirmFunds:
		text = l.confirmFunds(r)
	case Settlement:
		text = l.settle(r)
	case AuthCancel:
		text = l.cancel(r)
	}
	return Document(http.StatusOK, text)
}

// reply writes the reply of an operation with an outcome. Only a Success of
// Initialize opens a session.
func (l *ledger) reply(r Request, code string) string {
	orderID := r.Text("OrderId")
	context := "<PaymentContext>" + element("OrderId", orderID) + element("TenderType", "AF") + "</PaymentContext>"
	switch r.Op {
	case GetConfiguration:
		configuration := ""
		if code == "Success" {
			// All elements but PaymentType are this package's invention.
			configuration = "<AfterpayConfiguration>" + element("PaymentType", "PAY_BY_INSTALLMENT") +
				amountElement("MinimumAmount", "1.00", "USD") + amountElement("MaximumAmount", "2000.00", "USD") +
				element("Expires", time.Now().UTC().Add(24*time.Hour).Format(time.RFC3339)) + "</AfterpayConfiguration>"
		}
		return message("GetConfigurationReply", element("ResponseCode", code), configuration)
	case Initialize:
		if code != "Success" {
			return message("InitializePaymentAuthorizationReply", context, element("ResponseCode", code),
				element("ResponseCodeDescription", "no session was opened"), amountElement("Amount", "0.00", r.root.currency()))
		}
		return message("InitializePaymentAuthorizationReply", context, element("ResponseCode", code),
			element("PaymentId", l.open(orderID)), amountElement("Amount", r.Text("Amount"), r.root.currency()))
	case ConfirmFunds:
		return l.funds(r, code, false)
	case Settlement, AuthCancel:
		return message("AckReply", "<Received/>") // there is no outcome to name
	}
	return message("GetPaymentAuthorizationReply", context, element("ResponseCode", code))
}

// open opens a session and returns its payment id, in the form of Radial's
// example: 27 digits and 5 letters.
func (l *ledger) open(orderID string) string {
	id := fmt.Sprintf("%027dTests", len(l.sessions)+1)
	l.sessions[id] = &session{orderID: orderID, expires: time.Now().Add(sessionLife)}
	return id
}

// authorize approves an order whose shopper has confirmed. It declines an unknown,
// expired or unconfirmed session and a session of another order, since Radial has
// published no other response.
func (l *ledger) authorize(r Request) string {
	visit := l.sessions[r.Text("PaymentId")]
	if visit == nil || visit.orderID != r.Text("OrderId") || !visit.confirmed || time.Now().After(visit.expires) {
		return "DECLINED"
	}
	l.approved[visit.orderID] = true
	return "APPROVED"
}

func (l *ledger) confirmFunds(r Request) string {
	orderID := r.Text("PaymentContextBase/OrderId")
	holds, known := l.approved[orderID]
	renew := known && !holds && r.Text("PerformReauthorization") == "true"
	if renew {
		l.approved[orderID] = true
	}
	if holds || renew {
		return l.funds(r, "Success", renew)
	}
	return l.funds(r, "Fail", false)
}

func (l *ledger) funds(r Request, code string, renewed bool) string {
	return message("ConfirmFundsReply", orderContext(r), element("FundsAvailable", code),
		element("ReauthorizationAttempted", fmt.Sprint(renewed)))
}

func (l *ledger) settle(r Request) string {
	settled := Settled{
		RequestID:      r.RequestID,
		OrderID:        r.Text("PaymentContextBase/OrderId"),
		InvoiceID:      r.Text("InvoiceId"),
		SettlementType: r.Text("SettlementType"),
		Amount:         r.Text("Amount"),
		Currency:       r.root.currency(),
		ClientContext:  r.Text("ClientContext"),
	}
	l.settlements = append(l.settlements, settled)
	l.statuses = append(l.statuses, message("PaymentSettlementStatus", orderContext(r), element("TenderType", "AF"),
		amountElement("Amount", settled.Amount, settled.Currency), element("SettlementType", settled.SettlementType),
		element("SettlementStatus", "S"), element("ClientContext", settled.ClientContext), element("StoreId", StoreID)))
	return message("AckReply", "<Received/>")
}

func (l *ledger) cancel(r Request) string {
	orderID := r.Text("PaymentContextBase/OrderId")
	code := "Success"
	if !l.approved[orderID] {
		code = "Fail"
	}
	delete(l.approved, orderID)
	l.statuses = append(l.statuses, message("PaymentAuthCancelReply", orderContext(r), element("TenderType", "AF"),
		element("ResponseCode", code), amountElement("Amount", r.Text("Amount"), r.root.currency()), element("StoreId", StoreID)))
	return message("AckReply", "<Received/>")
}

func orderContext(r Request) string {
	return "<PaymentContextBase>" + element("OrderId", r.Text("PaymentContextBase/OrderId")) + "</PaymentContextBase>"
}
