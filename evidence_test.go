package afterpay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// streamOnly hides that a reader can seek.
func streamOnly(r io.Reader) io.Reader { return struct{ io.Reader }{r} }

func TestUploadedFilesArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("0123456789abcdef"), afterpay.MaxEvidenceFile/16)
	for name, tc := range map[string]struct {
		name, contentType string
		file              io.Reader
		want              afterpaytest.EvidenceFile
	}{
		"pdf":                     {"label.pdf", "application/pdf", strings.NewReader("%PDF-1.7"), afterpaytest.EvidenceFile{Name: "label.pdf", ContentType: "application/pdf", Content: []byte("%PDF-1.7")}},
		"reader without length":   {"a.gif", "image/gif", streamOnly(strings.NewReader("GIF89a")), afterpaytest.EvidenceFile{Name: "a.gif", ContentType: "image/gif", Content: []byte("GIF89a")}},
		"byte by byte":            {"a.png", "image/png", iotest.OneByteReader(strings.NewReader("\x89PNG\r\n")), afterpaytest.EvidenceFile{Name: "a.png", ContentType: "image/png", Content: []byte("\x89PNG\r\n")}},
		"largest":                 {"a.jpg", "image/jpeg", bytes.NewReader(large), afterpaytest.EvidenceFile{Name: "a.jpg", ContentType: "image/jpeg", Content: large}},
		"largest, without length": {"a.jpg", "image/jpeg", streamOnly(bytes.NewReader(large)), afterpaytest.EvidenceFile{Name: "a.jpg", ContentType: "image/jpeg", Content: large}},
		"odd name, loud type":     {`Beleg "7"; ü\1.pdf`, "Application/PDF", strings.NewReader("%PDF"), afterpaytest.EvidenceFile{Name: `Beleg "7"; ü\1.pdf`, ContentType: "application/pdf", Content: []byte("%PDF")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := afterpaytest.NewServer(t)
			f, err := server.NewClient(t).Disputes.UploadEvidence(t.Context(), tc.name, tc.contentType, tc.file)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(f.ID, "fi_"))
			require.WithinDuration(t, time.Now(), f.CreatedAt.Time, time.Minute)
			require.True(t, f.ExpiresAt.After(f.CreatedAt.Time))
			require.Empty(t, f.URL)
			stored, ok := server.EvidenceFile(f.ID)
			require.True(t, ok)
			require.Equal(t, tc.want.Name, stored.Name)
			require.Equal(t, tc.want.ContentType, stored.ContentType)
			require.True(t, bytes.Equal(tc.want.Content, stored.Content))
		})
	}
}

// TestUploadOnTheWire reads the form as any server would.
func TestUploadOnTheWire(t *testing.T) {
	t.Parallel()
	srv := newRecorder(t, answer{Status: 201, Body: recorded(t, "v2_dispute_file_created_201")})
	client := suitetest.NewClient(t, srv.URL)
	f, err := client.Disputes.UploadEvidence(t.Context(), "label.pdf", "application/pdf", strings.NewReader("%PDF-1.7"))
	require.NoError(t, err)
	at := time.Date(2023, 8, 18, 2, 5, 23, 121893000, time.UTC)
	require.Equal(t, afterpay.EvidenceFile{
		ID: "fi_0001", CreatedAt: afterpay.Timestamp{Time: at}, ExpiresAt: afterpay.Timestamp{Time: at.AddDate(0, 1, 0)},
	}, *f)

	got := srv.Only(t)
	require.Equal(t, "POST", got.Method)
	require.Equal(t, "/v2/disputes/files", got.Path)
	require.Equal(t, "application/json", got.Header.Get("Accept"))
	require.NotEmpty(t, got.Header.Get("Authorization"))
	require.Equal(t, strconv.Itoa(len(got.Body)), got.Header.Get("Content-Length"))
	kind, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	form := multipart.NewReader(strings.NewReader(got.Body), params["boundary"])
	for _, want := range []struct{ field, file, kind, content string }{
		{"fileType", "", "", "dispute_evidence"}, {"file", "label.pdf", "application/pdf", "%PDF-1.7"},
	} {
		part, err := form.NextPart()
		require.NoError(t, err)
		content, err := io.ReadAll(part)
		require.NoError(t, err)
		require.Equal(t, want.field, part.FormName())
		require.Equal(t, want.file, part.FileName())
		require.Equal(t, want.kind, part.Header.Get("Content-Type"))
		require.Equal(t, want.content, string(content))
	}
	_, err = form.NextPart()
	require.Equal(t, io.EOF, err)
}

