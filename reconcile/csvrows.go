package reconcile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	// maxLine limits a line of a CSV file, in bytes.
	maxLine = 1 << 20
	// maxRowLines limits the lines of a row whose cells contain line breaks. A
	// quotation mark without its partner thus damages one row and not the file.
	maxRowLines = 20
)

// csvRows reads the rows of a CSV file. Every line is part of a row, part of a
// row at fault, or blank.
type csvRows struct {
	in      *bufio.Reader
	comma   rune
	header  []string
	pending []string // lines read ahead
	read    int      // lines read, without the pending ones
	failed  error    // of the reader, io.EOF at the end
}

// openCSV reads up to and including the header. A comma of 0 is found in the
// header: of comma, semicolon and tab the one that occurs most.
func openCSV(r io.Reader, comma rune) (*csvRows, error) {
	c := &csvRows{in: bufio.NewReaderSize(r, 64<<10), comma: comma}
	mark, _ := c.in.Peek(3)
	switch {
	case string(mark) == "\ufeff":
		_, _ = c.in.Discard(3) // cannot fail: the bytes were just peeked
	case strings.HasPrefix(string(mark), "\xff\xfe"), strings.HasPrefix(string(mark), "\xfe\xff"):
		return nil, &kindError{ErrColumn, "the file is UTF-16; save it as CSV in UTF-8"}
	}
	if comma == '"' || comma == '\n' || comma == '\r' {
		return nil, &kindError{ErrOptions, fmt.Sprintf("the separator %q cannot be used", comma)}
	}
	line, ok := c.skipBlank()
	if !ok && !errors.Is(c.failed, io.EOF) {
		return nil, c.failed
	} else if !ok {
		return nil, &kindError{ErrColumn, "the file is empty"}
	}
	if c.comma == 0 {
		c.comma = ','
		for _, other := range ";\t" {
			if strings.Count(line, string(other)) > strings.Count(line, string(c.comma)) {
				c.comma = other
			}
		}
	}
	var err error
	if c.header, _, err = c.row(line); err != nil {
		return nil, &kindError{ErrColumn, "the header cannot be read: " + err.Error()}
	}
	return c, nil
}

// next returns the next row and the number of its first line. A *RowError is a
// row at fault, io.EOF the end of the file, any other error ends it too.
func (c *csvRows) next() ([]string, int, error) {
	line, ok := c.skipBlank()
	if !ok {
		return nil, 0, c.failed
	}
	start := c.read
	cells, lines, err := c.row(line)
	if err == nil && len(cells) != len(c.header) {
		err = fmt.Errorf("%d cells under a header of %d", len(cells), len(c.header))
	}
	if err != nil {
		return nil, start, &RowError{Line: start, Err: err}
	}
	c.pending = slices.Delete(c.pending, 0, lines-1)
	c.read += lines - 1
	return cells, start, nil
}

// row returns the cells of the row that begins with line, and the number of its
// lines. The lines behind the first stay pending.
func (c *csvRows) row(line string) (cells []string, lines int, err error) {
	if len(line) > maxLine {
		return nil, 1, fmt.Errorf("the line is longer than %d bytes", maxLine)
	}
	if !strings.Contains(line, `"`) {
		return strings.Split(line, string(c.comma)), 1, nil
	}
	text := line
	for lines = 1; ; lines++ {
		if strings.Count(text, `"`)%2 == 0 {
			in := csv.NewReader(strings.NewReader(text))
			in.Comma = c.comma
			if cells, err = in.Read(); err == nil || lines == 1 {
				break
			}
		}
		if lines == maxRowLines || lines > len(c.pending) && !c.ahead() {
			return nil, 1, errors.New("a quotation mark has no partner")
		}
		text += "\n" + c.pending[lines-1]
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		err = parse.Err
	}
	return cells, lines, err
}

// skipBlank returns the next line that is not blank.
func (c *csvRows) skipBlank() (string, bool) {
	for len(c.pending) > 0 || c.ahead() {
		line := c.pending[0]
		c.pending = slices.Delete(c.pending, 0, 1)
		c.read++
		if strings.Trim(line, " \t,;") != "" {
			return line, true
		}
	}
	return "", false
}

// ahead reads one more line. It returns false at the end.
func (c *csvRows) ahead() bool {
	if c.failed != nil {
		return false
	}
	var line []byte
	for {
		part, err := c.in.ReadSlice('\n')
		if len(line) <= maxLine {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		c.failed = err
		break
	}
	if c.failed != nil && len(line) == 0 {
		return false
	}
	if c.failed != nil && !errors.Is(c.failed, io.EOF) {
		return false // a line that was not read to its end
	}
	c.pending = append(c.pending, strings.TrimRight(string(line), "\r\n"))
	return true
}
