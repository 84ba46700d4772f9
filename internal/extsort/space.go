package extsort

import (
	"errors"
	"fmt"
	"slices"
)

// ErrFull reports that temporary files would have grown beyond the limit of
// their Space.
var ErrFull = errors.New("the limit for temporary files is reached")

// MinMemory is the least memory of a Space.
const MinMemory = 64 << 10

// spillMemory is the memory of a Space that uses the disk.
const spillMemory = 8 << 20

// Space is the memory and the disk that several sorters share. A Space and its
// sorters are not safe for concurrent use.
type Space struct {
	memory  int
	dir     string
	limit   int64 // bytes on disk; 0 is no limit
	held    int   // bytes of items in memory, of all sorters
	onDisk  int64
	sorters []*Sorter // those that are not closed
	chunks  [][]byte  // of arenas, not in use
}

// NewSpace returns a Space whose sorters hold up to memory bytes before they
// write to temporary files in dir, up to maxDisk bytes. Memory below MinMemory
// is MinMemory. An empty dir is os.TempDir. A maxDisk of 0 is no limit.
func NewSpace(memory int, dir string, maxDisk int64) *Space {
	return &Space{memory: max(memory, MinMemory), dir: dir, limit: maxDisk}
}

// NewSorter returns an empty sorter.
func (p *Space) NewSorter() *Sorter {
	s := &Sorter{space: p, arena: arena{space: p}, runs: disk{space: p}}
	p.sorters = append(p.sorters, s)
	return s
}

func (p *Space) remove(s *Sorter) {
	p.sorters = slices.DeleteFunc(p.sorters, func(o *Sorter) bool { return o == s })
	if len(p.sorters) == 0 {
		p.chunks = nil
	}
}

// largest returns the sorter that holds the most memory and is not being read.
func (p *Space) largest() *Sorter {
	var largest *Sorter
	for _, s := range p.sorters {
		if !s.read && (largest == nil || s.held() > largest.held()) {
			largest = s
		}
	}
	return largest
}

// shrink reduces the memory of a Space once it uses the disk. More memory would
// make longer runs and no less work.
func (p *Space) shrink() {
	p.memory = max(min(p.memory, spillMemory), MinMemory)
	if kept := p.memory / chunkSize; len(p.chunks) > kept {
		clear(p.chunks[kept:])
		p.chunks = p.chunks[:kept]
	}
}

// reserve accounts for n more bytes on disk.
func (p *Space) reserve(n int) error {
	if p.limit > 0 && p.onDisk+int64(n) > p.limit {
		return fmt.Errorf("%w: %d bytes", ErrFull, p.limit)
	}
	p.onDisk += int64(n)
	return nil
}
