package radial

import (
	"strings"
	"time"
)

// Fault is Radial's document for a request that it could not work on. It comes
// with any HTTP status. Radial publishes no list of codes.
type Fault struct {
	Created     time.Time // CreateTimestamp; zero where it is missing or unreadable
	Code        string
	Description string // may quote the request
	Duplicate   bool   // the document was a Fault_DUPLICATE
}

// faultDocument is a Fault as it is read.
type faultDocument struct {
	duplicate   bool
	Created     text `xml:"CreateTimestamp"`
	Code        text `xml:"Code"`
	Description text `xml:"Description"`
}

// ofRoot prepares the document for a root element of the given local name and
// reports whether that is a Fault at all. Faults were seen as Fault, as Fault
// with the prefix Fault, and as Fault_DUPLICATE.
func (f *faultDocument) ofRoot(name string) bool {
	f.duplicate = name == "Fault_DUPLICATE"
	return f.duplicate || name == "Fault"
}

func (f *faultDocument) fault() *Fault {
	return &Fault{
		Created:     dateTime(string(f.Created)),
		Code:        string(f.Code),
		Description: string(f.Description),
		Duplicate:   f.duplicate,
	}
}

// dateTime reads an xsd:dateTime, or nothing.
func dateTime(text string) time.Time {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t
	}
	t, _ := time.Parse("2006-01-02T15:04:05.999999999", strings.TrimSuffix(text, "Z"))
	return t
}
