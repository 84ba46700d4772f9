package afterpay

import (
	"bytes"
	"net/http"
)

// A nil error means that the money moved as requested. The functions of this
// file hold a payment or refund against the call and return nil only if it
// shows that. Their errors leave the outcome unknown unless the payment's own
// numbers prove that the call moved nothing.

// Why a successful response is no success.
const (
	errNoID         reason = "response has no id"
	errNoToken      reason = "response has no token"
	errNoList       reason = "response has no list"
	errNotPlain     reason = "response is not the service's"
	errOther        reason = "response does not match the request"
	errNotApproved  reason = "response neither approves nor declines"
	errContradicts  reason = "payment contradicts itself"
	errNotCaptured  reason = "order is authorized and not captured"
	errNotAll       reason = "response does not show that the whole amount was captured"
	errStillOpen    reason = "response does not show that everything was released"
	errReleased     reason = "payment was voided, reversed or has expired"
	errNoMovement   reason = "response does not show the requested amount"
	errNotUpdated   reason = "response does not show the new reference"
	errNoComparison reason = "response has no amount to compare"
)

// unknown returns the Error of a response that proves nothing.
func unknown(p *Payment, why reason) *Error {
	return &Error{Kind: ErrUnavailable, Payment: p, Err: why, OutcomeUnknown: true}
}

// isAbout reports whether nothing in a payment contradicts that it is the one
// that was asked for.
func (in *call) isAbout(p *Payment) bool {
	return agree(in.paymentID, p.ID) && agree(in.token, p.Token)
}

// agree reports whether two texts are equal, or one of them is missing.
func agree(asked, got string) bool { return asked == got || asked == "" || got == "" }

// acceptPayment accepts the payment that was asked for, whatever became of it.
func acceptPayment(in *call, p *Payment) *Error {
	switch {
	case p.ID == "":
		return unknown(nil, errNoID)
	case !in.isAbout(p):
		return unknown(nil, errOther)
	}
	return nil
}

// acceptReference accepts a payment with the merchant reference that it was given.
func acceptReference(in *call, p *Payment) *Error {
	if e := acceptPayment(in, p); e != nil {
		return e
	}
	if !agree(in.reference, p.MerchantReference) {
		return unknown(p, errNotUpdated)
	}
	return nil
}

// acceptStanding accepts an approved payment that has not been voided, reversed
// or expired since. The response to a repeated call shows the payment as it is
// now, so an approved payment may be gone.
func acceptStanding(in *call, p *Payment) *Error {
	if p.declined() && in.isAbout(p) { // a declined payment may lack its id
		if p.movedMoney() {
			return unknown(p, errContradicts)
		}
		return &Error{Kind: ErrDeclined, Payment: p}
	}
	if e := acceptPayment(in, p); e != nil {
		return e
	}
	switch {
	case p.reversed():
		return &Error{Kind: ErrState, Payment: p, Err: errReleased}
	case p.State == StateVoided, p.State == StateExpired:
		if p.has(EventCaptured) || p.lacksMovement() {
			return unknown(p, errContradicts)
		}
		return &Error{Kind: ErrState, Payment: p, Err: errReleased}
	case p.Status != StatusApproved:
		return unknown(p, errNotApproved)
	}
	return in.acceptTotal(p)
}

// acceptTotal accepts a payment of the total that was asked for, if one was.
func (in *call) acceptTotal(p *Payment) *Error {
	switch {
	case in.total.IsZero() || p.OriginalAmount == in.total:
		return nil
	case !p.OriginalAmount.Currency.valid():
		return unknown(p, errNoComparison)
	}
	e := unknown(p, "amount mismatch: payment is for "+reason(safeMoney(p.OriginalAmount)+", expected "+safeMoney(in.total)))
	e.Kind = ErrAmountMismatch
	return e
}

