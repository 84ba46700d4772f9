package afterpay

// UnmarshalJSON reads a dispute as the service or json.Marshal writes it, as
// tolerantly as the client does.
func (d *Dispute) UnmarshalJSON(data []byte) error { return unmarshal(data, d, decodeDispute) }

// decodeDisputePage reports whether there was a list at all.
func decodeDisputePage(d *decoder, p *DisputePage) (listed bool) {
	for name := range d.Members() {
		switch string(name) {
		case "data":
			listed = true
			for range d.Elements() {
				v := new(Dispute)
				decodeDispute(d, v)
				p.Disputes = append(p.Disputes, v)
			}
		case "offset":
			p.Offset = int(d.Int())
		case "limit":
			p.Limit = int(d.Int())
		case "total":
			p.Total = int(d.Int())
		}
	}
	return listed
}

// decodeDispute reads a dispute that stands bare, or in a member "dispute".
func decodeDispute(d *decoder, v *Dispute) {
	var amounts disputeAmounts
	for name := range d.Members() {
		switch string(name) {
		case "dispute":
			decodeDispute(d, v)
		case "id":
			v.ID = d.String()
		case "order":
			v.Order = d.String()
		case "merchantOrderId":
			v.MerchantOrderID = d.String()
		case "amount":
			amounts.amount = d.plainAmount()
		case "currency":
			amounts.currency = Currency(d.word())
		case "reason":
			v.Reason = DisputeReason(d.String())
		case "status":
			v.Status = DisputeStatus(d.String())
		case "open":
			v.Open = d.Bool()
		case "responseDueBy":
			v.ResponseDueBy = d.time()
		case "createdAt":
			v.CreatedAt = d.time()
		case "updatedAt":
			v.UpdatedAt = d.time()
		case "transactionDate":
			v.TransactionDate = d.time()
		case "openingNote":
			v.OpeningNote = d.String()
		case "openingNoteAttachments":
			v.OpeningNoteAttachments = d.oneOrMore()
		case "closingReason":
			v.ClosingReason = ClosingReason(d.String())
		case "closingNote":
			v.ClosingNote = d.String()
		case "settlementAmount":
			amounts.settlement = d.plainAmount()
		case "meta":
			decodeDisputeMeta(d, &v.Meta, &amounts.transaction)
		}
	}
	amounts.fill(v)
}

func decodeDisputeMeta(d *decoder, m *DisputeMeta, transaction *plainAmount) {
	for name := range d.Members() {
		switch string(name) {
		case "transactionAmount":
			*transaction = d.plainAmount()
		case "network":
			m.Network = d.String()
		case "networkReferenceId":
			m.NetworkReferenceID = d.String()
		case "orderType":
			m.OrderType = d.String()
		}
	}
}

// disputeAmounts are the amounts of a dispute until it is known which currency
// they are in.
type disputeAmounts struct {
	amount, settlement, transaction plainAmount
	currency                        Currency
}

func (a *disputeAmounts) fill(v *Dispute) {
	for _, f := range [...]struct {
		from plainAmount
		to   *Money
	}{{a.amount, &v.Amount}, {a.settlement, &v.SettlementAmount}, {a.transaction, &v.Meta.TransactionAmount}} {
		if f.from.sent {
			*f.to = f.from.Money
			if f.to.Currency == "" {
				f.to.Currency = a.currency
			}
		}
	}
}

// plainAmount is a sum that may lack its currency.
type plainAmount struct {
	Money
	sent bool
}

// plainAmount reads an amount that stands alone, or as a Money.
func (d *decoder) plainAmount() plainAmount {
	if d.IsObject() {
		m := d.money()
		return plainAmount{m, !m.IsZero()}
	}
	text := d.Text()
	if len(text) == 0 {
		return plainAmount{}
	}
	a, ok := parseAmount(text)
	if !ok {
		d.Fail(ErrAmount)
	}
	return plainAmount{Money{Amount: a}, true}
}

// oneOrMore reads an array of texts, or a text that stands alone.
func (d *decoder) oneOrMore() []string {
	if !d.IsArray() {
		if text := d.String(); text != "" {
			return []string{text}
		}
		return nil
	}
	return d.strings()
}
