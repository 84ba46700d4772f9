package csvfile

import "strings"

// quoteState is how a text ends for a reader of CSV.
type quoteState uint8

const (
	stateClosed quoteState = iota // all quoted cells are closed
	stateOpen                     // the text ends inside a quoted cell
	stateStray                    // a closing quotation mark is followed by text
)

// splitStrict splits text at the delimiter. A cell that begins with a quotation
// mark ends with one, and holds doubled ones. Quotation marks in other cells
// belong to their text.
func splitStrict(cells []string, text string, delimiter byte) ([]string, quoteState) {
	for {
		cell, rest, more, state := cutQuoted(text, delimiter)
		if state != stateClosed {
			return cells, state
		}
		cells = append(cells, cell)
		if !more {
			return cells, stateClosed
		}
		text = rest
	}
}

// splitLoose is splitStrict for a line with broken quotation marks. A cell whose
// quotation marks are broken ends at the next delimiter and keeps them.
func splitLoose(cells []string, text string, delimiter byte) []string {
	for {
		cell, rest, more, state := cutQuoted(text, delimiter)
		if state != stateClosed {
			cell, rest, more = strings.Cut(text, string(delimiter))
		}
		cells = append(cells, cell)
		if !more {
			return cells
		}
		text = rest
	}
}

// cutQuoted cuts the first cell off text. more reports whether a delimiter
// follows it. Spaces around the quotation marks of a cell are dropped.
func cutQuoted(text string, delimiter byte) (cell, rest string, more bool, state quoteState) {
	quoted, ok := strings.CutPrefix(strings.TrimLeft(text, " "), `"`)
	if !ok {
		end := strings.IndexByte(text, delimiter)
		if end < 0 {
			return text, "", false, stateClosed
		}
		return text[:end], text[end+1:], true, stateClosed
	}
	doubled := false
	for at := 0; ; {
		i := strings.IndexByte(quoted[at:], '"')
		if i < 0 {
			return "", "", false, stateOpen
		}
		at += i
		if strings.HasPrefix(quoted[at+1:], `"`) {
			doubled = true
			at += 2
			continue
		}
		cell, rest = quoted[:at], strings.TrimLeft(quoted[at+1:], " ")
		break
	}
	if doubled {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	switch {
	case rest == "":
		return cell, "", false, stateClosed
	case rest[0] == delimiter:
		return cell, rest[1:], true, stateClosed
	}
	return "", "", false, stateStray
}
