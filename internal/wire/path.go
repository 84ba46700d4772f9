package wire

import "strconv"

// FieldError says which field of a text cannot be read.
type FieldError struct {
	Path string // such as events[2].amount.amount
	Err  error
}

// Error names the field. It does not repeat the field's value.
func (e *FieldError) Error() string { return e.Path + " is invalid" }

// Unwrap returns why the field cannot be read.
func (e *FieldError) Unwrap() error { return e.Err }

// SafeToLog marks the error as safe: a path is made of names in struct tags.
func (e *FieldError) SafeToLog() {}

// step is a part of a path: a field's name, or an index if the name is empty.
type step struct {
	name  string
	index int
}

func (s step) append(path []byte) []byte {
	if s.name == "" {
		return append(strconv.AppendInt(append(path, '['), int64(s.index), 10), ']')
	}
	if len(path) > 0 {
		path = append(path, '.')
	}
	return append(path, s.name...)
}

// pathFrom returns the path of the value that is being read, or of a field of it,
// without its first steps.
func (d *Decoder) pathFrom(base int, field string) string {
	var path []byte
	for _, s := range d.path[base:] {
		path = s.append(path)
	}
	if field != "" {
		path = step{name: field}.append(path)
	}
	return string(path)
}

// Fault reports that text, in a field of the value that is being read, or in
// the value itself if field is empty, has no exact meaning. In a field tagged
// wire:"loose" the text is kept as unread; elsewhere the whole text cannot be
// read.
func (d *Decoder) Fault(field string, text []byte, err error) {
	if d.loose {
		d.keep(field, text)
		return
	}
	d.Fail(&FieldError{d.pathFrom(0, field), err})
}

// Unread keeps a text that could not be read exactly, in the value that is
// being read.
func (d *Decoder) Unread(text []byte) { d.keep("", text) }

// maxUnread is how many texts a struct keeps. It is more than a payment of a
// hundred items has fields that may be unread.
const maxUnread = 1000

func (d *Decoder) keep(field string, text []byte) {
	if d.unread == nil || len(text) == 0 || len(*d.unread) >= maxUnread {
		return
	}
	if *d.unread == nil {
		*d.unread = make(map[string]string)
	}
	(*d.unread)[d.pathFrom(d.base, field)] = string(text)
}
