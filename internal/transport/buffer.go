package transport

import (
	"io"
	"sync"
)

// buffer is where a response is read to. Buffers are reused. As responses hold
// personal data, a buffer is cleared first, and a large one is not kept.
type buffer struct{ b []byte }

// largestKept is the largest buffer that is reused, and the largest that is
// allocated because a header announces it. A page of 250 payments fits.
const largestKept = 1 << 20

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) release() {
	if b.clear() {
		buffers.Put(b)
	}
}

// clear empties the buffer and reports whether it is to be kept.
func (b *buffer) clear() bool {
	clear(b.b)
	b.b = b.b[:0]
	return cap(b.b) <= largestKept
}

// readAll reads r to its end, or limit bytes of it and ErrBodyTooLarge. The size
// is what the header announced, or negative. What was read is returned with any
// error.
func (b *buffer) readAll(r io.Reader, size, limit int64) ([]byte, error) {
	// With one byte more than announced, the reader can report its end without
	// another growth.
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
