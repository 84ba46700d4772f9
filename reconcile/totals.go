package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// Total adds up one kind of record in one currency on one civil day of
// [Options.Location]. Amounts are in hundredths.
//
// Left and Right are added up as the records are read, Findings as they are
// found, so that Left − Right = Findings + Tolerated proves that every
// difference between the two sides has been told.
type Total struct {
	Currency afterpay.Currency
	Day      settlement.Date // the zero Date holds records without a time
	Kind     Kind            // disputes are not added up

	LeftRecords, RightRecords int64
	Left, Right               afterpay.Amount
	// Findings is the sum of the findings' effects, left less right.
	Findings afterpay.Amount
	// Tolerated is the sum of differences within [Options.Tolerance].
	Tolerated afterpay.Amount
}

// Balanced reports whether the findings explain the difference of the sides.
func (t Total) Balanced() bool { return t.Left-t.Right == t.Findings+t.Tolerated }

type totalKey struct {
	currency afterpay.Currency
	day      settlement.Date
	kind     Kind
}

// totals is the running account. Days and currencies are few, so it stays
// small however many records there are.
type totals struct {
	calendar calendar
	accounts map[totalKey]*Total
	lastKey  totalKey
	last     *Total
}

func (t *totals) account(r *Record) *Total {
	key := totalKey{r.Currency, t.calendar.day(r.At), r.Kind}
	if t.last == nil || key != t.lastKey {
		account := t.accounts[key]
		if account == nil {
			account = &Total{Currency: key.currency, Day: key.day, Kind: key.kind}
			t.accounts[key] = account
		}
		t.lastKey, t.last = key, account
	}
	return t.last
}

// read books a record as it comes in.
func (t *totals) read(r *Record) error {
	if r.Kind == KindDispute {
		return nil
	}
	account := t.account(r)
	if r.side == left {
		account.LeftRecords++
		return add(&account.Left, r.Amount)
	}
	account.RightRecords++
	return add(&account.Right, r.Amount)
}

// found books the part of a finding that r explains.
func (t *totals) found(r *Record, sign afterpay.Amount) error {
	return add(&t.account(r).Findings, sign*r.Amount)
}

// tolerated books the same for a difference that is no finding.
func (t *totals) tolerated(r *Record, sign afterpay.Amount) error {
	return add(&t.account(r).Tolerated, sign*r.Amount)
}

func (t *totals) sorted() []Total {
	list := make([]Total, 0, len(t.accounts))
	for _, account := range t.accounts {
		list = append(list, *account)
	}
	slices.SortFunc(list, func(a, b Total) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), a.Day.Compare(b.Day), cmp.Compare(a.Kind, b.Kind))
	})
	return list
}

// add adds to a sum in place, and refuses to run over.
func add(sum *afterpay.Amount, amount afterpay.Amount) error {
	total := *sum + amount
	if (amount > 0) != (total > *sum) && amount != 0 {
		return fmt.Errorf("reconcile: sum out of range: %w", afterpay.ErrAmount)
	}
	*sum = total
	return nil
}
