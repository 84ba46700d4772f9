package extsort

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"os"
)

const (
	// fanIn is the number of runs of a level that are merged into one run of
	// the next level, so that the last merge has few runs to read at once.
	fanIn     = 64
	minBuffer = 4 << 10
	maxBuffer = 256 << 10
)

// disk holds the sorted runs of a sorter. Runs of a level are merged into one
// run of the next level, and the file of the level is emptied. So the runs take
// about the bytes of the items, and twice as many during a merge.
type disk struct {
	space  *Space
	levels []level
	writer *bufio.Writer
}

// level is a temporary file with runs, one after the other.
//
// Where the system allows it, the file loses its name as soon as it is open, so
// that not even a killed process leaves it behind. Elsewhere close removes it.
type level struct {
	file *os.File
	name string // empty once removed
	size int64
	runs []run
}

// run is the span of a file that holds a sorted run.
type run struct {
	file       *os.File
	start, end int64
}

func (d *disk) empty() bool { return len(d.levels) == 0 }

// write adds a run of items, and merges the runs of a level that has many.
func (d *disk) write(ctx context.Context, items iter.Seq2[Item, error]) error {
	err := d.append(0, items)
	for i := 0; err == nil && len(d.levels[i].runs) == fanIn; i++ {
		if err = d.append(i+1, d.merge(ctx, d.levels[i].runs)); err == nil {
			err = d.truncate(&d.levels[i])
		}
	}
	return err
}

// append writes a run of a level behind the others.
func (d *disk) append(i int, items iter.Seq2[Item, error]) error {
	if i == len(d.levels) {
		if err := d.open(); err != nil {
			return err
		}
	}
	l := &d.levels[i]
	start := l.size
	d.writer.Reset(io.NewOffsetWriter(l.file, start))
	for item, err := range items {
		if err != nil {
			return err
		}
		size := itemSize(item)
		if err := d.space.reserve(size); err != nil {
			return err
		}
		l.size += int64(size)
		if err := writeItem(d.writer, item); err != nil {
			return writeFault(err)
		}
	}
	if err := d.writer.Flush(); err != nil {
		return writeFault(err)
	}
	l.runs = append(l.runs, run{l.file, start, l.size})
	return nil
}

func writeFault(err error) error {
	return fmt.Errorf("cannot write a temporary file: %w", err)
}

// open adds a level.
func (d *disk) open() error {
	file, err := os.CreateTemp(d.space.dir, "afterpay-*.tmp")
	if err != nil {
		return fmt.Errorf("cannot make a temporary file: %w", err)
	}
	l := level{file: file, name: file.Name()}
	if os.Remove(l.name) == nil {
		l.name = ""
	}
	d.levels = append(d.levels, l)
	if d.writer == nil {
		d.writer = bufio.NewWriterSize(nil, min(max(d.space.memory/16, minBuffer), maxBuffer))
	}
	return nil
}

// truncate empties a level.
func (d *disk) truncate(l *level) error {
	if err := l.file.Truncate(0); err != nil {
		return writeFault(err)
	}
	d.space.onDisk -= l.size
	l.size, l.runs = 0, l.runs[:0]
	return nil
}

// merged yields the items of all runs in order. The runs of higher levels are
// older.
func (d *disk) merged(ctx context.Context) iter.Seq2[Item, error] {
	var runs []run
	for i := len(d.levels) - 1; i >= 0; i-- {
		runs = append(runs, d.levels[i].runs...)
	}
	return d.merge(ctx, runs)
}

func (d *disk) close() {
	for i := range d.levels {
		l := &d.levels[i]
		_ = l.file.Close() // nothing in it is needed any more
		if l.name != "" {
			_ = os.Remove(l.name)
		}
		d.space.onDisk -= l.size
	}
	d.levels, d.writer = nil, nil
}

// An item on disk is the length of its key, the length of its value, the key
// and the value.

func itemSize(item Item) int {
	k, v := len(item.Key), len(item.Value)
	return uvarintLength(uint64(k)) + uvarintLength(uint64(v)) + k + v
}

func writeItem(w *bufio.Writer, item Item) error {
	b := w.AvailableBuffer()
	b = binary.AppendUvarint(b, uint64(len(item.Key)))
	b = binary.AppendUvarint(b, uint64(len(item.Value)))
	b = append(b, item.Key...)
	b = append(b, item.Value...)
	_, err := w.Write(b)
	return err
}

func uvarintLength(n uint64) int {
	length := 1
	for ; n >= 1<<7; n >>= 7 {
		length++
	}
	return length
}
