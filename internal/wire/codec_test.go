package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cents reads and writes itself as a text.
type cents int64

func (c *cents) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 64)
	*c = cents(n)
	return err
}

func (c cents) AppendText(b []byte) ([]byte, error) { return strconv.AppendInt(b, int64(c), 10), nil }

func (c cents) MarshalText() ([]byte, error) { return c.AppendText(nil) }

type common struct {
	Reference string `json:"reference,omitempty" v1:"ref"`
}

type flag struct {
	On bool `json:"on"`
}

// IsZero is true for everything, which omitzero must ask.
func (flag) IsZero() bool { return true }

type item struct {
	Name  string     `json:"name"`
	Page  string     `json:"page,omitempty" v1:"-"`
	Paths [][]string `json:"paths,omitempty"`
}

type order struct {
	ID    string `json:"id" alias:"Id"`
	Total cents  `json:"total,omitzero" v1:"sum"`
	Count int    `json:"count"`
	Live  bool   `json:"live,omitempty"`
	common
	First  item                       `json:"first,omitzero"`
	Items  []item                     `json:"items,omitempty"`
	Linked []*item                    `json:"linked,omitempty" v1:"-"`
	Custom map[string]json.RawMessage `json:"custom,omitempty"`
	Limits map[string]item            `json:"limits,omitempty"`
	Flag   flag                       `json:"flag,omitzero"`
	Hidden string                     `json:"-"`
}

var v2, v1 = new(Codec), &Codec{Version: "v1"}

// whole has every field, and so many items that slices and strings grow.
func whole() *order {
	o := &order{
		ID: "é\n1", Total: 5, Count: -7, Live: true, common: common{"r"}, First: item{Name: "one"},
		Items:  []item{{Name: "a", Page: "p", Paths: [][]string{{"x", "y"}, nil, {""}}}, {Name: strings.Repeat("long ", 500)}},
		Custom: map[string]json.RawMessage{"k": json.RawMessage(`{"n":1}`)},
		Limits: map[string]item{"USD": {Name: "u"}},
	}
	for n := range 300 {
		it := item{Name: "name " + strconv.Itoa(n)}
		for m := range n % 10 {
			it.Paths = append(it.Paths, []string{"path", strconv.Itoa(n), strconv.Itoa(m), ""})
		}
		o.Items = append(o.Items, it)
		o.Linked = append(o.Linked, &item{Name: strings.Repeat("x", 5*n)})
	}
	return o
}

func TestValuesAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	t.Parallel()
	for _, v := range []*order{whole(), {}} {
		want, err := json.Marshal(v)
		require.NoError(t, err)
		got, err := v2.Encode(v)
		require.NoError(t, err)
		require.JSONEq(t, strings.ReplaceAll(string(want), "null", "[]"), string(got), "but for a path that is nil")
	}
}

func TestEveryFieldComesBackFromItsOwnJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []*Codec{v2, v1} {
		text, err := c.Encode(whole())
		require.NoError(t, err)
		got := new(order)
		require.NoError(t, c.Decode(text, got))
		clear(text) // nothing refers to it
		want := whole()
		want.Items[0].Paths[2] = []string{""}
		if c == v1 {
			want.Items[0].Page, want.Linked = "", nil
		}
		require.Equal(t, want, got)
	}
}

