package reconcile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

const (
	// fanIn is how many runs of one length become a longer one, so that few
	// are left for the last merge to read at once.
	fanIn     = 64
	minBuffer = 4 << 10
	maxBuffer = 256 << 10
)

// spill is a temporary file with sorted runs, one after the other.
//
// Where the system allows it, the file loses its name as soon as it is open,
// so that not even a killed process leaves it behind; elsewhere close removes
// it.
type spill struct {
	dir    string
	buffer int // bytes that all buffers together may take
	file   *os.File
	writer *bufio.Writer
	name   string // "" once removed
	size   int64
	runs   []run
}

// run is the span of the file that holds a sorted run, and how often its
// records were merged.
type run struct {
	start, end int64
	level      int
}

// writeRun appends a run of what fill writes, one encoded record a call, and
// merges runs where there are many.
func (s *spill) writeRun(fill func(write func([]byte) error) error) error {
	if err := s.append(0, fill); err != nil {
		return err
	}
	for {
		last := len(s.runs) - 1
		first := last - fanIn + 1
		if first < 0 || s.runs[first].level != s.runs[last].level {
			return nil
		}
		// Neighbours are merged into their own place, which keeps the order of
		// equal keys. Levels never grow along the list, so first to last are
		// of one.
		old := slices.Clone(s.runs[first:])
		s.runs = s.runs[:first]
		err := s.append(old[0].level+1, func(write func([]byte) error) error {
			for encoded, err := range s.merge(old) {
				if err == nil {
					err = write(encoded)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// append writes a run behind the others.
func (s *spill) append(level int, fill func(write func([]byte) error) error) error {
	if err := s.open(); err != nil {
		return err
	}
	start := s.size
	w := s.writer
	w.Reset(io.NewOffsetWriter(s.file, start))
	var length [binary.MaxVarintLen64]byte
	err := fill(func(encoded []byte) error {
		n := binary.PutUvarint(length[:], uint64(len(encoded)))
		if _, err := w.Write(length[:n]); err != nil {
			return err
		}
		_, err := w.Write(encoded)
		s.size += int64(n + len(encoded))
		return err
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("reconcile: cannot write a temporary file: %w", err)
	}
	s.runs = append(s.runs, run{start, s.size, level})
	return nil
}

func (s *spill) open() error {
	if s.file != nil {
		return nil
	}
	file, err := os.CreateTemp(s.dir, "reconcile-*.tmp")
	if err != nil {
		return fmt.Errorf("reconcile: cannot make a temporary file: %w", err)
	}
	s.file, s.name = file, file.Name()
	s.writer = bufio.NewWriterSize(nil, min(max(s.buffer/16, minBuffer), maxBuffer))
	if os.Remove(s.name) == nil {
		s.name = ""
	}
	return nil
}

func (s *spill) close() {
	if s.file == nil {
		return
	}
	_ = s.file.Close() // nothing in it is needed any more
	if s.name != "" {
		_ = os.Remove(s.name)
	}
	s.file, s.writer, s.name, s.runs = nil, nil, "", nil
}

// merged yields the encoded records of all runs in order. The bytes change
// with the next record.
func (s *spill) merged() iter.Seq2[[]byte, error] { return s.merge(s.runs) }

func (s *spill) merge(runs []run) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		buffer := min(max(s.buffer/len(runs), minBuffer), maxBuffer)
		heads := make([]*runReader, 0, len(runs))
		for i, r := range runs {
			head := &runReader{number: i, left: r.end - r.start, r: bufio.NewReaderSize(io.NewSectionReader(s.file, r.start, r.end-r.start), buffer)}
			if ok, err := head.next(); err != nil {
				yield(nil, err)
				return
			} else if ok {
				heads = append(heads, head)
			}
		}
		for i := len(heads)/2 - 1; i >= 0; i-- {
			sink(heads, i)
		}
		for len(heads) > 0 {
			if !yield(heads[0].encoded, nil) {
				return
			}
			ok, err := heads[0].next()
			if err != nil {
				yield(nil, err)
				return
			}
			if !ok {
				heads[0] = heads[len(heads)-1]
				heads = heads[:len(heads)-1]
			}
			sink(heads, 0)
		}
	}
}

// runReader is a run with its first unread record.
type runReader struct {
	number  int
	r       *bufio.Reader
	left    int64 // bytes of the run not read
	encoded []byte
	prefix  uint64
}

// next reads a record; it is false at the end of the run.
func (h *runReader) next() (bool, error) {
	if h.left == 0 {
		return false, nil
	}
	n, err := binary.ReadUvarint(h.r)
	if err == nil && n > uint64(h.left) {
		return false, errSpill
	}
	if err == nil {
		h.left -= int64(uvarintLength(n)) + int64(n)
		h.encoded = slices.Grow(h.encoded[:0], int(n))[:n]
		_, err = io.ReadFull(h.r, h.encoded)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err == nil && h.left < 0 {
		return false, errSpill
	}
	if err != nil {
		return false, fmt.Errorf("reconcile: cannot read a temporary file: %w", err)
	}
	var b [8]byte
	copy(b[:], encodedKey(h.encoded))
	h.prefix = binary.BigEndian.Uint64(b[:])
	return true, nil
}

// before orders runs by their next record, and by age for equal keys.
func (h *runReader) before(o *runReader) bool {
	if h.prefix != o.prefix {
		return h.prefix < o.prefix
	}
	if c := bytes.Compare(encodedKey(h.encoded), encodedKey(o.encoded)); c != 0 {
		return c < 0
	}
	return h.number < o.number
}

// sink restores the heap below i.
func sink(heap []*runReader, i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[child].before(heap[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}
