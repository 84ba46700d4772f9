package transport_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// streamTripper is a RoundTripper made of a function.
type streamTripper func(*http.Request) (*http.Response, error)

func (f streamTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// streamed is what a RoundTripper received of one attempt.
type streamed struct {
	body   string
	err    error
	length int64
}

// streamTo gives each attempt the next status, the last one again and again, and
// notes what it received; status 0 is a failure to connect, which reads nothing.
func streamTo(got *[]streamed, statuses ...int) streamTripper {
	return func(r *http.Request) (*http.Response, error) {
		defer r.Body.Close()
		status := statuses[min(len(*got), len(statuses)-1)]
		if status == 0 {
			*got = append(*got, streamed{length: r.ContentLength})
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}
		body, err := io.ReadAll(r.Body)
		*got = append(*got, streamed{string(body), err, r.ContentLength})
		if err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}, nil
	}
}

func streamTransport(rt http.RoundTripper) *transport.Transport {
	return transport.New(transport.Config{Client: http.Client{Transport: rt}, Policy: transport.Policy{MaxAttempts: 3}})
}

func streamRequest(t *testing.T, address string, s *transport.Stream) *transport.Request {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return &transport.Request{Method: http.MethodPost, URL: u, Header: http.Header{}, Stream: s, Repeat: transport.Idempotent}
}

// onlyReader hides what else a reader can do.
type onlyReader struct{ io.Reader }

func newStream(r io.Reader) *transport.Stream {
	return transport.NewStream([]byte("<"), r, []byte(">"), 1000)
}

func TestStreamIsSentInItsFrame(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "evidence")
	require.NoError(t, os.WriteFile(file, []byte("content"), 0o600))
	opened, err := os.Open(file)
	require.NoError(t, err)
	t.Cleanup(func() { opened.Close() })
	halfRead := strings.NewReader("read before, content")
	_, err = io.CopyN(io.Discard, halfRead, int64(len("read before, ")))
	require.NoError(t, err)

	for name, tc := range map[string]struct {
		reader io.Reader
		length int64 // of the whole
	}{
		"file":                          {opened, 9},
		"bytes":                         {bytes.NewReader([]byte("content")), 9},
		"reader that was read in part":  {halfRead, 9},
		"buffer":                        {bytes.NewBufferString("content"), 9},
		"reader of unknown length":      {onlyReader{strings.NewReader("content")}, -1},
		"seeker that can't seek (pipe)": {pipeHolding(t, "content"), -1},
	} {
		t.Run(name, func(t *testing.T) {
			var got []streamed
			s := newStream(tc.reader)
			defer s.Release(t.Context(), 0)
			require.Equal(t, max(tc.length-2, -1), s.Size())
			res := streamTransport(streamTo(&got, 201)).Do(t.Context(), streamRequest(t, "https://api.example/", s))
			require.NoError(t, res.Err)
			require.Equal(t, 201, res.StatusCode)
			require.Equal(t, []streamed{{"<content>", nil, tc.length}}, got)
		})
	}
}

// pipeHolding is an *os.File that can't seek.
func pipeHolding(t *testing.T, text string) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	t.Cleanup(func() { r.Close() })
	return r
}

func TestStreamThatCanBeRewoundIsRepeatedFromItsStart(t *testing.T) {
	t.Parallel()
	var got []streamed
	reader := strings.NewReader("not this, content")
	_, err := reader.Seek(int64(len("not this, ")), io.SeekStart)
	require.NoError(t, err)
	s := newStream(reader)
	defer s.Release(t.Context(), 0)
	res := streamTransport(streamTo(&got, 503, 0, 201)).Do(t.Context(), streamRequest(t, "https://api.example/", s))
	require.Equal(t, 201, res.StatusCode)
	require.Equal(t, 3, res.Attempts)
	require.Equal(t, []streamed{{"<content>", nil, 9}, {"", nil, 9}, {"<content>", nil, 9}}, got)
}