// acceptAuthorized accepts a payment whose money is held or was captured since.
func acceptAuthorized(in *call, p *Payment) *Error {
	if e := acceptStanding(in, p); e != nil {
		return e
	}
	if p.State == StateAuthApproved && p.saysClosed() {
		return unknown(p, errContradicts)
	}
	if p.State == "" || p.approvedState() || !p.OpenToCaptureAmount.IsZero() && p.OpenToCaptureAmount == p.OriginalAmount {
		return nil
	}
	return unknown(p, errNotApproved)
}

// acceptCaptured accepts a payment that is captured as a whole.
func acceptCaptured(in *call, p *Payment) *Error {
	e := acceptStanding(in, p)
	switch {
	case e != nil:
		return e
	case p.State == StateAuthApproved && !p.has(EventCaptured) && !p.lacksMovement() && !p.saysClosed():
		return &Error{Kind: ErrState, Payment: p, Err: errNotCaptured}
	case !p.nothingOpen() || p.has(EventVoided) || p.has(EventExpired):
		return unknown(p, errNotAll)
	}
	captured, known := p.captured()
	if known && !p.OriginalAmount.IsZero() && captured != p.OriginalAmount {
		return unknown(p, errNotAll)
	}
	return nil
}

// acceptCapturedPart accepts a payment with the capture that was asked for.
func acceptCapturedPart(in *call, p *Payment) *Error {
	e := acceptStanding(in, p)
	switch {
	case e != nil:
		return e
	case p.movement(EventCaptured, in.amount, in.reference) == nil:
		return p.otherMovement(in, EventCaptured)
	case p.State == StateAuthApproved:
		return unknown(p, errContradicts)
	}
	return nil
}

// acceptVoided accepts a payment with the void that was asked for, or one of
// which nothing is open any more.
func acceptVoided(in *call, p *Payment) *Error {
	e := acceptStanding(in, p)
	if e != nil && e.Err != errReleased {
		return e
	}
	released := e != nil || p.has(EventVoided) || p.has(EventExpired)
	switch {
	case in.whole && released && p.nothingOpen():
		return nil
	case in.whole && p.OpenToCaptureAmount.Amount <= 0:
		return unknown(p, errStillOpen)
	case !in.whole && p.movement(EventVoided, in.amount, "") != nil:
		return nil
	}
	return p.otherMovement(in, EventVoided)
}

// acceptRefunded accepts the refund that was asked for.
func acceptRefunded(in *call, r *Refund) *Error {
	switch {
	case r.ID == "":
		return unknown(nil, errNoID)
	case !agree(in.requestID, r.RequestID) || !agree(in.reference, r.MerchantReference):
		return unknown(nil, errOther)
	case !r.Amount.Currency.valid(), r.Amount != in.amount && r.RequestID == "":
		return unknown(nil, errNoComparison)
	case r.Amount != in.amount:
		return reused(nil, r.Amount, in.amount)
	}
	return nil
}

// reused returns the Error of a request id that was used before.
func reused(p *Payment, before, asked Money) *Error {
	why := "amount mismatch: request id was already used for " + safeMoney(before) + ", not " + safeMoney(asked)
	switch {
	case before.IsZero() && asked.IsZero():
		why = "amount mismatch: request id was already used for a part, not for all that is open"
	case before.IsZero():
		why = "amount mismatch: request id was already used for an amount other than " + safeMoney(asked)
	case asked.IsZero():
		why = "amount mismatch: request id was already used for " + safeMoney(before) + ", not for all that is open"
	case before == asked:
		why = "amount mismatch: request id was already used for " + safeMoney(before) + " with another reference"
	}
	return &Error{Kind: ErrAmountMismatch, Payment: p, Err: reason(why)}
}

// otherMovement judges a payment without the movement that was asked for. Only if
// its numbers account for every cent was the movement not made: then the request
// id was used before, for one of the movements that there are.
func (p *Payment) otherMovement(in *call, kind EventType) *Error {
	if !p.isAccountedFor() || !p.has(kind) {
		return unknown(p, errNoMovement)
	}
	var before Money
	for i, e := range p.Events {
		switch {
		case e.Type != kind:
		case before.IsZero():
			before = p.Events[i].Amount
		default: // more than one: any of them can be the first use
			return reused(p, Money{}, in.amount)
		}
	}
	return reused(p, before, in.amount)
}

