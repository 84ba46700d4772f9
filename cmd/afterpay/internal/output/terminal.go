package output

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// IsTerminal reports whether a stream, such as os.Stderr, is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Colors reports whether to color what is written to w: on a terminal, unless
// the environment variable NO_COLOR is set.
func Colors(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && IsTerminal(w)
}

// Messages writes messages for people. It ignores errors: a message that cannot
// be written must not change what a command does.
type Messages struct{ W io.Writer }

// Printf writes a message, without control characters in its arguments.
func (m Messages) Printf(format string, args ...any) {
	for i, arg := range args {
		args[i] = oneLine(fmt.Sprint(arg))
	}
	_, _ = fmt.Fprintf(m.W, format, args...)
}

// Progress shows on a terminal how far long work has come.
type Progress struct{ bar *progressbar.ProgressBar }

// NewProgress returns a progress bar on w for a number of steps, or -1 if that
// is unknown. If shown is false, nothing is printed.
func NewProgress(w io.Writer, shown bool, steps int, what string) *Progress {
	if !shown {
		return &Progress{}
	}
	return &Progress{bar: progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionEnableColorCodes(Colors(w)),
		progressbar.OptionThrottle(50*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // nothing is drawn after Close
		progressbar.OptionClearOnFinish(),
	)}
}

// Add counts finished steps.
func (p *Progress) Add(n int) {
	if p.bar != nil {
		_ = p.bar.Add(n) // an error of the terminal must not stop the work
	}
}

// Close removes the bar, so that the next line begins at the left.
func (p *Progress) Close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
