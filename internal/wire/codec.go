package wire

import (
	"cmp"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Codec reads and writes Go values as JSON. The struct tags of the values are the
// schema: json as in encoding/json, with omitempty and omitzero, and
//
//	alias:"x"        a second name that the field is read under
//	wire:"required"  a struct without the field cannot be read: ErrMissing
//	wire:"loose"     a value without an exact meaning does not spoil the rest
//	wire:"unread"    a map[string]string of the texts in the struct that could not
//	                 be read, by path: all but those that spoil the rest
//	hoist:"x,y"      fields of the field that may also stand beside it
//
// A type must not contain itself. The zero Codec is ready to use, by any number of
// goroutines.
type Codec struct {
	// Version is the key of a tag that gives fields other names. Under Version
	// "v1" a field with the tags json:"area1" v1:"suburb" is written as suburb
	// and read under both names, and one with v1:"-" is not written.
	Version string
	// Special returns a function that reads a type which tags do not describe,
	// and nil for other types. The function is given a pointer to the type.
	Special func(reflect.Type) func(*Decoder, any)

	plans sync.Map // of *plan by reflect.Type
}

// plan is how values of one type are read and written.
type plan struct {
	decode func(*Decoder, reflect.Value)
	encode func([]byte, reflect.Value) ([]byte, error)
	// lacks appends the paths of all fields that are set and that the Version
	// does not have; nil for a type without such fields.
	lacks func([]string, reflect.Value) []string
}

// plan returns the plan of a type, which is made once.
func (c *Codec) plan(t reflect.Type) *plan {
	if p, ok := c.plans.Load(t); ok {
		return p.(*plan)
	}
	p := c.newPlan(t)
	if c.Special != nil {
		if read := c.Special(t); read != nil {
			p.decode = func(d *Decoder, v reflect.Value) { read(d, v.Addr().Interface()) }
		}
	}
	kept, _ := c.plans.LoadOrStore(t, p)
	return kept.(*plan)
}

func (c *Codec) newPlan(t reflect.Type) *plan {
	pointer := reflect.PointerTo(t)
	p := new(plan)
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		p.decode, p.encode = decodeRaw, encodeMarshaler
	case pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		p.decode = decodeText
	case t.Kind() == reflect.Struct:
		p = c.structPlan(t)
	case t.Kind() == reflect.Slice:
		p = c.slicePlan(t)
	case t.Kind() == reflect.Pointer:
		p.decode, p.encode = c.decodePointer(t), encodeMarshaler
	case t.Kind() == reflect.Map:
		p.decode, p.encode = c.decodeMap(t), encodeMarshaler
	case t.Kind() == reflect.String:
		p.decode, p.encode = decodeString, encodeString
	case t.Kind() == reflect.Bool:
		p.decode, p.encode = decodeBool, encodeBool
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		p.decode, p.encode = decodeInt, encodeInt
	default:
		panic("wire: no way to read or write a " + t.String())
	}
	switch {
	case pointer.Implements(reflect.TypeFor[json.Marshaler]()):
		p.encode = encodeMarshaler
	case pointer.Implements(reflect.TypeFor[encoding.TextAppender]()):
		p.encode = encodeText
	}
	return p
}

// field is a field of a struct.
type field struct {
	*plan
	index  []int
	loose  bool
	name   string                     // in paths
	prefix string                     // name, quotes and colon, as written; "" if the Version lacks the field
	empty  func(v reflect.Value) bool // reports whether the field is left out
}

// of returns the field of a struct.
func (f *field) of(v reflect.Value) reflect.Value {
	for _, i := range f.index {
		v = v.Field(i)
	}
	return v
}

func (c *Codec) structPlan(t reflect.Type) *plan {
	var s structPlan
	c.addFields(&s, t, nil)
	p := &plan{decode: s.decode, encode: s.encode}
	for _, f := range s.fields {
		if f.prefix == "" || f.lacks != nil {
			s.lacking = append(s.lacking, f)
			p.lacks = s.lacks
		}
	}
	return p
}

// addFields adds the fields of a struct, those of embedded structs included.
func (c *Codec) addFields(s *structPlan, t reflect.Type, index []int) {
	for sf := range t.Fields() {
		index := append(slices.Clone(index), sf.Index[0])
		tag, tagged := sf.Tag.Lookup("json")
		if sf.Anonymous && !tagged {
			c.addFields(s, sf.Type, index)
			continue
		}
		rule := sf.Tag.Get("wire")
		if rule == "unread" {
			s.unread = index
		}
		name, options, _ := strings.Cut(tag, ",")
		if !sf.IsExported() || name == "-" || name == "" {
			continue
		}
		f := &field{plan: c.plan(sf.Type), index: index, name: name, loose: rule == "loose", empty: emptyFunc(sf.Type, options)}
		s.fields = append(s.fields, f)
		s.addNames(f, name, sf.Tag.Get("alias"))
		if written := cmp.Or(sf.Tag.Get(c.Version), name); written != "-" {
			f.prefix = `"` + written + `":`
			s.addNames(f, written)
		}
		if rule == "required" {
			s.required = f
		}
		if hoisted := sf.Tag.Get("hoist"); hoisted != "" {
			var inner structPlan
			c.addFields(&inner, sf.Type, index)
			for text := range strings.SplitSeq(hoisted, ",") {
				s.addNames(inner.field([]byte(text)), text)
			}
		}
	}
}

