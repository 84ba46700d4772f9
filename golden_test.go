package afterpay

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// goldenCase is a body of testdata and what it means.
type goldenCase[T any] struct {
	file string
	want T
}

// goldenBody returns the text of a file, without the line's end that the
// service does not send.
func goldenBody(tb testing.TB, file string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(tb, err)
	return []byte(strings.TrimSpace(string(text)))
}

// goldenFiles returns the names of the files that match one of the patterns.
func goldenFiles(tb testing.TB, patterns ...string) []string {
	tb.Helper()
	var files []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		require.NoError(tb, err)
		require.NotEmpty(tb, paths, pattern)
		for _, path := range paths {
			files = append(files, filepath.Base(path))
		}
	}
	return files
}

// decoderFor returns the version that the file's name begins with.
func decoderFor(file string) APIVersion {
	if strings.HasPrefix(file, "v1_") {
		return V1
	}
	return V2
}

// decoded reads a whole text.
func decoded[T any](version APIVersion, text []byte) (*T, error) {
	v := new(T)
	if err := decodeJSON(version, text, v); err != nil {
		return nil, err
	}
	return v, nil
}

// goldenStatus is the HTTP status in a file's name.
func goldenStatus(tb testing.TB, file string) int {
	tb.Helper()
	name := strings.TrimSuffix(file, ".json")
	status, err := strconv.Atoi(name[strings.LastIndexByte(name, '_')+1:])
	require.NoError(tb, err, file)
	return status
}

// instant is a time as answers write it.
func instant(text string) Timestamp {
	at, err := time.Parse("2006-01-02T15:04:05.000Z", text)
	if err != nil {
		panic(err)
	}
	return Timestamp{at}
}

// files lists the files of a table.
func files[T any](cases []goldenCase[T]) []string {
	var all []string
	for _, tc := range cases {
		all = append(all, tc.file)
	}
	return all
}

func TestEveryGoldenBodyHasATestOfItsValues(t *testing.T) {
	t.Parallel()
	tested := append(files(goldenPayments()), files(goldenPages())...)
	tested = append(tested, files(goldenOrders())...)
	tested = append(tested, files(goldenRequests())...)
	tested = append(tested, files(goldenRefunds())...)
	tested = append(tested, files(goldenConfigurations())...)
	tested = append(tested, files(goldenErrors())...)
	tested = append(tested, files(goldenDisputes())...)
	tested = append(tested, files(goldenDisputePages())...)
	tested = append(tested, files(goldenEvidenceFiles())...)
	require.ElementsMatch(t, goldenFiles(t, "v[12]_*.json", "any_*.json"), tested)
	require.GreaterOrEqual(t, len(tested), 50)
}

// requireReads checks what a reader makes of each body, and that it makes
// nothing of any beginning of one.
func requireReads[T any](t *testing.T, cases []goldenCase[T], read func(APIVersion, []byte) (*T, error)) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			d, body := decoderFor(tc.file), goldenBody(t, tc.file)
			got, err := read(d, body)
			require.NoError(t, err)
			require.Equal(t, &tc.want, got)

			for n := range body {
				got, err := read(d, body[:n])
				require.Error(t, err, "first %d bytes", n)
				require.Nil(t, got, "first %d bytes", n)
			}
			for _, appended := range []string{"}", "{}", "x", "\x00", string(body)} {
				_, err := read(d, append(body[:len(body):len(body)], appended...))
				require.Error(t, err, "followed by %.10q", appended)
			}
		})
	}
}

// requireTolerance checks that a member of a body may be null, absent or empty
// without harm to the others.
func requireTolerance[T any](t *testing.T, file string, read func(APIVersion, []byte) (*T, error)) {
	t.Helper()
	d := decoderFor(file)
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(goldenBody(t, file), &members))
	for name := range members {
		with := func(value string) (*T, error) {
			changed := make(map[string]json.RawMessage, len(members))
			for n, v := range members {
				changed[n] = v
			}
			changed[name] = json.RawMessage(value)
			if value == "" {
				delete(changed, name)
			}
			text, err := json.Marshal(changed)
			require.NoError(t, err)
			return read(d, text)
		}
		absent, err := with("")
		if name == "results" || name == "data" { // a page is nothing without its list
			require.ErrorIs(t, err, errNoList)
			continue
		}
		require.NoError(t, err, name)
		for _, empty := range []string{`null`, `""`, `{}`, `[]`} {
			got, err := with(empty)
			require.NoError(t, err, "%s as %s", name, empty)
			require.Equal(t, absent, got, "%s as %s", name, empty)
		}
	}
	whole, err := read(d, goldenBody(t, file))
	require.NoError(t, err)
	members["unknown"] = json.RawMessage(`[{"deep":{"er":[null,1e400,"\ud83d"]}}]`)
	text, err := json.Marshal(members)
	require.NoError(t, err)
	got, err := read(d, text)
	require.NoError(t, err)
	require.Equal(t, whole, got, "members that nobody knows change nothing")
}
