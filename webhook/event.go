package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// Type is what an event is about. Afterpay may add types.
type Type string

// The documented types. There are none for payments, captures, refunds and
// settlements.
const (
	DisputeCreated      Type = "dispute.created"              // "created" on the wire
	DisputeUpdated      Type = "dispute.updated"              // "updated" on the wire
	GrantUpdated        Type = "on_file_grant.status.updated" // a grant of Afterpay
	CashAppGrantUpdated Type = "grant.status.updated"         // a grant of Cash App Pay
)

// An Event is a notification. At most one of Dispute, Grant and CashAppGrant is
// set. None is set if this package does not know the type, or if the body lacks
// the id of the dispute or grant.
type Event struct {
	ID        string // the same each time the event is sent; empty if the event has none
	Type      Type
	CreatedAt afterpay.Timestamp // zero for disputes

	Dispute      *DisputeNotice
	Grant        *Grant
	CashAppGrant *CashAppGrant

	Raw json.RawMessage // the body as received
}

// DisputeNotice names a dispute that was opened or has changed. Read the dispute
// itself with Disputes.Get.
type DisputeNotice struct {
	ID                string
	MerchantReference string // the merchant account, not an order
}

// GrantStatus is the status of a grant. Afterpay may add values.
type GrantStatus string

// The documented statuses of grants.
const (
	GrantActive    GrantStatus = "ACTIVE"
	GrantCancelled GrantStatus = "CANCELLED" // Afterpay only
	GrantExpired   GrantStatus = "EXPIRED"   // Cash App Pay; also named in the text about Afterpay's grants
	GrantConsumed  GrantStatus = "CONSUMED"  // Cash App Pay only
	GrantRevoked   GrantStatus = "REVOKED"   // Cash App Pay only
)

// Grant is a shopper's permission to pay on file with Afterpay. Fields that the
// service omits are empty.
type Grant struct {
	ID                string
	Type              string // such as ON_FILE
	Status            GrantStatus
	Created           afterpay.Timestamp
	Cancelled         afterpay.Timestamp
	Expires           afterpay.Timestamp
	MerchantReference string
	ConsumerReference string
	Email             string // masked
	RequestID         string
}

// CashAppGrant is a customer's permission to pay with Cash App Pay. Fields that
// the service omits are empty.
type CashAppGrant struct {
	ID      string // begins with GRG_
	Intent  string // such as ON_FILE or ONE_TIME
	Type    string // such as CASHAPP
	Details CashAppGrantDetails
}

// CashAppGrantDetails holds the status of a grant, its dates and its customer.
type CashAppGrantDetails struct {
	Status    GrantStatus
	CashApp   CashAppCustomer
	CreatedAt afterpay.Timestamp
	UpdatedAt afterpay.Timestamp
	ExpiresAt afterpay.Timestamp
}

// CashAppCustomer is a customer of Cash App.
type CashAppCustomer struct {
	CustomerID string
	Cashtag    string
}

// LogValue returns the event's id and type.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", safe.Key(e.ID)), slog.String("type", safe.Word(string(e.Type))))
}

// LogValue returns the grant's id and status.
func (g Grant) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", safe.Key(g.ID)), slog.String("status", safe.Word(string(g.Status))))
}

// LogValue returns the grant's id and status.
func (g CashAppGrant) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", safe.Key(g.ID)), slog.String("status", safe.Word(string(g.Details.Status))))
}

// LogValue returns the grant's status and hides the customer.
func (d CashAppGrantDetails) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", safe.Word(string(d.Status))))
}

// LogValue hides the customer.
func (c CashAppCustomer) LogValue() slog.Value { return safe.Redacted() }

// ParseEvent decodes the body of a notification without verifying it: anybody
// can write one. Use it for events that were verified before they were stored.
// Use it also for grants, if they arrive unsigned (Afterpay's documentation does
// not say), and then ask the service whether an event is true.
//
// A body that is not a JSON object is afterpay.ErrInvalid. Fields of an
// unexpected type are left empty.
func ParseEvent(body []byte) (*Event, error) {
	var w eventBody
	err := json.Unmarshal(body, &w)
	_, mismatch := errors.AsType[*json.UnmarshalTypeError](err)
	if err != nil && !mismatch || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return nil, newError(afterpay.ErrInvalid, afterpay.FieldError{Field: "body", Message: "must be a JSON object"})
	}
	e := w.event()
	e.Raw = bytes.Clone(body)
	return e, nil
}

