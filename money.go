package afterpay

import (
	"bytes"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay/internal/decimal"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// Amount is an amount of money in hundredths of its currency: 37_00 is 37.00.
//
// Every currency that Afterpay trades in has two decimals, so hundredths are
// exact, and no float is involved. In JSON an Amount is a string with two
// decimals. It is also read from a JSON number, such as 37 or 3700e-2, and from
// every text that ParseMoney accepts.
type Amount int64

// Currency is an ISO 4217 code in upper case. The merchant account decides
// which currencies are accepted; this package takes any.
type Currency string

// The currencies Afterpay and Clearpay trade in. EUR was dropped from the
// published API in 2025 and is kept for accounts that still use it.
const (
	CurrencyAUD Currency = "AUD"
	CurrencyNZD Currency = "NZD"
	CurrencyUSD Currency = "USD"
	CurrencyCAD Currency = "CAD"
	CurrencyGBP Currency = "GBP"
	CurrencyEUR Currency = "EUR"
)

// Money is an exact amount in one currency. Two values are equal if and only if
// they compare equal with ==.
//
// The zero value, Money{}, means that no amount is given. It is left out of
// requests, and responses hold it where the service sent no amount. USD(0) is
// an amount of zero and is sent.
type Money struct {
	Amount   Amount   `json:"amount"`
	Currency Currency `json:"currency"`
}

// Reasons why a calculation with Money is refused.
const (
	// ErrAmount says that a text is not an amount, or that an amount, a number
	// of parts or a weight is out of range.
	ErrAmount Kind = "invalid amount"
	// ErrCurrencyMismatch says that two amounts are in different currencies.
	ErrCurrencyMismatch Kind = "currency mismatch"
)

// AUD returns Australian dollars given in cents: AUD(37_00) is 37.00 AUD.
func AUD(hundredths int64) Money { return Money{Amount(hundredths), CurrencyAUD} }

// NZD returns New Zealand dollars given in cents.
func NZD(hundredths int64) Money { return Money{Amount(hundredths), CurrencyNZD} }

// USD returns United States dollars given in cents: USD(37_00) is 37.00 USD.
func USD(hundredths int64) Money { return Money{Amount(hundredths), CurrencyUSD} }

// CAD returns Canadian dollars given in cents.
func CAD(hundredths int64) Money { return Money{Amount(hundredths), CurrencyCAD} }

// GBP returns pounds sterling given in pence.
func GBP(hundredths int64) Money { return Money{Amount(hundredths), CurrencyGBP} }

// EUR returns euros given in cents.
func EUR(hundredths int64) Money { return Money{Amount(hundredths), CurrencyEUR} }

// ParseMoney reads a decimal amount such as "37.00", "37" or "-5.25". "21.850" and
// " 21.85 " are 21.85. The currency must be a code of three upper-case letters.
// Anything else is an error matching ErrAmount: "0.001", which has no exact value
// in hundredths, "1,021.85", "1E+05", which a spreadsheet may have rounded, and
// amounts outside ±92233720368547758.07.
func ParseMoney(amount string, currency Currency) (Money, error) {
	a, ok := parseAmount(amount)
	if !ok || strings.ContainsAny(amount, "eE") {
		return Money{}, amountError(amount)
	}
	if !currency.valid() {
		return Money{}, safe.Kindf(ErrAmount, "afterpay: currency %.8q is not three upper-case letters", string(currency))
	}
	return Money{a, currency}, nil
}

// MustParseMoney is ParseMoney for amounts known to be right, such as
// constants and test data. It panics where ParseMoney returns an error.
func MustParseMoney(amount string, currency Currency) Money {
	m, err := ParseMoney(amount, currency)
	if err != nil {
		panic(err)
	}
	return m
}

// Sum adds up any number of amounts in one currency. Sum() is Money{}.
func Sum(amounts ...Money) (Money, error) {
	var total Money
	for _, m := range amounts {
		var err error
		if total, err = total.Add(m); err != nil {
			return Money{}, err
		}
	}
	return total, nil
}

// Add returns m + o. If one of them is Money{}, the result is the other, so that
// a running total can start without a currency. Errors: ErrCurrencyMismatch, and
// ErrAmount for a total out of range.
func (m Money) Add(o Money) (Money, error) {
	switch {
	case m == Money{}:
		return o, nil
	case o == Money{}:
		return m, nil
	case m.Currency != o.Currency:
		return Money{}, mismatch("add %s and %s", m, o)
	}
	total := m.Amount + o.Amount
	if (total > m.Amount) != (o.Amount > 0) && o.Amount != 0 || total == math.MinInt64 {
		return Money{}, outOfRange()
	}
	return Money{total, m.Currency}, nil
}

// Sub returns m - o, by the rules of Add: if m is Money{}, the result is -o.
func (m Money) Sub(o Money) (Money, error) {
	if m != (Money{}) && o != (Money{}) && m.Currency != o.Currency {
		return Money{}, mismatch("subtract %s from %s", o, m)
	}
	negated, err := o.Neg()
	if err != nil {
		return Money{}, err
	}
	return m.Add(negated)
}

// Mul returns m times n, for example a unit price times a quantity. Errors:
// ErrAmount for a product out of range.
func (m Money) Mul(n int64) (Money, error) {
	hi, lo := bits.Mul64(m.Amount.magnitude(), Amount(n).magnitude())
	if hi != 0 || lo > math.MaxInt64 {
		return Money{}, outOfRange()
	}
	product := Amount(lo)
	if (m.Amount < 0) != (n < 0) {
		product = -product
	}
	return Money{product, m.Currency}, nil
}

// Neg returns -m. Errors: ErrAmount if the amount is math.MinInt64.
func (m Money) Neg() (Money, error) {
	if m.Amount == math.MinInt64 {
		return Money{}, outOfRange()
	}
	return Money{-m.Amount, m.Currency}, nil
}

// Cmp returns -1, 0 or +1 if m is less than, equal to or greater than o. Errors:
// ErrCurrencyMismatch, also if only one of them has a currency.
func (m Money) Cmp(o Money) (int, error) {
	switch {
	case m.Currency != o.Currency:
		return 0, mismatch("compare %s and %s", m, o)
	case m.Amount < o.Amount:
		return -1, nil
	case m.Amount > o.Amount:
		return 1, nil
	}
	return 0, nil
}

// IsZero reports whether m is Money{}, that is, whether no amount is given. It is
// false for USD(0): compare the Amount with 0 instead. The omitzero option of
// encoding/json calls IsZero.
func (m Money) IsZero() bool { return m == Money{} }

// IsPositive reports whether the amount is greater than 0.
func (m Money) IsPositive() bool { return m.Amount > 0 }

// maxParts is the largest number of parts that Split returns.
const maxParts = 1_000_000

// Split cuts m into n parts that add up to m and differ by at most one hundredth,
// those farther from zero first. Errors: ErrAmount for less than 1 or more than a million
// parts.
func (m Money) Split(n int) ([]Money, error) {
	if n < 1 || n > maxParts {
		return nil, safe.Kindf(ErrAmount, "afterpay: cannot split into %d parts", n)
	}
	share, rest := m.Amount/Amount(n), int(m.Amount%Amount(n))
	extra := Amount(1)
	if rest < 0 {
		extra, rest = -1, -rest
	}
	parts := make([]Money, n)
	for i := range parts {
		parts[i] = Money{share, m.Currency}
		if i < rest {
			parts[i].Amount += extra
		}
	}
	return parts, nil
}

// Allocate divides m in proportion to the weights, for example a discount over the
// items of an order. The parts add up to m: the hundredths left over by rounding
// toward zero go to the parts that rounding changed most, earlier ones first. Errors:
// ErrAmount if a weight is negative, all are 0, or their total is out of range.
func (m Money) Allocate(weights ...int64) ([]Money, error) {
	var total uint64
	for _, w := range weights {
		if w < 0 || total > math.MaxInt64-uint64(w) {
			return nil, safe.Kindf(ErrAmount, "afterpay: weights must not be negative or out of range")
		}
		total += uint64(w)
	}
	if total == 0 {
		return nil, safe.Kindf(ErrAmount, "afterpay: weights must not all be 0")
	}
	parts := make([]Money, len(weights))
	lost := make([]uint64, len(weights)) // what rounding down took from each, in 1/total hundredths
	left := m.Amount.magnitude()
	for i, w := range weights {
		hi, lo := bits.Mul64(m.Amount.magnitude(), uint64(w))
		var share uint64
		share, lost[i] = bits.Div64(hi, lo, total)
		parts[i] = Money{Amount(share), m.Currency}
		left -= share
	}
	byLoss := make([]int, len(weights))
	for i := range byLoss {
		byLoss[i] = i
	}
	slices.SortStableFunc(byLoss, func(a, b int) int {
		switch {
		case lost[a] > lost[b]:
			return -1
		case lost[a] < lost[b]:
			return 1
		}
		return 0
	})
	for _, i := range byLoss[:left] {
		parts[i].Amount++
	}
	if m.Amount < 0 {
		for i := range parts {
			parts[i].Amount = -parts[i].Amount
		}
	}
	return parts, nil
}

// String returns the amount and the currency, as in "37.00 USD". It is meant
// for people; Amount.String gives the number alone.
func (m Money) String() string {
	var buf [32]byte
	text := m.Amount.append(buf[:0])
	if m.Currency != "" {
		text = append(append(text, ' '), m.Currency...)
	}
	return string(text)
}

// String returns the amount with exactly two decimals, as on the wire: "37.00".
func (a Amount) String() string {
	var buf [24]byte
	return string(a.append(buf[:0]))
}

// AppendText appends the amount with exactly two decimals to b. It never fails.
func (a Amount) AppendText(b []byte) ([]byte, error) { return a.append(b), nil }

// MarshalText returns the amount with exactly two decimals. It never fails. In
// JSON the result is written as a string.
func (a Amount) MarshalText() ([]byte, error) { return a.append(make([]byte, 0, 24)), nil }

// UnmarshalText accepts the texts that ParseMoney accepts.
func (a *Amount) UnmarshalText(text []byte) error {
	v, ok := parseAmount(text)
	if !ok || bytes.ContainsAny(text, "eE") {
		return amountError(string(text))
	}
	*a = v
	return nil
}

// UnmarshalJSON reads an amount from a JSON string or a JSON number, digit by
// digit and never through a float. A null changes nothing.
func (a *Amount) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if n := len(data); n >= 2 && data[0] == '"' && data[n-1] == '"' {
		return a.UnmarshalText(data[1 : n-1])
	}
	v, ok := parseAmount(data)
	if !ok {
		return amountError(string(data))
	}
	*a = v
	return nil
}

