package csvfile

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

var abc = []Column{{Name: "A", Required: true, Option: "Options.A"}, {Name: "B"}, {Name: "C"}}

// readAll returns every row in a form to compare: first-last and then the
// cells, "blank" or the error.
func readAll(t *testing.T, text string) []string {
	t.Helper()
	f, err := Open(strings.NewReader(text), 0, "Options.Delimiter", abc)
	require.NoError(t, err)
	var rows []string
	for {
		row, err := f.Next()
		if err == io.EOF {
			return rows
		}
		require.NoError(t, err)
		what := strings.ReplaceAll(strings.Join(row.Cells, "|"), "\n", "↵")
		switch {
		case row.Err != nil:
			what = "error: " + row.Err.Error()
		case row.Blank:
			what = "blank"
		}
		rows = append(rows, fmt.Sprintf("%d-%d %s", row.First, row.Last, what))
	}
}

func TestNext_AccountsForEveryLine(t *testing.T) {
	t.Parallel()
	stray := "error: a quotation mark is not closed, or not doubled within a quoted cell: "
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"plain", "1,2,3\n4,5,6", []string{"2-2 1|2|3", "3-3 4|5|6"}},
		{"quoted", `"1","2, too","3 ""x"""` + "\n", []string{`2-2 1|2, too|3 "x"`}},
		{"quoted after a space", `1, "2, too" ,3` + "\n", []string{`2-2 1|2, too|3`}},
		{"a quoted line break", "1,\"2\n2\",3\n4,5,6\n", []string{"2-3 1|2↵2|3", "4-4 4|5|6"}},
		{"a line break in the first and in the last cell", "\"1\n1\",2,3\n4,5,\"6\n\n6\"\n", []string{"2-3 1↵1|2|3", "4-6 4|5|6↵↵6"}},
		{"two stray marks with a row between them", "1,\"2\n4,5,6\n7\",3\n",
			[]string{"2-4 error: quotation marks join 3 lines that may be separate rows"}},
		{"a quotation mark within a cell", "1,5\" pipe,3\n4,5,6\n", []string{`2-2 1|5" pipe|3`, "3-3 4|5|6"}},
		{"text after a closing quotation mark", "1,\"Best\" Store,3\n4,5,6\n", []string{`2-2 1|"Best" Store|3`, "3-3 4|5|6"}},
		{"a quotation mark never closed", "1,\"2,3\n4,5,6\n7,8,9\n", []string{`2-2 1|"2|3`, "3-3 4|5|6", "4-4 7|8|9"}},
		{"never closed, with the wrong number of cells", "1,\"2,3,3\n4,5,6\n",
			[]string{"2-2 " + stray + "4 cells under a header of 3", "3-3 4|5|6"}},
		{"two stray marks that make one row", "1,\"2,3\n4,5\",6\n7,8,9\n",
			[]string{"2-3 error: quotation marks join 2 lines that may be separate rows", "4-4 7|8|9"}},
		{"two stray marks that make a row too wide", "1,2,\"3\n4\",5,6\n7,8,9\n", []string{`2-2 1|2|"3`, `3-3 4"|5|6`, "4-4 7|8|9"}},
		{"two stray marks that make a row too narrow", "\"1,2,3\n4,5,6\"\n7,8,9\n", []string{`2-2 "1|2|3`, `3-3 4|5|6"`, "4-4 7|8|9"}},
		{"too few and too many cells", "1,2\n1,2,3,4\n", []string{"2-2 error: 2 cells under a header of 3", "3-3 error: 4 cells under a header of 3"}},
		{"blank cells at the end", "1,2,3,, \n", []string{"2-2 1|2|3"}},
		{"blank lines", "\n,,\n , \u00a0,\n,,,,,\n\"\"\n1,2,3\n\n",
			[]string{"2-2 blank", "3-3 blank", "4-4 blank", "5-5 blank", "6-6 blank", "7-7 1|2|3", "8-8 blank"}},
		{"mixed line endings", "1,2,3\r\n4,5,6\r7,8,9\r\r\n1,1,1\n\r2,2,2",
			[]string{"2-2 1|2|3", "3-3 4|5|6", "4-4 7|8|9", "5-5 blank", "6-6 1|1|1", "7-7 blank", "8-8 2|2|2"}},
		{"a NUL byte", "1,2\x00,3\n4,5,6\n", []string{"2-2 error: cell 2 holds a NUL byte", "3-3 4|5|6"}},
		{"a long line", "1," + strings.Repeat("x", maxLineBytes) + ",3\n4,5,6\n",
			[]string{"2-2 error: the line is longer than 1 MiB", "3-3 4|5|6"}},
		{"a long line at the end", "4,5,6\n" + strings.Repeat("x", 3*maxLineBytes),
			[]string{"2-2 4|5|6", "3-3 error: the line is longer than 1 MiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, readAll(t, "a,b,c\n"+c.body))
		})
	}
}