func TestStreamThatCannotBeRewound(t *testing.T) {
	t.Parallel()
	t.Run("is not repeated once it was read", func(t *testing.T) {
		t.Parallel()
		var got []streamed
		s := newStream(onlyReader{strings.NewReader("content")})
		defer s.Release(t.Context(), 0)
		res := streamTransport(streamTo(&got, 503, 201)).Do(t.Context(), streamRequest(t, "https://api.example/", s))
		require.NoError(t, res.Err)
		require.Equal(t, 503, res.StatusCode)
		require.Len(t, got, 1)
	})
	t.Run("is repeated as long as nothing was read", func(t *testing.T) {
		t.Parallel()
		var got []streamed
		s := newStream(onlyReader{strings.NewReader("content")})
		defer s.Release(t.Context(), 0)
		res := streamTransport(streamTo(&got, 0, 0, 201)).Do(t.Context(), streamRequest(t, "https://api.example/", s))
		require.Equal(t, 201, res.StatusCode)
		require.Equal(t, "<content>", got[2].body)
	})
	t.Run("is never repeated where that does harm", func(t *testing.T) {
		t.Parallel()
		var got []streamed
		s := newStream(strings.NewReader("content"))
		defer s.Release(t.Context(), 0)
		req := streamRequest(t, "https://api.example/", s)
		req.Repeat = transport.Never
		res := streamTransport(streamTo(&got, 503, 201)).Do(t.Context(), req)
		require.Equal(t, 503, res.StatusCode)
		require.Len(t, got, 1)
	})
}

var errDisk = errors.New("disk on fire at /home/ann")

// streamFaults are readers that go wrong in the middle of being sent.
func streamFaults() map[string]struct {
	reader io.Reader
	cause  error
} {
	return map[string]struct {
		reader io.Reader
		cause  error
	}{
		"reader fails":          {io.MultiReader(strings.NewReader("con"), failingReader{errDisk}), errDisk},
		"reader fails on a URL": {io.MultiReader(strings.NewReader("con"), failingReader{&url.Error{Op: "Get", URL: "https://disk.example", Err: errDisk}}), errDisk},
		"larger than allowed":   {onlyReader{strings.NewReader(strings.Repeat("x", 1001))}, transport.ErrStreamTooLong},
		"grows while sent":      {&changingReader{strings.NewReader("content"), 3}, transport.ErrStreamChanged},
		"shrinks while sent":    {&changingReader{strings.NewReader("content"), 50}, transport.ErrStreamChanged},
		"can't be rewound now":  {&stuckReader{Reader: strings.NewReader("content")}, errDisk},
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// changingReader says that it holds another number of bytes than it does.
type changingReader struct {
	*strings.Reader
	said int64
}

func (r *changingReader) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return r.said, nil
	}
	return r.Reader.Seek(offset, whence)
}

// stuckReader can tell its length and not go back.
type stuckReader struct {
	io.Reader
	sought int
}

func (r *stuckReader) Seek(int64, int) (int64, error) {
	if r.sought++; r.sought > 2 {
		return 0, errDisk
	}
	return int64(r.sought-1) * 7, nil
}

func TestStreamThatCannotBeReadEndsTheCall(t *testing.T) {
	t.Parallel()
	for name, tc := range streamFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan error, 1)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				select {
				case arrived <- err:
				default:
					t.Error("sent twice")
				}
			}))
			s := newStream(tc.reader)
			defer s.Release(t.Context(), 0)
			res := streamTransport(http.DefaultTransport.(*http.Transport).Clone()).Do(t.Context(), streamRequest(t, srv.URL, s))
			srv.Close() // waits for the handler
			require.ErrorIs(t, res.Err, tc.cause)
			unread, ok := errors.AsType[*transport.BodyError](res.Err)
			require.True(t, ok)
			require.NotContains(t, unread.Error(), "disk", "the reader's own words are not repeated")
			require.LessOrEqual(t, res.Attempts, 1)
			if len(arrived) > 0 {
				require.Error(t, <-arrived, "half a body must not look like a whole one")
			}
		})
	}
}

// TestStreamBelongsToOneAttempt has an attempt go on reading while the next one
// reads, as net/http may.
func TestStreamBelongsToOneAttempt(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("content ", 100)
	var late sync.WaitGroup
	var lateErr error
	second := make(chan struct{})
	var whole []byte
	attempt := 0
	rt := streamTripper(func(r *http.Request) (*http.Response, error) {
		body := r.Body
		if attempt++; attempt == 1 {
			_, err := io.ReadFull(body, make([]byte, 10))
			require.NoError(t, err)
			late.Go(func() {
				<-second
				_, lateErr = io.ReadAll(body)
			})
			return nil, errors.New("connection lost")
		}
		begin := make([]byte, 10)
		_, err := io.ReadFull(body, begin)
		require.NoError(t, err)
		close(second)
		late.Wait()
		rest, err := io.ReadAll(body)
		require.NoError(t, err)
		whole = append(begin, rest...)
		return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, Body: http.NoBody}, nil
	})
	s := newStream(strings.NewReader(content))
	defer s.Release(t.Context(), 0)
	res := streamTransport(rt).Do(t.Context(), streamRequest(t, "https://api.example/", s))
	require.NoError(t, res.Err)
	require.Equal(t, "<"+content+">", string(whole))
	require.Error(t, lateErr, "an attempt that is over reads nothing more")
}

