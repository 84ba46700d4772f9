// Package extsort sorts more items than memory holds. Items are pairs of byte
// strings. They are held in memory up to a limit; beyond it, sorted runs of them
// are written to temporary files, which are merged at the end.
package extsort

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
)

// ErrDamaged reports that a temporary file does not hold what was written to it.
var ErrDamaged = errors.New("a temporary file was changed or cut short")

// Item is one thing to sort. Its bytes are valid until the next item is read.
type Item struct {
	Key, Value []byte
}

// Sorter sorts items by the bytes of their keys. Items with equal keys keep the
// order in which they were added. A Sorter is used in three steps: Add, then
// Sorted, then Close.
type Sorter struct {
	space *Space
	arena arena
	order []entry
	runs  disk
	read  bool // Sorted has begun; the items in memory must stay where they are
}

// entry locates an item in the arena. The first bytes of the key decide most
// comparisons without a look at the arena.
type entry struct {
	prefix    uint64
	at        place
	keyLength uint32
}

const entrySize = 24

// held returns the number of bytes of memory that the sorter occupies.
func (s *Sorter) held() int { return s.arena.used + entrySize*len(s.order) }

// Add copies an item. It may write a sorted run of this sorter, or of another
// one that shares its Space, to disk.
func (s *Sorter) Add(ctx context.Context, key, value []byte) error {
	s.order = append(s.order, entry{keyPrefix(key), s.arena.keep(key, value), uint32(len(key))})
	s.space.held += len(key) + len(value) + entrySize
	if s.space.held < s.space.memory {
		return nil
	}
	return s.space.largest().flush(ctx)
}

// item returns the item that e locates.
func (s *Sorter) item(e entry) Item {
	b := s.arena.at(e.at)
	return Item{b[:e.keyLength], b[e.keyLength:]}
}

func (s *Sorter) sort() {
	slices.SortFunc(s.order, func(a, b entry) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return cmp.Or(bytes.Compare(s.item(a).Key, s.item(b).Key), a.at.compare(b.at))
	})
}

// inMemory yields the items held in memory in order.
func (s *Sorter) inMemory() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		s.sort()
		for _, e := range s.order {
			if !yield(s.item(e), nil) {
				return
			}
		}
	}
}

// flush writes the items held in memory to disk as one sorted run.
func (s *Sorter) flush(ctx context.Context) error {
	if len(s.order) == 0 {
		return nil
	}
	err := s.runs.write(ctx, s.inMemory())
	s.forget()
	s.space.shrink()
	return err
}

// forget drops the items held in memory.
func (s *Sorter) forget() {
	s.space.held -= s.held()
	s.arena.reset()
	s.order = s.order[:0]
}

// Sorted yields all items in order, and then closes the sorter. If most of the
// memory belongs to this sorter, its items go to disk first, so that other
// sorters can be filled meanwhile.
func (s *Sorter) Sorted(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		defer s.Close()
		crowded := s.held() > s.space.memory/4*3 && len(s.space.sorters) > 1
		if crowded || !s.runs.empty() {
			if err := s.flush(ctx); err != nil {
				yield(Item{}, err)
				return
			}
		}
		s.read = true
		items := s.inMemory()
		if !s.runs.empty() {
			s.order = nil
			items = s.runs.merged(ctx)
		}
		for item, err := range items {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// Close releases the memory and removes the temporary files. It may be called
// more than once.
func (s *Sorter) Close() {
	s.forget()
	s.order = nil
	s.runs.close()
	s.space.remove(s)
}

// keyPrefix returns the first eight bytes of a key as a number that sorts alike.
func keyPrefix(key []byte) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}
