package message

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// faultsOf returns what is wrong with the content of a request.
func faultsOf(unchecked bool, content func(*Writer)) []Fault {
	_, faults := Document("R", Asked{}, unchecked, content)
	return faults
}

func TestWriter_AmountsAgreeWithTheTotal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		total, part afterpay.Money
		want        []Fault
	}{
		"a part":                 {afterpay.USD(5), afterpay.USD(4), nil},
		"everything":             {afterpay.USD(5), afterpay.USD(5), nil},
		"zero part":              {afterpay.USD(5), afterpay.USD(0), nil},
		"more than the total":    {afterpay.USD(5), afterpay.USD(6), []Fault{{"Part", "must not be more than Amount"}}},
		"another currency":       {afterpay.USD(5), afterpay.CAD(6), []Fault{{"Part/@currencyCode", "must be USD, the currency of Amount"}}},
		"zero total":             {afterpay.USD(0), afterpay.USD(0), []Fault{{"Amount", "must be more than 0.00"}}},
		"no total":               {afterpay.Money{}, afterpay.USD(1), []Fault{{"Amount", "is required"}}},
		"total without currency": {afterpay.Money{Amount: 5}, afterpay.USD(1), []Fault{{"Amount/@currencyCode", "must be three upper-case letters"}}},
		"negative total":         {afterpay.USD(-5), afterpay.USD(1), []Fault{{"Amount", "must not be negative"}}},
		"ten digits":             {afterpay.USD(10_000_000_00), afterpay.USD(1), []Fault{{"Amount", "has more than 9 digits"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, faultsOf(false, func(w *Writer) {
				w.Total("Amount", c.total)
				w.Part("Part", c.part)
			}))
		})
	}
}

func TestWriter_UncheckedReportsOnlyWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	require.Empty(t, faultsOf(true, func(w *Writer) {
		w.Must("A", "")
		w.Must("B", "x", Length(2, 3))
		w.Total("Amount", afterpay.USD(0))
		w.Part("Tax", afterpay.CAD(7))
		w.Expect("Amount", afterpay.Money{})
	}))
	require.Equal(t, []Fault{{"A", "holds a character that XML cannot carry"}, {"B", "must not be negative"}}, faultsOf(true, func(w *Writer) {
		w.May("A", "\x00")
		w.Money("B", afterpay.USD(-1))
	}))
}

func TestDocument_EscapesAsCanonicalXML(t *testing.T) {
	t.Parallel()
	awkward := "a&b<c>\"'\t\r\n"
	text, faults := Document("R", Asked{RequestID: awkward, SessionID: "s"}, false, func(w *Writer) {
		w.Item("I", 1, func(w *Writer) { w.May("T", awkward) })
	})
	require.Empty(t, faults)
	require.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<R xmlns="http://api.gsicommerce.com/schema/checkout/1.0" requestId="a&amp;b&lt;c>&quot;'&#x9;&#xD;&#xA;" sessionId="s">`+
		"<I><T>a&amp;b&lt;c&gt;\"'\t&#xD;\n</T></I></R>", string(text))
}
