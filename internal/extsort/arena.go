package extsort

import "cmp"

// arena keeps byte strings in chunks, which it takes from its Space and gives
// back, so that filling it again leaves no garbage behind.
type arena struct {
	space  *Space
	chunks [][]byte
	used   int // bytes kept
}

const chunkSize = 256 << 10

// place locates a byte string in an arena. Places grow in the order of keep.
type place struct {
	chunk, start, length uint32
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.chunk, o.chunk), cmp.Compare(p.start, o.start))
}

// keep copies first and second, one after the other.
func (a *arena) keep(first, second []byte) place {
	n := len(first) + len(second)
	last := len(a.chunks) - 1
	if last < 0 || cap(a.chunks[last])-len(a.chunks[last]) < n {
		a.chunks = append(a.chunks, a.space.chunk(n))
		last++
	}
	chunk := &a.chunks[last]
	p := place{uint32(last), uint32(len(*chunk)), uint32(n)}
	*chunk = append(append(*chunk, first...), second...)
	a.used += n
	return p
}

func (a *arena) at(p place) []byte {
	return a.chunks[p.chunk][p.start : p.start+p.length]
}

// reset gives the chunks back to the Space.
func (a *arena) reset() {
	for _, chunk := range a.chunks {
		if cap(chunk) == chunkSize {
			a.space.chunks = append(a.space.chunks, chunk[:0])
		}
	}
	a.chunks, a.used = a.chunks[:0], 0
}

// chunk returns an empty chunk with room for n bytes.
func (p *Space) chunk(n int) []byte {
	last := len(p.chunks) - 1
	if last < 0 || n > chunkSize {
		return make([]byte, 0, max(chunkSize, n))
	}
	chunk := p.chunks[last]
	p.chunks = p.chunks[:last]
	return chunk
}
