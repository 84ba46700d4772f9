// Package exportfile finds where an export broke off, so that it can be continued.
package exportfile

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// ErrNotExport says that a file is not an export in the expected format.
var ErrNotExport = errors.New("not an export in this format")

// Position is the last row of an export.
type Position struct {
	Rows    int       // without the header
	First   time.Time // when the payment of the first row was created
	Created time.Time
	ID      string
}

// Layout describes the rows of an export. The first two columns are the time and
// the id of the payment.
type Layout struct {
	Columns []string
	JSON    bool   // JSON lines without a header, in place of CSV
	Time    string // layout of the first column
}

// Resume returns the position of the last complete row and leaves the file ready
// for the next one: it removes an incomplete last line. It returns nil for a file
// without a complete line. It does not change a file that is not an export.
func (l Layout) Resume(file *os.File) (*Position, error) {
	var last *Position
	var end int64
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			if last == nil && !strings.HasPrefix(l.begin(), line[:min(len(line), len(l.begin()))]) {
				return nil, ErrNotExport
			}
			break
		}
		if err != nil {
			return nil, err
		}
		if last, err = l.next(last, line); err != nil {
			return nil, err
		}
		end += int64(len(line))
	}
	if err := file.Truncate(end); err != nil {
		return nil, err
	}
	_, err := file.Seek(end, io.SeekStart)
	return last, err
}

// begin returns how every export begins.
func (l Layout) begin() string {
	if l.JSON {
		return `{"` + l.Columns[0] + `":"`
	}
	return strings.Join(l.Columns, ",") + "\n"
}

// next returns the position of the line after p.
func (l Layout) next(p *Position, line string) (*Position, error) {
	if l.JSON {
		var object map[string]any
		if json.Unmarshal([]byte(line), &object) != nil || len(object) != len(l.Columns) {
			return nil, ErrNotExport
		}
		created, _ := object[l.Columns[0]].(string)
		id, _ := object[l.Columns[1]].(string)
		return l.position(p, created, id)
	}
	cells, err := csv.NewReader(strings.NewReader(line)).Read()
	switch {
	case err != nil || len(cells) != len(l.Columns):
		return nil, ErrNotExport
	case p == nil && slices.Equal(cells, l.Columns):
		return &Position{}, nil
	case p == nil:
		return nil, ErrNotExport
	}
	return l.position(p, cells[0], cells[1])
}

// position returns the position of the row after p.
func (l Layout) position(p *Position, created, id string) (*Position, error) {
	next := Position{Rows: 1, ID: id}
	if p != nil {
		next.Rows += p.Rows
	}
	var err error
	if next.Created, err = time.Parse(l.Time, created); err != nil || id == "" {
		return nil, fmt.Errorf("row %d: %w", next.Rows, ErrNotExport)
	}
	next.First = next.Created
	if next.Rows > 1 {
		next.First = p.First
	}
	return &next, nil
}
