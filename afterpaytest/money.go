package afterpaytest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// money is an amount in hundredths of a currency unit.
type money struct {
	hundredths int64
	currency   string
}

// String writes money as the service's messages do: "USD 40.00".
func (m money) String() string { return m.currency + " " + decimal(m.hundredths) }

// decimal writes hundredths with exactly two decimals.
func decimal(hundredths int64) string {
	sign := ""
	units := uint64(hundredths)
	if hundredths < 0 {
		sign, units = "-", uint64(-hundredths)
	}
	return fmt.Sprintf("%s%d.%02d", sign, units/100, units%100)
}

// amountFault says what is wrong with an amount as it was written.
type amountFault int

const (
	amountFine amountFault = iota
	amountMalformed
	amountTooPrecise
	amountGrouped
)

// parseDecimal reads an amount in the forms the service is known to accept:
// an optional sign, digits, and at most two decimals.
func parseDecimal(s string) (int64, amountFault) {
	if strings.Contains(s, ",") {
		return 0, amountGrouped
	}
	rest, negative := strings.CutPrefix(s, "-")
	units, fraction, hasPoint := strings.Cut(rest, ".")
	if !allDigits(units) || hasPoint && !allDigits(fraction) {
		return 0, amountMalformed
	}
	if len(fraction) > 2 {
		return 0, amountTooPrecise
	}
	value, err := strconv.ParseInt(units+(fraction + "00")[:2], 10, 64)
	if err != nil || value == math.MaxInt64 {
		return 0, amountMalformed
	}
	if negative {
		value = -value
	}
	return value, amountFine
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
