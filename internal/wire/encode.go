package wire

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"sync"
)

// buffers are kept with the space they have grown to.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Encode returns the JSON of what v points to, in a slice of its own.
func (c *Codec) Encode(v any) ([]byte, error) {
	buf := buffers.Get().(*[]byte)
	at := reflect.ValueOf(v).Elem()
	text, err := c.plan(at.Type()).encode((*buf)[:0], at)
	if err != nil {
		return nil, err
	}
	out := bytes.Clone(text)
	clear(text) // personal data
	*buf = text
	buffers.Put(buf)
	return out, nil
}

// Lacks returns the paths of all fields that are set and that the Version does not
// have, if v points to a struct.
func (c *Codec) Lacks(v any) []string {
	at := reflect.Indirect(reflect.ValueOf(v))
	if at.Kind() != reflect.Struct {
		return nil
	}
	if p := c.plan(at.Type()); p.lacks != nil {
		return p.lacks(nil, at)
	}
	return nil
}

func encodeString(b []byte, v reflect.Value) ([]byte, error) {
	return appendString(b, v.String()), nil
}

func encodeBool(b []byte, v reflect.Value) ([]byte, error) {
	return strconv.AppendBool(b, v.Bool()), nil
}

func encodeInt(b []byte, v reflect.Value) ([]byte, error) {
	return strconv.AppendInt(b, v.Int(), 10), nil
}

func encodeText(b []byte, v reflect.Value) ([]byte, error) {
	b, err := v.Addr().Interface().(encoding.TextAppender).AppendText(append(b, '"'))
	return append(b, '"'), err
}

// encodeMarshaler writes what is too rare, or too free in form, for more.
func encodeMarshaler(b []byte, v reflect.Value) ([]byte, error) {
	text, err := json.Marshal(v.Interface())
	return append(b, text...), err
}
