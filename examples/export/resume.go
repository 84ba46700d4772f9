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

// position is how far an export came.
type position struct {
	rows    int // without the header
	created time.Time
	id      string
}

// resume reads an export that broke off and leaves the file where the next row
// goes: behind its last whole line, as the one that was being written may be cut
// short. It returns nil for a file without even a header. A file that is no
// export is left alone.
func resume(file *os.File) (*position, error) {
	var last *position
	var end int64
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			if last == nil && !strings.HasPrefix(firstLine, line) {
				return nil, errNoExport
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

var errNoExport = errors.New("is not an export of this program")

var firstLine = strings.Join(header, ",") + "\n"

// next is the position behind a line.
func (p *position) next(line string) (*position, error) {
	cells, err := csv.NewReader(strings.NewReader(line)).Read()
	switch {
	case err != nil || len(cells) != len(header):
		return nil, errNoExport
	case p == nil && slices.Equal(cells, header):
		return new(position), nil
	case p == nil:
		return nil, errNoExport
	}
	at, err := timestamp(cells[0])
	if err != nil {
		return nil, fmt.Errorf("row %d: %w", p.rows+1, err)
	}
	return &position{p.rows + 1, at, cells[1]}, nil
}
