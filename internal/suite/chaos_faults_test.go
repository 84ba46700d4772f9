package suite_test

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// chaosFault is what a chaosNetwork does to a request. It reports whether the
// connection lives on.
type chaosFault struct {
	name   string
	weight int
	strike func(*exchange) bool
}

var nothing = chaosFault{"no fault", 56, func(x *exchange) bool { return x.answer(x.deliver()) }}

// chaosFaults is everything that happens to requests, by weight. Refused
// connections come on top: a request can't meet them.
var chaosFaults = []chaosFault{
	nothing,
	{"reset before the request", 4, (*exchange).reset},
	{"reset after the request", 3, func(x *exchange) bool {
		x.deliver()
		return x.reset()
	}},
	{"reset before a late request", 2, func(x *exchange) bool {
		x.reset()
		x.hold()
		x.deliver()
		return false
	}},
	{"reset during the answer", 3, func(x *exchange) bool {
		x.answer(x.cut(x.deliver()))
		return x.reset()
	}},
	{"truncated answer", 2, func(x *exchange) bool {
		x.answer(x.cut(x.deliver()))
		return x.hangUp()
	}},
	{"truncated answer of no announced length", 2, func(x *exchange) bool {
		x.answer(x.cutBody(x.deliver()))
		return x.hangUp()
	}},
	{"late request", 3, func(x *exchange) bool {
		x.hold()
		return x.answer(x.deliver())
	}},
	{"late answer", 3, func(x *exchange) bool {
		raw := x.deliver()
		x.hold()
		return x.answer(raw)
	}},
	{"dripping answer", 2, (*exchange).drip},
	{"409", 2, func(x *exchange) bool {
		return x.answer(canned(409, `{"errorCode":"conflict","message":"still running","httpStatusCode":409}`))
	}},
	{"429, soon again", 2, func(x *exchange) bool { return x.answer(canned(429, "", "Retry-After: 0")) }},
	{"429, again in a second", 1, func(x *exchange) bool { return x.answer(canned(429, "", "Retry-After: 1")) }},
	{"429, again in an hour", 1, func(x *exchange) bool { return x.answer(canned(429, "", "Retry-After: 3600")) }},
	either("500", 2, canned(500, "")),
	either("502 HTML", 2, canned(502, "<html><h1>Bad gateway</h1></html>", "Content-Type: text/html")),
	either("503", 2, canned(503, `{"errorCode":"error","message":"down","httpStatusCode":503}`, "Retry-After: 0")),
	either("524", 2, canned(524, "<html>A timeout occurred</html>", "Content-Type: text/html")),
	{"duplicated at once", 2, (*exchange).duplicate},
	{"duplicated later", 2, func(x *exchange) bool {
		keep := x.answer(x.deliver())
		go func() {
			x.hold()
			x.deliver()
		}()
		return keep
	}},
	{"idle connection closed", 3, func(x *exchange) bool {
		x.answer(x.deliver())
		return x.hangUp()
	}},
	{"idle connection reset", 2, func(x *exchange) bool {
		x.answer(x.deliver())
		return x.reset()
	}},
}

// either answers for the service: sometimes in its place, sometimes after it
// has done its work.
func either(name string, weight int, raw []byte) chaosFault {
	return chaosFault{name, weight, func(x *exchange) bool {
		if x.draw.IntN(2) == 0 {
			x.deliver()
		}
		return x.answer(raw)
	}}
}

// canned is a response that is not the service's.
func canned(status int, body string, header ...string) []byte {
	var raw bytes.Buffer
	fmt.Fprintf(&raw, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), len(body))
	for _, line := range header {
		raw.WriteString(line + "\r\n")
	}
	raw.WriteString("\r\n" + body)
	return raw.Bytes()
}

// cutBody returns a response that does not tell its length and breaks off: only
// its content can show that something is missing.
func (x *exchange) cutBody(raw []byte) []byte {
	head, body, found := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !found || len(body) < 2 {
		return raw
	}
	var out bytes.Buffer
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		if !bytes.HasPrefix(line, []byte("Content-Length:")) {
			out.Write(line)
			out.WriteString("\r\n")
		}
	}
	out.WriteString("Connection: close\r\n\r\n")
	out.Write(x.cut(body))
	return out.Bytes()
}

// drip passes the response on in twenty pieces with pauses in between.
func (x *exchange) drip() bool {
	raw := x.deliver()
	pause := upTo(x.draw, longestHold) / 20
	for piece := len(raw)/20 + 1; len(raw) > 0; raw = raw[min(piece, len(raw)):] {
		if !x.answer(raw[:min(piece, len(raw))]) {
			return false
		}
		<-time.After(pause)
	}
	return true
}

// duplicate delivers the request twice at the same time, as a middlebox does
// that retries by itself, and passes on the response to the second copy, which may
// be a 409.
func (x *exchange) duplicate() bool {
	go x.deliver()
	return x.answer(x.deliver())
}
