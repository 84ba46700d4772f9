package transport

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Why a Stream ends early.
const (
	// ErrStreamTooLong says that the reader holds more than the limit.
	ErrStreamTooLong safe.Message = "request body larger than the limit"
	// ErrStreamChanged says that the reader holds more or less than it said.
	ErrStreamChanged safe.Message = "request body changed its length while it was sent"

	errRecalled safe.Message = "request body is not read any more"
	errReader   safe.Message = "reader panicked"
)

// BodyError says that a request was not sent as a whole because its Stream could
// not be read. Another attempt would not fare better.
type BodyError struct{ Err error }

// Error says why, as far as the text of the cause can be shown.
func (e *BodyError) Error() string { return "request body could not be read: " + safe.Text(e.Err) }

// SafeToLog marks the error as a safe.Error.
func (e *BodyError) SafeToLog() {}

// Unwrap returns the cause.
func (e *BodyError) Unwrap() error { return e.Err }

// streaming is what an attempt needs of a Stream. As an interface it lets the
// linker drop Stream from programs that upload nothing.
type streaming interface {
	attach(r *http.Request, repeat Repeat, progress func()) error
	failure() error
	Repeatable() bool
}

// Stream is a request body that is read while it is sent: a head, what a reader
// holds, and a tail. It can be sent again from the start if the reader can seek,
// or as long as nothing was read from it. The reader belongs to one attempt at a
// time, as net/http may go on reading a body after the attempt has ended.
type Stream struct {
	head, tail []byte
	reader     io.Reader
	rewind     func() error // nil if what was read is gone
	size       int64
	limit      int64

	reading chan struct{} // holds an element while the reader is read or rewound
	mu      sync.Mutex    // guards the fields below
	lent    *streamBody   // the body of the attempt that has the reader
	touched bool          // something was, or is being, read since the last rewinding
	err     error         // what reading for the attempt failed with
}

// NewStream returns a body of which at most limit bytes come from the reader. A
// reader that is an io.Seeker and can seek is sent from its current position.
func NewStream(head []byte, reader io.Reader, tail []byte, limit int64) *Stream {
	s := &Stream{head: head, tail: tail, reader: reader, size: -1, limit: limit, reading: make(chan struct{}, 1)}
	if buffer, ok := reader.(*bytes.Buffer); ok {
		s.size = int64(buffer.Len())
	}
	seeker, ok := reader.(io.Seeker)
	if !ok {
		return s
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return s // such as a pipe, which is a file by type
	}
	s.rewind = func() error {
		_, err := seeker.Seek(start, io.SeekStart)
		return err
	}
	if end, err := seeker.Seek(0, io.SeekEnd); err == nil {
		s.size = max(end-start, 0)
	}
	s.touched = s.rewind() != nil // a call that is refused leaves the reader where it was
	return s
}

// Size returns how many bytes the reader holds, or a negative number if that is
// not known.
func (s *Stream) Size() int64 { return s.size }

// Release ends the reading for good. It waits for a Read that is under way, so
// that the caller may use a reader again that can seek, but not for longer than
// ctx and limit allow. A limit of 0 is none.
func (s *Stream) Release(ctx context.Context, limit time.Duration) {
	s.Repeatable()
	if s.rewind == nil {
		return
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	if s.lock(ctx) == nil {
		s.unlock()
	}
}

// tryLock reports whether nobody read the reader, and locks it then.
func (s *Stream) tryLock() bool {
	select {
	case s.reading <- struct{}{}:
		return true
	default:
		return false
	}
}

// lock waits until nobody reads the reader, or ctx is done.
func (s *Stream) lock(ctx context.Context) error {
	if s.tryLock() {
		return nil
	}
	select {
	case s.reading <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Stream) unlock() { <-s.reading }

// Repeatable takes the reader back from the attempt that has it, and reports
// whether another attempt may have it.
func (s *Stream) Repeatable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lent = nil
	return s.rewind != nil || !s.touched
}

// attach makes the stream the body of r. It lets net/http start again on another
// connection if an idle one turns out to be dead.
func (s *Stream) attach(r *http.Request, repeat Repeat, progress func()) error {
	b, err := s.open(r.Context(), progress)
	if err != nil {
		return err
	}
	r.Body, r.ContentLength = b, s.length()
	if repeat != Never && s.rewind != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			s.Repeatable()
			return s.open(r.Context(), progress)
		}
	}
	return nil
}

// open lends the reader to an attempt, from its start.
func (s *Stream) open(ctx context.Context, progress func()) (*streamBody, error) {
	if !s.tryLock() { // a Read of the attempt before is under way
		progress()
		if err := s.lock(ctx); err != nil {
			return nil, err
		}
	}
	defer s.unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.touched {
		if s.rewind == nil {
			return nil, &BodyError{errRecalled}
		}
		if err := s.rewind(); err != nil {
			return nil, &BodyError{err}
		}
	}
	b := &streamBody{stream: s, ctx: ctx, progress: progress}
	b.Reader = io.MultiReader(bytes.NewReader(s.head), (*content)(b), bytes.NewReader(s.tail))
	s.lent, s.touched, s.err = b, false, nil
	return b, nil
}

// length returns the length of the whole body, or a negative number if it is not
// known.
func (s *Stream) length() int64 {
	if s.size < 0 {
		return -1
	}
	return int64(len(s.head)) + s.size + int64(len(s.tail))
}

// failure returns why the reader could not be read, or nil.
func (s *Stream) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		return nil
	}
	return &BodyError{s.err}
}

// streamBody is a Stream as one attempt sends it.
type streamBody struct {
	io.Reader
	stream   *Stream
	ctx      context.Context //nolint:containedctx // of the attempt
	progress func()
	read     int64
	buffer   []byte
}

// Close does nothing: the reader belongs to the caller.
func (b *streamBody) Close() error { return nil }

// content is the part of a body that comes from the reader.
type content streamBody

// Read reads from the reader until the attempt ends, even if the reader does not
// return by then.
func (c *content) Read(p []byte) (int, error) {
	s := c.stream
	if err := s.lock(c.ctx); err != nil {
		return 0, err
	}
	if !s.claim((*streamBody)(c)) {
		s.unlock()
		return 0, errRecalled
	}
	c.progress()
	n, err := c.readSome(p)
	if c.ctx.Err() != nil && err != nil {
		return n, err
	}
	c.read += int64(n)
	switch {
	case s.size >= 0 && (c.read > s.size || err == io.EOF && c.read < s.size):
		n, err = 0, ErrStreamChanged
	case c.read > s.limit:
		n, err = 0, ErrStreamTooLong
	}
	if err != nil && err != io.EOF {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.err = err
	}
	return n, err
}

// readSome calls the reader's Read, which belongs to this call while it runs. If
// the attempt ends first, that Read is left to end by itself: it has a buffer of
// its own.
func (c *content) readSome(p []byte) (int, error) {
	if len(c.buffer) < len(p) {
		c.buffer = make([]byte, len(p))
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errReader}
		defer func() {
			_ = recover()
			c.stream.unlock()
			done <- r
		}()
		r.n, r.err = c.stream.reader.Read(c.buffer[:len(p)])
	}()
	select {
	case r := <-done:
		return copy(p, c.buffer[:r.n]), r.err
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	}
}

// claim reports whether a body still has the reader, which it is about to read.
func (s *Stream) claim(b *streamBody) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent != b {
		return false
	}
	s.touched = true
	return true
}
