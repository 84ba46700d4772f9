package settlement

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/csvfile"
)

// maxValueBytes is the length of the cells that errors show.
const maxValueBytes = 32

// rowParser makes a Row of the cells of one line, and collects their faults.
type rowParser struct {
	*reader
	cells
	currency afterpay.Currency
	faults   []Fault
}

func (p *rowParser) row() Row {
	p.currency = p.settlementCurrency()
	row := Row{
		Line:               p.cells.row.First,
		LastLine:           p.cells.row.Last,
		SettlementDate:     p.settlementDate(),
		Currency:           p.currency,
		AfterpayOrderID:    p.key(colAfterpayOrderID, csvfile.ID),
		MerchantOrderID:    p.key(colMerchantOrderID, csvfile.Reference),
		AfterpayRefundID:   p.key(colAfterpayRefundID, csvfile.ID),
		MerchantRefundID:   p.key(colMerchantRefundID, csvfile.Reference),
		PaymentEventID:     p.key(colPaymentEventID, csvfile.Reference),
		DisputeID:          p.key(colDisputeID, csvfile.ID),
		Type:               p.givenType(),
		OrderAmount:        p.money(colOrderAmount),
		SettlementAmount:   p.money(colSettlementAmount),
		MerchantFeeExclTax: p.money(colFeeExclTax),
		MerchantFeeTax:     p.money(colFeeTax),
		MerchantFeeInclTax: p.money(colFeeInclTax),

		NetSettlementAmount: p.money(colNet),
		Channel:             p.text(colChannel),
		StoreName:           p.text(colStoreName),
		StoreID:             p.text(colStoreID),
		DeviceName:          p.text(colDeviceName),
		DeviceID:            p.text(colDeviceID),
		AcquirerTerminalID:  p.text(colTerminalID),
		ConsumerCountry:     p.text(colConsumerCountry),
		Extra:               p.extraCells(),
	}
	row.OrderDate, row.OrderedAt = p.dateAndTime(colOrderTime)
	row.RefundDate, row.RefundedAt = p.dateAndTime(colRefundTime)
	if p.cells.file.Has(int(colPresentmentCurrency)) {
		row.Partner = p.partner()
	}
	p.derive(&row)
	p.identify(&row)
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

// identify checks that the row belongs to something, and fills in its type if
// the file has no column for it.
func (p *rowParser) identify(row *Row) {
	noKey := row.AfterpayOrderID == "" && row.MerchantOrderID == "" && row.AfterpayRefundID == "" && row.MerchantRefundID == ""
	if noKey && row.needsOrder() && !p.failed(colAfterpayOrderID) {
		p.fail(colAfterpayOrderID, ErrID, errors.New("the row has no id, no reference and no type of its own"))
	}
	switch {
	case row.Type != "" || p.has(colType):
	case row.AfterpayRefundID != "" || row.MerchantRefundID != "":
		row.Type = TypeRefund
	case row.SettlementAmount > 0:
		row.Type = TypeOrder
	}
}

// needsOrder reports whether the row is of a type that has an order and all
// amounts.
func (row *Row) needsOrder() bool {
	return row.Type == TypeOrder || row.Type == TypeRefund || row.Type == ""
}

// derive fills in the fee, the net amount and the settlement amount if the row
// does not have them.
func (p *rowParser) derive(row *Row) {
	hasSettlement, hasFee, hasNet := p.text(colSettlementAmount) != "", p.text(colFeeInclTax) != "", p.text(colNet) != ""
	hasParts := p.has(colFeeExclTax) && p.has(colFeeTax)
	if !hasFee && hasParts && (p.text(colFeeExclTax) != "" || p.text(colFeeTax) != "") {
		row.MerchantFeeInclTax = p.total(colFeeTax, row.MerchantFeeExclTax, row.MerchantFeeTax)
		hasFee = true
	}
	if row.needsOrder() {
		for _, c := range [...]column{colSettlementAmount, colNet} {
			if p.has(c) && p.text(c) == "" {
				p.fail(c, afterpay.ErrAmount, errors.New("the cell is blank"))
			}
		}
	}
	blankFee := p.has(colFeeInclTax) || hasParts // a blank fee is 0
	switch {
	case !hasSettlement && !hasFee && !hasNet:
		if !row.needsOrder() {
			p.fail(colNet, afterpay.ErrAmount, errors.New("the row has no amount"))
		}
	case hasNet && !hasSettlement:
		row.SettlementAmount = p.total(colNet, row.NetSettlementAmount, row.MerchantFeeInclTax)
	case hasNet && !hasFee:
		row.MerchantFeeInclTax = p.total(colNet, row.SettlementAmount, -row.NetSettlementAmount)
	case hasNet:
	case hasFee || blankFee:
		row.NetSettlementAmount = p.total(colSettlementAmount, row.SettlementAmount, -row.MerchantFeeInclTax)
	default:
		row.NetUnknown = true
	}
}

// total returns a + b. A total out of range is a fault of the column.
func (p *rowParser) total(c column, a, b Decimal) Decimal {
	total, err := a.Add(b)
	if err != nil {
		p.fail(c, afterpay.ErrAmount, errors.New("the total is out of range"))
	}
	return total
}

func (p *rowParser) givenType() Type {
	text := p.text(colType)
	if known, ok := p.types[text]; ok {
		return known
	}
	if known, ok := p.types[strings.ToLower(strings.Join(strings.Fields(text), " "))]; ok {
		return known
	}
	return Type(text)
}

// settlementCurrency is the currency of all amounts but the presentment amount.
func (p *rowParser) settlementCurrency() afterpay.Currency {
	given := p.opts.Currency
	if !p.has(colPresentmentCurrency) {
		return given
	}
	presented := p.presentmentCurrency()
	rate := p.text(colExchangeRate)
	converted := rate != "" && !p.isOne(rate)
	switch {
	case given != "" && (converted || presented == given || presented == ""):
		return given
	case !isCurrencyCode(presented):
		p.fail(colPresentmentCurrency, afterpay.ErrCurrencyMismatch, errors.New("want a currency code such as AUD"))
		return ""
	case given != "":
		p.fail(colPresentmentCurrency, afterpay.ErrCurrencyMismatch,
			fmt.Errorf("the settlement is in %s and the amount was not converted", given))
	case converted:
		p.fail(colExchangeRate, ErrOptions,
			errors.New("the amount was converted to a currency that the file does not name; set Options.Currency"))
	}
	return presented
}

// isOne reports whether an exchange rate is 1. An unreadable rate is a fault.
func (p *rowParser) isOne(rate string) bool {
	n, _, err := csvfile.ParseAmount(rate, 15, p.separator)
	if err != nil {
		p.fail(colExchangeRate, afterpay.ErrAmount, err)
	}
	return n == 1e15
}

func (p *rowParser) presentmentCurrency() afterpay.Currency {
	code, _ := csvfile.CurrencyCode(p.text(colPresentmentCurrency))
	return afterpay.Currency(code)
}

func (p *rowParser) has(c column) bool { return p.cells.file.Has(int(c)) }

// key reads an id or a reference.
func (p *rowParser) key(c column, read func(string) (string, error)) string {
	key, err := read(p.text(c))
	if err != nil {
		p.fail(c, ErrID, err)
	}
	return key
}

func (p *rowParser) extraCells() map[string]string {
	if len(p.extra) == 0 {
		return nil
	}
	extra := make(map[string]string, len(p.extra))
	for i, name := range p.extra {
		extra[name] = p.cells.row.Cells[i]
	}
	return extra
}

func (p *rowParser) money(c column) Decimal { return p.moneyIn(p.currency, c) }

// moneyIn reads an amount. A blank cell is 0.
func (p *rowParser) moneyIn(currency afterpay.Currency, c column) Decimal {
	cell := p.text(c)
	if cell == "" {
		return 0
	}
	amount, symbol, err := csvfile.ParseAmount(cell, decimalPlaces, p.separator)
	known, fits := csvfile.CurrencyFits(symbol, string(currency))
	switch {
	case errors.Is(err, csvfile.ErrTwoAmounts):
		p.fail(c, afterpay.ErrAmount, fmt.Errorf("%w; set Options.DecimalSeparator", err))
	case err != nil:
		p.fail(c, afterpay.ErrAmount, err)
	case !known:
		p.fail(c, afterpay.ErrAmount, csvfile.ErrAmount)
	case !fits && currency != "":
		p.fail(c, afterpay.ErrCurrencyMismatch, fmt.Errorf("the currency is %s", currency))
	}
	return Decimal(amount)
}

func (p *rowParser) settlementDate() Date {
	date, rest, ok := p.dateOf(colSettlementDate)
	if !ok {
		return Date{}
	}
	// A time of day is dropped, but not an instant that may be another day here.
	at, isClock := csvfile.ParseClock(rest)
	midnight := csvfile.Clock{HasZone: true, Zone: at.Zone}
	if rest != "" && (!isClock || at.HasZone && at != midnight) {
		p.fail(colSettlementDate, ErrDate, errors.New("want a date such as 24/06/2019"))
	}
	return date
}

// dateAndTime reads a date with a time of day. A blank cell is neither.
func (p *rowParser) dateAndTime(c column) (Date, time.Time) {
	if p.date(c) == "" {
		return Date{}, time.Time{}
	}
	date, rest, ok := p.dateOf(c)
	if !ok || rest == "" {
		return date, time.Time{}
	}
	at, ok := csvfile.ParseClock(rest)
	if !ok {
		p.fail(c, ErrDate, errors.New("want a date and time such as 24/06/2019 22:56"))
	}
	if p.opts.Location == nil && !at.HasZone {
		return date, time.Time{}
	}
	return date, at.In(date.Year, date.Month, date.Day, p.opts.Location)
}

// dateOf reads the date at the beginning of a cell. It records a fault if there
// is none.
func (p *rowParser) dateOf(c column) (date Date, rest string, ok bool) {
	order := p.order(c)
	raw, rest, found := csvfile.CutDate(p.date(c))
	date, ok = order.layout.in(raw)
	if month := p.text(colOrderMonth); found && ok && (c != colOrderTime || month == "" || csvfile.NamesMonth(month, date.Month)) {
		return date, rest, true
	}
	only, open := raw.EvidenceOf(p.isMonth(c))
	switch {
	case !found:
		p.fail(c, ErrDate, errors.New("want a date such as 24/06/2019 or 2019-06-24"))
	case open && order.layout == DetectLayout:
		p.fail(c, ErrAmbiguousDate,
			fmt.Errorf("the file does not tell whether dates are day first or month first; set Options.%s", order.option))
	case only != csvfile.AnyOrder && DateLayout(only) != order.layout || open && !ok:
		p.fail(c, ErrDateOrder, order.reason())
	case !ok:
		p.fail(c, ErrDate, errors.New("there is no such day"))
	default:
		return date, rest, true
	}
	return Date{}, "", false
}

// fail records a fault of the row.
func (p *rowParser) fail(c column, kind afterpay.Kind, reason error) {
	value := p.text(c)
	if iso, ok := isoColumns[c]; ok && p.text(iso) != "" {
		c, value = iso, p.text(iso)
	}
	p.faults = append(p.faults, Fault{Column: columnNames[c], Value: value[:min(len(value), maxValueBytes)], Kind: kind, Err: reason})
}

// failed reports whether a column has a fault.
func (p *rowParser) failed(c column) bool {
	return slices.ContainsFunc(p.faults, func(f Fault) bool { return f.Column == columnNames[c] })
}

// isTotals reports whether a row adds up others: it has no order id, and where
// its id, date or type would be, or in its first text, it says that it is a
// total.
func (c cells) isTotals() bool {
	id := c.text(colAfterpayOrderID)
	if id != "" && !isTotal(id) {
		return false
	}
	first := slices.IndexFunc(c.row.Cells, func(cell string) bool { return csvfile.Clean(cell) != "" })
	if first < 0 {
		return false
	}
	start := strings.ToLower(csvfile.Clean(c.row.Cells[first]))
	return isTotal(id) || isTotal(c.text(colType)) || isTotal(c.text(colSettlementDate)) || isTotal(start)
}

// isTotal reports whether a cell says total.
func isTotal(cell string) bool {
	switch strings.TrimSuffix(strings.ToLower(cell), ":") {
	case "total", "totals", "grand total", "subtotal", "sub total", "sub-total":
		return true
	}
	return false
}