// countingReader counts what is read of it, without a lock: the race detector
// sees who reads it when they must not.
type countingReader struct {
	*strings.Reader
	reads int
}

func (r *countingReader) Read(p []byte) (int, error) { r.reads++; return r.Reader.Read(p) }

func TestStreamIsNotReadAfterRelease(t *testing.T) {
	t.Parallel()
	reader := &countingReader{Reader: strings.NewReader(strings.Repeat("content ", 1000))}
	var late sync.WaitGroup
	begun := make(chan struct{})
	rt := streamTripper(func(r *http.Request) (*http.Response, error) {
		body := r.Body
		late.Go(func() {
			p := make([]byte, 8)
			_, _ = io.ReadFull(body, p)
			close(begun)
			for {
				if _, err := body.Read(p); err != nil {
					return
				}
			}
		})
		<-begun
		return nil, errors.New("connection lost")
	})
	s := transport.NewStream(nil, reader, nil, 1<<20)
	req := streamRequest(t, "https://api.example/", s)
	req.Repeat = transport.Never
	require.Error(t, streamTransport(rt).Do(t.Context(), req).Err)
	s.Release(t.Context(), 0)
	reader.reads = 0
	late.Wait()
	require.Zero(t, reader.reads)
}

func TestReleaseDoesNotWaitForAReaderThatBlocks(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	rt := streamTripper(func(req *http.Request) (*http.Response, error) {
		go io.Copy(io.Discard, req.Body)
		_, err := io.WriteString(w, "con") // returns when it was read
		cancel()
		return nil, err
	})
	s := newStream(r)
	res := streamTransport(rt).Do(ctx, streamRequest(t, "https://api.example/", s))
	require.ErrorIs(t, res.Err, context.Canceled)
	s.Release(t.Context(), 0)
	require.NoError(t, w.Close())
}

// pieces hands out a piece at a time, each after a wait.
type pieces struct {
	waits []time.Duration
	read  int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.read == len(p.waits) {
		return 0, io.EOF
	}
	<-time.After(p.waits[p.read])
	p.read++
	return copy(b, "piece"), nil
}

func TestStreamIsTimedFromPieceToPiece(t *testing.T) {
	t.Parallel()
	const limit = 20 * time.Second
	for name, tc := range map[string]struct {
		waits []time.Duration
		err   error
	}{
		"a slow one takes its time": {[]time.Duration{15 * time.Second, 15 * time.Second, 15 * time.Second}, nil},
		"one that halts is given up": {[]time.Duration{time.Second, 21 * time.Second},
			&transport.TimeoutError{Phase: transport.Sending, Limit: limit}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []streamed
				receive := streamTo(&got, 201)
				rt := streamTripper(func(r *http.Request) (*http.Response, error) {
					res, err := receive(r)
					if r.Context().Err() != nil {
						return nil, r.Context().Err()
					}
					return res, err
				})
				s := newStream(&pieces{waits: tc.waits})
				defer s.Release(t.Context(), 0)
				req := streamRequest(t, "https://api.example/", s)
				req.Read = limit
				res := streamTransport(rt).Do(t.Context(), req)
				require.Equal(t, tc.err, res.Err)
				require.Len(t, got, 1)
				<-time.After(time.Minute) // a Read that was left to itself ends
			})
		})
	}
}

// TestStreamSurvivesADeadIdleConnection has the server drop a kept connection
// just as it is used again: net/http repeats the request by itself.
func TestStreamSurvivesADeadIdleConnection(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	bodies := make(chan string, 3)
	var served sync.WaitGroup
	served.Go(func() {
		for connection := 1; ; connection++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			for number := 1; ; number++ {
				r, err := http.ReadRequest(in)
				if err != nil {
					break
				}
				body, _ := io.ReadAll(r.Body)
				bodies <- string(body)
				if connection == 1 && number == 2 {
					break // without an answer
				}
				_, _ = io.WriteString(conn, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
			}
			conn.Close()
		}
	})
	rt := &http.Transport{}
	tr := streamTransport(rt)
	address := "http://" + listener.Addr().String()
	for _, content := range []string{"first", "second"} {
		s := newStream(strings.NewReader(content))
		res := tr.Do(t.Context(), streamRequest(t, address, s))
		require.NoError(t, res.Err)
		require.Equal(t, 201, res.StatusCode)
		require.Equal(t, 1, res.Attempts)
		res.Release()
		s.Release(t.Context(), 0)
	}
	rt.CloseIdleConnections()
	require.NoError(t, listener.Close())
	served.Wait()
	close(bodies)
	var all []string
	for b := range bodies {
		all = append(all, b)
	}
	require.Equal(t, []string{"<first>", "<second>", "<second>"}, all)
}