// addNames adds names that a field is read under.
func (s *structPlan) addNames(f *field, names ...string) {
	for _, text := range names {
		if text != "" && s.field([]byte(text)) == nil {
			if more := len(text) + 1 - len(s.names); more > 0 {
				s.names = append(s.names, make([][]nameOf, more)...)
			}
			s.names[len(text)] = append(s.names[len(text)], nameOf{text, f})
		}
	}
}

// emptyFunc returns a function that reports whether a field is left out, by the
// rules of encoding/json; nil if it never is.
func emptyFunc(t reflect.Type, options string) func(reflect.Value) bool {
	switch options {
	case "omitzero":
		type isZeroer interface{ IsZero() bool }
		if reflect.PointerTo(t).Implements(reflect.TypeFor[isZeroer]()) {
			return func(v reflect.Value) bool { return v.Addr().Interface().(isZeroer).IsZero() }
		}
		return reflect.Value.IsZero
	case "omitempty":
		if k := t.Kind(); k == reflect.Slice || k == reflect.Map || k == reflect.String {
			return func(v reflect.Value) bool { return v.Len() == 0 }
		}
		return reflect.Value.IsZero
	}
	return nil
}

// structPlan is the fields of a struct.
type structPlan struct {
	fields   []*field
	names    [][]nameOf // every name that a field is read under, by length
	required *field     // nil for most structs
	unread   []int      // index of the map of unread texts; nil for most structs
	lacking  []*field   // those that lack something in the Version
}

// nameOf is a name that a field is read under.
type nameOf struct {
	text  string
	field *field
}

// field returns the field that is read under a name, or nil. A search of the few
// names of one length is faster than a map.
func (s *structPlan) field(text []byte) *field {
	if len(text) < len(s.names) {
		for _, n := range s.names[len(text)] {
			if string(text) == n.text {
				return n.field
			}
		}
	}
	return nil
}

func (s *structPlan) decode(d *Decoder, v reflect.Value) {
	if s.unread != nil {
		unread, base := d.unread, d.base
		d.unread, d.base = v.FieldByIndex(s.unread).Addr().Interface().(*map[string]string), len(d.path)
		defer func() { d.unread, d.base = unread, base }()
	}
	missing := s.required
	for name := range d.Members() {
		f := s.field(name)
		if f == nil {
			continue
		}
		if f == missing {
			missing = nil
		}
		loose := d.loose
		d.loose = loose || f.loose
		d.path = append(d.path, step{name: f.name})
		f.decode(d, f.of(v))
		d.path = d.path[:len(d.path)-1]
		d.loose = loose
	}
	if missing != nil {
		d.Fail(ErrMissing)
	}
}

func (s *structPlan) encode(b []byte, v reflect.Value) (_ []byte, err error) {
	b = append(b, '{')
	start := len(b)
	for _, f := range s.fields {
		if f.prefix == "" {
			continue
		}
		value := f.of(v)
		if f.empty != nil && f.empty(value) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		if b, err = f.encode(append(b, f.prefix...), value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func (s *structPlan) lacks(paths []string, v reflect.Value) []string {
	for _, f := range s.lacking {
		value := f.of(v)
		switch before := len(paths); {
		case f.prefix != "":
			paths = f.lacks(paths, value)
			for i := range paths[before:] {
				paths[before+i] = join(f.name, paths[before+i])
			}
		case !f.empty(value):
			paths = append(paths, f.name)
		}
	}
	return paths
}

// join returns the path of a field or element within what has a name.
func join(name, path string) string {
	if strings.HasPrefix(path, "[") {
		return name + path
	}
	return name + "." + path
}

func (c *Codec) slicePlan(t reflect.Type) *plan {
	elem := c.plan(t.Elem())
	p := &plan{decode: c.decodeSlice(t)}
	p.encode = func(b []byte, v reflect.Value) (_ []byte, err error) {
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = elem.encode(b, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	if elem.lacks != nil {
		p.lacks = func(paths []string, v reflect.Value) []string {
			for i := range v.Len() {
				before := len(paths)
				paths = elem.lacks(paths, v.Index(i))
				for j := range paths[before:] {
					paths[before+j] = join("["+strconv.Itoa(i)+"]", paths[before+j])
				}
			}
			return paths
		}
	}
	return p
}