// eventBody is the JSON of every type of event.
type eventBody struct {
	DisputeEventID    text    `json:"webhook_event_id"`
	DisputeChange     text    `json:"webhook_event_type"`
	DisputeID         text    `json:"dispute_id"`
	MerchantReference text    `json:"merchant_reference"`
	EventID           text    `json:"eventId"`
	Type              text    `json:"type"`
	CreatedAt         instant `json:"createdAt"`
	Timestamp         instant `json:"timestamp"`
	Data              struct {
		ID     text `json:"id"`
		Object struct {
			grantBody
			Wrapped *grantBody `json:"grant"`
		} `json:"object"`
	} `json:"data"`
	Grant struct {
		ID      text `json:"id"`
		Intent  text `json:"intent"`
		Type    text `json:"type"`
		Details struct {
			Status  text `json:"status"`
			CashApp struct {
				CustomerID text `json:"customerId"`
				Cashtag    text `json:"cashtag"`
			} `json:"cashapp"`
			CreatedAt instant `json:"createdAt"`
			UpdatedAt instant `json:"updatedAt"`
			ExpiresAt instant `json:"expiresAt"`
		} `json:"details"`
	} `json:"grant"`
}

// grantBody is the JSON of a Grant.
type grantBody struct {
	ID                text    `json:"id"`
	Type              text    `json:"type"`
	Status            text    `json:"status"`
	Created           instant `json:"created"`
	Cancelled         instant `json:"cancelled"`
	Expires           instant `json:"expires"`
	MerchantReference text    `json:"merchantReference"`
	ConsumerReference text    `json:"consumerReference"`
	Email             text    `json:"email"`
	RequestID         text    `json:"requestId"`
}

func (w *eventBody) event() *Event {
	e := &Event{
		ID:        string(cmp.Or(w.DisputeEventID, w.EventID)),
		Type:      Type(cmp.Or(w.Type, w.DisputeChange)),
		CreatedAt: w.CreatedAt.Timestamp,
	}
	if e.CreatedAt.IsZero() {
		e.CreatedAt = w.Timestamp.Timestamp
	}
	switch {
	case w.Type == "" && w.DisputeChange != "" && w.DisputeID != "":
		e.Type = "dispute." + Type(w.DisputeChange)
		e.Dispute = &DisputeNotice{ID: string(w.DisputeID), MerchantReference: string(w.MerchantReference)}
	case e.Type == GrantUpdated:
		e.Grant = w.grant()
	case e.Type == CashAppGrantUpdated:
		e.CashAppGrant = w.cashAppGrant()
	}
	return e
}

// grant returns the Afterpay grant, or nil if it has no id. The documentation
// shows it both bare and wrapped in a "grant" field.
func (w *eventBody) grant() *Grant {
	g := cmp.Or(w.Data.Object.Wrapped, &w.Data.Object.grantBody)
	id := cmp.Or(g.ID, w.Data.ID)
	if id == "" {
		return nil
	}
	return &Grant{
		ID: string(id), Type: string(g.Type), Status: GrantStatus(g.Status),
		Created: g.Created.Timestamp, Cancelled: g.Cancelled.Timestamp, Expires: g.Expires.Timestamp,
		MerchantReference: string(g.MerchantReference), ConsumerReference: string(g.ConsumerReference),
		Email: string(g.Email), RequestID: string(g.RequestID),
	}
}

// cashAppGrant returns the Cash App Pay grant, or nil if it has no id.
func (w *eventBody) cashAppGrant() *CashAppGrant {
	g := &w.Grant
	if g.ID == "" {
		return nil
	}
	return &CashAppGrant{
		ID: string(g.ID), Intent: string(g.Intent), Type: string(g.Type),
		Details: CashAppGrantDetails{
			Status:    GrantStatus(g.Details.Status),
			CashApp:   CashAppCustomer{string(g.Details.CashApp.CustomerID), string(g.Details.CashApp.Cashtag)},
			CreatedAt: g.Details.CreatedAt.Timestamp, UpdatedAt: g.Details.UpdatedAt.Timestamp, ExpiresAt: g.Details.ExpiresAt.Timestamp,
		},
	}
}

// text decodes a JSON string or number, and any other value as empty.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	var n json.Number
	if json.Unmarshal(data, &s) != nil && json.Unmarshal(data, &n) == nil {
		s = n.String()
	}
	*t = text(s)
	return nil
}

// instant decodes a Timestamp, and any other value as zero.
type instant struct{ afterpay.Timestamp }

func (t *instant) UnmarshalJSON(data []byte) error {
	if t.Timestamp.UnmarshalJSON(data) != nil {
		t.Timestamp = afterpay.Timestamp{}
	}
	return nil
}
