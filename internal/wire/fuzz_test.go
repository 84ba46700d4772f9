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
	for _, text := range []string{
		``, ` `, `null`, `-0.5e-7`, `"\ud83d\ude00\ud83d"`, "\"\xff\xc3\"", `{"a":1,"a":{"b":2}}`, `[1,]`, `{"":[{}]}`, `[[[[[]]]]]`,
		`"\u00`, "\"\x01\"", `{"a" : tru}`, `01`, `[1 2]`, `{"a":1}}`,
	} {
		f.Add([]byte(text), uint16(1))
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
