package reconcile_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func readOrders(t *testing.T, text string, opts reconcile.OrderOptions) (good records, faults []string) {
	t.Helper()
	for r, err := range reconcile.ReadOrders(strings.NewReader(text), opts) {
		if err != nil {
			require.True(t, errors.Is(err, reconcile.ErrColumn) || errors.Is(err, reconcile.ErrRow), err)
			faults = append(faults, err.Error())
			continue
		}
		good = append(good, r)
	}
	return good, faults
}

func TestReadOrdersFindsColumnsByName(t *testing.T) {
	t.Parallel()
	got, faults := readOrders(t, "\ufeff"+`Amount,Colour,PAID_AT,reference,currency,status,afterpay_id,token,authorized,voided,open
50.00,red,2026-11-11T12:00:00+11:00, A-1 ,aud,Paid,1001,tok-1,80.00,10.00,20.00

0.00,,2026-11-11 12:00:00,A-2,AUD,cancelled,,,,,
`, reconcile.OrderOptions{Location: melbourne})
	require.Empty(t, faults)
	require.Len(t, got, 2)
	require.True(t, noon.Equal(got[0].At))
	require.True(t, noon.Equal(got[1].At), "a time without a zone is in Location")
	got[0].At, got[1].At = time.Time{}, time.Time{}
	require.Equal(t, records{
		{ID: "1001", Token: "tok-1", Reference: "A-1", State: reconcile.StateCaptured, Currency: "AUD", Amount: 50_00, Authorized: 80_00, Voided: 10_00, Open: 20_00, Line: 2},
		{Reference: "A-2", State: reconcile.StateCancelled, Currency: "AUD", Line: 4},
	}, got)
}

func TestReadOrdersMakesRefunds(t *testing.T) {
	t.Parallel()
	text := `kind;reference;amount;refund_id;request_id;refund_reference;refunded;refunded_at;paid_at
order;A-1;50;;;;;;2026-11-11
refund;A-1;5;;;;;;2026-11-12
;A-1;6;9;;;;;2026-11-12
;A-1;7;;q;;;;2026-11-12
;A-1;8;;;R;;;2026-11-12
;A-2;50;;;;20;2026-11-14;2026-11-11
;A-3;50;;;;20;;2026-11-11
;A-4;50;;;;0.00;;2026-11-11
`
	got, faults := readOrders(t, text, reconcile.OrderOptions{Delimiter: ';', Currency: "AUD"})
	require.Empty(t, faults)
	var kinds []string
	for _, r := range got {
		kinds = append(kinds, r.Kind.String()+" "+r.Reference+" "+r.Amount.String()+" "+r.At.Format(time.DateOnly))
	}
	require.Equal(t, []string{
		"payment A-1 50.00 2026-11-11", "refund A-1 5.00 2026-11-12", "refund A-1 6.00 2026-11-12", "refund A-1 7.00 2026-11-12",
		"refund A-1 8.00 2026-11-12", "payment A-2 50.00 2026-11-11", "refund A-2 20.00 2026-11-14",
		"payment A-3 50.00 2026-11-11", "refund A-3 20.00 2026-11-11", "payment A-4 50.00 2026-11-11",
	}, kinds)
}

func TestReadOrdersTakesTheShopsOwnWords(t *testing.T) {
	t.Parallel()
	opts := reconcile.OrderOptions{
		Columns:    reconcile.Columns{Reference: "order no", Amount: "cents", Status: "state", At: "day", Currency: "-"},
		Currency:   afterpay.CurrencyNZD,
		MinorUnits: true, DateLayout: settlement.DayFirst, Location: melbourne,
		States: map[string]reconcile.State{"Shipped ": reconcile.StateCaptured, "failed": reconcile.StateVoided},
	}
	got, faults := readOrders(t, "order no,cents,state,day,currency\nA-1,5000,shipped,11.11.2026,kiwi\nA-2,0,Failed,12.11.2026,kiwi\n", opts)
	require.Empty(t, faults)
	require.Equal(t, afterpay.NZD(50_00), got[0].Money())
	require.Equal(t, reconcile.StateCaptured, got[0].State)
	require.Equal(t, reconcile.StateVoided, got[1].State, "a given word overrides the known one")
	require.True(t, time.Date(2026, 11, 11, 0, 0, 0, 0, melbourne).Equal(got[0].At))
}

func TestReadOrdersNamesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	text := `kind,status,reference,amount,currency,paid_at
,paid,A-1,12.345,AUD,2026-11-11
,parked,A-2,1,AUD,2026-11-11
,paid,A-3,1,AUD,11/12/2026
,paid,A-4,1,,2026-11-11
voucher,paid,A-5,1,AUD,2026-11-11
,paid,,1,AUD,2026-11-11
,paid,A-7,1,AUD
,paid,A-8,1,AUD,2026-11-11
`
	got, faults := readOrders(t, text, reconcile.OrderOptions{})
	require.Equal(t, []string{
		`reconcile: line 2, column amount: "12.345": invalid amount: want a number such as -$1,259.72 with at most 2 decimals`,
		`reconcile: line 3, column status: the state "parked" is unknown; set OrderOptions.States`,
		`reconcile: line 4, column paid_at: "11/12/2026" cannot be read as a date; set OrderOptions.DateLayout`,
		`reconcile: line 5, column currency: the row has no currency; set OrderOptions.Currency`,
		`reconcile: line 6, column kind: "voucher" is neither order, payment nor refund`,
		`reconcile: line 7, column reference: the row has no id, token or reference`,
		`reconcile: line 8: 5 cells under a header of 6`,
	}, faults)
	require.Len(t, got, 1, "the good row after them is read")
	require.Equal(t, "A-8", got[0].Reference)

	_, faults = readOrders(t, "reference,amount\nA-1,50.00\n", reconcile.OrderOptions{MinorUnits: true, Currency: "AUD"})
	require.Len(t, faults, 1, "50.00 is no number of hundredths")
}

func TestReadOrdersRefusesATableWithoutTheNeededColumns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		opts       reconcile.OrderOptions
		want       string
	}{
		{"an empty file", "", reconcile.OrderOptions{}, "reconcile: orders: the file is empty"},
		{"no key", "amount,currency\n1,AUD\n", reconcile.OrderOptions{}, `reconcile: orders: no column is named afterpay_id or token or reference; the header has "amount", "currency"; set OrderOptions.Columns.ID, Token or Reference`},
		{"no amount", "reference,currency\nA-1,AUD\n", reconcile.OrderOptions{}, `reconcile: orders: no column is named "amount"; the header has "reference", "currency"; set OrderOptions.Columns.Amount`},
		{"a column that was asked for", "reference,amount\nA-1,1\n", reconcile.OrderOptions{Columns: reconcile.Columns{Token: "checkout"}},
			`reconcile: orders: no column is named "checkout"; the header has "reference", "amount"; set OrderOptions.Columns.Token`},
		{"broken quotes", "reference,amount\n\"A-1,1\n", reconcile.OrderOptions{}, "reconcile: line 2, column currency: the row has no currency; set OrderOptions.Currency; column reference: \"\\\"A-1\": the quotation marks are broken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, faults := readOrders(t, test.text, test.opts)
			require.Empty(t, got)
			require.Equal(t, []string{test.want}, faults)
		})
	}
}

func TestReadOrdersPassesOnAReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	r := io.MultiReader(strings.NewReader("reference,amount,currency\nA-1,1,AUD\n"), iotest.ErrReader(broken))
	var last error
	n := 0
	for _, err := range reconcile.ReadOrders(r, reconcile.OrderOptions{}) {
		n++
		last = err
	}
	require.Equal(t, 2, n)
	require.ErrorIs(t, last, broken)
}

func FuzzReadOrders(f *testing.F) {
	f.Add("reference,amount,currency,paid_at,status\nA-1,50.00,AUD,2026-11-11,paid\n")
	f.Add("token,amount,refunded\n\"t\n\",-1,0.5\n")
	f.Fuzz(func(t *testing.T, text string) {
		for r, err := range reconcile.ReadOrders(strings.NewReader(text), reconcile.OrderOptions{Currency: "AUD"}) {
			if err != nil {
				require.True(t, errors.Is(err, reconcile.ErrColumn) || errors.Is(err, reconcile.ErrRow), err)
				require.Zero(t, r)
				continue
			}
			require.NotEmpty(t, r.ID+r.Token+r.Reference+r.RefundID+r.RequestID+r.RefundReference)
			require.NotEmpty(t, r.Currency)
		}
	})
}

// cannedRows is a database driver that answers every query with the same rows.
type cannedRows struct {
	columns []string
	rows    [][]driver.Value
	err     error // after the rows
	next    int
	closed  *bool
}

