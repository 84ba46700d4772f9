package settlement

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// rowParser turns one record into a Row. The first fault is kept, and what is
// read after it does not matter.
type rowParser struct {
	*reader
	record
	currency afterpay.Currency
	fault    *Error
}

func (p *rowParser) row() Row {
	p.currency = p.settlementCurrency()
	row := Row{
		Line:                p.line,
		SettlementDate:      p.settlementDate(),
		Currency:            p.currency,
		AfterpayOrderID:     p.id(colAfterpayOrderID),
		MerchantOrderID:     p.text(colMerchantOrderID),
		AfterpayRefundID:    p.id(colAfterpayRefundID),
		MerchantRefundID:    p.text(colMerchantRefundID),
		PaymentEventID:      p.text(colPaymentEventID),
		OrderAmount:         p.money(colOrderAmount),
		SettlementAmount:    p.requiredMoney(colSettlementAmount),
		MerchantFeeExclTax:  p.money(colFeeExclTax),
		MerchantFeeTax:      p.money(colFeeTax),
		MerchantFeeInclTax:  p.money(colFeeInclTax),
		NetSettlementAmount: p.requiredMoney(colNet),
		Channel:             p.text(colChannel),
		StoreName:           p.text(colStoreName),
		StoreID:             p.text(colStoreID),
		DeviceName:          p.text(colDeviceName),
		DeviceID:            p.text(colDeviceID),
		AcquirerTerminalID:  p.text(colTerminalID),
		ConsumerCountry:     p.text(colConsumerCountry),
		Extra:               p.extra(),
	}
	row.OrderDate, row.OrderedAt = p.dateAndTime(colOrderTime)
	row.RefundDate, row.RefundedAt = p.dateAndTime(colRefundTime)
	if p.source.header.has(colPresentmentCurrency) {
		row.Partner = p.partner()
	}
	p.derive(&row)
	row.Type = p.rowType(&row)
	return row
}

func (p *rowParser) partner() Partner {
	presented := p.presentmentCurrency()
	return Partner{
		PresentmentAmount:      p.moneyIn(presented, colPresentmentAmount),
		PresentmentCurrency:    presented,
		SettlementExchangeRate: p.text(colExchangeRate),
		VariableRate:           p.money(colVariableRate),
		FixedRate:              p.money(colFixedRate),
		FeeAmount:              p.money(colFeeAmount),
		CBTRate:                p.money(colCBTRate),
		CBTFeeAmount:           p.money(colCBTFeeAmount),
	}
}

// derive fills in the fee and the net amount where the file lacks the columns.
func (p *rowParser) derive(row *Row) {
	h := p.source.header
	hasFee, hasNet := h.has(colFeeInclTax), h.has(colNet)
	switch {
	case hasFee:
	case h.has(colFeeExclTax) && h.has(colFeeTax):
		row.MerchantFeeInclTax = p.sum(colFeeTax, row.MerchantFeeExclTax, row.MerchantFeeTax)
		hasFee = true
	case hasNet:
		row.MerchantFeeInclTax = p.sum(colNet, row.SettlementAmount, -row.NetSettlementAmount)
	}
	switch {
	case hasNet:
	case hasFee:
		row.NetSettlementAmount = p.sum(colSettlementAmount, row.SettlementAmount, -row.MerchantFeeInclTax)
	default:
		row.NetUnknown = true
	}
}

func (p *rowParser) sum(c column, a, b Decimal) Decimal {
	total, err := a.Add(b)
	if err != nil {
		p.fail(c, afterpay.ErrAmount, errors.New("out of range"))
	}
	return total
}

func (p *rowParser) rowType(row *Row) Type {
	text := p.text(colType)
	switch {
	case strings.EqualFold(text, string(TypeOrder)):
		return TypeOrder
	case strings.EqualFold(text, string(TypeRefund)):
		return TypeRefund
	case p.source.header.has(colType):
		return Type(text)
	case row.AfterpayRefundID != "" || row.MerchantRefundID != "":
		return TypeRefund
	case row.SettlementAmount > 0:
		return TypeOrder
	}
	return ""
}

