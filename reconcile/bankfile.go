package reconcile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// BankOptions say how a bank statement is read.
type BankOptions struct {
	// Columns names the columns. An empty name means the default name.
	Columns BankColumns
	// Currency is the currency of the account, for statements without a column
	// for it.
	Currency afterpay.Currency
	// Location is the zone of the dates. Nil means UTC.
	Location *time.Location
	// DateLayout is the layout of dates, as for [time.Parse]. Empty accepts
	// "2006-01-02", with or without a time behind it.
	DateLayout string
	// Comma separates the cells. 0 finds it in the header: comma, semicolon or
	// tab.
	Comma rune
	// Accept reports whether a line is a deposit of Afterpay, by its text. Nil
	// accepts every line; lines that are not accepted are not compared.
	Accept func(text string) bool
}

// BankColumns are the names of the columns of a bank statement. Case does not
// matter. A statement has an amount, or credits and debits in two columns.
type BankColumns struct {
	Date, Amount, Credit, Debit, Text, Currency string
}

// DefaultBankColumns returns the names used where [BankOptions.Columns] has none.
func DefaultBankColumns() BankColumns {
	return BankColumns{Date: "date", Amount: "amount", Credit: "credit", Debit: "debit", Text: "text", Currency: "currency"}
}

// ReadBank reads a bank statement from a CSV file whose first line names the
// columns: date, amount and text. Money received is positive, or in the column of
// credits. Amounts may have a currency symbol and commas between thousands.
//
// A line that cannot be read yields a [*RowError], and the loop may go on with
// the next line. A file without the needed columns ends with an error matching
// [ErrColumn].
func ReadBank(r io.Reader, opts BankOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		in, err := openCSV(r, opts.Comma)
		if err != nil {
			yield(Record{}, fmt.Errorf("reconcile: bank statement: %w", err))
			return
		}
		s, err := newStatement(in.header, opts)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for {
			cells, line, err := in.next()
			if errors.Is(err, io.EOF) {
				return
			}
			var record Record
			wanted := true
			if err == nil {
				record, wanted, err = s.read(cells, line)
			}
			if wanted && !yield(record, err) || err != nil && !errors.Is(err, ErrRow) {
				return
			}
		}
	}
}

// statement reads the lines of a bank statement.
type statement struct {
	BankOptions
	date, amount, credit, debit, text, currency int // positions; -1 is no such column
}

func newStatement(header []string, opts BankOptions) (*statement, error) {
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	s := &statement{BankOptions: opts}
	names, defaults := &s.Columns, DefaultBankColumns()
	for _, c := range []struct {
		position *int
		name     *string
		normal   string
		option   string
	}{
		{&s.date, &names.Date, defaults.Date, "Date"}, {&s.amount, &names.Amount, defaults.Amount, "Amount"},
		{&s.credit, &names.Credit, defaults.Credit, "Credit"}, {&s.debit, &names.Debit, defaults.Debit, "Debit"},
		{&s.text, &names.Text, defaults.Text, "Text"}, {&s.currency, &names.Currency, defaults.Currency, "Currency"},
	} {
		required := *c.name != "" || c.option == "Date" || c.option == "Text" && opts.Accept != nil
		*c.name = firstOf(*c.name, c.normal)
		var err error
		if *c.position, err = findColumn(header, *c.name); err != nil {
			return nil, err
		}
		if required && *c.position < 0 {
			return nil, missingColumn("bank statement", header, "BankOptions.Columns."+c.option, *c.name)
		}
	}
	if s.amount < 0 && s.credit < 0 && s.debit < 0 {
		return nil, missingColumn("bank statement", header, "BankOptions.Columns.Amount, or Credit and Debit", names.Amount)
	}
	if s.currency < 0 && opts.Currency == "" {
		return nil, missingColumn("bank statement", header, "BankOptions.Currency", names.Currency)
	}
	return s, nil
}

