package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// texts are valid and malformed JSON.
var texts = []string{
	"null", "-0.5e-7", `{"a":1,"a":{"b":2}}`, `{"":[{}]}`, "[[[[[]]]]]", ` { "a\u0062é" : [ "a" , null , { "n" : [ 5 ] } ] } `,
	`"plain"`, `"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20AC"`, `"caf\u00e9 é €"`, `"ab\tcd"`,
	`"\ud83d\ude00"`, `"😀"`, `"x\ud83d\ude00y"`, "\"\x7f\"",
	// Halves of pairs, alone, in the wrong order and before other escapes.
	`"\ud83d"`, `"\ude00"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`, `"\ude00\ud83d"`,
	// Bytes that are not UTF-8.
	"\"\xff\"", "\"a\xc3\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"", "\"\xf0\x9f\x98x\"", "\"\\n\xff\\n\"",
	"", " ", "\x00", "nul", "nulll", "True", "tru", "falsey", "undefined", "NaN", "Infinity", "'a'", "\ufeff{}",
	// Numbers outside the grammar.
	"-", "+1", "01", "-01", "00", ".5", "1.", "1.e3", "1e", "1e+", "1E-", "--1", "1-2", "0x10", "1_000", "1,000", "1 2",
	// Strings.
	`"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u"`, `"\u12"`, `"\u12G4"`, `"\u+123"`, `"\u 123"`, `"\ud83d\u"`, `"\ud83d\uzzzz"`,
	"\"a\nb\"", "\"\x00\"", "\"\x1f\"", "\"é\n\"", `"a""b"`,
	// Objects.
	"{", "}", "{}}", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a"=1}`, `{a:1}`, `{1:1}`,
	`{"a":1 "b":2}`, `{"a":1;"b":2}`, `{"a":,"b":2}`, `{"a":1]`, `{null:1}`, `{"a":1,,"b":2}`, `{"a"::1}`,
	// Arrays.
	"[", "]", "[]]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1 2]", "[1}", "[1,,2]", `["a":1]`,
	// Two values.
	"{}{}", "[] []", "1,2", "{} x", "null,", "{}\x00",
}

// FuzzDecoder holds the decoder against encoding/json: the same texts are
// valid, but for the depth limit, they mean the same, and no part of a text is
// taken for the whole.
func FuzzDecoder(f *testing.F) {
	golden, err := filepath.Glob("../../testdata/*.json")
	require.NoError(f, err)
	require.NotEmpty(f, golden)
	for _, name := range golden {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text, uint16(len(text)/2))
	}
	for _, text := range texts {
		f.Add([]byte(text), uint16(1))
	}
	const whole = `{"id":"1\n\u20ac\ud83d\ude00é","n":-12.50e+3,"t":true,"f":false,"z":null,"a":[1,"x",{"y":[]},{}],"o":{"p":{}}}`
	for cut := range uint16(len(whole)) {
		f.Add([]byte(whole), cut)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut uint16) {
		d := new(Decoder)
		d.Reset(text)
		d.Skip()
		err := d.Close()
		if errors.Is(err, ErrDepth) {
			return
		}
		if !json.Valid(text) {
			require.ErrorIs(t, err, ErrSyntax)
			return
		}
		require.NoError(t, err)

		d.Reset(text)
		got := anything(d)
		require.NoError(t, d.Close())
		want := new(any)
		reference := json.NewDecoder(bytes.NewReader(text))
		reference.UseNumber()
		require.NoError(t, reference.Decode(want))
		require.Equal(t, *want, got)

		whole := bytes.Trim(text, " \t\r\n")
		d.Reset(text)
		raw := d.Raw()
		require.NoError(t, d.Close())
		if string(whole) == "null" {
			require.Nil(t, raw)
		} else {
			require.Equal(t, whole, raw)
		}
		if c := whole[0]; c == '-' || '0' <= c && c <= '9' {
			return // the beginning of a number may be a number
		}
		d.Reset(whole[:int(cut)%len(whole)])
		d.Skip()
		require.ErrorIs(t, d.Close(), ErrSyntax)
	})
}

// anything reads a value of any kind into what encoding/json makes of it.
func anything(d *Decoder) any {
	switch c := d.peek(); {
	case d.IsObject():
		object := make(map[string]any)
		for name := range d.Members() {
			key := string(name)
			object[key] = anything(d)
		}
		return object
	case d.IsArray():
		array := []any{}
		for range d.Elements() {
			array = append(array, anything(d))
		}
		return array
	case c == '"':
		return d.String()
	case c == 't' || c == 'f':
		return d.Bool()
	case c == 'n':
		d.Skip()
		return nil
	default:
		return json.Number(d.String())
	}
}
