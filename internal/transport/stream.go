package transport

import (
	"bytes"
	"io"
	"net/http"
	"sync"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// Why a Stream ends before its time.
const (
	// ErrStreamTooLong says that the reader held more than the limit.
	ErrStreamTooLong safe.Message = "request body larger than the limit"
	// ErrStreamChanged says that the reader held more or less than it said.
	ErrStreamChanged safe.Message = "request body changed its length while it was sent"

	errRecalled safe.Message = "request body is not read any more"
)

// BodyError says that a request was not sent as a whole because its Stream
// could not be read. Another attempt would fare no better.
type BodyError struct{ Err error }

// Error says why, as far as the text of the cause can be shown.
func (e *BodyError) Error() string { return "request body could not be read: " + safe.Text(e.Err) }

// SafeToLog marks the error as a safe.Error.
func (e *BodyError) SafeToLog() {}

// Unwrap returns the cause.
func (e *BodyError) Unwrap() error { return e.Err }

// Stream is a request body that is read while it is sent: a head, what a reader
// holds, and a tail. It can be sent again from the start if the reader can be
// rewound, or as long as nothing was read of it. The reader belongs to one
// attempt at a time: net/http may go on reading a body after the attempt is
// over, and must not do so while the next one does.
type Stream struct {
	head, tail []byte
	reader     io.Reader
	rewind     func() error // nil: what was read is gone
	size       int64
	limit      int64

	reading sync.Mutex  // held while the reader is read or rewound
	mu      sync.Mutex  // guards what follows
	lent    *streamBody // the body of the attempt that has the reader
	touched bool        // something was, or is being, read since the last rewinding
	err     error       // what the attempt's reading failed with
}

// NewStream returns a body of which at most limit bytes come from the reader.
// A reader that is an io.Seeker, and can seek, is sent from where it stands.
func NewStream(head []byte, reader io.Reader, tail []byte, limit int64) *Stream {
	s := &Stream{head: head, tail: tail, reader: reader, size: -1, limit: limit}
	if buffer, ok := reader.(*bytes.Buffer); ok {
		s.size = int64(buffer.Len())
	}
	seeker, ok := reader.(io.Seeker)
	if !ok {
		return s
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return s // a pipe, for example, that is a file by type
	}
	s.rewind = func() error {
		_, err := seeker.Seek(start, io.SeekStart)
		return err
	}
	if end, err := seeker.Seek(0, io.SeekEnd); err == nil {
		s.size = max(end-start, 0)
	}
	s.touched = s.rewind() != nil // a refused call leaves it where it was
	return s
}

// Size is how many bytes the reader holds; negative when that is not known.
func (s *Stream) Size() int64 { return s.size }

// Release ends the reading for good. A reader that can be rewound, which must
// not block, is not in use any more when Release returns; a Read of another one
// may be under way until it returns by itself.
func (s *Stream) Release() {
	s.Repeatable()
	if s.rewind != nil {
		s.reading.Lock()
		defer s.reading.Unlock()
	}
}

// Repeatable takes the reader back from the attempt that has it, and reports
// whether another may have it. Of a nil Stream nothing is in the way.
func (s *Stream) Repeatable() bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lent = nil
	return s.rewind != nil || !s.touched
}

// attach makes the stream the body of r, with the means for net/http to begin
// again on another connection when an idle one turns out to be dead.
func (s *Stream) attach(r *http.Request, repeat Repeat, progress func()) error {
	b, err := s.open(progress)
	if err != nil {
		return err
	}
	r.Body, r.ContentLength = b, s.length()
	if repeat != Never && s.rewind != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			s.Repeatable()
			return s.open(progress)
		}
	}
	return nil
}

// open lends the reader to an attempt, from its start.
func (s *Stream) open(progress func()) (*streamBody, error) {
	s.reading.Lock() // a Read of the attempt before may not be over
	defer s.reading.Unlock()
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
	b := &streamBody{stream: s, progress: progress}
	b.Reader = io.MultiReader(bytes.NewReader(s.head), (*content)(b), bytes.NewReader(s.tail))
	s.lent, s.touched, s.err = b, false, nil
	return b, nil
}

// length is that of the whole body; negative when it is not known.
func (s *Stream) length() int64 {
	if s.size < 0 {
		return -1
	}
	return int64(len(s.head)) + s.size + int64(len(s.tail))
}

// failure is why the reader could not be read, nil if it could.
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
	progress func()
	read     int64
}

// Close does nothing: the reader is the caller's.
func (b *streamBody) Close() error { return nil }

// content is the part of a body that comes from the reader.
type content streamBody

func (c *content) Read(p []byte) (int, error) {
	s := c.stream
	s.reading.Lock()
	defer s.reading.Unlock()
	if !s.claim((*streamBody)(c)) {
		return 0, errRecalled
	}
	c.progress()
	n, err := s.reader.Read(p)
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
