package afterpay

import (
	"bytes"
	"cmp"
	"encoding/json"
	"log/slog"

	"github.com/afterpay-go/afterpay/internal/wire"
)

// WebhookType is what a notification is about. The set is open.
type WebhookType string

// The types that are documented. There are none for payments, captures, refunds
// and settlements.
const (
	WebhookDisputeCreated      WebhookType = "dispute.created"              // "created" on the wire
	WebhookDisputeUpdated      WebhookType = "dispute.updated"              // "updated" on the wire
	WebhookGrantUpdated        WebhookType = "on_file_grant.status.updated" // Afterpay
	WebhookCashAppGrantUpdated WebhookType = "grant.status.updated"         // Cash App Pay
)

// WebhookEvent is a notification. Of Dispute, Grant and CashAppGrant at most one
// is set; none is for a type that this package does not know and for a body
// that lacks what its type promises. Raw is always there.
type WebhookEvent struct {
	ID        string // the same when the event is sent again; empty if it has none
	Type      WebhookType
	CreatedAt Timestamp // zero for disputes

	Dispute      *DisputeNotice
	Grant        *Grant
	CashAppGrant *CashAppGrant

	Raw json.RawMessage // the body as it came
}

// DisputeNotice says that a dispute was opened or changed, not how: read it with
// Disputes.Get.
type DisputeNotice struct {
	ID                string `json:"dispute_id"`
	MerchantReference string `json:"merchant_reference,omitempty"` // the merchant account, not an order
}

// GrantStatus is whether a grant can be used. The set is open.
type GrantStatus string

// The statuses of grants, Afterpay's and Cash App Pay's.
const (
	GrantActive    GrantStatus = "ACTIVE"
	GrantCancelled GrantStatus = "CANCELLED" // Afterpay
	GrantExpired   GrantStatus = "EXPIRED"
	GrantConsumed  GrantStatus = "CONSUMED" // Cash App Pay
	GrantRevoked   GrantStatus = "REVOKED"  // Cash App Pay
)

// Grant is a shopper's permission to pay on file with Afterpay. What the service
// did not send, or sent as null, is empty.
type Grant struct {
	ID                string      `json:"id"`
	Type              string      `json:"type,omitempty"` // ON_FILE; an open set
	Status            GrantStatus `json:"status"`
	Created           Timestamp   `json:"created,omitzero"`
	Cancelled         Timestamp   `json:"cancelled,omitzero"`
	Expires           Timestamp   `json:"expires,omitzero"`
	MerchantReference string      `json:"merchantReference,omitempty"`
	ConsumerReference string      `json:"consumerReference,omitempty"`
	Email             string      `json:"email,omitempty"` // masked
	RequestID         string      `json:"requestId,omitempty"`
}

// CashAppGrant is a customer's permission to pay with Cash App Pay.
type CashAppGrant struct {
	ID      string              `json:"id"`               // GRG_…
	Intent  string              `json:"intent,omitempty"` // ON_FILE or ONE_TIME; an open set
	Type    string              `json:"type,omitempty"`   // CASHAPP; an open set
	Details CashAppGrantDetails `json:"details,omitzero"`
}

// CashAppGrantDetails is whether a grant can be used, until when, and whose it is.
type CashAppGrantDetails struct {
	Status    GrantStatus     `json:"status,omitempty"`
	CashApp   CashAppCustomer `json:"cashapp,omitzero"`
	CreatedAt Timestamp       `json:"createdAt,omitzero"`
	UpdatedAt Timestamp       `json:"updatedAt,omitzero"`
	ExpiresAt Timestamp       `json:"expiresAt,omitzero"`
}

// CashAppCustomer is a customer of Cash App's.
type CashAppCustomer struct {
	CustomerID string `json:"customerId,omitempty"`
	Cashtag    string `json:"cashtag,omitempty"`
}

// LogValue shows the event's id and type.
func (e WebhookEvent) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", plain(e.ID)), slog.String("type", plain(string(e.Type))))
}

// LogValue shows the grant's id and status.
func (g Grant) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", plain(g.ID)), slog.String("status", plain(string(g.Status))))
}

// LogValue shows the grant's id and status.
func (g CashAppGrant) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", plain(g.ID)), slog.String("status", plain(string(g.Details.Status))))
}

