package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// awkward are strings that encoders get wrong first.
var awkward = []string{
	"", "plain", `"quoted\"`, "\x00\x01\x1f\x7f", "a\tb\r\nc\b\f", "é€😀", "<script>&amp;</script>", "\u2028\u2029", "\ufffd", "\xff", "a\xc3",
	"\xed\xa0\x80", "\xf0\x9f\x98", "é\xffé\"\xfe", strings.Repeat("\\\"\x02é\xff", 100),
}

func TestString_EscapesNothingThatNeedNotBe(t *testing.T) {
	t.Parallel()
	require.Equal(t, `"<é😀>&'/"`, string(appendString(nil, "<é😀>&'/")))
}

func FuzzText(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(requireSameString)
}

// requireSameString checks that a string as it is written means what
// encoding/json's own text of it means, to encoding/json and to the Decoder.
func requireSameString(t *testing.T, s string) {
	text := appendString(nil, s)
	var got string
	require.NoError(t, json.Unmarshal(text, &got), "%q", s)

	reference, err := json.Marshal(s)
	require.NoError(t, err)
	var want string
	require.NoError(t, json.Unmarshal(reference, &want))
	require.Equal(t, want, got, "%q", s)

	d := new(Decoder)
	d.Reset(text)
	require.Equal(t, want, d.String(), "%q", s)
	require.NoError(t, d.Close())
}

// Each byte at each place of a text that is looked at in words of eight bytes,
// also behind bytes that a subtraction might borrow from.
func TestPlain_StopsAtTheFirstByteThatDoesNotStandForItself(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		stands := c >= ' ' && c < 0x80 && c != '"' && c != '\\'
		for at := range 20 {
			for _, around := range []string{" ", "~", "!", "[", "#", "]", "\x7f"} {
				text := []byte(strings.Repeat(around, 20))
				text[at] = byte(c)
				want := at
				if stands {
					want = len(text)
				}
				require.Equal(t, want, plain(text), "%q", text)
			}
		}
	}
	require.Zero(t, plain(nil))
}
