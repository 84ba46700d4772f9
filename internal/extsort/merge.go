package extsort

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

// merge yields the items of the runs in order, those with equal keys in the
// order of the runs.
func (d *disk) merge(ctx context.Context, runs []run) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		heads, err := d.heads(runs)
		for err == nil && len(heads) > 0 {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(heads[0].item, nil) {
				return
			}
			var more bool
			if more, err = heads[0].next(); err == nil && !more {
				heads[0] = heads[len(heads)-1]
				heads = heads[:len(heads)-1]
			}
			sink(heads, 0)
		}
		if err != nil {
			yield(Item{}, err)
		}
	}
}

// heads opens the runs and returns them as a heap, the run with the first item
// at the top.
func (d *disk) heads(runs []run) ([]*runReader, error) {
	buffer := min(max(d.space.memory/(2*len(runs)), minBuffer), maxBuffer)
	heads := make([]*runReader, 0, len(runs))
	for i, r := range runs {
		length := r.end - r.start
		head := &runReader{number: i, left: length, r: bufio.NewReaderSize(io.NewSectionReader(r.file, r.start, length), buffer)}
		if more, err := head.next(); err != nil {
			return nil, err
		} else if more {
			heads = append(heads, head)
		}
	}
	for i := len(heads)/2 - 1; i >= 0; i-- {
		sink(heads, i)
	}
	return heads, nil
}

// runReader is a run with its first unread item.
type runReader struct {
	number int
	r      *bufio.Reader
	left   int64 // bytes of the run not read
	buffer []byte
	item   Item
	prefix uint64
}

// next reads an item. It returns false at the end of the run.
func (h *runReader) next() (bool, error) {
	if h.left == 0 {
		return false, nil
	}
	keyLength, err1 := binary.ReadUvarint(h.r)
	valueLength, err2 := binary.ReadUvarint(h.r)
	if err := errors.Join(err1, err2); err != nil {
		return false, readFault(err)
	}
	if keyLength > uint64(h.left) || valueLength > uint64(h.left) {
		return false, ErrDamaged
	}
	n := int(keyLength + valueLength)
	h.left -= int64(uvarintLength(keyLength)+uvarintLength(valueLength)) + int64(n)
	if h.left < 0 {
		return false, ErrDamaged
	}
	h.buffer = slices.Grow(h.buffer[:0], n)[:n]
	if _, err := io.ReadFull(h.r, h.buffer); err != nil {
		return false, readFault(err)
	}
	h.item = Item{h.buffer[:keyLength], h.buffer[keyLength:]}
	h.prefix = keyPrefix(h.item.Key)
	return true, nil
}

func readFault(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrDamaged
	}
	return fmt.Errorf("cannot read a temporary file: %w", err)
}

// before orders runs by their next item, and by age for equal keys.
func (h *runReader) before(o *runReader) bool {
	if h.prefix != o.prefix {
		return h.prefix < o.prefix
	}
	if c := bytes.Compare(h.item.Key, o.item.Key); c != 0 {
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
