package exportfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	csvExport = "created,payment,note\n" +
		"2025-05-01T08:00:00.000Z,1001,\n" +
		"2025-05-01T08:15:00.000Z,1002,\"a, b\"\n" +
		"2025-05-01T08:30:00.000Z,1003,\n"
	jsonExport = `{"created":"2025-05-01T08:00:00.000Z","payment":"1001","note":null}` + "\n" +
		`{"created":"2025-05-01T08:15:00.000Z","payment":"1002","note":"a\n"}` + "\n" +
		`{"created":"2025-05-01T08:30:00.000Z","payment":"1003","note":null}` + "\n"
)

func layout(json bool) Layout {
	return Layout{Columns: []string{"created", "payment", "note"}, JSON: json, Time: "2006-01-02T15:04:05.000Z"}
}

func open(t *testing.T, content string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	return file
}

// An export may break off after any byte.
func TestResume_AfterEveryByte(t *testing.T) {
	t.Parallel()
	ids := []string{"", "1001", "1002", "1003"}
	for _, json := range []bool{false, true} {
		whole := csvExport
		if json {
			whole = jsonExport
		}
		for n := range len(whole) + 1 {
			file := open(t, whole[:n])
			last, err := layout(json).Resume(file)
			require.NoError(t, err, whole[:n])
			complete := whole[:strings.LastIndexByte(whole[:n], '\n')+1]
			rows := strings.Count(complete, "\n")
			if !json {
				rows-- // the header
			}
			if complete == "" {
				require.Nil(t, last)
			} else {
				require.Equal(t, rows, last.Rows)
				require.Equal(t, ids[rows], last.ID)
			}
			if rows > 0 {
				require.Equal(t, time.Date(2025, 5, 1, 8, 0, 0, 0, time.UTC), last.First)
				require.Equal(t, last.First.Add(time.Duration(rows-1)*15*time.Minute), last.Created)
			}
			_, err = file.WriteString(whole[len(complete):])
			require.NoError(t, err)
			content, err := os.ReadFile(file.Name())
			require.NoError(t, err)
			require.Equal(t, whole, string(content), "cut at %d", n)
		}
	}
}

func TestResume_AnotherFileIsNotChanged(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		"dear diary", "dear diary\n", "created,payment\n", csvExport + "dear diary\n", csvExport + "yesterday,1004,\n",
		csvExport + "2025-05-01T08:45:00.000Z,,\n", jsonExport + "{}\n", "created,payment,note\r\n1,2,3\r\n", "\n",
	} {
		for _, json := range []bool{false, true} {
			file := open(t, content)
			_, err := layout(json).Resume(file)
			require.ErrorIs(t, err, ErrNotExport, content)
			left, err := os.ReadFile(file.Name())
			require.NoError(t, err)
			require.Equal(t, content, string(left))
		}
	}
}
