// Package api_test compares the exported API of every package with the text
// files beside it. After a deliberate change of the API, write them again:
//
//	go test ./api -update
//
// and show the difference to a reviewer. Commands, such as cmd/afterpay, have no
// file here: others cannot import them.
package api_test

import (
	"bytes"
	"flag"
	"go/ast"
	"go/build"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the text files again")

func TestAPI_MatchesTheTextFiles(t *testing.T) {
	t.Parallel()
	want := map[string]string{} // by name of the text file
	for _, dir := range packageDirs(t) {
		name := strings.ReplaceAll(filepath.ToSlash(filepath.Join("afterpay", dir)), "/", "_") + ".txt"
		if text := exported(t, filepath.Join("..", dir)); text != "" {
			want[name] = text
		}
	}
	files, err := filepath.Glob("*.txt")
	require.NoError(t, err)
	for _, name := range files {
		if *update && want[name] == "" {
			require.NoError(t, os.Remove(name))
			continue
		}
		require.Contains(t, want, name, "the package is gone")
	}
	for name, text := range want {
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		}
		recorded, err := os.ReadFile(name)
		require.NoError(t, err, "run: go test ./api -update")
		require.Equal(t, string(recorded), text, "%s differs; if that is meant, run: go test ./api -update", name)
	}
}

// packageDirs returns the directories, in every module, of the packages that
// others can import.
func packageDirs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		name := entry.Name()
		if name != ".." && strings.HasPrefix(name, ".") || slices.Contains([]string{"internal", "testdata", "artifacts"}, name) {
			return filepath.SkipDir
		}
		if p, err := build.ImportDir(path, 0); err == nil && p.Name != "main" {
			dir, err := filepath.Rel("..", path)
			dirs = append(dirs, dir)
			return err
		}
		return nil
	}))
	return dirs
}

// exported returns the declarations that a package exports, without comments
// and function bodies. It returns an empty text if there are none.
func exported(t *testing.T, dir string) string {
	t.Helper()
	found, err := build.ImportDir(dir, 0)
	require.NoError(t, err)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range found.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(fset, files, dir)
	require.NoError(t, err)

	if len(p.Consts)+len(p.Vars)+len(p.Types)+len(p.Funcs) == 0 {
		return ""
	}
	var b bytes.Buffer
	b.WriteString("package " + p.Name + "\n")
	write := func(decl ast.Decl) {
		b.WriteString("\n")
		require.NoError(t, format.Node(&b, fset, decl))
		b.WriteString("\n")
	}
	writeAll := func(values []*doc.Value, funcs []*doc.Func) {
		for _, v := range values {
			write(v.Decl)
		}
		for _, f := range funcs {
			write(f.Decl)
		}
	}
	writeAll(slices.Concat(p.Consts, p.Vars), p.Funcs)
	for _, typ := range p.Types {
		write(typ.Decl)
		writeAll(slices.Concat(typ.Consts, typ.Vars), slices.Concat(typ.Funcs, typ.Methods))
	}
	return regexp.MustCompile(`\n{2,}`).ReplaceAllString(b.String(), "\n\n")
}
