package suite_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testLink is a link to a test in docs/failures.md, the name of a subtest
// perhaps included: [TestName/sub test](../file_test.go).
var testLink = regexp.MustCompile(`\[((?:Test|Example)\w+)(?:/([^\]]+))?\]\(([^)]+)\)`)

func TestEveryFaultInFailuresHasATest(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "..", "docs")
	content, err := os.ReadFile(filepath.Join(docs, "failures.md"))
	require.NoError(t, err)
	text := string(content)
	links := testLink.FindAllStringSubmatch(text, -1)
	require.Greater(t, len(links), 30)
	require.Len(t, links, strings.Count(text, "[Test"), "every name of a test is a link")
	for _, link := range links {
		name, sub, file := link[1], link[2], link[3]
		source, err := os.ReadFile(filepath.Join(docs, file))
		require.NoError(t, err)
		require.Contains(t, string(source), "\nfunc "+name+"(", file)
		require.True(t, sub == "" || strings.Contains(string(source), `"`+sub+`"`), "%s does not hold %s/%s", file, name, sub)
	}

	_, faults, _ := strings.Cut(text, "\n## Faults\n")
	faults, _, found := strings.Cut(faults, "\n## ")
	require.True(t, found)
	rows := 0
	for line := range strings.Lines(faults) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| fault ") {
			rows++
			require.Regexp(t, testLink, line)
			require.Equal(t, 6, strings.Count(line, "|"), line)
		}
	}
	require.Greater(t, rows, 30)
}
