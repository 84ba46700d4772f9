package output

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRows_EachRowIsALine(t *testing.T) {
	t.Parallel()
	for format, want := range map[Format]string{
		Table:     "A NAME    AMOUNT\nann evil  -5.00\n          3\n",
		JSONLines: "{\"a_name\":\"ann\\nevil\",\"amount\":\"-5.00\"}\n{\"a_name\":null,\"amount\":3}\n",
		CSV:       "a_name,amount\nann evil,-5.00\n,3\n",
	} {
		var out bytes.Buffer
		rows, err := NewRows(&out, format, false, "a_name", "amount")
		require.NoError(t, err)
		require.NoError(t, errors.Join(rows.Write("ann\nevil", "-5.00"), rows.Write(nil, 3), rows.Close()))
		require.Equal(t, want, out.String(), format)
	}
	_, err := NewRows(&bytes.Buffer{}, "xml", false)
	require.ErrorIs(t, err, ErrFormat)
}

// A spreadsheet runs a cell that begins with one of these as a formula.
func TestSpreadsheetCell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":              "",
		"order-1":       "order-1",
		"-5.00":         "-5.00",
		"-":             "'-",
		"-5.00+cmd":     "'-5.00+cmd",
		"=1+1":          "'=1+1",
		" =1+1":         "' =1+1",
		"\t=1+1":        "' =1+1",
		"+61 3":         "'+61 3",
		"@SUM(A1)":      "'@SUM(A1)",
		"＝1":            "'＝1",
		"'quoted":       "''quoted",
		"a\r\nb\x1b[2J": "a  b [2J",
	} {
		require.Equal(t, want, SpreadsheetCell(text), "%q", text)
	}
}

func TestMessages_ArgumentsCannotMoveTheCursor(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	Messages{&out}.Printf("Refund of %s\n", "order\x1b[2J\r-1\u202e")
	require.Equal(t, "Refund of order [2J -1 \n", out.String())
}
