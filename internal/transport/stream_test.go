package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// streamed is what a RoundTripper received of one attempt.
type streamed struct {
	body   string
	length int64
}

// receive gives each attempt the next status, the last one again and again, and
// records what it received. Status 0 is a failure to connect, which reads
// nothing.
func receive(got *[]streamed, statuses ...int) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		status := statuses[min(len(*got), len(statuses)-1)]
		if status == 0 {
			*got = append(*got, streamed{length: r.ContentLength})
			httptrace.ContextClientTrace(r.Context()).GetConn("")
			return nil, errReset
		}
		body, err := io.ReadAll(r.Body)
		*got = append(*got, streamed{string(body), r.ContentLength})
		return answer(status, ""), err
	}
}

// upload is a request whose body is a Stream.
func upload(tb testing.TB, s *Stream) *Request {
	tb.Helper()
	return &Request{Method: http.MethodPost, URL: parse(tb, "https://api.example/"), Stream: s, Repeat: Idempotent}
}

// onlyReader hides what else a reader can do.
type onlyReader struct{ io.Reader }

// framed is a Stream of at most 1,000 bytes between angle brackets.
func framed(t *testing.T, r io.Reader) *Stream {
	s := NewStream([]byte("<"), r, []byte(">"), 1000)
	t.Cleanup(func() { s.Release(context.Background(), 0) })
	return s
}

func TestStream_IsSentInItsFrameAndRepeatedIfItCanBe(t *testing.T) {
	t.Parallel()
	pipe, in, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _ = pipe.Close() })
	_, err = io.WriteString(in, "content")
	require.NoError(t, err)
	require.NoError(t, in.Close())
	seeker := func() io.Reader { // read partly before
		r := strings.NewReader("not this, content")
		_, _ = r.Seek(int64(len("not this, ")), io.SeekStart)
		return r
	}
	const whole = "<content>"
	for name, tc := range map[string]struct {
		reader   io.Reader
		length   int64 // of the whole
		repeat   Repeat
		statuses []int
		bodies   []string
	}{
		"buffer":                          {bytes.NewBufferString("content"), 9, Idempotent, []int{201}, []string{whole}},
		"file that cannot seek":           {pipe, -1, Idempotent, []int{201}, []string{whole}},
		"seeker, from its start":          {seeker(), 9, Idempotent, []int{503, 0, 201}, []string{whole, "", whole}},
		"other, once it was read":         {onlyReader{seeker()}, -1, Idempotent, []int{503, 201}, []string{whole}},
		"other, as long as nothing was":   {onlyReader{seeker()}, -1, Idempotent, []int{0, 0, 201}, []string{"", "", whole}},
		"seeker, where that may do harm":  {seeker(), 9, Never, []int{503, 201}, []string{whole}},
		"seeker, though nothing was read": {seeker(), 9, Never, []int{0, 201}, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got, want []streamed
			s := framed(t, tc.reader)
			require.Equal(t, max(tc.length-2, -1), s.Size())
			req := upload(t, s)
			req.Repeat = tc.repeat
			res := over(receive(&got, tc.statuses...), three).Do(t.Context(), req)
			require.Equal(t, tc.statuses[len(tc.bodies)-1], res.StatusCode)
			for _, body := range tc.bodies {
				want = append(want, streamed{body, tc.length})
			}
			require.Equal(t, want, got)
		})
	}
}

var errDisk = errors.New("disk on fire at /home/ann")

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

// panicking is a reader that panics.
type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("disk on fire") }

func TestStream_ThatCannotBeReadEndsTheCall(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reader io.Reader
		cause  error
	}{
		"reader fails":          {io.MultiReader(strings.NewReader("con"), iotest.ErrReader(errDisk)), errDisk},
		"reader fails on a URL": {iotest.ErrReader(&url.Error{Op: "Get", URL: "https://disk.example", Err: errDisk}), errDisk},
		"reader panics":         {io.MultiReader(strings.NewReader("con"), panicking{}), errReader},
		"larger than allowed":   {onlyReader{strings.NewReader(strings.Repeat("x", 1001))}, ErrStreamTooLong},
		"grows while sent":      {&changingReader{strings.NewReader("content"), 3}, ErrStreamChanged},
		"shrinks while sent":    {&changingReader{strings.NewReader("content"), 50}, ErrStreamChanged},
		"cannot go back":        {&stuckReader{Reader: strings.NewReader("content")}, errDisk},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan error, 3)
			srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				arrived <- err
			}))
			req := upload(t, framed(t, tc.reader))
			req.URL = parse(t, srv.URL)
			res := over(http.DefaultTransport.(*http.Transport).Clone(), three).Do(t.Context(), req)
			srv.Close() // waits for the handler
			require.ErrorIs(t, res.Err, tc.cause)
			unread, ok := errors.AsType[*BodyError](res.Err)
			require.True(t, ok)
			require.Contains(t, unread.Error(), "request body could not be read: ")
			require.NotContains(t, unread.Error(), "disk", "the reader's own words are not repeated")
			require.LessOrEqual(t, res.Attempts, 1)
			if len(arrived) > 0 {
				require.Error(t, <-arrived, "half a body must not look like a whole one")
			}
			require.Empty(t, arrived, "sent once")
		})
	}
}