// TestUploadReadsTheFileAsItSendsIt sees that nothing was read when the request
// begins, and how much of the file it takes to have half the request.
func TestUploadReadsTheFileAsItSendsIt(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	file := &meteredReader{Reader: bytes.NewReader(make([]byte, size))}
	client := suitetest.NewClient(t, "https://service.example", suitetest.Through(func(r *http.Request) (*http.Response, error) {
		require.Zero(t, file.read)
		_, err := io.CopyN(io.Discard, r.Body, size/2)
		require.NoError(t, err)
		require.InDelta(t, size/2, file.read, 64<<10)
		_, err = io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		return suitetest.Respond(201, `{"id":"fi_1"}`), nil
	}))
	_, err := client.Disputes.UploadEvidence(t.Context(), "a.png", "image/png", file)
	require.NoError(t, err)
	require.EqualValues(t, size, file.read)
}

// meteredReader counts what was read of a file.
type meteredReader struct {
	*bytes.Reader
	read int64
}

func (r *meteredReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.read += int64(n)
	return n, err
}

func TestFilesThatAreNotSent(t *testing.T) {
	t.Parallel()
	tooLarge := make([]byte, afterpay.MaxEvidenceFile+1)
	moved := strings.NewReader("PNG")
	for name, tc := range map[string]struct {
		name, contentType string
		file              io.Reader
		fields            []string
	}{
		"another type":        {"a.webp", "image/webp", strings.NewReader("x"), []string{"contentType"}},
		"alias of a type":     {"a.jpg", "image/jpg", strings.NewReader("x"), []string{"contentType"}},
		"no type":             {"a.jpg", "", strings.NewReader("x"), []string{"contentType"}},
		"malformed type":      {"a.jpg", "image/png\r\nX: y", strings.NewReader("x"), []string{"contentType"}},
		"no name":             {"", "image/png", strings.NewReader("x"), []string{"name"}},
		"long name":           {strings.Repeat("x", 256), "image/png", moved, []string{"name"}},
		"empty":               {"a.png", "image/png", strings.NewReader(""), []string{"file"}},
		"no file":             {"a.png", "image/png", nil, []string{"file"}},
		"too large":           {"a.png", "image/png", bytes.NewReader(tooLarge), []string{"file"}},
		"too large, buffered": {"a.png", "image/png", bytes.NewBuffer(tooLarge), []string{"file"}},
		"everything":          {"", "", nil, []string{"name", "contentType", "file"}},
	} {
		client, sandbox := afterpaytest.NewClient(t)
		f, err := client.Disputes.UploadEvidence(t.Context(), tc.name, tc.contentType, tc.file)
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		require.Nil(t, f, name)
		e, _ := errors.AsType[*afterpay.Error](err)
		var fields []string
		for _, field := range e.Fields {
			fields = append(fields, field.Field)
		}
		require.Equal(t, tc.fields, fields, name)
		require.Empty(t, sandbox.Requests(""), name)
	}
	require.Equal(t, 3, moved.Len(), "a file that was not sent stands where it stood")
}

func TestFilesTooLargeAreNotRead(t *testing.T) {
	t.Parallel()
	file := &meteredReader{Reader: bytes.NewReader(make([]byte, afterpay.MaxEvidenceFile+1))}
	_, err := suitetest.NewClient(t, "https://service.example", suitetest.Refusing(t)).Disputes.UploadEvidence(t.Context(), "a.png", "image/png", file)
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.Zero(t, file.read)
}

