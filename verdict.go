package afterpay

import (
	"bytes"
	"errors"
)

// Why a successful answer is no success.
var (
	errNoID        = errors.New("answer lacks the id of what it is about")
	errNoList      = errors.New("answer lacks the list")
	errNoLimits    = errors.New("answer lacks the limits")
	errNotPlain    = errors.New("answer is not the service's")
	errNotApproved = errors.New("answer neither approves nor declines")
	errNotCaptured = errors.New("order is authorized and not captured")
	errReleased    = errors.New("payment was voided, reversed or has expired")
	errOtherAmount = errors.New("answer is about another amount: was the request id used before?")
)

// verdict is an answer that was read and says something else than a nil error
// promises.
type verdict struct {
	kind    Kind
	payment *Payment
	fields  []FieldError
	reason  error
	unknown bool // money may have moved all the same
}

func (v *verdict) Error() string { return v.kind.Error() }

// verdict returns why a payment does not stand, or nil. The answer to a
// repetition shows the payment as it is now, so that one which was approved may
// be gone.
func (p *Payment) verdict() *verdict {
	switch {
	case p.declined():
		return &verdict{kind: ErrDeclined, payment: p}
	case p.reversed(), p.State == StateVoided, p.State == StateExpired:
		return &verdict{kind: ErrState, payment: p, reason: errReleased}
	case p.Status != StatusApproved:
		return &verdict{kind: ErrUnavailable, payment: p, reason: errNotApproved, unknown: true}
	}
	return nil
}

func (p *Payment) declined() bool {
	return p.Status == StatusDeclined || p.State == StateAuthDeclined || p.State == StateCaptureDeclined
}

func readPayment(d *decoder, text []byte) (*Payment, error) {
	p, err := readWhole(d, text, decodePayment)
	if err == nil && p.ID == "" {
		return nil, errNoID
	}
	return p, err
}

// readAuthorized reads the answer of Authorize, if the payment stands.
func readAuthorized(d *decoder, text []byte) (*Payment, error) {
	p, err := readPayment(d, text)
	if err != nil {
		return nil, err
	}
	if v := p.verdict(); v != nil {
		return nil, v
	}
	return p, nil
}

// readCaptured reads the answer of Capture, if the payment stands and is
// captured.
func readCaptured(d *decoder, text []byte) (*Payment, error) {
	p, err := readAuthorized(d, text)
	if err == nil && p.State == StateAuthApproved {
		return nil, &verdict{kind: ErrState, payment: p, reason: errNotCaptured}
	}
	return p, err
}

// readCapturedPart reads the answer of CapturePart, if it is about the amount
// that was asked for.
func readCapturedPart(amount Money) func(*decoder, []byte) (*Payment, error) {
	return func(d *decoder, text []byte) (*Payment, error) {
		p, err := readCaptured(d, text)
		if err == nil && !p.has(EventCaptured, amount) {
			return nil, p.otherAmount(amount)
		}
		return p, err
	}
}

// readVoided reads the answer of Void, if it is about the amount that was asked
// for; Money{} is any.
func readVoided(amount Money) func(*decoder, []byte) (*Payment, error) {
	return func(d *decoder, text []byte) (*Payment, error) {
		p, err := readPayment(d, text)
		if err != nil {
			return nil, err
		}
		if v := p.verdict(); v != nil && v.reason != errReleased {
			return nil, v
		}
		if !amount.IsZero() && !p.has(EventVoided, amount) {
			return nil, p.otherAmount(amount)
		}
		return p, nil
	}
}

// has reports whether the payment has an event of a type and an amount. One
// without events tells nothing, and is believed.
func (p *Payment) has(event EventType, amount Money) bool {
	for _, e := range p.Events {
		if e.Type == event && e.Amount == amount {
			return true
		}
	}
	return len(p.Events) == 0
}

// otherAmount is the answer to a request id that was used for another amount.
func (p *Payment) otherAmount(asked Money) *verdict {
	return &verdict{
		kind: ErrAmountMismatch, payment: p, reason: errOtherAmount,
		fields: []FieldError{{"amount", "was " + safeMoney(asked)}},
	}
}

func readOrder(d *decoder, text []byte) (*Order, error) {
	o, err := readWhole(d, text, decodeOrder)
	if err == nil && o.Token == "" {
		return nil, errNoID
	}
	return o, err
}

func readRefund(d *decoder, text []byte) (*Refund, error) {
	r, err := readWhole(d, text, decodeRefund)
	if err == nil && r.ID == "" {
		return nil, errNoID
	}
	return r, err
}

// readRefunded reads the answer of a refund, if it is about the amount that was
// asked for.
func readRefunded(amount Money) func(*decoder, []byte) (*Refund, error) {
	return func(d *decoder, text []byte) (*Refund, error) {
		r, err := readRefund(d, text)
		if err == nil && !r.Amount.IsZero() && r.Amount != amount {
			return nil, &verdict{
				kind: ErrAmountMismatch, reason: errOtherAmount,
				fields: []FieldError{{"amount", "is " + safeMoney(r.Amount) + " and not " + safeMoney(amount)}},
			}
		}
		return r, err
	}
}

func readPage(d *decoder, text []byte) (*PaymentPage, error) {
	var listed bool
	p, err := readWhole(d, text, func(d *decoder, p *PaymentPage) { listed = decodePage(d, p) })
	if err == nil && !listed {
		return nil, errNoList
	}
	return p, err
}

func readConfiguration(d *decoder, text []byte) (*Configuration, error) {
	decode := decodeConfiguration
	if d.dialect != nil && d.dialect.configuration != nil {
		decode = d.dialect.configuration
	}
	c, err := readWhole(d, text, decode)
	if err == nil && c.MaximumAmount.IsZero() && c.MinimumAmount.IsZero() && len(c.PaymentTypes) == 0 {
		return nil, errNoLimits
	}
	return c, err
}

// readAccepted is for answers that say all they have to say with their status:
// nothing, or JSON that is no error.
func readAccepted(d *decoder, text []byte) (*struct{}, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	var refused bool
	_, err := readWhole(d, text, func(d *decoder, _ *struct{}) {
		for name := range d.Members() {
			refused = refused || string(name) == "errorCode"
		}
	})
	if refused {
		return nil, errNotPlain
	}
	return nil, err
}

// readPong is for the plain text of Ping, which is no web page.
func readPong(_ *decoder, text []byte) (*struct{}, error) {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		return nil, errNotPlain
	}
	return nil, nil
}
