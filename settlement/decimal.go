package settlement

import (
	"math"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/decimal"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// Decimal is an exact number in millionths: 296_705000 is 296.705. Settlement
// reports give fees and net amounts with up to six decimals. Rounding each row
// would not give the deposit, which is the rounded total.
//
// Decimals compare with ==, < and >. The zero value is 0.
type Decimal int64

const (
	decimalPlaces = 6
	unit          = 1_000_000 // millionths in one
	perHundredth  = unit / 100
)

// ParseDecimal reads an optional minus, digits, and up to six decimals after a
// point: "296.705000", "-5", "0.3". White space around the number and zeros
// after the sixth decimal are ignored. Anything else, such as "1,000" or
// "1E+05", and anything outside ±9223372036854.775807 is an error matching
// [afterpay.ErrAmount].
func ParseDecimal(s string) (Decimal, error) {
	n, ok := decimal.Parse(s, decimalPlaces)
	if !ok || strings.ContainsAny(s, "eE") {
		return 0, safe.Kindf(afterpay.ErrAmount, "settlement: %.32q is not a number with at most six decimals", s)
	}
	return Decimal(n), nil
}

// Add returns d + o. A total out of range is an error matching
// [afterpay.ErrAmount].
func (d Decimal) Add(o Decimal) (Decimal, error) {
	total := d + o
	if (o > 0 && total < d) || (o < 0 && total > d) || total == math.MinInt64 {
		return 0, safe.Kindf(afterpay.ErrAmount, "settlement: total out of range")
	}
	return total, nil
}

// Round returns the nearest amount of money in hundredths of the currency. A
// half is rounded away from zero, so that a refund rounds like the order that it
// reverses: 296.705 gives 296.71 and -296.705 gives -296.71. Round a total once,
// after adding up.
func (d Decimal) Round(c afterpay.Currency) afterpay.Money {
	hundredths, rest := d/perHundredth, d%perHundredth
	switch {
	case rest >= perHundredth/2:
		hundredths++
	case rest <= -perHundredth/2:
		hundredths--
	}
	return afterpay.Money{Amount: afterpay.Amount(hundredths), Currency: c}
}

// String returns the exact number with two to six decimals: "5.00", "296.705".
func (d Decimal) String() string {
	var buf [24]byte
	return string(d.append(buf[:0]))
}

// AppendText appends what String returns to b. It never fails.
func (d Decimal) AppendText(b []byte) ([]byte, error) { return d.append(b), nil }

// MarshalText returns what String returns. It never fails. In JSON a Decimal is
// a string.
func (d Decimal) MarshalText() ([]byte, error) { return d.append(make([]byte, 0, 24)), nil }

// UnmarshalText reads what ParseDecimal reads.
func (d *Decimal) UnmarshalText(text []byte) error {
	v, err := ParseDecimal(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

func (d Decimal) append(b []byte) []byte {
	n := uint64(d)
	if d < 0 {
		n = -n // right for math.MinInt64 as well, where -d is not
		b = append(b, '-')
	}
	b = strconv.AppendUint(b, n/unit, 10)
	b = append(b, '.')
	fraction := n % unit
	for place, left := uint64(unit/10), decimalPlaces; left > 0; place, left = place/10, left-1 {
		if fraction == 0 && left <= decimalPlaces-2 {
			break
		}
		b = append(b, byte('0'+fraction/place))
		fraction %= place
	}
	return b
}
