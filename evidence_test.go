package afterpay_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// streamOnly hides that a reader can seek.
func streamOnly(r io.Reader) io.Reader { return struct{ io.Reader }{r} }

func TestUploadEvidence_FilesArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789abcdef", afterpay.MaxEvidenceFile/16)
	for name, x := range map[string]struct {
		file              io.Reader
		name, contentType string
		content           string
	}{
		"reader without length":   {streamOnly(strings.NewReader("GIF89a")), "a.gif", "image/gif", "GIF89a"},
		"byte by byte":            {iotest.OneByteReader(strings.NewReader("\x89PNG\r\n")), "a.png", "image/png", "\x89PNG\r\n"},
		"largest":                 {strings.NewReader(large), "a.jpg", "image/jpeg", large},
		"largest, without length": {streamOnly(strings.NewReader(large)), "a.jpg", "image/jpeg", large},
		"odd name, loud type":     {strings.NewReader("%PDF"), `Beleg "7"; ü\1.pdf`, "Application/PDF", "%PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := afterpaytest.NewServer(t)
			f, err := server.NewClient(t).Disputes.UploadEvidence(t.Context(), x.name, x.contentType, x.file)
			require.NoError(t, err)
			stored, ok := server.EvidenceFile(f.ID)
			require.True(t, ok)
			require.Equal(t, x.name, stored.Name)
			require.Equal(t, strings.ToLower(x.contentType), stored.ContentType)
			require.Equal(t, x.content, string(stored.Content))
		})
	}
}

// The form is read as any server reads it.
func TestUploadEvidence_OnTheWire(t *testing.T) {
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

// The file is read while it is sent.
func TestUploadEvidence_StreamsTheFile(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	file := bytes.NewReader(make([]byte, size))
	client := clientOf(t, func(r *http.Request) (*http.Response, error) {
		require.Equal(t, size, file.Len())
		_, err := io.CopyN(io.Discard, r.Body, size/2)
		require.NoError(t, err)
		require.InDelta(t, size/2, file.Len(), 64<<10)
		_, err = io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		return suitetest.Respond(201, `{"id":"fi_1"}`), nil
	})
	require.NoError(t, second(client.Disputes.UploadEvidence(t.Context(), "a.png", "image/png", file)))
	require.Zero(t, file.Len())
}

func TestUploadEvidence_RefusesFilesBeforeReadingThem(t *testing.T) {
	t.Parallel()
	tooLarge := make([]byte, afterpay.MaxEvidenceFile+1)
	for name, x := range map[string]struct {
		name, contentType string
		file              io.Reader // nil: none
		fields            []string
	}{
		"another type":        {"a.webp", "image/webp", strings.NewReader("x"), []string{"contentType"}},
		"alias of a type":     {"a.jpg", "image/jpg", strings.NewReader("x"), []string{"contentType"}},
		"malformed type":      {"a.jpg", "image/png\r\nX: y", strings.NewReader("x"), []string{"contentType"}},
		"no name":             {"", "image/png", strings.NewReader("x"), []string{"name"}},
		"long name":           {strings.Repeat("x", 256), "image/png", strings.NewReader("x"), []string{"name"}},
		"empty":               {"a.png", "image/png", strings.NewReader(""), []string{"file"}},
		"too large":           {"a.png", "image/png", bytes.NewReader(tooLarge), []string{"file"}},
		"too large, buffered": {"a.png", "image/png", bytes.NewBuffer(tooLarge), []string{"file"}},
		"everything":          {"", "", nil, []string{"name", "contentType", "file"}},
	} {
		err := second(refusingClient(t).Disputes.UploadEvidence(t.Context(), x.name, x.contentType, x.file))
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		require.Equal(t, x.fields, fieldsOf(t, err), name)
		if file, ok := x.file.(*bytes.Reader); ok {
			require.Len(t, tooLarge, file.Len(), "nothing was read")
		}
	}
}

func TestUploadEvidence_FilesThatBreakWhileSent(t *testing.T) {
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

func TestUploadEvidence_WithoutValidationTheServiceDecides(t *testing.T) {
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

// The service does not repeat the id in the response.
func TestGetEvidenceFile_ReturnsTheLink(t *testing.T) {
	t.Parallel()
	c := answeringClient(t, 200, recorded(t, "v2_dispute_file_link_200"))
	f, err := c.Disputes.GetEvidenceFile(t.Context(), "fi_0001")
	require.NoError(t, err)
	require.Equal(t, "fi_0001", f.ID)
	require.Equal(t, "https://files.example/fi_0001?signature=0a1b", f.URL)
}
