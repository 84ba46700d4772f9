package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestObjectIsWrittenMemberByMember(t *testing.T) {
	t.Parallel()
	var e Encoder
	e.Reset(nil)
	e.Open('{')
	e.String("token", "t")
	e.String("left out", "")
	e.Always("reference", "")
	e.Int("quantity", 0)
	e.Int("offset", -12)
	e.True("preorder", true)
	e.True("left out", false)
	e.OpenMember("merchant", '{')
	e.Close('}')
	e.OpenMember("items", '[')
	e.Open('{')
	e.String("name", "Widget")
	e.OpenMember("categories", '[')
	e.Open('[')
	e.Element("a")
	e.Element("")
	e.Close(']')
	e.Open('[')
	e.Close(']')
	e.Close(']')
	e.Close('}')
	e.Open('{')
	e.Close('}')
	e.Close(']')
	e.Name("custom")
	e.Append([]byte(`{"x":[null]}`))
	e.String("last", "z")
	e.Close('}')
	require.Equal(t, `{"token":"t","reference":"","quantity":0,"offset":-12,"preorder":true,"merchant":{},`+
		`"items":[{"name":"Widget","categories":[["a",""],[]]},{}],"custom":{"x":[null]},"last":"z"}`, string(e.Bytes()))
}

func TestEncoderUsesTheSpaceItIsGiven(t *testing.T) {
	t.Parallel()
	space := append(make([]byte, 0, 64), "what was there before"...)
	var e Encoder
	write := func() {
		e.Open('{')
		e.String("a", "b")
		e.Close('}')
	}
	e.Reset(space)
	write()
	require.Equal(t, `{"a":"b"}`, string(e.Bytes()))
	require.Same(t, &space[0], &e.Bytes()[0])

	e.Reset(make([]byte, 0, 3))
	write()
	require.Equal(t, `{"a":"b"}`, string(e.Bytes()), "space that is too small is replaced")
}

// awkward are strings that encoders get wrong first.
var awkward = []string{
	"", "plain", `"quoted\"`, "\x00\x01\x1f\x7f", "a\tb\r\nc\b\f", "é€😀", "<script>&amp;</script>", "\u2028\u2029", "\ufffd", "\xff", "a\xc3",
	"\xed\xa0\x80", "\xf0\x9f\x98", "é\xffé\"\xfe", strings.Repeat("\\\"\x02é\xff", 100),
}

func TestStringsAreWrittenAsEncodingJSONReadsThem(t *testing.T) {
	t.Parallel()
	for _, s := range awkward {
		requireSameString(t, s)
	}
	// Nothing is escaped that need not be.
	require.Equal(t, `"<é😀>&'/"`, string(appendString(nil, "<é😀>&'/")))
}

func FuzzEncoder(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(requireSameString)
}

// requireSameString checks that a string written by an Encoder means what
// encoding/json's own text of it means, to encoding/json and to the Decoder.
func requireSameString(t *testing.T, s string) {
	var e Encoder
	e.Reset(nil)
	e.Open('[')
	e.Element(s)
	e.Close(']')
	var got []string
	require.NoError(t, json.Unmarshal(e.Bytes(), &got), "%q", s)

	reference, err := json.Marshal([]string{s})
	require.NoError(t, err)
	var want []string
	require.NoError(t, json.Unmarshal(reference, &want))
	require.Equal(t, want, got, "%q", s)

	d := new(Decoder)
	d.Reset(e.Bytes())
	for range d.Elements() {
		require.Equal(t, want[0], d.String(), "%q", s)
	}
	require.NoError(t, d.Close())
}
