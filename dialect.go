package afterpay

// APIVersion is a version of the Afterpay Online API.
type APIVersion int

// The versions. V2 is the default. V1 is what accounts of before 2020 may still
// use: it captures whole orders at once, and has no authorization, partial
// capture, void or disputes.
const (
	V2 APIVersion = 2
	V1 APIVersion = 1
)

// A dialect is what an API version says differently from the vocabulary of this
// package, which is that of v2. What is nil is not different.
type dialect struct {
	name          func(kind object, name string) string // a request's member, under the version's name
	member        func(kind object, name []byte) []byte // an answer's member, under its name in v2
	event         func(EventType) EventType             // an event, under its name in v2
	configuration func(*decoder, *Configuration)        // the answer of Configuration.Get
	unsupported   func(v *checker, body any)            // faults members that the version lacks
}

// dialect returns nil for a version that is not known.
func (v APIVersion) dialect() *dialect {
	switch v {
	case V2:
		return new(dialect)
	case V1:
		return v1Dialect()
	}
	return nil
}

func (l *dialect) refuse(v *checker, body any) {
	if l.unsupported != nil {
		l.unsupported(v, body)
	}
}
