package reconcile

import "cmp"

// arena keeps byte strings in chunks that are used again after a reset, so
// that filling it leaves no garbage behind.
type arena struct {
	chunks  [][]byte
	current int // the chunk being filled
	used    int // bytes kept
}

const chunkSize = 256 << 10

// place is where an arena keeps a byte string. Places grow as strings come in.
type place struct {
	chunk, start, length uint32
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.chunk, o.chunk), cmp.Compare(p.start, o.start))
}

// keep copies b into the arena.
func (a *arena) keep(b []byte) place {
	for a.current < len(a.chunks) && cap(a.chunks[a.current])-len(a.chunks[a.current]) < len(b) {
		a.current++
	}
	if a.current == len(a.chunks) {
		a.chunks = append(a.chunks, make([]byte, 0, max(chunkSize, len(b))))
	}
	chunk := &a.chunks[a.current]
	p := place{uint32(a.current), uint32(len(*chunk)), uint32(len(b))}
	*chunk = append(*chunk, b...)
	a.used += len(b)
	return p
}

func (a *arena) at(p place) []byte {
	return a.chunks[p.chunk][p.start : p.start+p.length]
}

func (a *arena) reset() {
	for i := range a.chunks {
		a.chunks[i] = a.chunks[i][:0]
	}
	a.current, a.used = 0, 0
}
