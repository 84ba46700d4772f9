package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func on(text string) *Decoder {
	d := new(Decoder)
	d.Reset([]byte(text))
	return d
}

func TestValuesAreReadAsTolerantlyAsDocumented(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text   string
		asText string
		asInt  int64
		asBool bool
		asRaw  string // "": nil
	}{
		{`"abc"`, "abc", 0, false, `"abc"`},
		{`""`, "", 0, false, `""`},
		{`"42"`, "42", 42, false, `"42"`},
		{`42`, "42", 42, false, `42`},
		{`-7`, "-7", -7, false, `-7`},
		{`37.00`, "37.00", 37, false, `37.00`},
		{`1e3`, "1e3", 1000, false, `1e3`},
		{`9223372036854775807`, "9223372036854775807", 9223372036854775807, false, `9223372036854775807`},
		{`9223372036854775808`, "9223372036854775808", 0, false, `9223372036854775808`},
		{`true`, "", 0, true, `true`},
		{`"true"`, "true", 0, true, `"true"`},
		{`false`, "", 0, false, `false`},
		{`"false"`, "false", 0, false, `"false"`},
		{`1`, "1", 1, false, `1`},
		{`null`, "", 0, false, ""},
		{`"null"`, "null", 0, false, `"null"`},
		{`{}`, "", 0, false, `{}`},
		{`{"a":[1,{"b":null}]}`, "", 0, false, `{"a":[1,{"b":null}]}`},
		{`[]`, "", 0, false, `[]`},
		{`["x"]`, "", 0, false, `["x"]`},
	} {
		t.Run(tc.text, func(t *testing.T) {
			t.Parallel()
			reads := func(want any, read func(*Decoder) any) {
				t.Helper()
				d := on(" \t\r\n" + tc.text + " \n")
				require.Equal(t, want, read(d))
				require.NoError(t, d.Close())
			}
			reads(tc.asText, func(d *Decoder) any { return d.String() })
			reads(tc.asText, func(d *Decoder) any { return string(d.Text()) })
			reads(tc.asInt, func(d *Decoder) any { return d.Int() })
			reads(tc.asBool, func(d *Decoder) any { return d.Bool() })
			reads(tc.asRaw, func(d *Decoder) any { return string(d.Raw()) })
			reads(tc.asRaw == "", func(d *Decoder) any { return d.Raw() == nil })
		})
	}
}

func TestLeavingALoopEarlyFailsTheText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"a":{"x":1,"b":2},"c":3}`, `{"a":{"x":1}}`, `{"a":[1,2],"c":3}`, `{"a":[1]}`} {
		d := on(text)
		for range d.Members() {
			if d.IsArray() {
				for range d.Elements() {
					d.Skip()
					break
				}
				continue
			}
			for range d.Members() {
				d.Skip()
				break
			}
		}
		require.ErrorIs(t, d.Close(), ErrSyntax, text)
	}
}

func TestFirstFaultSticks(t *testing.T) {
	t.Parallel()
	own := errors.New("no amount")
	d := on(`{"a":"1","b":"2"}`)
	for name := range d.Members() {
		if string(name) == "a" {
			require.Equal(t, "1", d.String())
			d.Fail(own)
			d.Fail(errors.New("a later one"))
		} else {
			require.Fail(t, "visited after a fault", string(name))
		}
	}
	require.Empty(t, d.String())
	require.Nil(t, d.Text())
	require.Zero(t, d.Int())
	require.False(t, d.Bool())
	require.Nil(t, d.Raw())
	require.False(t, d.IsObject() || d.IsArray())
	d.Skip()
	for range d.Members() {
		require.Fail(t, "member after a fault")
	}
	for range d.Elements() {
		require.Fail(t, "element after a fault")
	}
	require.Same(t, own, d.Close())

	d.Reset([]byte(`"new"`))
	require.Equal(t, "new", d.String(), "Reset forgets the fault")
	require.NoError(t, d.Close())
}

func TestDeepNestingIsRefused(t *testing.T) {
	t.Parallel()
	nest := func(opening, closing string, depth int) string {
		return strings.Repeat(opening, depth) + "1" + strings.Repeat(closing, depth)
	}
	for _, pair := range [][2]string{{"[", "]"}, {`{"a":`, "}"}, {`[{"a":`, "}]"}} {
		levels := strings.Count(pair[1], "]") + strings.Count(pair[1], "}")

		d := on(nest(pair[0], pair[1], maxDepth/levels))
		d.Skip()
		require.NoError(t, d.Close(), pair)

		for _, depth := range []int{maxDepth/levels + 1, 1_000_000} {
			d = on(nest(pair[0], pair[1], depth))
			d.Skip()
			require.ErrorIs(t, d.Close(), ErrDepth, "%v %d", pair, depth)
		}
	}
	// Depth, not number: neighbours do not add up.
	d := on("[" + strings.Repeat(`[[]],{"a":{}},`, 10*maxDepth) + "[]]")
	d.Skip()
	require.NoError(t, d.Close())
}
