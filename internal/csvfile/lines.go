package csvfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLineBytes is the length of the longest line that is read. Real lines have
// some 300 bytes.
const maxLineBytes = 1 << 20

var errLongLine = errors.New("the line is longer than 1 MiB")

// line is one line of the file without its line ending.
type line struct {
	text string
	err  error // errLongLine, with the text missing
}

// isBlank reports whether a line has no cells with text, whatever the delimiter.
func (l line) isBlank() bool {
	return l.err == nil && strings.Trim(Clean(l.text), ",;\t\" ") == ""
}

// lineReader reads lines that end in LF, CR LF or CR, mixed in any way.
type lineReader struct {
	r *bufio.Reader
}

// newLineReader skips a byte order mark, and decodes UTF-16 if the mark says so.
func newLineReader(r io.Reader) lineReader {
	buffered := bufio.NewReaderSize(r, 64<<10)
	mark, _ := buffered.Peek(3) // an error comes again with the first read
	switch {
	case string(mark) == "\ufeff":
		_, _ = buffered.Discard(3) // cannot fail after Peek
	case bytes.HasPrefix(mark, []byte("\xff\xfe")):
		buffered = bufio.NewReader(&utf16Reader{r: buffered, order: binary.LittleEndian})
		_, _, _ = buffered.ReadRune() // the mark
	case bytes.HasPrefix(mark, []byte("\xfe\xff")):
		buffered = bufio.NewReader(&utf16Reader{r: buffered, order: binary.BigEndian})
		_, _, _ = buffered.ReadRune()
	}
	return lineReader{buffered}
}

// next returns the next line. The error is io.EOF at the end of the file, or
// the error of the underlying reader.
func (l lineReader) next() (line, error) {
	var head []byte // of a line that is not in the buffer as a whole
	long, started := false, false
	for {
		_, err := l.r.Peek(1)
		if err == io.EOF && started {
			return finished(head, nil, long), nil
		}
		if err != nil {
			return line{}, err
		}
		started = true
		chunk, _ := l.r.Peek(l.r.Buffered())
		end := lineEnd(chunk)
		if end >= 0 {
			done := finished(head, chunk[:end], long)
			carriageReturn := chunk[end] == '\r'
			_, _ = l.r.Discard(end + 1)
			if next, _ := l.r.Peek(1); carriageReturn && len(next) == 1 && next[0] == '\n' {
				_, _ = l.r.Discard(1)
			}
			return done, nil
		}
		if long = long || len(head)+len(chunk) > maxLineBytes; !long {
			head = append(head, chunk...)
		}
		_, _ = l.r.Discard(len(chunk))
	}
}

func finished(head, tail []byte, long bool) line {
	if long || len(head)+len(tail) > maxLineBytes {
		return line{err: errLongLine}
	}
	if head == nil {
		return line{text: string(tail)}
	}
	return line{text: string(append(head, tail...))}
}

// lineEnd returns the index of the first LF or CR, or -1.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// utf16Reader reads UTF-16 as UTF-8. Broken surrogates and a single byte at the
// end become U+FFFD.
type utf16Reader struct {
	r     *bufio.Reader
	order binary.ByteOrder
	rest  []byte
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.rest) < utf8.UTFMax {
		c, err := u.unit()
		if err != nil {
			if len(u.rest) == 0 {
				return 0, err
			}
			break
		}
		if utf16.IsSurrogate(c) {
			pair, _ := u.r.Peek(2)
			second := rune(0)
			if len(pair) == 2 {
				second = rune(u.order.Uint16(pair))
			}
			if c = utf16.DecodeRune(c, second); c != utf8.RuneError {
				_, _ = u.r.Discard(2)
			}
		}
		u.rest = utf8.AppendRune(u.rest, c)
	}
	n := copy(p, u.rest)
	u.rest = u.rest[:copy(u.rest, u.rest[n:])]
	return n, nil
}

// unit reads one code unit of two bytes.
func (u *utf16Reader) unit() (rune, error) {
	pair, err := u.r.Peek(2)
	if len(pair) == 1 && err == io.EOF {
		_, _ = u.r.Discard(1)
		return utf8.RuneError, nil
	}
	if err != nil {
		return 0, err
	}
	c := rune(u.order.Uint16(pair))
	_, _ = u.r.Discard(2)
	return c, nil
}
