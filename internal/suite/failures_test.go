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

func TestEveryTestNamedInFailuresExists(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "failures.md"))
	require.NoError(t, err)
	links := testLink.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(links), 30)
	require.Len(t, links, strings.Count(string(text), "[Test"), "every name of a test is a link")
	for _, link := range links {
		name, sub, file := link[1], link[2], filepath.Join("..", "..", "docs", link[3])
		source, _ := os.ReadFile(file)
		if !strings.Contains(string(source), "\nfunc "+name+"(") || sub != "" && !strings.Contains(string(source), `"`+sub+`"`) {
			t.Errorf("%s does not hold %s/%s", link[3], name, sub)
		}
	}
}

func TestEveryFaultInFailuresHasATest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "failures.md"))
	require.NoError(t, err)
	_, faults, _ := strings.Cut(string(text), "\n## Faults\n")
	faults, _, found := strings.Cut(faults, "\n## ")
	require.True(t, found)
	rows := 0
	for line := range strings.Lines(faults) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| fault ") {
			continue
		}
		rows++
		require.Regexp(t, testLink, line)
		require.Equal(t, 6, strings.Count(line, "|"), line)
	}
	require.Greater(t, rows, 30)
}
