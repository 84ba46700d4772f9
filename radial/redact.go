package radial

import "log/slog"

// The LogValue methods below are what slog writes for values that hold personal
// data or a way to a shopper's session: enough to recognise them by, nothing to
// misuse. Those of Error and Attempt stand with their types.

func redacted() slog.Value { return slog.StringValue("[redacted]") }

// LogValue names the store and the host, and no API key.
func (c Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("store", c.storeID), slog.String("host", c.stores.Host))
}

// LogValue hides who and where.
func (p PartyInformation) LogValue() slog.Value { return redacted() }

// LogValue hides the person.
func (c ContactInformation) LogValue() slog.Value { return redacted() }

// LogValue hides the person.
func (p Person) LogValue() slog.Value { return redacted() }

// LogValue hides the name.
func (n Name) LogValue() slog.Value { return redacted() }

// LogValue shows the country and hides the rest.
func (a Address) LogValue() slog.Value {
	return slog.GroupValue(slog.String("country", plain(a.CountryCode)))
}

// LogValue shows the ids, the total and the number of items.
func (r InitializePaymentAuthorizationRequest) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("request_id", plain(r.RequestID)),
		slog.String("order_id", plain(r.OrderID)),
		slog.String("amount", r.Amount.String()),
		slog.Int("line_items", len(r.LineItems.Items)),
	)
}

// LogValue shows the order and hides the session.
func (r InitializePaymentAuthorizationReply) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("order_id", plain(r.OrderID)),
		slog.String("response_code", plain(string(r.ResponseCode))),
		slog.String("amount", r.Amount.String()),
	)
}

// LogValue shows the order and hides the session.
func (r GetPaymentAuthorizationRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("request_id", plain(r.RequestID)), slog.String("order_id", plain(r.OrderID)))
}

// LogValue shows the order and the verdict.
func (r GetPaymentAuthorizationReply) LogValue() slog.Value {
	return slog.GroupValue(slog.String("order_id", plain(r.OrderID)), slog.String("response_code", plain(string(r.ResponseCode))))
}

// LogValue shows the ids.
func (s Supplement) LogValue() slog.Value {
	return slog.GroupValue(slog.String("request_id", plain(s.RequestID)), slog.String("order_id", plain(s.OrderID)))
}

// LogValue shows the ids, the direction and the amount.
func (r PaymentSettlementRequest) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("order_id", plain(r.OrderID)),
		slog.String("invoice_id", plain(r.InvoiceID)),
		slog.String("type", plain(string(r.SettlementType))),
		slog.String("amount", r.Amount.String()),
	)
}

// LogValue shows the ids, the state, the direction and the amount.
func (s Settlement) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", plain(s.ID)),
		slog.String("request_id", plain(s.RequestID)),
		slog.String("state", plain(string(s.State))),
		slog.Any("request", s.Request),
	)
}

// LogValue shows the order, the direction, the amount and the outcome.
func (s PaymentSettlementStatus) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("order_id", plain(s.OrderID)),
		slog.String("type", plain(string(s.SettlementType))),
		slog.String("amount", s.Amount.String()),
		slog.String("status", plain(string(s.SettlementStatus))),
	)
}

// LogValue shows the code and hides the description, which may quote the
// request.
func (f Fault) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Time("created", f.Created),
		slog.String("code", plain(f.Code)),
		slog.Bool("duplicate", f.Duplicate),
	)
}
