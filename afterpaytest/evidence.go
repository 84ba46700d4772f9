package afterpaytest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"time"
)

// How long an uploaded file lives and a link to it works; neither is documented.
const (
	evidenceLife = 30 * 24 * time.Hour
	linkLife     = time.Hour
)

// largestEvidence is the documented 10 MB, in the generous reading.
const largestEvidence = 10 << 20

// fileTime is how the service writes the times of files: UTC without saying so.
const fileTime = "2006-01-02T15:04:05.000000"

type evidenceFile struct {
	EvidenceFile
	expires time.Time
}

// EvidenceFile is a file that was uploaded as evidence.
type EvidenceFile struct {
	Name        string
	ContentType string
	Content     []byte
}

type wireFile struct {
	ID        string `json:"id"`
	CreatedAt string `json:"createdAt"`
	ExpiresAt string `json:"expiresAt"`
}

type wireFileLink struct {
	URL       string `json:"url"`
	ExpiresAt string `json:"expiresAt"`
}

// EvidenceFile returns a file that was uploaded, and whether there is one.
func (s *Sandbox) EvidenceFile(id string) (EvidenceFile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.fileAt(id, s.now())
	if f == nil {
		return EvidenceFile{}, false
	}
	return f.EvidenceFile, true
}

// fileAt needs s.mu.
func (s *Sandbox) fileAt(id string, now time.Time) *evidenceFile {
	f := s.disputes.files[id]
	if f == nil || !now.Before(f.expires) {
		return nil
	}
	return f
}

// uploadEvidence stores a file.
func (s *Sandbox) uploadEvidence(c *call) answer {
	fields, file, err := readForm(c)
	switch {
	case err != nil:
		return refuse(http.StatusBadRequest, "error", "The form can't be read.")
	case fields["fileType"] != "dispute_evidence":
		return invalidObject("fileType must be dispute_evidence")
	case file == nil || len(file.Content) == 0:
		return invalidObject("file may not be empty")
	case len(file.Content) > largestEvidence:
		return refuse(http.StatusRequestEntityTooLarge, "error", "Request Entity Too Large")
	case !slices.Contains([]string{"image/gif", "application/pdf", "image/jpeg", "image/png"}, file.ContentType):
		return refuse(http.StatusUnsupportedMediaType, "error", "Unsupported Media Type")
	}
	for name := range fields {
		if name != "fileType" {
			s.report("%s: the service would silently ignore the field %s of the form", c.route.op, name)
		}
	}
	id := "fi_" + s.ids.base32(24)
	if s.disputes.files == nil {
		s.disputes.files = make(map[string]*evidenceFile)
	}
	expires := c.now.Add(evidenceLife)
	s.disputes.files[id] = &evidenceFile{*file, expires}
	return created(wireFile{id, c.now.Format(fileTime), expires.Format(fileTime)})
}

// readForm reads the fields of a form, and its file.
func readForm(c *call) (fields map[string]string, file *EvidenceFile, err error) {
	_, params, err := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil, err
	}
	fields = make(map[string]string)
	form := multipart.NewReader(bytes.NewReader(c.raw), params["boundary"])
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, file, nil
		}
		if err != nil {
			return nil, nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		if part.FormName() == "file" {
			file = &EvidenceFile{part.FileName(), part.Header.Get("Content-Type"), content}
		} else {
			fields[part.FormName()] = string(content)
		}
	}
}

// getEvidenceFile answers with a link to a file. The link is only for show: what
// the real ones look like is not documented.
func (s *Sandbox) getEvidenceFile(c *call) answer {
	if s.fileAt(c.id, c.now) == nil {
		return refuse(http.StatusNotFound, "not_found", "File not found.")
	}
	return read(wireFileLink{
		URL:       "https://evidence.invalid/" + c.id + "?signature=" + s.ids.hex(32),
		ExpiresAt: c.now.Add(linkLife).Format(fileTime),
	})
}