func (c *cannedRows) Connect(context.Context) (driver.Conn, error) { return c, nil }
func (c *cannedRows) Open(string) (driver.Conn, error)             { return c, nil }
func (c *cannedRows) Prepare(string) (driver.Stmt, error)          { return c, nil }
func (c *cannedRows) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (c *cannedRows) NumInput() int                                { return 0 }
func (c *cannedRows) Exec([]driver.Value) (driver.Result, error)   { return nil, driver.ErrSkip }
func (c *cannedRows) Query([]driver.Value) (driver.Rows, error)    { return openRows{c}, nil }
func (c *cannedRows) Close() error                                 { return nil }
func (c *cannedRows) Driver() driver.Driver                        { return c }

type openRows struct{ *cannedRows }

func (r openRows) Columns() []string { return r.columns }
func (r openRows) Close() error      { *r.closed = true; return nil }
func (r openRows) Next(into []driver.Value) error {
	if r.next == len(r.rows) {
		if r.err != nil {
			return r.err
		}
		return io.EOF
	}
	copy(into, r.rows[r.next])
	r.next++
	return nil
}

func query(t *testing.T, c *cannedRows) *sql.Rows {
	t.Helper()
	c.closed = new(bool)
	db := sql.OpenDB(c)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM orders")
	require.NoError(t, err)
	return rows
}

func TestOrderRowsReadWhatDriversGive(t *testing.T) {
	t.Parallel()
	c := &cannedRows{
		columns: []string{"reference", "afterpay_id", "amount", "paid_at", "currency", "status", "created_by"},
		rows: [][]driver.Value{
			{"A-1", int64(1001), []byte("50.00"), noon, "AUD", "paid", nil},
			{[]byte("A-2"), nil, 12.5, "2026-11-11 12:00:00", "AUD", nil, "x"},
			{"A-3", nil, int64(7), nil, "AUD", "pending", true},
		},
	}
	var got records
	for r, err := range reconcile.OrderRows(query(t, c), reconcile.OrderOptions{Location: melbourne}) {
		require.NoError(t, err)
		got = append(got, r)
	}
	require.True(t, *c.closed)
	require.Len(t, got, 3)
	require.Equal(t, "1001", got[0].ID)
	require.True(t, noon.Equal(got[0].At))
	require.Equal(t, afterpay.AUD(50_00), got[0].Money())
	require.Equal(t, "A-2", got[1].Reference)
	require.Equal(t, afterpay.AUD(12_50), got[1].Money())
	require.True(t, noon.Equal(got[1].At))
	require.Equal(t, reconcile.StateUnknown, got[1].State)
	require.Equal(t, afterpay.AUD(7_00), got[2].Money())
	require.True(t, got[2].At.IsZero())
	require.Equal(t, 3, got[2].Line)
}

func TestOrderRowsAreClosedAndPassErrorsOn(t *testing.T) {
	t.Parallel()
	columns := []string{"reference", "amount", "currency"}
	row := []driver.Value{"A-1", "1", "AUD"}

	t.Run("the loop ends early", func(t *testing.T) {
		t.Parallel()
		c := &cannedRows{columns: columns, rows: [][]driver.Value{row, row}}
		for range reconcile.OrderRows(query(t, c), reconcile.OrderOptions{}) {
			break
		}
		require.True(t, *c.closed)
	})
	t.Run("the connection breaks", func(t *testing.T) {
		t.Parallel()
		broken := errors.New("connection lost")
		c := &cannedRows{columns: columns, rows: [][]driver.Value{row}, err: broken}
		var last error
		for _, err := range reconcile.OrderRows(query(t, c), reconcile.OrderOptions{}) {
			last = err
		}
		require.ErrorIs(t, last, broken)
		require.True(t, *c.closed)
	})
	t.Run("a column is missing", func(t *testing.T) {
		t.Parallel()
		c := &cannedRows{columns: columns[:1]}
		for _, err := range reconcile.OrderRows(query(t, c), reconcile.OrderOptions{}) {
			require.ErrorIs(t, err, reconcile.ErrColumn)
		}
		require.True(t, *c.closed)
	})
	t.Run("a float is no exact amount", func(t *testing.T) {
		t.Parallel()
		c := &cannedRows{columns: columns, rows: [][]driver.Value{{"A-1", 0.30000000000000004, "AUD"}, row}}
		n, faults := 0, 0
		for _, err := range reconcile.OrderRows(query(t, c), reconcile.OrderOptions{}) {
			n++
			if err != nil {
				faults++
				require.ErrorIs(t, err, afterpay.ErrAmount)
				require.ErrorIs(t, err, reconcile.ErrRow)
			}
		}
		require.Equal(t, 2, n)
		require.Equal(t, 1, faults)
	})
}