func (a Amount) append(b []byte) []byte {
	n := a.magnitude()
	if a < 0 {
		b = append(b, '-')
	}
	b = strconv.AppendUint(b, n/100, 10)
	cents := n % 100
	return append(b, '.', byte('0'+cents/10), byte('0'+cents%10))
}

// magnitude is the absolute value; unlike -a it is right for math.MinInt64.
func (a Amount) magnitude() uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// parseAmount reads what ParseMoney documents, and numbers with an exponent.
func parseAmount[T string | []byte](text T) (Amount, bool) {
	n, ok := decimal.Parse(text, 2)
	return Amount(n), ok
}

func (c Currency) valid() bool {
	if len(c) != 3 {
		return false
	}
	for i := range len(c) {
		if c[i] < 'A' || c[i] > 'Z' {
			return false
		}
	}
	return true
}

func amountError(text string) error {
	return safe.Kindf(ErrAmount, "afterpay: %.32q is not an amount with at most two decimals", text)
}

// mismatch returns the error of an operation on two currencies, such as "add %s
// and %s".
func mismatch(operation string, m, o Money) error {
	return safe.Kindf(ErrCurrencyMismatch, "afterpay: cannot "+operation, currencyText(m), currencyText(o))
}

// currencyText returns the currency of m, quoted if it is not a valid code.
func currencyText(m Money) string {
	if m.Currency.valid() {
		return string(m.Currency)
	}
	return fmt.Sprintf("%.8q", string(m.Currency))
}

func outOfRange() error {
	return safe.Kindf(ErrAmount, "afterpay: amount out of range")
}

// safeMoney returns an amount as text, without its currency if that is not a
// valid code.
func safeMoney(m Money) string {
	if !m.Currency.valid() {
		m.Currency = ""
	}
	return m.String()
}
