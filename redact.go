package afterpay

import "log/slog"

// The LogValue methods below are what slog writes for values that hold personal
// data or tokens: enough to recognise them by, nothing to misuse.

func redacted() slog.Value { return slog.StringValue("[redacted]") }

// LogValue hides the shopper.
func (c Consumer) LogValue() slog.Value { return redacted() }

// LogValue shows the country and hides the rest.
func (c Contact) LogValue() slog.Value {
	return slog.GroupValue(slog.String("country", plain(c.CountryCode)))
}

// LogValue shows the total and the number of items.
func (r CreateOrderRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("amount", safeMoney(r.Amount)), slog.Int("items", len(r.Items)))
}

// LogValue shows the total and the end of the order's life.
func (o Order) LogValue() slog.Value {
	return slog.GroupValue(slog.String("amount", safeMoney(o.Amount)), slog.Time("expires", o.Expires.Time))
}

// LogValue shows the number of items.
func (o OrderDetails) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("items", len(o.Items)))
}

// LogValue shows the payment's id, verdict, state and amounts.
func (p Payment) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", plain(p.ID)),
		slog.String("status", plain(string(p.Status))),
		slog.String("state", plain(string(p.State))),
		slog.String("original_amount", safeMoney(p.OriginalAmount)),
		slog.String("open_to_capture_amount", safeMoney(p.OpenToCaptureAmount)),
	)
}

// LogValue shows how many payments there are.
func (p PaymentPage) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("total_results", p.TotalResults), slog.Int("payments", len(p.Payments)))
}

// LogValue shows the amount, if any.
func (r CaptureRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("amount", safeMoney(r.Amount)))
}

// LogValue shows the request id and the amount, if any.
func (r AuthorizeRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("request_id", plain(r.RequestID)), slog.String("amount", safeMoney(r.Amount)))
}

// LogValue shows the dates and the number of values asked for.
func (q PaymentQuery) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Time("from", q.FromCreated), slog.Time("to", q.ToCreated),
		slog.Int("ids", len(q.IDs)), slog.Int("tokens", len(q.Tokens)), slog.Int("references", len(q.MerchantReferences)),
		slog.Int("limit", q.Limit), slog.Int("offset", q.Offset),
	)
}

// LogValue hides the parcel's number.
func (c Courier) LogValue() slog.Value {
	return slog.GroupValue(slog.String("priority", plain(string(c.Priority))))
}

// LogValue hides the agreement's token.
func (a Agreement) LogValue() slog.Value {
	return slog.GroupValue(slog.String("type", plain(a.Type)), slog.String("status", plain(a.Status)))
}

// LogValue shows how many members there are.
func (c Custom) LogValue() slog.Value { return slog.GroupValue(slog.Int("members", len(c))) }

// LogValue shows the path and not the message, which may quote the request.
func (f FieldError) LogValue() slog.Value { return slog.StringValue(plainPath(f.Field)) }

// LogValue hides the addresses, which may name a cart.
func (m Merchant) LogValue() slog.Value { return redacted() }
