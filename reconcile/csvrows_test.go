package reconcile

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// rowsAndFaults reads a file to its end and checks that every line is part of a
// row, at fault, or blank.
func rowsAndFaults(t *testing.T, text string) (rows [][]string, faults []int) {
	t.Helper()
	c, err := openCSV(strings.NewReader(text), 0)
	require.NoError(t, err)
	next := c.read + 1
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for {
		cells, line, err := c.next()
		for next < line || errors.Is(err, io.EOF) && next <= len(lines) {
			if strings.Trim(lines[next-1], " \t,;\r") != "" {
				require.Failf(t, "a line was lost", "line %d of %q", next, text)
			}
			next++
		}
		if errors.Is(err, io.EOF) {
			return rows, faults
		}
		if next != line {
			require.Failf(t, "a line was read twice", "line %d of %q", line, text)
		}
		next = c.read + 1
		if err != nil {
			if !errors.Is(err, ErrRow) {
				require.ErrorIs(t, err, ErrRow)
			}
			faults = append(faults, line)
			continue
		}
		rows = append(rows, slices.Clone(cells))
	}
}

func TestCSVRows_AStrayQuoteDamagesItsLineAlone(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a,b,c\n")
	for i := range 500 {
		if i == 250 {
			b.WriteString("x,\"stray,z\n")
			continue
		}
		fmt.Fprintf(&b, "%d,\"say \"\"hi\"\"\",\"two\nlines\"\n", i)
	}
	rows, faults := rowsAndFaults(t, b.String())
	require.Len(t, faults, 1)
	require.Len(t, rows, 499)
	require.Equal(t, []string{"0", `say "hi"`, "two\nlines"}, rows[0])
}

func TestCSVRows_NoMutationLosesALine(t *testing.T) {
	t.Parallel()
	const clean = "kind,reference,amount\norder,A-1,\"1,250.00\"\norder,\"A\n2\",5\n\nrefund,A-3,1\n"
	rng := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		text := []byte(clean)
		for range 1 + rng.IntN(4) {
			at := len("kind,reference,amount\n") + rng.IntN(len(text)-len("kind,reference,amount\n"))
			switch rng.IntN(3) {
			case 0:
				text[at] = "\",;\n\rx "[rng.IntN(7)]
			case 1:
				text = slices.Insert(text, at, "\",;\n\rx "[rng.IntN(7)])
			case 2:
				text = slices.Delete(text, at, at+1)
			}
		}
		rowsAndFaults(t, string(text))
	}
}

func TestCSVRows_ALineWithoutAnEndIsBounded(t *testing.T) {
	t.Parallel()
	rows, faults := rowsAndFaults(t, "a,b\n"+strings.Repeat("x", 3*maxLine)+"\n1,2\n")
	require.Equal(t, []int{2}, faults)
	require.Equal(t, [][]string{{"1", "2"}}, rows)
}

func TestCSVRows_AnErrorOfTheReaderEndsTheFile(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	c, err := openCSV(io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), iotest.ErrReader(broken)), 0)
	require.NoError(t, err)
	_, _, err = c.next()
	require.NoError(t, err)
	_, _, err = c.next()
	require.ErrorIs(t, err, broken)
}
