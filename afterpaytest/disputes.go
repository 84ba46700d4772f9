package afterpaytest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Disputed is the kind of a movement that takes money from the merchant after a
// dispute was lost.
const Disputed MovementKind = "disputed"

// The windows of a dispute, in days as documented.
const (
	disputeWindow  = 120 * 24 * time.Hour // from the purchase to the opening
	evidenceWindow = 13 * 24 * time.Hour  // from the opening to the response
)

// DisputeForm is one of the ways in which Afterpay describes disputes. Which one
// the service follows is not known.
type DisputeForm int

// The forms.
const (
	// DisputesAsInExamples: times are numbers, amounts stand beside a currency,
	// and what does not apply is left out. It is the default.
	DisputesAsInExamples DisputeForm = iota
	// DisputesAsInTables: the same, but an answer about one dispute has it in a
	// member "dispute".
	DisputesAsInTables
	// DisputesAsInOpenAPI: times and the list of attachments are strings, there
	// is no currency, and every member is there.
	DisputesAsInOpenAPI
)

// WithDisputeForm sets in which form disputes are answered.
func WithDisputeForm(f DisputeForm) Option {
	return func(s *Sandbox) { s.disputeForm = f }
}

// disputeDesk is what the sandbox knows of disputes.
type disputeDesk struct {
	byID  map[string]*dispute
	all   []*dispute // in the order they were opened
	files map[string]*evidenceFile
}

// dispute is a shopper's complaint about an order.
type dispute struct {
	id            string
	order         *order
	amount        money
	reason        string
	status        string
	closingReason string
	opened        time.Time
	updated       time.Time
	due           time.Time
	attachment    string          // the shopper's
	returned      map[string]bool // refunds and voids from before it was opened
	evidence      map[string]string
}

func (d *dispute) open() bool { return d.status == "needs_response" || d.status == "under_review" }

// OpenDispute opens a dispute about a payment as its shopper would, and returns
// its id. The reason is one of the API's, such as product_not_received; an empty
// amount means all that the merchant has, or may still capture, of the order. It
// fails for an unknown or declined payment, for more than that, and more than
// 120 days after the purchase.
//
// The dispute needs a response within 13 days and is lost without one. A refund
// or void of its amount in the meantime closes it.
func (s *Sandbox) OpenDispute(paymentID, reason, amount string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.settle(now)
	found := s.byID[paymentID]
	if found == nil || found.current.declined {
		return "", fmt.Errorf("afterpaytest: OpenDispute: no approved payment %q", paymentID)
	}
	p := found.current
	if now.Sub(p.created) > disputeWindow {
		return "", fmt.Errorf("afterpaytest: OpenDispute: payment %s is older than 120 days", paymentID)
	}
	most := p.open + p.captured - p.refunded
	disputed := most
	if amount != "" {
		value, fault := parseDecimal(amount)
		if fault != amountFine {
			return "", fmt.Errorf("afterpaytest: OpenDispute: %q isn't an amount", amount)
		}
		disputed = value
	}
	if disputed <= 0 || disputed > most {
		return "", fmt.Errorf("afterpaytest: OpenDispute: payment %s has %s to dispute, not %s", paymentID, decimal(most), decimal(disputed))
	}
	d := &dispute{
		id: "dp_" + s.ids.base32(24), order: found, amount: p.money(disputed), reason: reason, status: "needs_response",
		opened: now, updated: now, due: now.Add(evidenceWindow), returned: make(map[string]bool),
		attachment: "fi_" + s.ids.base32(24),
	}
	for _, r := range p.refunds {
		d.returned[r.key()] = true
	}
	if s.disputes.byID == nil {
		s.disputes.byID = make(map[string]*dispute)
	}
	s.disputes.byID[d.id] = d
	s.disputes.all = append(s.disputes.all, d)
	s.schedule(d.due, found, func(s *Sandbox, _ *payment, at time.Time) {
		if s.follow(d); d.status == "needs_response" {
			s.lose(d, "deadline_expired", at)
		}
	})
	return d.id, nil
}

// key tells refunds and voids apart, whichever model they are read from.
func (r refund) key() string { return r.id + " " + r.voidEvent }

// WinDispute has Afterpay decide for the merchant.
func (s *Sandbox) WinDispute(disputeID string) error {
	return s.decideDispute(disputeID, func(d *dispute, now time.Time) { d.close("won", "evidence_accepted", now) })
}

// LoseDispute has Afterpay decide for the shopper: the amount is taken from the
// merchant, which the ledger shows as Disputed.
func (s *Sandbox) LoseDispute(disputeID string) error {
	return s.decideDispute(disputeID, func(d *dispute, now time.Time) { s.lose(d, "evidence_rejected", now) })
}