func TestFilesAreNotReadAfterTheUpload(t *testing.T) {
	t.Parallel()
	var body io.Reader
	client := suitetest.NewClient(t, "https://service.example", suitetest.Through(func(r *http.Request) (*http.Response, error) {
		body = r.Body
		return nil, io.ErrUnexpectedEOF
	}))
	file := &meteredReader{Reader: bytes.NewReader(make([]byte, 1000))}
	_, err := client.Disputes.UploadEvidence(t.Context(), "a.png", "image/png", file)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = io.ReadAll(body)
	require.Error(t, err)
	require.Zero(t, file.read)
}

func TestFilesThatBreakWhileSent(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire at /home/ann")
	for name, tc := range map[string]struct {
		file io.Reader
		text string
	}{
		"unreadable":                {io.MultiReader(strings.NewReader("PNG"), iotest.ErrReader(cause)), "file could not be read"},
		"larger than it let on":     {streamOnly(bytes.NewReader(make([]byte, afterpay.MaxEvidenceFile+1))), "file must not be larger than 10 MB"},
		"unreadable from the start": {iotest.ErrReader(cause), "file could not be read"},
	} {
		server := afterpaytest.NewServer(t)
		f, err := server.NewClient(t).Disputes.UploadEvidence(t.Context(), "a.png", "image/png", tc.file)
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		require.NotErrorIs(t, err, afterpay.ErrUnavailable, name)
		require.ErrorContains(t, err, tc.text, name)
		require.NotContains(t, err.Error(), "disk", name)
		require.Nil(t, f, name)
		if strings.HasPrefix(name, "unreadable") {
			require.ErrorIs(t, err, cause, name)
		}
		for _, r := range server.Requests(afterpaytest.OpUploadEvidence) {
			require.NotEqual(t, 201, r.Status, name)
		}
	}
}

func TestUploadsAreRepeatedOnlyFromTheStart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file     func() io.Reader
		fault    afterpaytest.Fault
		attempts int
		ok       bool
	}{
		"seeker, service down":          {func() io.Reader { return strings.NewReader("PNG") }, afterpaytest.ServiceUnavailable().Times(2), 3, true},
		"seeker, answer lost":           {func() io.Reader { return strings.NewReader("PNG") }, afterpaytest.Reset().AfterCommit(), 2, true},
		"stream, service down":          {func() io.Reader { return streamOnly(strings.NewReader("PNG")) }, afterpaytest.ServiceUnavailable(), 1, false},
		"stream, answer lost":           {func() io.Reader { return streamOnly(strings.NewReader("PNG")) }, afterpaytest.Reset().AfterCommit(), 1, false},
		"stream, told to wait a little": {func() io.Reader { return streamOnly(strings.NewReader("PNG")) }, afterpaytest.TooManyRequests(0), 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, sandbox := afterpaytest.NewClient(t)
			sandbox.Fail(afterpaytest.OpUploadEvidence, tc.fault)
			f, err := client.Disputes.UploadEvidence(t.Context(), "a.png", "image/png", tc.file())
			require.Len(t, sandbox.Requests(afterpaytest.OpUploadEvidence), tc.attempts)
			if !tc.ok {
				require.Error(t, err)
				require.NotErrorIs(t, err, afterpay.ErrInvalid)
				require.NotErrorIs(t, err, afterpay.ErrOutcomeUnknown, "a file too many moves no money")
				return
			}
			require.NoError(t, err)
			stored, ok := sandbox.EvidenceFile(f.ID)
			require.True(t, ok)
			require.Equal(t, "PNG", string(stored.Content))
		})
	}
}

// TestUploadsWithARefusedAccessToken begin again with another token only where
// the file can.
func TestUploadsWithARefusedAccessToken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file  io.Reader
		tries int
		err   error
	}{
		"seeker": {strings.NewReader("PNG"), 2, nil},
		"stream": {streamOnly(strings.NewReader("PNG")), 1, afterpay.ErrUnauthorized},
	} {
		tokens, tries, last := 0, 0, ""
		client := suitetest.NewClient(t, "https://service.example", suitetest.Twice, afterpay.WithOAuth(), suitetest.Through(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			if strings.HasSuffix(r.URL.Path, "/token") {
				tokens++
				return suitetest.Respond(200, `{"access_token":"token","token_type":"Bearer","expires_in":3600}`), nil
			}
			if tries++; tries == 1 {
				return suitetest.Respond(401, `{"errorCode":"unauthorized"}`), nil
			}
			last = string(body)
			return suitetest.Respond(201, `{"id":"fi_1"}`), nil
		}))
		_, err := client.Disputes.UploadEvidence(t.Context(), "a.png", "image/png", tc.file)
		require.ErrorIs(t, err, tc.err, name)
		require.Equal(t, tc.tries, tries, name)
		require.Equal(t, tc.tries == 2, strings.Contains(last, "PNG"), name)
	}
}

