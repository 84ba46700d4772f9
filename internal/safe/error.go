// Package safe turns errors and identifiers into texts that hold no secret and
// no personal data, so that they may stand in logs and error messages.
//
// Whether the text of an error is shown depends on the type of the error. This
// module's own errors say that their text is safe by implementing Error, most of
// them by being a Message. Errors of the standard library about the network are
// described in words of this package, from the fields that cannot hold a
// secret. The text of any other error, such as that of a RoundTripper of the
// program's own, is withheld and its type is named in its place.
package safe

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Error is an error whose text holds no secret and no personal data.
type Error interface {
	error
	// SafeToLog marks the type. It does nothing.
	SafeToLog()
}

// Message is an Error with a fixed text. It can be a constant.
type Message string

// Error returns the message.
func (m Message) Error() string { return string(m) }

// SafeToLog marks the type as an Error.
func (Message) SafeToLog() {}

// Wrap returns an Error that unwraps to err and whose text is Text(err). The
// result is nil if err is nil, and err itself if it is an Error already.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := err.(Error); ok { //nolint:errorlint // a wrapped Error does not make err's own text safe
		return e
	}
	return &wrapped{err}
}

type wrapped struct{ err error }

func (w *wrapped) Error() string { return Text(w.err) }
func (w *wrapped) Unwrap() error { return w.err }
func (w *wrapped) SafeToLog()    {}

// maxText is the most bytes that Text returns.
const maxText = 300

// Text describes err by the outermost error in its tree whose text can be
// shown. Of errors that were joined, each is described. The result has at most
// 300 bytes, and none if err is nil.
func Text(err error) string {
	if err == nil {
		return ""
	}
	return Limit(text(err), maxText)
}

func text(err error) string {
	for {
		if e, ok := err.(Error); ok { //nolint:errorlint // each error of the chain is looked at
			return e.Error()
		}
		if known := standard(err); known != "" {
			return known
		}
		var inner error
		switch u := err.(type) { //nolint:errorlint // the same
		case interface{ Unwrap() []error }:
			return joined(u.Unwrap())
		case interface{ Unwrap() error }:
			inner = u.Unwrap()
		}
		if inner == nil {
			return unknown(err)
		}
		err = inner
	}
}

// joined describes each of the errors once.
func joined(errs []error) string {
	var texts []string
	seen := make(map[string]bool)
	for _, err := range errs {
		if err == nil {
			continue
		}
		if t := text(err); !seen[t] {
			seen[t] = true
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, "; ")
}

// errorString is the type of the errors that errors.New returns.
var errorString = reflect.TypeOf(errors.New(""))

// unknown describes an error whose text may say anything.
func unknown(err error) string {
	if constant(err) || reflect.TypeOf(err) == errorString && isStatus(err.Error()) {
		return err.Error()
	}
	if t, ok := err.(interface{ Timeout() bool }); ok && t.Timeout() {
		return "timed out"
	}
	return fmt.Sprintf("error of type %T, text withheld", err)
}

// constant reports whether the text of err is one of a fixed set: a number or a
// type without fields has nothing to make a text from.
func constant(err error) bool {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		return t.NumField() == 0
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return false
}