func TestVersionGivesOtherNames(t *testing.T) {
	t.Parallel()
	text, err := v1.Encode(&order{Total: 5, common: common{"r"}, Linked: []*item{{}}})
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"","sum":5,"count":0,"ref":"r"}`, strings.Replace(string(text), `"5"`, `5`, 1))

	for _, text := range []string{`{"sum":"5","ref":"r"}`, `{"total":"5","reference":"r"}`} {
		var got order
		require.NoError(t, v1.Decode([]byte(text), &got))
		require.Equal(t, order{Total: 5, common: common{"r"}}, got, text)
	}
	var got order
	require.NoError(t, v2.Decode([]byte(`{"sum":"5","ref":"r"}`), &got))
	require.Zero(t, got, "a version's names mean nothing in another")
}

func TestLacksNamesFieldsThatTheVersionDoesNotHave(t *testing.T) {
	v := whole()
	v.First.Page = "p"
	require.Equal(t, []string{"first.page", "items[0].page", "linked"}, v1.Lacks(v))
	require.Empty(t, v2.Lacks(v))
	require.Empty(t, v1.Lacks(nil))
	require.Empty(t, v1.Lacks(map[string]int{}))

	v = &order{Items: []item{{}, {}}}
	require.Zero(t, testing.AllocsPerRun(100, func() { v1.Lacks(v) }))
}

func TestShapesThatAreNotExpectedDoNoHarm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]order{
		`null`: {}, `[]`: {}, `"x"`: {}, `7`: {}, `{}`: {}, `{"unknown":{"id":[1]}}`: {},
		`{"id":7,"count":"8","live":"true"}`:        {ID: "7", Count: 8, Live: true},
		`{"id":null,"count":null,"live":null}`:      {},
		`{"id":{},"count":[],"live":{},"total":{}}`: {},
		`{"Id":"1"}`:                                    {ID: "1"},
		`{"id":"1","id":"2","id":""}`:                   {},
		`{"first":[],"items":{},"custom":[]}`:           {},
		`{"items":[]}`:                                  {},
		`{"items":[null]}`:                              {Items: []item{{}}},
		`{"linked":[null]}`:                             {Linked: []*item{{}}},
		`{"items":{"name":"a"},"linked":{"name":"b"}}`:  {Items: []item{{Name: "a"}}, Linked: []*item{{Name: "b"}}},
		`{"items":"","linked":"x"}`:                     {},
		`{"first":{"paths":"x"}}`:                       {First: item{Paths: [][]string{{"x"}}}},
		`{"first":{"paths":["x",["y",5,null]]}}`:        {First: item{Paths: [][]string{{"x"}, {"y", "5", ""}}}},
		`{"items":[{"name":"a"}],"items":[{}]}`:         {Items: []item{{}}},
		`{"custom":{"a":null,"b":[1]},"hidden":"x"}`:    {Custom: map[string]json.RawMessage{"a": nil, "b": json.RawMessage(`[1]`)}},
		`{"-":"x","":"x"}`:                              {},
		`{"limits":{"USD":{"name":"u"},"AUD":"x"}}`:     {Limits: map[string]item{"USD": {Name: "u"}, "AUD": {}}},
		`{"total":5}`:                                   {Total: 5},
		`{"total":"","first":{"name":"a"},"first":"x"}`: {First: item{Name: "a"}},
	} {
		var got order
		require.NoError(t, v2.Decode([]byte(text), &got), text)
		require.Equal(t, want, got, text)
	}
}

func TestManyStringsShareAnAllocation(t *testing.T) {
	text := []byte(`{"id":"1","first":{"name":"a"},"items":[{"name":"b"},{"name":"c"},{"name":"d"}],"reference":"e"}`)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		if err := v2.Decode(text, new(order)); err != nil {
			t.Error(err)
		}
	}), 3.0, "the order, its items and the strings")
}

func TestMemoryIsBoundedByTheSizeOfTheText(t *testing.T) {
	t.Parallel()
	read := func(element string, n int) error {
		return v2.Decode([]byte(`{"linked":[`+strings.Repeat(element+",", n)+element+`]}`), new(order))
	}
	require.NoError(t, read(`{}`, 5_000), "a page of small values")
	require.NoError(t, read(`{"name":"Widget"}`, 200_000), "honest values")
	require.ErrorIs(t, read(`{}`, 200_000), ErrElements)
	require.NoError(t, v2.Decode([]byte(`{"unknown":[`+strings.Repeat("0,", 1_000_000)+`0]}`), new(order)), "what is skipped takes none")
}

func TestRequiredFieldIsDemanded(t *testing.T) {
	t.Parallel()
	type page struct {
		Total int    `json:"total"`
		List  []item `json:"list" wire:"required"`
	}
	for _, text := range []string{`{}`, `null`, `{"total":1}`, `{"lists":[]}`} {
		require.ErrorIs(t, v2.Decode([]byte(text), new(page)), ErrMissing, text)
	}
	for _, text := range []string{`{"list":[]}`, `{"list":null,"total":2}`} {
		require.NoError(t, v2.Decode([]byte(text), new(page)), text)
	}
}

func TestSpecialTypesAreReadByTheirFunctions(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad name")
	c := Codec{Special: func(t reflect.Type) func(*Decoder, any) {
		if t != reflect.TypeFor[item]() {
			return nil
		}
		return func(d *Decoder, v any) {
			var raw json.RawMessage
			d.Ahead(&raw)
			var in struct {
				Name string `json:"name"`
			}
			d.Read(&in)
			if in.Name == "bad" {
				d.Fail(bad)
			}
			*v.(*item) = item{Name: in.Name, Page: string(raw)}
		}
	}}
	var got order
	require.NoError(t, c.Decode([]byte(`{"items":[ {"name":"a","x":[1]}, "b"],"id":"1"}`), &got))
	require.Equal(t, order{ID: "1", Items: []item{{Name: "a", Page: `{"name":"a","x":[1]}`}, {Page: `"b"`}}}, got)
	require.Same(t, bad, c.Decode([]byte(`{"items":[{"name":"a"},{"name":"bad"}]}`), &got))
	require.ErrorIs(t, c.Decode([]byte(`{"items":[{"name":"a"`), &got), ErrSyntax)
}

func TestFaultsOfValuesFailTheWhole(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, v2.Decode([]byte(`{"id":"1","total":"x"}`), new(order)), strconv.ErrSyntax)
	_, err := v2.Encode(&order{Custom: map[string]json.RawMessage{"k": json.RawMessage(`{`)}})
	require.Error(t, err)
	text, err := v2.Encode(&order{ID: "1"})
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"1","count":0}`, string(text), "nothing is left of the failure")
	require.Panics(t, func() {
		_, _ = v2.Encode(&struct {
			F float64 `json:"f"`
		}{})
	})
}

func TestEncode_ReturnsASliceOfItsOwn(t *testing.T) {
	t.Parallel()
	first, err := v2.Encode(&item{Name: "first"})
	require.NoError(t, err)
	_, err = v2.Encode(&item{Name: "other"})
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"first"}`, string(first))
}

// book has values of every rule of the tag wire.
type book struct {
	Title  string            `json:"title"`
	Price  cents             `json:"price"`
	Extra  cents             `json:"extra" wire:"loose"`
	Pages  int               `json:"pages"`
	Owner  owner             `json:"owner" wire:"loose" hoist:"age,born"`
	Copies []copied          `json:"copies"`
	Unread map[string]string `json:"-" wire:"unread"`
}

type copied struct {
	Price  cents             `json:"price"`
	Pages  int               `json:"pages"`
	Unread map[string]string `json:"-" wire:"unread"`
}

type owner struct {
	Age  int   `json:"age"`
	Born cents `json:"born" v1:"birth"`
}

func TestFaultNamesTheField(t *testing.T) {
	t.Parallel()
	for text, path := range map[string]string{
		`{"price":"x"}`: "price", `{"copies":[{},{"price":"x"}]}`: "copies[1].price", `{"copies":{"price":"x"}}`: "copies.price",
	} {
		err := v2.Decode([]byte(text), new(book))
		require.ErrorIs(t, err, strconv.ErrSyntax, text)
		require.EqualError(t, err, path+" is invalid")
		var fault *FieldError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, path, fault.Path)
	}
}

func TestValuesWithoutExactMeaningAreKeptByTheInnermostStruct(t *testing.T) {
	t.Parallel()
	var got book
	require.NoError(t, v2.Decode([]byte(`{"pages":"many","extra":"x","owner":{"age":1.5,"born":"y"},"copies":[{"pages":2.0},{"pages":"few"}]}`), &got))
	require.Equal(t, book{
		Copies: []copied{{Pages: 2}, {Unread: map[string]string{"pages": "few"}}},
		Unread: map[string]string{"pages": "many", "extra": "x", "owner.age": "1.5", "owner.born": "y"},
	}, got)
	require.NoError(t, v2.Decode([]byte(`{"pages":null,"extra":"","owner":{"age":{}}}`), &got), "what is missing is not unread")
}

func TestHoistedFieldsStandBesideTheirs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"age":7,"born":"8"}`, `{"owner":{"age":7,"born":"8"}}`, `{"age":7,"owner":{"born":8}}`} {
		var got book
		require.NoError(t, v2.Decode([]byte(text), &got))
		require.Equal(t, book{Owner: owner{7, 8}}, got, text)
	}
}

func TestByteOrderMarkIsSkipped(t *testing.T) {
	t.Parallel()
	var got book
	require.NoError(t, v2.Decode([]byte("\uFEFF"+`{"title":"t"}`), &got))
	require.Equal(t, "t", got.Title)
	require.ErrorIs(t, v2.Decode([]byte("\uFEFF\uFEFF{}"), &got), ErrSyntax)
}
