package afterpaytest

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRespondToDispute_ValidatesEvidence(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithUnknownFields(RefuseUnknown))
	id, _ := s.disputed()
	for name, body := range map[string]string{
		"none":            `{}`,
		"null":            `{"evidence":null}`,
		"empty":           `{"evidence":{}}`,
		"empty text":      `{"evidence":{"uncategorizedText":""}}`,
		"too long":        `{"evidence":{"uncategorizedText":"` + strings.Repeat("é", 5001) + `"}}`,
		"unknown file":    `{"evidence":{"uncategorizedFile":"fi_unknown"}}`,
		"unknown field":   `{"evidence":{"uncategorizedText":"x","uncategorisedText":"x"}}`,
		"another dispute": `{"id":"dp_other","evidence":{"uncategorizedText":"x"}}`,
	} {
		a := s.post("/v2/disputes/"+id, body)
		require.Equal(t, 422, a.status, name)
		require.Equal(t, "invalid_object", a.text("errorCode"), name)
	}
	require.Nil(t, s.sandbox.Evidence(id))
	require.Nil(t, s.sandbox.Evidence("dp_unknown"))

	longest := strings.Repeat("é", 5000)
	a := s.post("/v2/disputes/"+id, `{"id":"`+id+`","evidence":{"uncategorizedText":"`+longest+`"}}`)
	require.Equal(t, 200, a.status, a.raw)
	require.Equal(t, map[string]string{"uncategorizedText": longest}, s.sandbox.Evidence(id))
	s.refused(s.post("/v2/disputes/dp_unknown", someEvidence), 404, "not_found")
	s.refused(s.post("/v2/disputes/dp_unknown/accept", "{}"), 404, "not_found")
	s.refused(s.get("/v2/disputes/dp_unknown"), 404, "not_found")
}

// form returns a form with a file.
func form(t *testing.T, fileType, name, contentType, content string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if fileType != "" {
		require.NoError(t, w.WriteField("fileType", fileType))
	}
	if name != "" {
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition("file", name)}, "Content-Type": {contentType},
		})
		require.NoError(t, err)
		_, err = part.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}

// upload sends a form with a file.
func (s *shop) upload(fileType, name, contentType, content string) received {
	s.t.Helper()
	body, kind := form(s.t, fileType, name, contentType, content)
	edit := s.edit
	defer func() { s.edit = edit }()
	s.edit = func(r *http.Request) { r.Header.Set("Content-Type", kind) }
	return s.post("/v2/disputes/files", body)
}

func TestUploadEvidence_StoresFiles(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	upload := s.upload
	a := upload("dispute_evidence", "label.pdf", "application/pdf", "%PDF")
	require.Equal(t, 201, a.status, a.raw)
	id := a.text("id")
	require.Regexp(t, `^fi_[0-9a-v]{24}$`, id)
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$`, a.text("createdAt"), "without a zone")
	stored, ok := s.sandbox.EvidenceFile(id)
	require.True(t, ok)
	require.Equal(t, EvidenceFile{Name: "label.pdf", ContentType: "application/pdf", Content: []byte("%PDF")}, stored)

	link := s.get("/v2/disputes/files/" + id)
	require.Equal(t, 200, link.status)
	require.Contains(t, link.text("url"), id)
	require.Regexp(t, `\.\d{6}$`, link.text("expiresAt"))
	require.Equal(t, 201, upload("dispute_evidence", "a", "image/png", strings.Repeat("x", 10<<20)).status)

	s.refused(upload("dispute_evidence", "a", "image/png", strings.Repeat("x", 10<<20+1)), 413, "error")
	s.refused(upload("dispute_evidence", "a", "text/plain", "x"), 415, "error")
	s.refused(upload("dispute_evidence", "a", "image/png", ""), 422, "invalid_object")
	s.refused(upload("dispute_evidence", "", "", ""), 422, "invalid_object")
	s.refused(upload("", "a", "image/png", "x"), 422, "invalid_object")
	s.refused(s.post("/v2/disputes/files", `{"file":"x"}`), 415, "error")
	s.edit = func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }
	s.refused(s.post("/v2/disputes/files", "--x\r\nContent"), 400, "error")
	s.edit = nil
	s.refused(s.get("/v2/disputes/files/fi_unknown"), 404, "not_found")

	dispute, _ := s.disputed()
	s.sandbox.Advance(evidenceLife)
	s.refused(s.get("/v2/disputes/files/"+id), 404, "not_found")
	_, ok = s.sandbox.EvidenceFile(id)
	require.False(t, ok)
	require.Equal(t, "lost", s.get("/v2/disputes/"+dispute).text("status"))
}

func TestEvidence_UnknownParametersAndFieldsFailTheTest(t *testing.T) {
	t.Parallel()
	rec := &recorder{TB: t}
	sandbox := New()
	sandbox.bind(rec)
	s := &shop{t: t, sandbox: sandbox}
	require.Equal(t, 200, s.get("/v2/disputes?includeNextLink=true").status)
	require.Len(t, rec.errors, 1)

	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("fileType", "dispute_evidence"))
	require.NoError(t, w.WriteField("purpose", "dispute_evidence"))
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition("file", "a")}, "Content-Type": {"image/png"}})
	require.NoError(t, err)
	_, _ = part.Write([]byte("x"))
	require.NoError(t, w.Close())
	s.edit = func(r *http.Request) { r.Header.Set("Content-Type", w.FormDataContentType()) }
	require.Equal(t, 201, s.post("/v2/disputes/files", b.String()).status)
	require.Len(t, rec.errors, 2)
	require.Contains(t, rec.errors[1], "purpose")
}
