package safe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const secret = "Jane Citizen 0412345678"

const errFixed Message = "fixed words"

// isOnly matches a target without wrapping it, as timeouts of package net do.
type isOnly struct {
	text   string
	target error
}

func (e *isOnly) Error() string        { return e.text }
func (e *isOnly) Is(target error) bool { return target == e.target }

// slow is an error that is a timeout.
type slow struct{ text string }

func (e *slow) Error() string { return e.text }
func (*slow) Timeout() bool   { return true }

// number is an error that is a number, and empty one without fields.
type (
	number uint8
	empty  struct{}
)

func (number) Error() string { return "number seven" }
func (empty) Error() string  { return "no fields" }

func TestText_ShowsWhatItsTypeAllows(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"nil":                       {nil, ""},
		"own message":               {errFixed, "fixed words"},
		"wrapped message":           {fmt.Errorf("%s: %w", secret, errFixed), "fixed words"},
		"message within two":        {fmt.Errorf("%s: %w", secret, &url.Error{Op: secret, URL: secret, Err: errFixed}), "fixed words"},
		"outermost first":           {Wrap(fmt.Errorf("%s: %w", secret, syscall.ECONNRESET)), "connection reset by peer"},
		"joined":                    {errors.Join(errors.New(secret), errFixed, nil, fmt.Errorf("%w", errFixed), io.EOF), "error of type *errors.errorString, text withheld; fixed words; EOF"},
		"several wrapped":           {fmt.Errorf("%s: %w, %w", secret, io.EOF, errFixed), "EOF; fixed words"},
		"other":                     {errors.New(secret), "error of type *errors.errorString, text withheld"},
		"other's wrapper":           {fmt.Errorf("%s: %w", secret, errors.New(secret)), "error of type *errors.errorString, text withheld"},
		"wrapper of nothing":        {&url.Error{Op: secret, URL: secret}, "error of type *url.Error, text withheld"},
		"number":                    {number(7), "number seven"},
		"no fields":                 {empty{}, "no fields"},
		"pointer to no fields":      {&empty{}, "no fields"},
		"timeout":                   {&slow{secret}, "timed out"},
		"is a deadline":             {&isOnly{secret, context.DeadlineExceeded}, "context deadline exceeded"},
		"is something else":         {&isOnly{secret, io.ErrNoProgress}, "error of type *safe.isOnly, text withheld"},
		"phrase of a status":        {errors.New("Proxy Authentication Required"), "Proxy Authentication Required"},
		"phrase and more":           {errors.New("Proxy Authentication Required " + secret), "error of type *errors.errorString, text withheld"},
		"no text":                   {errors.New(""), "error of type *errors.errorString, text withheld"},
		"context":                   {context.Canceled, "context canceled"},
		"system call":               {os.NewSyscallError(secret, syscall.ECONNREFUSED), "connection refused"},
		"closed connection":         {fmt.Errorf("%s: %w", secret, net.ErrClosed), "use of closed network connection"},
		"deadline of a connection":  {os.ErrDeadlineExceeded, "i/o timeout"},
		"unsupported":               {errors.ErrUnsupported, "unsupported operation"},
		"joined errors within many": {errors.Join(errors.Join(io.EOF), errors.Join(errFixed)), "EOF; fixed words"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, x.want, Text(x.err))
		})
	}
}

func TestText_IsBounded(t *testing.T) {
	t.Parallel()
	var many []error
	for i := range 100 {
		many = append(many, Message(fmt.Sprint("message number ", i)))
	}
	got := Text(errors.Join(many...))
	require.Len(t, got, 300)
	require.True(t, strings.HasPrefix(got, "message number 0; message number 1; "))
	require.True(t, strings.HasSuffix(got, "…"))
}

func TestWrap(t *testing.T) {
	t.Parallel()
	require.NoError(t, Wrap(nil))
	require.Equal(t, error(errFixed), Wrap(errFixed), "an Error stays as it is")

	cause := fmt.Errorf("%s: %w", secret, io.ErrUnexpectedEOF)
	err := Wrap(cause)
	require.EqualError(t, err, "unexpected EOF")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Same(t, cause, errors.Unwrap(err))
	require.Equal(t, err, Wrap(err))
	require.EqualError(t, Wrap(fmt.Errorf("%s: %w", secret, errFixed)), "fixed words", "what wraps an Error is none")
	for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, err), "Jane", verb)
	}
}

func TestKindf_MatchesItsKindAndShowsItsOwnText(t *testing.T) {
	t.Parallel()
	err := Kindf(errFixed, "%q is not an amount", "x")
	require.EqualError(t, err, `"x" is not an amount`)
	require.ErrorIs(t, err, errFixed)
	require.Equal(t, "fixed words", Text(err), "its own text may hold a secret")
}
