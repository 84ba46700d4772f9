package csvfile

import (
	"fmt"
	"strings"
)

// HeaderError says why the columns of a file cannot be found.
type HeaderError struct {
	// First and Last are the lines that are not read because of it. They are 0
	// if nothing was read.
	First, Last int
	// Reason is the fault as a sentence, without the option.
	Reason string
	// Found are the names in the header. They are missing if the header cannot
	// be read.
	Found []string
	// Option is the option to set. It is "" if none helps.
	Option string
}

// maxNames bounds the names that an error lists.
const maxNames = 60

// Error returns the reason, the names found and the option to set.
func (e *HeaderError) Error() string {
	var b strings.Builder
	b.WriteString(e.Reason)
	if len(e.Found) > 0 {
		b.WriteString("; the header has ")
		for i, name := range e.Found[:min(len(e.Found), maxNames)] {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%.64q", name)
		}
		if more := len(e.Found) - maxNames; more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
	}
	if e.Option != "" {
		fmt.Fprintf(&b, "; set %s", e.Option)
	}
	return b.String()
}

// readHeader reads the header with the given delimiter, or with the only one
// that fits.
func (f *File) readHeader(delimiter rune, delimiterOption string, columns []Column) error {
	candidates := []byte{',', ';', '\t'}
	if delimiter != 0 {
		candidates = []byte{byte(delimiter)}
	}
	var best *header
	fitting := 0
	for _, candidate := range candidates {
		h := f.headerBy(candidate, columns)
		switch {
		case h.fault == nil:
			if fitting++; fitting == 1 {
				best = h
			}
		case best == nil, best.fault != nil && len(h.names) > len(best.names):
			best = h
		}
	}
	if fitting > 1 {
		return &HeaderError{Reason: "more than one delimiter gives all columns", Found: best.names, Option: delimiterOption}
	}
	if best.fault != nil {
		best.fault.Found = best.names
		if len(best.names) == 1 {
			best.fault.Option = strings.TrimPrefix(best.fault.Option+" or "+delimiterOption, " or ")
		}
		return best.fault
	}
	f.drop(best.lines)
	f.Names, f.positions, f.HeaderLines = best.names, best.positions, f.line
	f.delimiter, f.Delimiter = best.delimiter, rune(best.delimiter)
	return nil
}

// header is the first row of a file, read with one delimiter.
type header struct {
	delimiter byte
	lines     int
	names     []string
	positions []int
	fault     *HeaderError
}

func (f *File) headerBy(delimiter byte, columns []Column) *header {
	row, n := f.record(delimiter, 0)
	h := &header{delimiter: delimiter, lines: n, positions: make([]int, len(columns))}
	if row.Err != nil {
		h.fault = &HeaderError{Reason: row.Err.Error()}
		return h
	}
	at := make(map[string][]int, len(row.Cells))
	for i, cell := range row.Cells {
		h.names = append(h.names, strings.Clone(Clean(cell)))
		if name := normalized(cell); name != "" {
			at[name] = append(at[name], i)
		}
	}
	for c, column := range columns {
		h.positions[c] = -1
		found := at[normalized(column.Name)]
		switch {
		case len(found) > 0:
			h.positions[c] = found[0]
		case column.Required && h.fault == nil:
			h.fault = &HeaderError{Reason: fmt.Sprintf("no column is named %.64q", column.Name), Option: column.Option}
		}
		if len(found) > 1 && h.fault == nil {
			h.fault = &HeaderError{Reason: fmt.Sprintf("%d columns are named %.64q", len(found), column.Name), Option: column.Option}
		}
	}
	return h
}

// normalized returns a name in the form in which names are compared.
func normalized(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(Clean(name)), " "))
}
