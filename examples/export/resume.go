package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// position is the last row of an export.
type position struct {
	rows    int // without the header
	created time.Time
	id      string
}

// resume returns the position of the last complete row and leaves the file ready
// for the next one: it removes an incomplete last line. It returns nil for a file
// without a complete header. It does not change a file that is not an export.
func resume(file *os.File) (*position, error) {
	var last *position
	var end int64
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			if last == nil && !strings.HasPrefix(firstLine, line) {
				return nil, errNotExport
			}
			break
		}
		if err != nil {
			return nil, err
		}
		if last, err = last.next(line); err != nil {
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

var errNotExport = errors.New("not an export of this program")

var firstLine = strings.Join(header, ",") + "\n"

// next returns the position of the line after p.
func (p *position) next(line string) (*position, error) {
	cells, err := csv.NewReader(strings.NewReader(line)).Read()
	switch {
	case err != nil || len(cells) != len(header):
		return nil, errNotExport
	case p == nil && slices.Equal(cells, header):
		return new(position), nil
	case p == nil:
		return nil, errNotExport
	}
	at, err := timestamp(cells[0])
	if err != nil {
		return nil, fmt.Errorf("row %d: %w", p.rows+1, err)
	}
	return &position{p.rows + 1, at, cells[1]}, nil
}
