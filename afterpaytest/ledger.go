package afterpaytest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MovementKind is the kind of a movement of money.
type MovementKind string

// The kinds of movements.
const (
	Authorized MovementKind = "authorized" // reserved by an auth
	Captured   MovementKind = "captured"   // captured, from an authorization or directly
	Voided     MovementKind = "voided"     // released from an authorization by a void
	Expired    MovementKind = "expired"    // released from an authorization by its expiry
	Refunded   MovementKind = "refunded"   // returned to the shopper by a refund
	Reversed   MovementKind = "reversed"   // released, or returned to the shopper, by a reversal
	Disputed   MovementKind = "disputed"   // taken from the merchant for a lost dispute
)

// Movement is one line of the ledger. Declined and refused requests move no
// money and have none.
type Movement struct {
	Sequence  int // starts at 1
	Kind      MovementKind
	PaymentID string
	Token     string
	RequestID string // of the request that caused it; may be empty
	Amount    int64  // in hundredths, always positive
	Currency  string
	At        time.Time
}

// Ledger returns every movement of money so far, in the order they happened,
// to compare a shop's own books with. What is due by the sandbox's clock, such
// as an expiry, is included.
func (s *Sandbox) Ledger() []Movement {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue(s.now())
	return slices.Clone(s.ledger)
}

// enter adds a movement. The caller must hold s.mu.
func (s *Sandbox) enter(kind MovementKind, p *payment, requestID string, amount int64, at time.Time) {
	s.ledger = append(s.ledger, Movement{
		Sequence: len(s.ledger) + 1, Kind: kind,
		PaymentID: p.id, Token: p.token, RequestID: requestID,
		Amount: amount, Currency: p.currency, At: at,
	})
}

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

// amountFault is what is wrong with a written amount.
type amountFault int

const (
	amountFine amountFault = iota
	amountMalformed
	amountTooPrecise
	amountGrouped
)

// parseDecimal reads an amount in the forms that the service accepts: an
// optional sign, digits, and at most two decimals.
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

type wireMoney struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func onWire(m money) wireMoney { return wireMoney{decimal(m.hundredths), m.currency} }
