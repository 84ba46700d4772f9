package settlement

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// Decimal is an exact number in millionths: 296_705000 is 296.705. Settlement
// reports give fees and net amounts with up to six decimals, and rounding them
// row by row would miss the deposit, which is rounded once.
//
// Decimals compare with ==, < and >. The zero value is 0.
type Decimal int64

const (
	decimalPlaces      = 6
	unit               = 1_000_000 // millionths in one
	perHundredth       = unit / 100
	largestBeforeDigit = (math.MaxInt64 - 9) / 10
)

// ParseDecimal reads an optional minus, digits, and up to six decimals after a
// point: "296.705000", "-5", "0.3". Anything else, grouping commas included,
// and anything outside ±9223372036854.775807 is an error matching
// [afterpay.ErrAmount].
func ParseDecimal(s string) (Decimal, error) {
	digits, negative := strings.CutPrefix(s, "-")
	d, ok := parseUnsigned(digits)
	if !ok || strings.IndexByte(digits, ',') >= 0 {
		return 0, fmt.Errorf("settlement: %.32q is not a decimal number with at most six decimals: %w", s, afterpay.ErrAmount)
	}
	if negative {
		d = -d
	}
	return d, nil
}

// Add returns d + o. A sum out of range is an error matching
// [afterpay.ErrAmount].
func (d Decimal) Add(o Decimal) (Decimal, error) {
	sum := d + o
	if (o > 0 && sum < d) || (o < 0 && sum > d) || sum == math.MinInt64 {
		return 0, fmt.Errorf("settlement: sum out of range: %w", afterpay.ErrAmount)
	}
	return sum, nil
}

// Round returns the nearest amount of money in hundredths of the currency. A
// half is rounded up, for a negative number away from zero, so that a refund
// rounds like the order it reverses: 296.705 gives 296.71, -296.705 gives
// -296.71. A sum is rounded once, at its end.
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

// MarshalText returns what String returns. It never fails. In JSON the result
// stands as a string.
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

// parseUnsigned reads digits, in groups of three if there are commas, and up
// to six decimals. A comma that does not set off three digits is refused: it
// may well be a decimal comma, and reading "12,50" as 1250 would be worse than
// not reading it.
func parseUnsigned(s string) (Decimal, bool) {
	whole, fraction, hasPoint := strings.Cut(s, ".")
	if whole == "" || hasPoint && fraction == "" || len(fraction) > decimalPlaces {
		return 0, false
	}
	var n int64
	sinceComma, grouped := 0, false
	for i := range len(whole) {
		c := whole[i]
		if c == ',' {
			if sinceComma == 0 || sinceComma > 3 || grouped && sinceComma != 3 {
				return 0, false
			}
			sinceComma, grouped = 0, true
			continue
		}
		if c < '0' || c > '9' || n > largestBeforeDigit {
			return 0, false
		}
		n = n*10 + int64(c-'0')
		sinceComma++
	}
	if grouped && sinceComma != 3 {
		return 0, false
	}
	for i := range decimalPlaces {
		digit := byte('0')
		if i < len(fraction) {
			digit = fraction[i]
		}
		if digit < '0' || digit > '9' || n > math.MaxInt64/10 || n*10 > math.MaxInt64-int64(digit-'0') {
			return 0, false
		}
		n = n*10 + int64(digit-'0')
	}
	return Decimal(n), true
}
