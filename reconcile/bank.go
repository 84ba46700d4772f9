package reconcile

import (
	"iter"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// Bank compares the deposits that the settlement reports lead to, on the left,
// with the lines of a bank statement, on the right. [Payouts] and [ReadBank] make
// the records, all of [KindPayout].
//
// A deposit and a line belong together if their amounts differ by no more than
// [Options.BankTolerance] and the bank booked the line between the settlement
// date and [Options.BankDays] business days later. A line may hold several
// deposits of consecutive settlement dates, and a deposit may arrive in several
// lines. Totals are by currency, since a deposit and its line are rarely dated
// the same day. All records of a currency are in memory.
func Bank(payouts, statement iter.Seq2[Record, error], opts Options) *Run {
	return newRun(payouts, statement, opts, rules{
		compare: (*comparison).compareBank,
		file:    (*filing).fileByCurrency,
		accepts: func(r *Record) bool { return r.Kind == KindPayout },
		left:    sideName{"settlement", "the settlement report"},
		right:   sideName{"bank", "the bank"},
		undated: true,
	})
}

// Payouts makes records from the deposits that settlement.Payouts yields, dated
// by their last settlement date in location; nil means UTC. A balance that is
// carried into later settlements is not a deposit: it becomes a record without
// an amount, which [Bank] reports.
func Payouts(payouts iter.Seq2[settlement.Payout, error], location *time.Location) iter.Seq2[Record, error] {
	if location == nil {
		location = time.UTC
	}
	return func(yield func(Record, error) bool) {
		for p, err := range payouts {
			var r Record
			switch {
			case err == nil:
				r = payoutRecord(&p, location)
			case isRowFault(err):
				err = asRowError(err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func payoutRecord(p *settlement.Payout, location *time.Location) Record {
	r := Record{
		Kind: KindPayout, Reference: p.From.String(), At: p.To.In(location), Settled: p.To,
		Currency: p.Amount.Currency, Amount: p.Amount.Amount,
	}
	if p.From != p.To {
		r.Reference += " to " + p.To.String()
	}
	if p.Carried {
		r.State, r.Amount, r.Open = StatePending, 0, p.Amount.Amount
	}
	return r
}

// fileByCurrency files deposits and lines under their currency.
func (f *filing) fileByCurrency(lefts, rights *reader, leftSide, rightSide iter.Seq2[Record, error]) error {
	byCurrency := func(r *Record) string { return marked("c", string(r.Currency)) }
	add := func(r *Record) error { return f.final.add(f.ctx, r) }
	if err := lefts.file(f.ctx, leftSide, byCurrency, add); err != nil {
		return err
	}
	return rights.file(f.ctx, rightSide, byCurrency, add)
}

// compareBank compares the deposits and lines of one currency.
func (c *comparison) compareBank(g *group) {
	byDay := func(a, b Record) int { return a.At.Compare(b.At) }
	for _, list := range [...][]Record{g.left.others, g.right.others} {
		for i := range list {
			list[i].Key = list[i].Reference
		}
	}
	slices.SortStableFunc(g.left.others, byDay)
	slices.SortStableFunc(g.right.others, byDay)
	var deposits []Record
	for i := range g.left.others {
		p := &g.left.others[i]
		if p.State == StatePending {
			c.record(Unsettled, Info, p, nil, sentence(
				"%s (settled %s) was carried into later settlements and not deposited.", afterpay.Money{Amount: p.Open, Currency: p.Currency}, p.Reference))
			continue
		}
		deposits = append(deposits, *p)
	}
	m := bankMatch{c: c, deposits: deposits, lines: g.right.others}
	m.paired.reset(len(m.deposits), len(m.lines))
	m.oneToOne(c.BankTolerance)
	m.runs(m.deposits, m.paired.left, m.lines, m.paired.right, true)
	m.runs(m.lines, m.paired.right, m.deposits, m.paired.left, false)
	m.leftovers()
}

// bankMatch pairs the deposits of a currency with the lines of a statement.
type bankMatch struct {
	c               *comparison
	deposits, lines []Record
	paired          pairing
}

// inTime reports whether the bank may have booked a deposit on the day of line.
// The statement has dates only, so a day earlier is a matter of zones.
func (m *bankMatch) inTime(deposit, line *Record) bool {
	until := businessDaysAfter(deposit.At, m.c.BankDays, m.c.Location, m.c.Holidays)
	return !line.At.Before(deposit.At.Add(-24*time.Hour)) && !line.At.After(until.Add(24*time.Hour))
}

// oneToOne pairs each deposit with the first line in time whose amount differs by
// no more than the tolerance. Equal amounts go first.
func (m *bankMatch) oneToOne(tolerance afterpay.Amount) {
	for _, tolerance := range [...]afterpay.Amount{0, tolerance} {
		m.paired.join(m.deposits, m.lines, func(l, r *Record) bool {
			return max(l.Amount-r.Amount, r.Amount-l.Amount) <= tolerance && m.inTime(l, r)
		}, nearest)
	}
	for i, partner := range m.paired.left {
		if partner == unpaired {
			continue
		}
		if l, r := &m.deposits[i], &m.lines[partner]; l.Amount != r.Amount {
			m.c.keep(m.c.totals.tolerated(l, 1))
			m.c.keep(m.c.totals.tolerated(r, -1))
		}
	}
}

// maxBankRun is how many deposits one line may hold, and the reverse.
const maxBankRun = 10

// runs pairs single records of one side with runs of consecutive records of the
// other, in the order of their days, that add up to the same amount.
func (m *bankMatch) runs(parts []Record, partOf []int, wholes []Record, wholeOf []int, partsAreDeposits bool) {
	for w := range wholes {
		if wholeOf[w] != unpaired {
			continue
		}
		for first := range parts {
			if run := m.run(parts, partOf, first, &wholes[w], partsAreDeposits); run != nil {
				wholeOf[w] = inSum
				for _, i := range run {
					partOf[i] = inSum
				}
				break
			}
		}
	}
}

// run returns the unpaired parts from first on that add up to whole, or nil.
func (m *bankMatch) run(parts []Record, partOf []int, first int, whole *Record, partsAreDeposits bool) []int {
	var run []int
	var total afterpay.Amount
	for i := first; i < len(parts) && len(run) < maxBankRun; i++ {
		deposit, line := &parts[i], whole
		if !partsAreDeposits {
			deposit, line = line, deposit
		}
		if partOf[i] != unpaired || !m.inTime(deposit, line) {
			if len(run) == 0 {
				return nil
			}
			continue
		}
		run, total = append(run, i), total+parts[i].Amount
		if total == whole.Amount && len(run) > 1 {
			return run
		}
	}
	return nil
}

// leftovers reports what has no partner. A deposit and a line in its time that
// are alone on both sides differ in their amount.
func (m *bankMatch) leftovers() {
	for i := range m.deposits {
		if m.paired.left[i] != unpaired {
			continue
		}
		l := &m.deposits[i]
		if k := m.onlyLine(i); k != unpaired {
			m.paired.pair(i, k)
			r := &m.lines[k]
			m.c.mismatch(AmountMismatch, High, l, r, sentence(
				"the settlement of %s comes to %s, and the bank received %s.", l.Reference, l.Money(), r.Money()))
			continue
		}
		m.c.missingDeposit(l)
	}
	for k := range m.lines {
		if r := &m.lines[k]; m.paired.right[k] == unpaired {
			m.c.unknownDeposit(r)
		}
	}
}

// onlyLine returns the one unpaired line in the time of deposit i, if that
// deposit is the only unpaired one in the time of the line.
func (m *bankMatch) onlyLine(i int) int {
	found := unpaired
	for k := range m.lines {
		if m.paired.right[k] == unpaired && m.inTime(&m.deposits[i], &m.lines[k]) {
			if found != unpaired {
				return unpaired
			}
			found = k
		}
	}
	if found == unpaired {
		return unpaired
	}
	for other := range m.deposits {
		if other != i && m.paired.left[other] == unpaired && m.inTime(&m.deposits[other], &m.lines[found]) {
			return unpaired
		}
	}
	return found
}

func (c *comparison) missingDeposit(l *Record) {
	due := businessDaysAfter(l.At, c.BankDays, c.Location, c.Holidays)
	until := c.Now
	if to := c.RightWindow.To; !to.IsZero() && to.Before(until) {
		until = to
	}
	switch {
	case !c.RightWindow.From.IsZero() && l.At.Before(c.RightWindow.From):
		c.mismatch(WindowEdge, Info, l, nil, sentence(
			"the deposit of %s for %s may be on an earlier statement.", l.Money(), l.Reference))
	case !due.Before(until):
		c.mismatch(DepositMissing, Info, l, nil, sentence(
			"the deposit of %s for %s is not due at the bank yet.", l.Money(), l.Reference))
	default:
		c.mismatch(DepositMissing, High, l, nil, sentence(
			"the settlement of %s comes to %s, and the bank received no such deposit within %d business days.", l.Reference, l.Money(), c.BankDays))
	}
}

func (c *comparison) unknownDeposit(r *Record) {
	what := "received"
	if r.Amount < 0 {
		what = "debited"
	}
	from := businessDaysAfter(c.LeftWindow.From, c.BankDays, c.Location, c.Holidays)
	if !c.LeftWindow.From.IsZero() && !r.At.After(from) || !c.LeftWindow.To.IsZero() && !r.At.Before(c.LeftWindow.To) {
		c.mismatch(WindowEdge, Info, nil, r, sentence(
			"the bank %s %s%s, which may belong to a settlement outside the reports.", what, r.Money(), c.on(r.At)))
		return
	}
	c.mismatch(UnknownDeposit, Medium, nil, r, sentence(
		"the bank %s %s%s, and the settlement reports have no such deposit.", what, r.Money(), c.on(r.At)))
}