// read makes a record of a line. It returns false for a line that is not
// accepted.
func (s *statement) read(cells []string, line int) (record Record, wanted bool, err error) {
	cell := func(position int) string {
		if position < 0 {
			return ""
		}
		return strings.TrimSpace(cells[position])
	}
	text := cell(s.text)
	if s.Accept != nil && !s.Accept(text) {
		return Record{}, false, nil
	}
	r := Record{
		Kind: KindPayout, Reference: text, Line: line,
		Currency: afterpay.Currency(strings.ToUpper(firstOf(cell(s.currency), string(s.Currency)))),
	}
	if r.At, err = s.day(cell(s.date)); err != nil {
		return Record{}, true, &RowError{Line: line, Column: s.Columns.Date, Err: err}
	}
	amounts := 0
	for _, c := range []struct {
		position int
		name     string
		sign     afterpay.Amount
	}{{s.amount, s.Columns.Amount, 1}, {s.credit, s.Columns.Credit, 1}, {s.debit, s.Columns.Debit, -1}} {
		text := cell(c.position)
		if text == "" {
			continue
		}
		amount, err := bankAmount(text)
		if err != nil {
			return Record{}, true, &RowError{Line: line, Column: c.name, Err: err}
		}
		if c.position == s.debit {
			amount = max(amount, -amount) // some banks write debits with a minus
		}
		if amount != 0 {
			amounts++
			r.Amount = c.sign * amount
		}
	}
	if amounts > 1 {
		return Record{}, true, &RowError{Line: line, Err: errors.New("the line has several amounts")}
	}
	if amounts == 0 && cell(s.amount) == "" && cell(s.credit) == "" && cell(s.debit) == "" {
		return Record{}, true, &RowError{Line: line, Err: errors.New("the line has no amount")}
	}
	return r, true, nil
}

func (s *statement) day(text string) (time.Time, error) {
	layout := s.DateLayout
	if layout == "" {
		layout = time.DateOnly
		if len(text) > len(layout) && (text[len(layout)] == ' ' || text[len(layout)] == 'T') {
			text = text[:len(layout)]
		}
	}
	at, err := time.ParseInLocation(layout, text, s.Location)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.32q is not a date in the layout %s; set BankOptions.DateLayout", text, layout)
	}
	return at, nil
}

// bankAmount reads an amount such as 1,259.72, $37.00, -$5.00, ($5.00) or 37,00.
func bankAmount(text string) (afterpay.Amount, error) {
	s := text
	negative := false
	if inner, ok := strings.CutPrefix(s, "("); ok && strings.HasSuffix(inner, ")") {
		s, negative = inner[:len(inner)-1], true
	}
	for _, sign := range []string{"-", "\u2212"} {
		if rest, ok := strings.CutPrefix(s, sign); ok && !negative {
			s, negative = rest, true
		}
	}
	s = strings.TrimLeft(strings.TrimPrefix(s, "+"), "$£€ ")
	d, err := settlement.ParseDecimal(plainNumber(s))
	if err != nil || d < 0 || d%millionthsInHundredth != 0 {
		return 0, fmt.Errorf("%.32q is not an amount", text)
	}
	amount := afterpay.Amount(d / millionthsInHundredth)
	if negative {
		amount = -amount
	}
	return amount, nil
}

// plainNumber removes separators of thousands and writes a decimal comma as a
// point, if the number has only one meaning: "1,259.72", "1.259,72", "37,00" and
// "1,000,000", and not "1,250", which may be a thousand or one and a quarter.
// Anything else is returned as it is.
func plainNumber(s string) string {
	digits, negative := strings.CutPrefix(s, "-")
	comma, point := strings.LastIndexByte(digits, ','), strings.LastIndexByte(digits, '.')
	separator, whole, fraction := ",", digits, ""
	switch {
	case comma < 0 && strings.Count(digits, ".") < 2:
		return s
	case comma >= 0 && point >= 0:
		at := max(comma, point)
		whole, fraction = digits[:at], digits[at+1:]
		if at == comma {
			separator = "."
		}
	case comma < 0:
		separator = "."
	case strings.Count(digits, ",") == 1:
		if whole, fraction = digits[:comma], digits[comma+1:]; len(fraction) > 2 {
			return s
		}
	}
	groups := strings.Split(whole, separator)
	for i, group := range groups {
		if !allDigits(group) || i > 0 && len(group) != 3 || i == 0 && len(groups) > 1 && len(group) > 3 {
			return s
		}
	}
	plain := strings.Join(groups, "")
	if fraction != "" {
		plain += "." + fraction
	}
	if negative {
		plain = "-" + plain
	}
	return plain
}