// settlementCurrency is the currency of all amounts but the presentment amount.
func (p *rowParser) settlementCurrency() afterpay.Currency {
	given := p.opts.Currency
	if !p.source.header.has(colPresentmentCurrency) {
		return given
	}
	presented := p.presentmentCurrency()
	rate := p.text(colExchangeRate)
	converted := rate != "" && !isOne(rate)
	switch {
	case given != "" && (converted || presented == given || presented == ""):
		return given
	case !isCurrencyCode(string(presented)):
		p.fail(colPresentmentCurrency, afterpay.ErrCurrencyMismatch, errors.New("not three upper-case letters"))
	case given != "":
		p.fail(colPresentmentCurrency, afterpay.ErrCurrencyMismatch,
			fmt.Errorf("the settlement is in %s and the amount was not converted", given))
	case converted:
		p.fail(colExchangeRate, ErrOptions,
			errors.New("a converted amount in a file that does not name the settlement currency; set Options.Currency"))
	}
	return presented
}

func (p *rowParser) presentmentCurrency() afterpay.Currency {
	return afterpay.Currency(strings.ToUpper(p.text(colPresentmentCurrency)))
}

func (p *rowParser) text(c column) string { return p.source.header.text(p.cells, c) }

func (p *rowParser) id(c column) string {
	id := p.text(c)
	if roundedBySpreadsheet(id) {
		p.fail(c, ErrOrderID, errors.New("a spreadsheet has rounded the number; export the file again"))
	}
	return id
}

func (p *rowParser) extra() map[string]string {
	unknown := p.source.header.unknown
	if len(unknown) == 0 {
		return nil
	}
	extra := make(map[string]string, len(unknown))
	for _, u := range unknown {
		extra[u.name] = p.cells[u.position]
	}
	return extra
}

// requiredMoney is money for a column that must not be blank where it exists.
func (p *rowParser) requiredMoney(c column) Decimal {
	if p.source.header.has(c) && p.text(c) == "" {
		p.fail(c, afterpay.ErrAmount, errors.New("blank"))
	}
	return p.money(c)
}

func (p *rowParser) money(c column) Decimal { return p.moneyIn(p.currency, c) }

func (p *rowParser) moneyIn(currency afterpay.Currency, c column) Decimal {
	cell := p.text(c)
	if cell == "" || p.fault != nil {
		return 0
	}
	amount, symbol, ok := parseMoney(cell)
	known, fits := symbolFits(symbol, currency)
	switch {
	case !ok || !known:
		p.fail(c, afterpay.ErrAmount, errors.New("want a number with at most six decimals, such as -$1,259.72"))
	case !fits:
		p.fail(c, afterpay.ErrCurrencyMismatch, fmt.Errorf("the currency is %s", currency))
	}
	return amount
}

func (p *rowParser) settlementDate() Date {
	date, rest := p.date(colSettlementDate, &p.dates, "DateLayout")
	if date.IsZero() || rest != "" {
		p.fail(colSettlementDate, ErrDate, errors.New("want a date such as 24/06/2019"))
	}
	return date
}

// dateAndTime reads a column of both: the day, and in Options.Location the
// instant. A blank cell is neither.
func (p *rowParser) dateAndTime(c column) (Date, time.Time) {
	date, rest := p.date(c, &p.times, "TimeLayout")
	if p.text(c) == "" || p.fault != nil {
		return Date{}, time.Time{}
	}
	at, ok := parseClock(rest)
	if date.IsZero() || !ok {
		p.fail(c, ErrDate, errors.New("want a date and time such as 24/06/2019 22:56"))
	}
	loc := p.opts.Location
	if loc == nil {
		return date, time.Time{}
	}
	return date, time.Date(date.Year, date.Month, date.Day, at.hour, at.minute, at.second, 0, loc)
}

// date reads the date a cell begins with. It returns no date for a cell that
// has none, and fails for one that speaks against the order of the file.
func (p *rowParser) date(c column, order *dateOrder, option string) (date Date, rest string) {
	raw, rest, ok := cutDate(p.text(c))
	if !ok {
		return Date{}, ""
	}
	monthName := ""
	if c == colOrderTime {
		monthName = p.text(colOrderMonth)
	}
	date, ok = raw.in(order.layout)
	if ok && (monthName == "" || namesMonth(monthName, date.Month)) {
		return date, rest
	}
	only, open := raw.evidenceFrom(monthName)
	if only != DetectLayout && only != order.layout || open && !ok {
		p.fail(c, ErrDateOrder, order.reason(option))
	}
	if !ok {
		return Date{}, ""
	}
	return date, rest
}

// fail records the first fault of the row.
func (p *rowParser) fail(c column, kind afterpay.Kind, reason error) {
	if p.fault != nil {
		return
	}
	value := p.text(c)
	p.fault = &Error{Row: p.line, Column: columnNames[c], Value: value[:min(len(value), 32)], Kind: kind, Err: reason}
}
