package wire

import (
	"bytes"
	"encoding"
	"reflect"
	"sync"
)

// decoders are kept with the space they have grown to.
var decoders = sync.Pool{New: func() any {
	return &Decoder{path: make([]step, 0, maxDepth)}
}}

// Decode reads data, which must be one whole JSON value, into what v points to.
// What is read before a fault stays in v.
func (c *Codec) Decode(data []byte, v any) error {
	d := decoders.Get().(*Decoder)
	defer decoders.Put(d)
	d.Reset(bytes.TrimPrefix(data, []byte("\uFEFF"))) // a byte order mark means nothing
	d.codec, d.budget = c, freeMemory+memoryPerByte*len(data)
	d.Read(v)
	err := d.Close()
	d.Reset(nil)
	return err
}

// Read reads the next value into what v points to, by the tags of its type. It is
// for the functions of Codec.Special.
func (d *Decoder) Read(v any) {
	at := reflect.ValueOf(v).Elem()
	d.codec.plan(at.Type()).decode(d, at)
}

// Ahead is Read without moving on: the value is read once more by what follows.
func (d *Decoder) Ahead(v any) {
	d.space()
	at := d.pos
	if d.Read(v); d.err == nil {
		d.pos = at
	}
}

// The memory that a text may take when it is read: its size, and a page of small
// objects whatever its size. Honest texts take less than half of that.
const (
	freeMemory    = 1 << 20
	memoryPerByte = 16
)

// spend counts the memory that a value of type t takes.
func (d *Decoder) spend(t reflect.Type) {
	if d.budget -= int(t.Size()); d.budget < 0 {
		d.Fail(ErrElements)
	}
}

// chunk is how many bytes of strings share one allocation.
const chunk = 1 << 10

func decodeString(d *Decoder, v reflect.Value) { v.SetString(d.clone(d.Text())) }

// clone returns a text as a string. Short ones share an allocation.
func (d *Decoder) clone(text []byte) string {
	if len(text) == 0 || len(text) > chunk/2 {
		return string(text)
	}
	if d.texts.Cap()-d.texts.Len() < len(text) {
		d.texts.Reset() // leaves the memory to its strings
		d.texts.Grow(min(chunk, len(text)+len(d.data)-d.pos))
	}
	start := d.texts.Len()
	d.texts.Write(text)
	return d.texts.String()[start:]
}

func decodeBool(d *Decoder, v reflect.Value) { v.SetBool(d.Bool()) }

func decodeInt(d *Decoder, v reflect.Value) { v.SetInt(d.Int()) }

func decodeRaw(d *Decoder, v reflect.Value) { v.SetBytes(d.Raw()) }

// decodeText reads a string or number that the type reads itself. An empty text
// is the zero value.
func decodeText(d *Decoder, v reflect.Value) {
	text := d.Text()
	v.SetZero()
	if len(text) > 0 {
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(text); err != nil {
			d.Fault("", text, err)
		}
	}
}

func (c *Codec) decodeMap(t reflect.Type) func(*Decoder, reflect.Value) {
	elem := c.plan(t.Elem())
	return func(d *Decoder, v reflect.Value) {
		for name := range d.Members() {
			if v.IsNil() {
				v.Set(reflect.MakeMap(t))
			}
			d.spend(t.Elem())
			key := reflect.ValueOf(string(name)).Convert(t.Key())
			value := reflect.New(t.Elem()).Elem()
			elem.decode(d, value)
			v.SetMapIndex(key, value)
		}
	}
}

// decodePointer reads into what the pointer points to, or into a new value.
func (c *Codec) decodePointer(t reflect.Type) func(*Decoder, reflect.Value) {
	elem := c.plan(t.Elem())
	return func(d *Decoder, v reflect.Value) {
		if v.IsNil() {
			d.spend(t.Elem())
			v.Set(reflect.New(t.Elem()))
		}
		elem.decode(d, v.Elem())
	}
}

// decodeSlice reads an array, or a single element in place of an array of one.
// An empty array is nil, and so is a single empty element.
func (c *Codec) decodeSlice(t reflect.Type) func(*Decoder, reflect.Value) {
	elem := c.plan(t.Elem())
	return func(d *Decoder, v reflect.Value) {
		v.SetZero()
		if !d.IsArray() {
			v.Grow(1)
			v.SetLen(1)
			elem.decode(d, v.Index(0))
			if reflect.Indirect(v.Index(0)).IsZero() {
				v.SetZero()
			}
			return
		}
		for i := range d.Elements() {
			if i == v.Cap() {
				v.Grow(max(i, 3))
			}
			d.spend(t.Elem())
			v.SetLen(i + 1)
			d.path = append(d.path, step{index: i})
			elem.decode(d, v.Index(i))
			d.path = d.path[:len(d.path)-1]
		}
	}
}