// LogValue hides the customer.
func (d CashAppGrantDetails) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", plain(string(d.Status))))
}

// LogValue hides the customer.
func (c CashAppCustomer) LogValue() slog.Value { return redacted() }

// ParseWebhookEvent reads the body of a notification and believes it: anybody
// can write one. It is for events that were verified before they were stored,
// and for grants, of which the documentation does not say whether they are
// signed; ask the service about what an unsigned one claims. A body that is no
// JSON object is ErrInvalid.
func ParseWebhookEvent(body []byte) (*WebhookEvent, error) {
	e, err := readWhole(new(decoder), body, decodeWebhookEvent)
	if err != nil {
		refused := webhookError(ErrInvalid, nil)
		refused.Err = err
		return nil, refused
	}
	e.Raw = bytes.Clone(body)
	return e, nil
}

// decodeWebhookEvent reads an event of any type. Which one it is may stand
// behind what it says.
func decodeWebhookEvent(d *decoder, e *WebhookEvent) {
	if !d.IsObject() {
		d.Fail(wire.ErrSyntax)
	}
	var change, kind string
	var dispute DisputeNotice
	var grant Grant
	var cashApp CashAppGrant
	for name := range d.Members() {
		switch string(name) {
		case "webhook_event_id", "eventId":
			e.ID = d.String()
		case "webhook_event_type":
			change = d.String()
		case "dispute_id":
			dispute.ID = d.String()
		case "merchant_reference":
			dispute.MerchantReference = d.String()
		case "type":
			kind = d.String()
		case "createdAt", "timestamp":
			e.CreatedAt = d.time()
		case "data":
			decodeGrantData(d, &grant)
		case "grant":
			decodeCashAppGrant(d, &cashApp)
		}
	}
	e.Type = WebhookType(cmp.Or(kind, change))
	switch {
	case kind == "" && change != "" && dispute.ID != "":
		e.Type, e.Dispute = WebhookType("dispute."+change), &dispute
	case e.Type == WebhookGrantUpdated && grant.ID != "":
		e.Grant = &grant
	case e.Type == WebhookCashAppGrantUpdated && cashApp.ID != "":
		e.CashAppGrant = &cashApp
	}
}

// decodeGrantData reads the envelope of an Afterpay grant.
func decodeGrantData(d *decoder, g *Grant) {
	var id string
	for name := range d.Members() {
		switch string(name) {
		case "id":
			id = d.String()
		case "object":
			decodeGrant(d, g)
		}
	}
	g.ID = cmp.Or(g.ID, id)
}

// decodeGrant reads a grant that stands bare, or in a member "grant".
func decodeGrant(d *decoder, g *Grant) {
	for name := range d.Members() {
		switch string(name) {
		case "grant":
			decodeGrant(d, g)
		case "id":
			g.ID = d.String()
		case "type":
			g.Type = d.String()
		case "status":
			g.Status = GrantStatus(d.String())
		case "created":
			g.Created = d.time()
		case "cancelled":
			g.Cancelled = d.time()
		case "expires":
			g.Expires = d.time()
		case "merchantReference":
			g.MerchantReference = d.String()
		case "consumerReference":
			g.ConsumerReference = d.String()
		case "email":
			g.Email = d.String()
		case "requestId":
			g.RequestID = d.String()
		}
	}
}

func decodeCashAppGrant(d *decoder, g *CashAppGrant) {
	for name := range d.Members() {
		switch string(name) {
		case "id":
			g.ID = d.String()
		case "intent":
			g.Intent = d.String()
		case "type":
			g.Type = d.String()
		case "details":
			decodeCashAppGrantDetails(d, &g.Details)
		}
	}
}

func decodeCashAppGrantDetails(d *decoder, v *CashAppGrantDetails) {
	for name := range d.Members() {
		switch string(name) {
		case "status":
			v.Status = GrantStatus(d.String())
		case "cashapp":
			for name := range d.Members() {
				switch string(name) {
				case "customerId":
					v.CashApp.CustomerID = d.String()
				case "cashtag":
					v.CashApp.Cashtag = d.String()
				}
			}
		case "createdAt":
			v.CreatedAt = d.time()
		case "updatedAt":
			v.UpdatedAt = d.time()
		case "expiresAt":
			v.ExpiresAt = d.time()
		}
	}
}
