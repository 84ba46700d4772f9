package afterpaytest

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// answer is what a handler decides: a status and a body, or a refusal.
type answer struct {
	status       int
	body         any    // a wire value; nil for none
	text         string // instead of body: plain text
	allow        string // the Allow header
	cacheControl string
	code         string // of a refusal
	message      string
}

func created(body any) answer { return answer{status: http.StatusCreated, body: body} }

// read answers a GET; nothing but the configuration may be stored.
func read(body any) answer {
	return answer{status: http.StatusOK, body: body, cacheControl: "private, no-cache, no-store, no-transform, must-revalidate, max-age=0"}
}

func refuse(status int, code, message string) answer {
	return answer{status: status, code: code, message: message}
}

// The refusals that more than one operation gives. Their messages are the
// recorded or documented ones.
func badTokenToPay() answer {
	return refuse(http.StatusPaymentRequired, "invalid_token", "Cannot complete payment, expired or invalid token.")
}

func badToken() answer {
	return refuse(http.StatusPreconditionFailed, "invalid_token", "Invalid token")
}

func notFound() answer {
	return refuse(http.StatusNotFound, "not_found", "Afterpay payment ID not found.")
}

func notEligible(message string) answer {
	return refuse(http.StatusPreconditionFailed, "precondition_failed", message)
}

func internalError() answer {
	return refuse(http.StatusInternalServerError, "error", "An error occurred processing your request")
}

func alreadyCaptured() answer {
	return refuse(http.StatusGone, "payment_captured", "The payment has already been fully captured.")
}

func invalidObject(message string) answer {
	return refuse(http.StatusUnprocessableEntity, "invalid_object", message)
}

func invalidAmount(message string) answer {
	return refuse(http.StatusUnprocessableEntity, "invalid_amount", message)
}

// finish turns an answer into bytes and headers and notes its status.
func (s *Sandbox) finish(c *call, a answer) *reply {
	s.mu.Lock()
	correlation, ray := s.ids.correlation(), s.ids.hex(16)+"-"+s.profile.datacenter
	if a.code != "" {
		a.body = wireError{a.code, s.ids.hex(16), a.message, a.status}
	}
	now := s.now()
	c.request.Status = a.status
	s.mu.Unlock()

	header := http.Header{
		"Date":   {now.Format(http.TimeFormat)},
		"Server": {"cloudflare"},
		"Cf-Ray": {ray},
	}
	if s.underscoreHeader {
		header["http_correlation_id"] = []string{correlation}
	} else {
		header["Http-Correlation-Id"] = []string{correlation}
	}
	if a.cacheControl != "" {
		header.Set("Cache-Control", a.cacheControl)
	}
	if a.allow != "" {
		header.Set("Allow", a.allow)
	}
	r := &reply{status: a.status, header: header}
	switch {
	case a.body != nil:
		header.Set("Content-Type", "application/json")
		r.body = encode(a.body)
	case a.text != "":
		header.Set("Content-Type", "text/plain;charset=UTF-8")
		r.body = []byte(a.text)
	}
	return r
}

// encode writes JSON without the escapes for HTML, which the service doesn't
// use either.
func encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("afterpaytest: encoding an answer: " + err.Error()) // the wire types can't fail
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}
