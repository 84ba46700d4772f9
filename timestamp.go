package afterpay

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay/internal/decimal"
)

// Timestamp is an instant as the service writes it. It holds a time.Time, which
// is in UTC in responses. The zero value means that the service sent no time,
// and is left out of requests.
//
// It is read with or without a fraction, a time zone or a time of day, and from
// the seconds since 1970 that disputes use. Without a time zone it is in UTC.
// It is written with milliseconds and with its own offset.
type Timestamp struct{ time.Time }

const timestampFormat = "2006-01-02T15:04:05.000Z07:00"

// layouts are the forms that have been seen besides RFC 3339.
var layouts = [...]string{
	"2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999", time.DateOnly,
}

// MarshalJSON writes the instant with milliseconds, and null for the zero value.
// An offset that is not a whole number of minutes is replaced by UTC. A year
// outside 0 to 9999 is an error.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	if !t.writable() {
		return nil, errors.New("afterpay: timestamp outside the years 0 to 9999")
	}
	return append(t.append([]byte{'"'}), '"'), nil
}

// writable reports whether the year has four digits, here and in UTC.
func (t Timestamp) writable() bool {
	year, there := t.UTC().Year(), t.Year()
	return year >= 0 && year <= 9999 && there >= 0 && there <= 9999
}

// append appends the instant as it is written in requests and queries.
func (t Timestamp) append(b []byte) []byte {
	at := t.Time
	if _, offset := at.Zone(); offset%60 != 0 || offset <= -24*60*60 || offset >= 24*60*60 {
		at = at.UTC()
	}
	return at.AppendFormat(b, timestampFormat)
}

// UnmarshalJSON reads the forms listed at Timestamp. A null and "" are the zero
// value.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	if n := len(data); n >= 2 && data[0] == '"' && data[n-1] == '"' {
		data = data[1 : n-1]
	}
	if len(data) == 0 || string(data) == "null" {
		*t = Timestamp{}
		return nil
	}
	parsed, ok := parseTimestamp(data)
	if !ok {
		return fmt.Errorf("afterpay: %.40q is not a timestamp", data)
	}
	*t = parsed
	return nil
}

func parseTimestamp(text []byte) (Timestamp, bool) {
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return Timestamp{}, false
	}
	var t time.Time
	if err := t.UnmarshalText(text); err == nil {
		return inRange(t.UTC())
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, string(text)); err == nil {
			return inRange(t.UTC())
		}
	}
	// Disputes count seconds, and say -1 for never.
	const longAgo, farAhead = -62135596800, 253402300800 // the beginnings of the years 1 and 10000
	if seconds, ok := decimal.Parse(text, 0); ok && longAgo <= seconds && seconds < farAhead {
		if seconds < 0 {
			return Timestamp{}, true
		}
		return Timestamp{time.Unix(seconds, 0).UTC()}, true
	}
	return Timestamp{}, false
}

// inRange returns the zero value for a time in the year 1, where the zero values
// of other systems are. It reports false for years that cannot be written, to
// which an offset may have moved a time.
func inRange(t time.Time) (Timestamp, bool) {
	switch year := t.Year(); {
	case year <= 1:
		return Timestamp{}, true
	case year > 9999:
		return Timestamp{}, false
	}
	return Timestamp{t}, true
}
