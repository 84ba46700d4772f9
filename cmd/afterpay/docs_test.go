package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra/doc"
	"github.com/stretchr/testify/require"
)

func TestDocs_MatchTheCommands(t *testing.T) {
	t.Parallel()
	process.Lock()
	defer process.Unlock()
	path := filepath.Join("..", "..", "docs", "cli.md")
	text := manual(t)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	recorded, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(recorded), text, "docs/cli.md differs: run go test -update in cmd/afterpay")
}

// manual returns the documentation of all commands as one page.
func manual(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root := newRoot(&app{getenv: func(string) string { return "" }})
	root.InitDefaultCompletionCmd()
	require.NoError(t, doc.GenMarkdownTreeCustom(root, dir, func(string) string { return "" }, func(name string) string {
		return "#" + strings.ReplaceAll(strings.TrimSuffix(name, ".md"), "_", "-")
	}))
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	require.NoError(t, err)
	page := "# The command line\n\nTo install it, in a clone of this repository:\n\n```sh\ngo install ./cmd/afterpay\nafterpay doctor\n```\n\n" +
		"This page is made from the commands: `go test -update` in `cmd/afterpay` writes it.\n\n"
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		page += string(content) + "\n"
	}
	return strings.TrimRight(page, "\n") + "\n"
}