// WithdrawDispute has the shopper withdraw the dispute, which the merchant wins
// with that.
func (s *Sandbox) WithdrawDispute(disputeID string) error {
	return s.decideDispute(disputeID, func(d *dispute, now time.Time) { d.close("won", "customer_cancelled", now) })
}

func (s *Sandbox) decideDispute(disputeID string, how func(*dispute, time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.settle(now)
	d := s.disputes.byID[disputeID]
	if d == nil {
		return fmt.Errorf("afterpaytest: no dispute %q", disputeID)
	}
	if s.follow(d); !d.open() {
		return fmt.Errorf("afterpaytest: dispute %s is closed: %s", disputeID, d.status)
	}
	how(d, now)
	return nil
}

func (d *dispute) close(status, reason string, at time.Time) {
	d.status, d.closingReason, d.updated = status, reason, at
}

// lose needs s.mu.
func (s *Sandbox) lose(d *dispute, reason string, at time.Time) {
	d.close("lost", reason, at)
	s.enter(Disputed, d.order.current, "", d.amount.hundredths, at)
}

// follow closes a dispute whose amount was given back since it was opened.
func (s *Sandbox) follow(d *dispute) {
	if !d.open() {
		return
	}
	status, at := "merchant_voided", d.opened
	var returned int64
	for _, r := range d.order.current.refunds {
		if d.returned[r.key()] {
			continue
		}
		returned += r.amount
		if r.voidEvent == "" {
			status = "merchant_refunded"
		}
		if r.at.After(at) {
			at = r.at
		}
	}
	if returned >= d.amount.hundredths {
		d.close(status, "", at)
	}
}

// disputeOf finds the dispute of a call.
func (s *Sandbox) disputeOf(c *call) (*dispute, answer, bool) {
	d := s.disputes.byID[c.id]
	if d == nil {
		return nil, refuse(http.StatusNotFound, "not_found", "Dispute not found."), false
	}
	s.follow(d)
	return d, answer{}, true
}

func (s *Sandbox) getDispute(c *call) answer {
	d, refusal, ok := s.disputeOf(c)
	if !ok {
		return refusal
	}
	return read(s.wireDisputeAlone(d))
}

// evidenceTexts and evidenceFiles are the members of evidence.
var (
	evidenceTexts = []string{
		"productDescription", "refundPolicyDisclosure", "refundRefusalExplanation", "shippingAddress", "shippingDate",
		"shippingCarrier", "shippingTrackingNumber", "uncategorizedText",
	}
	evidenceFiles = []string{"refundPolicy", "shippingDocumentation", "uncategorizedFile"}
)

// respondToDispute takes evidence, once.
func (s *Sandbox) respondToDispute(c *call) answer {
	if id := c.body.text("id", 0); id != nil && *id != c.id {
		c.doc.fault("id", "must be the id of the dispute")
	}
	given := s.readEvidence(c)
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	d, refusal, ok := s.disputeOf(c)
	if !ok {
		return refusal
	}
	if d.status != "needs_response" {
		return notEligible("Dispute does not need a response.")
	}
	d.status, d.evidence, d.updated = "under_review", given, c.now
	return answer{status: http.StatusOK, body: s.wireDisputeAlone(d)}
}

func (s *Sandbox) readEvidence(c *call) map[string]string {
	given := make(map[string]string)
	o := c.body.child("evidence")
	if o == nil {
		c.doc.fault("evidence", "may not be null")
		return given
	}
	for _, name := range slices.Concat(evidenceTexts, evidenceFiles) {
		value := o.text(name, 5000)
		if value == nil {
			continue
		}
		given[name] = *value
		if *value == "" {
			c.doc.fault(o.at(name), "size must be between 1 and 5000")
		} else if slices.Contains(evidenceFiles, name) && s.fileAt(*value, c.now) == nil {
			c.doc.fault(o.at(name), "must be an uploaded file")
		}
	}
	o.close()
	if len(given) == 0 {
		c.doc.fault("evidence", "must have at least one field")
	}
	return given
}

// acceptDispute gives a dispute up.
func (s *Sandbox) acceptDispute(c *call) answer {
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	d, refusal, ok := s.disputeOf(c)
	if !ok {
		return refusal
	}
	if !d.open() {
		return notEligible("Dispute is closed.")
	}
	s.lose(d, "merchant_accepted", c.now)
	return answer{status: http.StatusOK, body: s.wireDisputeAlone(d)}
}

// Evidence returns what was said to a dispute, by the names of the API; nil when
// nothing was.
func (s *Sandbox) Evidence(disputeID string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.disputes.byID[disputeID]
	if d == nil {
		return nil
	}
	return d.evidence
}
