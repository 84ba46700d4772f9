package safe

import "fmt"

// Kindf returns an error that matches kind and whose text is the formatted one
// alone: the text of kind would only repeat it. The text may hold anything, so
// the error is not an Error.
func Kindf(kind error, format string, args ...any) error {
	return &kindError{kind, fmt.Sprintf(format, args...)}
}

type kindError struct {
	kind error
	text string
}

func (e *kindError) Error() string { return e.text }
func (e *kindError) Unwrap() error { return e.kind }
