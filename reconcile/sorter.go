package reconcile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// sorter puts records in the order of their keys, equal ones in the order they
// came in. It holds records as bytes up to its limit; beyond, it writes sorted
// runs to a temporary file and merges them at the end.
type sorter struct {
	limit   int
	spill   spill
	arena   arena
	order   []entry
	scratch []byte
}

// entry is a record in the arena. The first bytes of its key decide most
// comparisons without looking there.
type entry struct {
	prefix uint64
	place
}

const entrySize = 24

func newSorter(limit int, dir string) *sorter {
	return &sorter{limit: limit, spill: spill{dir: dir, buffer: limit}}
}

func (s *sorter) add(r *Record) error {
	s.scratch = appendRecord(s.scratch[:0], r)
	s.order = append(s.order, entry{keyPrefix(r.Key), s.arena.keep(s.scratch)})
	if s.arena.used+entrySize*len(s.order) < s.limit {
		return nil
	}
	return s.flush()
}

// flush writes what is held as one sorted run.
func (s *sorter) flush() error {
	s.sort()
	err := s.spill.writeRun(func(write func([]byte) error) error {
		for _, e := range s.order {
			if err := write(s.arena.at(e.place)); err != nil {
				return err
			}
		}
		return nil
	})
	s.arena.reset()
	s.order = s.order[:0]
	return err
}

func (s *sorter) sort() {
	slices.SortFunc(s.order, func(a, b entry) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return cmp.Or(bytes.Compare(encodedKey(s.arena.at(a.place)), encodedKey(s.arena.at(b.place))), a.place.compare(b.place))
	})
}

// sorted yields the records in order and empties the sorter.
func (s *sorter) sorted() stream {
	return func(yield func(*Record, error) bool) {
		defer s.close()
		var record Record
		tell := func(encoded []byte) bool {
			err := decodeRecord(encoded, &record)
			return yield(&record, err) && err == nil
		}
		if len(s.spill.runs) == 0 {
			s.sort()
			for _, e := range s.order {
				if !tell(s.arena.at(e.place)) {
					return
				}
			}
			return
		}
		if len(s.order) > 0 {
			if err := s.flush(); err != nil {
				yield(nil, err)
				return
			}
		}
		s.arena, s.order = arena{}, nil
		for encoded, err := range s.spill.merged() {
			if err != nil {
				yield(nil, err)
				return
			}
			if !tell(encoded) {
				return
			}
		}
	}
}

// close gives back the memory and removes the temporary file. It may be called
// more than once.
func (s *sorter) close() {
	s.arena, s.order = arena{}, nil
	s.spill.close()
}

// encodedKey returns the key of an encoded record, nothing of a damaged one.
func encodedKey(b []byte) []byte {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil
	}
	return b[size : size+int(n)]
}

// keyPrefix is the first eight bytes of a key as a number of the same order.
func keyPrefix(key string) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}
