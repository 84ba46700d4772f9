package settlement

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxRowBytes bounds a row. Real rows have some 300 bytes; without a bound, a
// stray quotation mark would pull the rest of the file into a single cell.
const maxRowBytes = 1 << 20

// record is a row as text, or the reason why there is none.
type record struct {
	line  int
	cells []string
	fault *Error
}

// keep returns a copy of the record that survives the reading of the next one.
func (r record) keep() record {
	r.cells = slices.Clone(r.cells)
	return r
}

// source reads the records of a report from CSV.
type source struct {
	guard  *rowGuard
	csv    *csv.Reader
	header *header
	line   int // of the record read last
}

// openSource reads up to and including the header.
func openSource(r io.Reader) (*source, *Error) {
	guard := &rowGuard{r: r}
	buffered := bufio.NewReaderSize(guard, 64<<10)
	switch mark, _ := buffered.Peek(3); {
	case string(mark) == "\ufeff":
		_, _ = buffered.Discard(len(mark)) // cannot fail: they were just peeked
	case strings.HasPrefix(string(mark), "\xff\xfe"), strings.HasPrefix(string(mark), "\xfe\xff"):
		return nil, &Error{Row: 1, Kind: ErrHeader, Err: errors.New("the file is UTF-16; save it as CSV in UTF-8")}
	}
	s := &source{guard: guard, csv: csv.NewReader(buffered)}
	s.csv.ReuseRecord = true
	s.csv.FieldsPerRecord = -1 // checked here, as blank trailers have any number
	s.csv.LazyQuotes = true    // ="123" may stand without CSV quoting; so no row is malformed as such
	cells, err := s.read()
	if err == io.EOF {
		return nil, &Error{Row: 1, Kind: ErrHeader, Err: errors.New("the file is empty")}
	}
	if err != nil {
		return nil, s.readFault(err)
	}
	if s.header, err = readHeader(cells); err != nil {
		return nil, &Error{Row: s.line, Kind: ErrHeader, Err: err}
	}
	return s, nil
}

// next returns the next record that is not a blank trailer; io.EOF ends the
// file. A record with a fault does not end it, a failure to read does.
func (s *source) next() (record, error) {
	for {
		cells, err := s.read()
		if err == io.EOF {
			return record{}, io.EOF
		}
		if err != nil {
			return record{}, s.readFault(err)
		}
		rec := record{line: s.line, cells: cells}
		if s.header.text(cells, colAfterpayOrderID) == "" {
			if rec.fault = s.unidentified(rec); rec.fault == nil {
				continue
			}
		} else if len(cells) != s.header.width {
			rec.fault = &Error{Row: s.line, Kind: ErrRow,
				Err: fmt.Errorf("%d cells under a header of %d", len(cells), s.header.width)}
		}
		return rec, nil
	}
}

// unidentified looks at a row without an Afterpay order id. Blank and total
// rows at the end of a file are passed over; a row that would move money on a
// settlement date must not vanish unseen.
func (s *source) unidentified(rec record) *Error {
	if _, _, dated := cutDate(s.header.text(rec.cells, colSettlementDate)); !dated {
		return nil
	}
	for _, c := range [...]column{colSettlementAmount, colNet} {
		if strings.ContainsAny(s.header.text(rec.cells, c), "123456789") {
			return &Error{Row: rec.line, Column: columnNames[colAfterpayOrderID], Kind: ErrOrderID,
				Err: errors.New("the row has a date and an amount but no id")}
		}
	}
	return nil
}

func (s *source) read() ([]string, error) {
	s.guard.n = 0
	cells, err := s.csv.Read()
	if err == nil {
		s.line, _ = s.csv.FieldPos(0)
	}
	return cells, err
}

// offset is the number of bytes read so far.
func (s *source) offset() int64 { return s.csv.InputOffset() }

// readFault is the fault of the row that comes after the last one read.
func (s *source) readFault(err error) *Error {
	kind := ErrRead
	if errors.Is(err, errRowTooLong) {
		kind = ErrRow
	}
	return &Error{Row: s.line + 1, Kind: kind, Err: err}
}

var errRowTooLong = fmt.Errorf("longer than %d bytes; a quotation mark may be missing", maxRowBytes)

// rowGuard stops reading when a single row takes too many bytes.
type rowGuard struct {
	r io.Reader
	n int // bytes read since the last row was complete
}

func (g *rowGuard) Read(p []byte) (int, error) {
	if g.n > maxRowBytes {
		return 0, errRowTooLong
	}
	n, err := g.r.Read(p)
	g.n += n
	return n, err
}