// net/http may go on reading a body while the next attempt reads.
func TestStream_BelongsToOneAttempt(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("content ", 100)
	var late sync.WaitGroup
	var lateErr error
	second := make(chan struct{})
	var whole []byte
	attempt := 0
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		begin := make([]byte, 10)
		_, err := io.ReadFull(r.Body, begin)
		require.NoError(t, err)
		if attempt++; attempt == 1 {
			late.Go(func() {
				<-second
				_, lateErr = io.ReadAll(r.Body)
			})
			return nil, errors.New("connection lost")
		}
		close(second)
		late.Wait()
		rest, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		whole = append(begin, rest...)
		return answer(201, ""), nil
	})
	res := over(rt, three).Do(t.Context(), upload(t, framed(t, strings.NewReader(content))))
	require.NoError(t, res.Err)
	require.Equal(t, "<"+content+">", string(whole))
	require.Error(t, lateErr, "an attempt that has ended reads nothing more")
}

// countingReader counts what is read from it, without a lock: the race detector
// sees a read at the wrong time.
type countingReader struct {
	*strings.Reader
	reads int
}

func (r *countingReader) Read(p []byte) (int, error) { r.reads++; return r.Reader.Read(p) }

func TestStream_IsNotReadAfterRelease(t *testing.T) {
	t.Parallel()
	reader := &countingReader{Reader: strings.NewReader(strings.Repeat("content ", 1000))}
	var late sync.WaitGroup
	begun := make(chan struct{})
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		late.Go(func() {
			p := make([]byte, 8)
			_, _ = io.ReadFull(r.Body, p)
			close(begun)
			for {
				if _, err := r.Body.Read(p); err != nil {
					return
				}
			}
		})
		<-begun
		return nil, errors.New("connection lost")
	})
	s := NewStream(nil, reader, nil, 1<<20)
	require.Error(t, over(rt, Policy{}).Do(t.Context(), upload(t, s)).Err)
	s.Release(t.Context(), 0)
	reader.reads = 0
	late.Wait()
	require.Zero(t, reader.reads)
}

// sleeper is a reader, possibly a seeker, whose every Read takes its time.
type sleeper struct {
	*strings.Reader
	sleeps time.Duration
}

func (s *sleeper) Read(p []byte) (int, error) {
	<-time.After(s.sleeps)
	return s.Reader.Read(p[:min(7, len(p))])
}

func TestStream_LimitsHoldWhileTheReaderSleeps(t *testing.T) {
	t.Parallel()
	const limit, deadline = 20 * time.Second, 50 * time.Second
	for name, tc := range map[string]struct {
		sleeps time.Duration
		seeks  bool
		took   time.Duration
		err    error
	}{
		"pieces in time":                {15 * time.Second, true, 30 * time.Second, nil},
		"pieces in time, no seeker":     {15 * time.Second, false, 30 * time.Second, nil},
		"one that halts is given up":    {time.Hour, false, limit, &TimeoutError{Phase: Sending, Limit: limit}},
		"all attempts wait for one":     {time.Hour, true, deadline, context.DeadlineExceeded},
		"as long as the context allows": {19*time.Second + 999*time.Millisecond, true, 39*time.Second + 998*time.Millisecond, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var reader io.Reader = &sleeper{strings.NewReader("content"), tc.sleeps}
				if !tc.seeks {
					reader = onlyReader{reader}
				}
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				defer cancel()
				var got []streamed
				s := NewStream(nil, reader, nil, 1000)
				req := upload(t, s)
				req.Read = limit
				begin := time.Now()
				res := over(receive(&got, 201), three).Do(ctx, req)
				s.Release(ctx, limit)
				require.Equal(t, tc.took, time.Since(begin))
				if tc.err == nil {
					require.NoError(t, res.Err)
				} else {
					require.ErrorContains(t, res.Err, tc.err.Error())
				}
				<-time.After(2 * time.Hour) // a Read that was left alone ends
			})
		})
	}
}

func TestStream_ReleaseWaitsForARead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, tc := range []struct{ sleeps, context, limit, took time.Duration }{
			{10 * time.Second, time.Hour, 20 * time.Second, 10 * time.Second},
			{30 * time.Second, time.Hour, 20 * time.Second, 20 * time.Second},
			{30 * time.Second, 5 * time.Second, 0, 5 * time.Second},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), tc.context)
			s := NewStream(nil, &sleeper{strings.NewReader("content"), tc.sleeps}, nil, 1000)
			rt := roundTripper(func(r *http.Request) (*http.Response, error) {
				go func() { _, _ = r.Body.Read(make([]byte, 1)) }()
				synctest.Wait()
				return answer(413, ""), nil // without waiting for the body
			})
			require.NoError(t, over(rt, three).Do(ctx, upload(t, s)).Err)
			begin := time.Now()
			s.Release(ctx, tc.limit)
			require.Equal(t, tc.took, time.Since(begin))
			cancel()
			<-time.After(time.Minute)
		}
	})
}

// A server may drop a kept connection just as it is used again. net/http then
// repeats the request by itself.
func TestStream_SurvivesADeadIdleConnection(t *testing.T) {
	t.Parallel()
	server := newStale(t)
	tr := overSockets(t, patience, Policy{})
	for _, content := range []string{"first", "second"} {
		req := upload(t, framed(t, strings.NewReader(content)))
		req.URL = parse(t, server.URL)
		res := tr.Do(t.Context(), req)
		require.NoError(t, res.Err)
		require.Equal(t, 1, res.Attempts)
		res.Release()
	}
	server.Close() // waits for its last handler
	require.Equal(t, []string{"<first>", "<second>", "<second>"}, server.bodies)
}
