package wire

import (
	"errors"
	"fmt"
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
			text := " \t\r\n" + tc.text + " \n"

			d := on(text)
			require.Equal(t, tc.asText, d.String())
			require.NoError(t, d.Close())

			d = on(text)
			require.Equal(t, tc.asText, string(d.Text()))
			require.NoError(t, d.Close())

			d = on(text)
			require.Equal(t, tc.asInt, d.Int())
			require.NoError(t, d.Close())

			d = on(text)
			require.Equal(t, tc.asBool, d.Bool())
			require.NoError(t, d.Close())

			d = on(text)
			raw := d.Raw()
			require.NoError(t, d.Close())
			require.Equal(t, tc.asRaw, string(raw))
			require.Equal(t, tc.asRaw == "", raw == nil)

			d = on(text)
			d.Skip()
			require.NoError(t, d.Close())
		})
	}
}

func TestKindOfTheNextValueIsKnownWithoutReadingIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]bool{
		` {"a":1}`: {true, false}, ` [1]`: {false, true}, `null`: {}, `"{"`: {}, `1`: {}, ``: {},
	} {
		d := on(text)
		require.Equal(t, want, [2]bool{d.IsObject(), d.IsArray()}, text)
		if text != "" {
			d.Skip()
			require.NoError(t, d.Close(), text)
		}
	}
}

func TestMembersVisitsAnObject(t *testing.T) {
	t.Parallel()
	d := on(` { "a" : "1" , "skipped" : {"a":["x"]} , "n":{ "x" : 1 , "y" : [ true ] } ,"a\u0062é":null, "":0 } `)
	var names []string
	for name := range d.Members() {
		names = append(names, string(name))
		switch string(name) {
		case "a":
			require.Equal(t, "1", d.String())
		case "n":
			for name := range d.Members() {
				names = append(names, "n."+string(name))
			}
		}
	}
	require.NoError(t, d.Close())
	require.Equal(t, []string{"a", "skipped", "n", "n.x", "n.y", "abé", ""}, names)
}

func TestElementsVisitsAnArray(t *testing.T) {
	t.Parallel()
	d := on(` [ "a" , {"skipped":[1]} , null , [ "b", "c" ] , 5 ] `)
	var seen []string
	for i := range d.Elements() {
		switch i {
		case 1:
		case 3:
			for j := range d.Elements() {
				seen = append(seen, fmt.Sprintf("%d.%d %s", i, j, d.String()))
			}
		default:
			seen = append(seen, fmt.Sprintf("%d %s", i, d.String()))
		}
	}
	require.NoError(t, d.Close())
	require.Equal(t, []string{"0 a", "2 ", "3.0 b", "3.1 c", "4 5"}, seen)
}

func TestWhatIsNoObjectHasNoMembersAndWhatIsNoArrayNoElements(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`null`, `""`, `"x"`, `5`, `true`, `{}`, `[]`} {
		d := on(text)
		for range d.Members() {
			require.Fail(t, "member", text)
		}
		require.NoError(t, d.Close(), text)

		d = on(text)
		for range d.Elements() {
			require.Fail(t, "element", text)
		}
		require.NoError(t, d.Close(), text)
	}
	// One in the place of the other is stepped over as a whole.
	d := on(`{"list":{"a":1},"object":["b"],"after":"c"}`)
	var after string
	for name := range d.Members() {
		switch string(name) {
		case "list":
			for range d.Elements() {
				require.Fail(t, "element of an object")
			}
		case "object":
			for range d.Members() {
				require.Fail(t, "member of an array")
			}
		case "after":
			after = d.String()
		}
	}
	require.NoError(t, d.Close())
	require.Equal(t, "c", after)
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