func TestWithoutValidationTheServiceDecides(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		contentType string
		file        io.Reader
		status      int
	}{
		"too large":      {"image/png", streamOnly(bytes.NewReader(make([]byte, afterpay.MaxEvidenceFile+1))), 413},
		"another type":   {"text/plain", strings.NewReader("x"), 415},
		"malformed type": {"a\r\nX-Injected: b", strings.NewReader("x"), 415},
		"no file":        {"image/png", nil, 422},
	} {
		sandbox := afterpaytest.New()
		client := sandbox.NewClient(t, afterpay.WithoutValidation())
		_, err := client.Disputes.UploadEvidence(t.Context(), "a\r\nX-Injected: b", tc.contentType, tc.file)
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		e, _ := errors.AsType[*afterpay.Error](err)
		require.Equal(t, tc.status, e.StatusCode, name)
		require.NotContains(t, string(sandbox.Requests(afterpaytest.OpUploadEvidence)[0].RawBody), "\nX-Injected", name)
	}
}

func TestEvidenceFilesAreFetched(t *testing.T) {
	t.Parallel()
	srv := newRecorder(t, answer{Status: 200, Body: recorded(t, "v2_dispute_file_link_200")}, answer{Status: 200, Body: `{"expiresAt":"2023-08-18T03:05:23.121893"}`})
	client := suitetest.NewClient(t, srv.URL)
	f, err := client.Disputes.GetEvidenceFile(t.Context(), "fi_0001")
	require.NoError(t, err)
	require.Equal(t, afterpay.EvidenceFile{
		ID: "fi_0001", URL: "https://files.example/fi_0001?signature=0a1b",
		ExpiresAt: afterpay.Timestamp{Time: time.Date(2023, 8, 18, 3, 5, 23, 121893000, time.UTC)},
	}, *f)
	f, err = client.Disputes.GetEvidenceFile(t.Context(), "fi_0001")
	require.ErrorIs(t, err, afterpay.ErrUnavailable)
	require.ErrorContains(t, err, "response has no URL of the file")
	require.Nil(t, f)
}

func TestEvidenceFilesExpire(t *testing.T) {
	t.Parallel()
	client, sandbox := afterpaytest.NewClient(t)
	f, err := client.Disputes.UploadEvidence(t.Context(), "a.png", "image/png", strings.NewReader("PNG"))
	require.NoError(t, err)
	link, err := client.Disputes.GetEvidenceFile(t.Context(), f.ID)
	require.NoError(t, err)
	require.Contains(t, link.URL, f.ID)
	sandbox.Advance(time.Until(f.ExpiresAt.Time))
	_, err = client.Disputes.GetEvidenceFile(t.Context(), f.ID)
	require.ErrorIs(t, err, afterpay.ErrNotFound)
}

// sleepingFile is a file, which can seek, whose Read takes its time.
type sleepingFile struct{ *strings.Reader }

func (f sleepingFile) Read(p []byte) (int, error) {
	pass(time.Hour)
	return f.Reader.Read(p)
}

func TestUploadEvidence_DeadlineHoldsWhileTheReaderSleeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := suitetest.NewClient(t, "https://service.example", afterpay.WithTimeouts(afterpay.Timeouts{Read: -1}), suitetest.Through(func(r *http.Request) (*http.Response, error) {
			_, err := io.ReadAll(r.Body)
			return nil, err
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := client.Disputes.UploadEvidence(ctx, "a.png", "image/png", sleepingFile{strings.NewReader("PNG")})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 5*time.Second, time.Since(begin))
		pass(2 * time.Hour) // a Read that was left alone ends
	})
}
