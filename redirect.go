package afterpay

import (
	"log/slog"
	"net/url"
)

// RedirectStatus is how the shopper left the hosted checkout. The set is open.
type RedirectStatus string

// The ways to leave. RedirectFailure was sent by v1 in 2018.
const (
	RedirectSuccess   RedirectStatus = "SUCCESS"
	RedirectCancelled RedirectStatus = "CANCELLED"
	RedirectFailure   RedirectStatus = "FAILURE"
)

// Redirect is what the hosted checkout tells the shop when it sends the shopper
// back. It is not signed: anybody can make one. Verify the order before
// capturing it.
type Redirect struct {
	Token  string
	Status RedirectStatus
}

// Confirmed reports whether the shopper is said to have confirmed the order.
func (r Redirect) Confirmed() bool { return r.Status == RedirectSuccess }

// LogValue holds the status and not the token.
func (r Redirect) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", plain(string(r.Status))))
}

// ParseRedirect reads the parameters that the hosted checkout appended to
// RedirectConfirmURL or RedirectCancelURL: status and orderToken, or token as
// v1 called it. Parameters of the shop's own and stray separators are ignored.
// A missing or empty parameter, and one that stands twice with two values, is
// ErrInvalid. Statuses that are not known are returned as they are; express
// checkout's CANCEL is RedirectCancelled.
func ParseRedirect(u *url.URL) (Redirect, error) {
	if u == nil {
		return Redirect{}, redirectError("url", "is required")
	}
	// Only well-formed pairs count; ParseQuery returns those with any error.
	query, _ := url.ParseQuery(u.RawQuery)
	token, err := oneOf(query, "orderToken", "token")
	if err != nil {
		return Redirect{}, err
	}
	status, err := oneOf(query, "status")
	if err != nil {
		return Redirect{}, err
	}
	if status == "CANCEL" {
		status = string(RedirectCancelled)
	}
	return Redirect{Token: token, Status: RedirectStatus(status)}, nil
}

// oneOf returns the one value that the first of the names present has.
func oneOf(query url.Values, names ...string) (string, error) {
	for _, name := range names {
		values := query[name]
		if len(values) == 0 {
			continue
		}
		for _, v := range values[1:] {
			if v != values[0] {
				return "", redirectError(name, "stands more than once, with different values")
			}
		}
		if values[0] == "" {
			return "", redirectError(name, "is empty")
		}
		return values[0], nil
	}
	return "", redirectError(names[0], "is missing")
}

func redirectError(field, message string) error {
	return &Error{Op: "redirect", Kind: ErrInvalid, Fields: []FieldError{{field, message}}}
}
