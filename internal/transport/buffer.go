package transport

import (
	"io"
	"sync"
)

// buffer is where an answer is read to. Buffers are reused; because answers
// hold personal data they are wiped first, and large ones are let go.
type buffer struct{ b []byte }

// A page of 250 payments fits what is kept, and what is made room for because a
// header announces it.
const largestKept = 1 << 20

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) release() {
	if b.wipe() {
		buffers.Put(b)
	}
}

// wipe empties the buffer and reports whether it is worth keeping.
func (b *buffer) wipe() bool {
	clear(b.b)
	b.b = b.b[:0]
	return cap(b.b) <= largestKept
}

// readAll reads r to its end, or to limit bytes and ErrBodyTooLarge. The size
// is what the header announced, or negative. What was read is returned with
// any error.
func (b *buffer) readAll(r io.Reader, size, limit int64) ([]byte, error) {
	// One byte more than announced lets the reader say that it is at its end
	// without another growth.
	want := min(max(size+1, 512), largestKept, limit+1)
	if int64(cap(b.b)) < want {
		b.b = make([]byte, 0, want)
	}
	for {
		if len(b.b) == cap(b.b) {
			b.b = append(b.b, 0)[:len(b.b)]
		}
		room := b.b[len(b.b):min(int64(cap(b.b)), limit+1)]
		n, err := r.Read(room)
		b.b = b.b[:len(b.b)+n]
		switch {
		case int64(len(b.b)) > limit:
			return b.b[:limit], ErrBodyTooLarge
		case err == io.EOF:
			return b.b, nil
		case err != nil:
			return b.b, err
		}
	}
}