func TestNext_ALongQuotedCellIsAStrayQuotationMark(t *testing.T) {
	t.Parallel()
	cell := strings.Repeat("x\n", maxCellLines-1)
	require.Equal(t, "2-21 1|"+strings.Repeat("x↵", maxCellLines-1)+"|3", readAll(t, "A,B,C\n1,\""+cell+"\",3\n")[0])
	rows := readAll(t, "A,B,C\n1,\"x\n"+cell+"\",3\n")
	require.Len(t, rows, 21)
	require.Contains(t, rows[0], "2-2 error: a quotation mark", "its own line only")
}

func TestOpen_FindsTheDelimiter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]rune{
		"a,b,c": ',', "a;b;c": ';', "a\tb\tc": '\t', "\ufeffa;b;c": ';', "\n\na;\"b,b\";c": ';', "\"a;b\",a": ',', "sep=;\na,a;b": ';',
		"A": ',', "SEP=|\na|b": '|', "x,y;a": ';',
	} {
		f, err := Open(strings.NewReader(text), 0, "Options.Delimiter", abc)
		if want == ';' && strings.HasPrefix(text, "sep") {
			require.Error(t, err, text)
			continue
		}
		if text == "A" {
			require.ErrorContains(t, err, "more than one delimiter", "a single column fits every delimiter")
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, f.Delimiter, text)
		require.Equal(t, strings.Count(text, "\n")+1, f.HeaderLines, text)
	}
	f, err := Open(strings.NewReader("x|a\n"), '|', "", abc)
	require.NoError(t, err)
	require.Equal(t, '|', f.Delimiter)
}

func TestOpen_ReadsUTF16(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"\xff\xfea\x00\t\x00b\x00\n\x00\x3d\xd8\x00\xde\t\x00\xe9\x00",
		"\xfe\xff\x00a\x00\t\x00b\x00\n\xd8\x3d\xde\x00\x00\t\x00\xe9",
	} {
		require.Equal(t, []string{"2-2 \U0001F600|é"}, readAll(t, file))
		require.Len(t, readAll(t, file[:len(file)-1]), 1, "half a character at the end")
	}
	require.Equal(t, []string{"2-2 \ufffd|b"}, readAll(t, "\xff\xfea\x00\t\x00b\x00\n\x00\x3d\xd8\t\x00b\x00"), "half a surrogate pair")
}

