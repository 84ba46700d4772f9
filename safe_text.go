package afterpay

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/afterpay-go/afterpay/internal/transport"
	"github.com/afterpay-go/afterpay/internal/wire"
)

// plain returns text when it can only be an identifier that the service made up,
// and nothing of it otherwise: what the other side sends is not trusted to hold
// no personal data. Tokens are longer or hold a dot.
func plain(text string) string {
	if len(text) > 40 || strings.ContainsFunc(text, func(r rune) bool { return !isWord(r) && r != '-' && r != '_' }) {
		return ""
	}
	return text
}

// plainPath is plain for the path of a member, such as items[2].price.
func plainPath(text string) string {
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || len(part) > 40 || strings.ContainsFunc(part, func(r rune) bool { return !isWord(r) && r != '[' && r != ']' }) {
			return ""
		}
	}
	return text
}

func isWord(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// safeMoney is a sum whose currency may be anything that was sent.
func safeMoney(m Money) string {
	m.Currency = Currency(plain(string(m.Currency)))
	return m.String()
}

// cause is an error of the network, of a RoundTripper or of an answer. It can be
// asked for with errors.Is and errors.AsType; its text tells nothing that is not
// known to be safe.
type cause struct{ err error }

func because(err error) error {
	if err == nil {
		return nil
	}
	return &cause{err}
}

func (c *cause) Error() string { return safeText(c.err) }
func (c *cause) Unwrap() error { return c.err }

// safeText describes a cause. Only texts known to hold nothing but addresses of
// machines and words of the standard library are repeated; a RoundTripper of
// the user's or a broken answer may say anything.
func safeText(err error) string {
	if c, ok := err.(*cause); ok { //nolint:errorlint // the outermost one
		err = c.err
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		parts := make([]string, 0, 2)
		for _, e := range joined.Unwrap() {
			parts = append(parts, safeText(e))
		}
		return strings.Join(parts, "; ")
	}
	if token, ok := errors.AsType[*tokenError](err); ok {
		return token.Error()
	}
	if body, ok := errors.AsType[*transport.BodyError](err); ok {
		return body.Error()
	}
	if limit, ok := errors.AsType[*transport.TimeoutError](err); ok {
		return limit.Error()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		where := op.Op + " " + op.Net
		if op.Addr != nil {
			where += " " + op.Addr.String()
		}
		return where + ": " + safeText(op.Err) // a dialer of the user's may say anything
	}
	if own, ok := errors.AsType[reason](err); ok {
		return own.Error()
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.Error()
	}
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, errors.ErrUnsupported, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		transport.ErrBodyTooLarge, wire.ErrSyntax, wire.ErrDepth, wire.ErrElements, ErrAmount, errNilContext,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Error()
	}
	return "transport failed"
}