// isAccountedFor reports whether the payment's numbers account for every cent, so
// that its events show every movement there was.
func (p *Payment) isAccountedFor() bool {
	_, err := p.Balance()
	return err == nil && !p.OpenToCaptureAmount.IsZero() && !(p.declined() && p.movedMoney())
}

// lacksMovement reports whether less is open than the payment's events explain, so
// that they do not show every movement there was.
func (p *Payment) lacksMovement() bool {
	open := p.OpenToCaptureAmount
	t := tally{zero: Money{0, p.OriginalAmount.Currency}}
	t.count(p)
	left := t.sub(p.OriginalAmount, t.captured, t.voided)
	switch {
	case open.Amount <= 0 || open.Currency != p.OriginalAmount.Currency:
		return false
	case t.err != nil || t.unknown > 0:
		return open != p.OriginalAmount
	}
	return open.Amount < left.Amount
}

// saysClosed reports whether the payment says that nothing is open.
func (p *Payment) saysClosed() bool {
	return p.OpenToCaptureAmount.Amount == 0 && !p.OpenToCaptureAmount.IsZero()
}

// movement returns the newest event of a kind, amount and reference, or nil.
func (p *Payment) movement(kind EventType, amount Money, reference string) *PaymentEvent {
	for i := len(p.Events) - 1; i >= 0; i-- {
		if e := &p.Events[i]; e.Type == kind && e.Amount == amount && e.MerchantReference == reference {
			return e
		}
	}
	return nil
}

// has reports whether the payment has an event of a type.
func (p *Payment) has(kind EventType) bool {
	for i := range p.Events {
		if p.Events[i].Type == kind {
			return true
		}
	}
	return false
}

// captured adds up the captures; false if there are none, or one has no amount.
func (p *Payment) captured() (total Money, known bool) {
	for i := range p.Events {
		e := &p.Events[i]
		if e.Type != EventCaptured {
			continue
		}
		sum, err := total.Add(e.Amount)
		if err != nil || !e.Amount.Currency.valid() {
			return Money{}, false
		}
		total, known = sum, true
	}
	return total, known
}

// nothingOpen reports whether the payment shows that nothing can be captured any
// more: by its state and by what it says is open, where they are sent. Under v1
// neither is.
func (p *Payment) nothingOpen() bool {
	open := p.OpenToCaptureAmount
	switch {
	case open.Amount != 0:
		return false
	case p.State == "" || p.closedState() || p.reversed():
		return true
	}
	return !open.IsZero() && !p.approvedState() // a state that is not known
}

func (p *Payment) declined() bool {
	return p.Status == StatusDeclined || p.State == StateAuthDeclined || p.State == StateCaptureDeclined
}

// movedMoney reports whether a declined payment shows money that moved.
func (p *Payment) movedMoney() bool {
	return p.has(EventCaptured) || p.has(EventVoided) || p.has(EventExpired) || len(p.Refunds) > 0 || p.approvedState() || p.lacksMovement()
}

// accepted is the result of calls for which the status of the response is
// enough. The body is empty, or a JSON object that is not an error.
type accepted struct{}

func (*accepted) readResponse(version APIVersion, _ http.Header, body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == "null" {
		return nil
	}
	if body[0] != '{' {
		return errNotPlain
	}
	var f failureBody
	if err := decodeJSON(version, body, &f); err != nil {
		return err
	}
	if f.ErrorCode != "" || f.ErrorID != "" {
		return errNotPlain
	}
	return nil
}

// pong is the result of Ping: plain text, and not a web page.
type pong struct{}

func (*pong) readResponse(_ APIVersion, _ http.Header, body []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return errNotPlain
	}
	return nil
}