func TestOpen_NamesWhatItFoundAndTheOption(t *testing.T) {
	t.Parallel()
	twice := []Column{{Name: "A", Required: true, Option: "Options.A"}, {Name: "B", Option: "Options.B"}}
	for _, c := range []struct {
		text        string
		delimiter   rune
		want        string
		first, last int
	}{
		{"", 0, "the file is empty", 0, 0},
		{"\n,,\n", 0, "the file is empty", 1, 2},
		{"Datum;Betrag\n1;2\n3;4", 0, `no column is named "A"; the header has "Datum", "Betrag"; set Options.A`, 1, 3},
		{"x\n", 0, `no column is named "A"; the header has "x"; set Options.A or Options.Delimiter`, 1, 1},
		{"a,b,B\n", 0, `2 columns are named "B"; the header has "a", "b", "B"; set Options.B`, 1, 1},
		{"a,b\n", '"', `the delimiter '"' is not a single ASCII character; set Options.Delimiter`, 0, 0},
		{"a,b\n", '；', `the delimiter '；' is not a single ASCII character; set Options.Delimiter`, 0, 0},
		{"a,b\x00\n", 0, `cell 2 holds a NUL byte`, 1, 1},
	} {
		_, err := Open(strings.NewReader(c.text), c.delimiter, "Options.Delimiter", twice)
		header, ok := errors.AsType[*HeaderError](err)
		require.True(t, ok, "%q: %v", c.text, err)
		require.Equal(t, c.want, err.Error())
		require.Equal(t, [2]int{c.first, c.last}, [2]int{header.First, header.Last}, c.text)
	}
	_, err := Open(strings.NewReader(strings.Repeat("x,", 70)), 0, "Options.Delimiter", twice)
	require.ErrorContains(t, err, "and 11 more")
}

func TestFile_CellsAreFoundByName(t *testing.T) {
	t.Parallel()
	f, err := Open(strings.NewReader("x, b ,,\"  A\u00a0\",y\n1,' 2,3,=\"4\",5\n"), 0, "", append(abc, Column{}))
	require.NoError(t, err)
	require.True(t, f.Has(0))
	require.False(t, f.Has(2))
	require.False(t, f.Has(3), "a column without a name is not read")
	require.Equal(t, []int{0, 4}, f.Unknown())
	row, err := f.Next()
	require.NoError(t, err)
	require.Equal(t, "4", f.Cell(row.Cells, 0))
	require.Equal(t, "2", f.Cell(row.Cells, 1))
	require.Empty(t, f.Cell(row.Cells, 2))
	require.Empty(t, f.Cell(row.Cells[:2], 0))
}

func TestNext_PassesOnTheErrorOfItsReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	_, err := Open(iotest.ErrReader(broken), 0, "", abc)
	require.ErrorIs(t, err, broken)
	f, err := Open(io.MultiReader(strings.NewReader("a,b,c\n1,2,3\n4,\"5"), iotest.ErrReader(broken)), 0, "", abc)
	require.NoError(t, err)
	row, err := f.Next()
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3"}, row.Cells)
	_, err = f.Next()
	require.ErrorIs(t, err, broken)
	_, err = f.Next()
	require.ErrorIs(t, err, broken, "the error stays")
}

// countLines counts lines that end in LF, CR LF or CR.
func countLines(text string) int {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if n := strings.Count(text, "\n"); text == "" || strings.HasSuffix(text, "\n") {
		return n
	}
	return strings.Count(text, "\n") + 1
}

// checkLines reads a file and requires that its rows follow each other and
// cover all of its lines.
func checkLines(t *testing.T, text string, r io.Reader) {
	lines := countLines(text)
	f, err := Open(r, 0, "Options.Delimiter", abc)
	if header, ok := errors.AsType[*HeaderError](err); ok {
		require.Equal(t, lines, header.Last, "%q", text)
		return
	}
	require.NoError(t, err)
	last := f.HeaderLines
	for {
		row, err := f.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.Equal(t, last+1, row.First, "%q", text)
		require.LessOrEqual(t, row.First, row.Last, "%q", text)
		require.False(t, row.Blank && row.Err != nil)
		require.True(t, row.Blank || row.Err != nil || len(row.Cells) == len(f.Names), "%q", text)
		last = row.Last
	}
	require.Equal(t, lines, last, "%q", text)
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{"A,B,C\n1,2,3\n4,\"5, or\n5\",6\n\n7,\"Best\" Store,9\n", "A;B\n\"1\n2\";3\n", "sep=;\r\nA;B\r1;\"2\r\n", "\ufeffA\t\"B\"\n\x00\t\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.HasPrefix(text, "\xff\xfe") && !strings.HasPrefix(text, "\xfe\xff") {
			checkLines(t, text, iotest.HalfReader(strings.NewReader(text)))
		}
	})
}
