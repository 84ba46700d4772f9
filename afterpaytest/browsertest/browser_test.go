//go:build browser

package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// browser is a headless Chromium with an empty profile.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("CI is set, and chromium is not installed")
	}
	if err != nil {
		t.Skip("chromium is not installed")
	}
	profile := t.TempDir()
	allocator, stop := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(profile), chromedp.WindowSize(1000, 900))
	ctx, cancel := chromedp.NewContext(allocator)
	require.NoError(t, chromedp.Do(ctx)) // starts the browser, without a time limit
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser has written its profile
		cancel()
		stop()
	})
	return &browser{t: t, ctx: ctx}
}

// run returns the value of an action, and fails the test if it takes longer
// than a minute.
func run[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	require.NoError(b.t, err)
	return value
}

func (b *browser) open(address string) { b.t.Helper(); run(b, chromedp.Navigate(address)) }

func (b *browser) address() string { b.t.Helper(); return run(b, chromedp.Location()) }

func (b *browser) title() string { b.t.Helper(); return run(b, chromedp.Title()) }

// click clicks an element once it is there.
func (b *browser) click(selector chromedp.CSS) { b.t.Helper(); run(b, chromedp.Click(selector)) }

// text returns the text of an element once it is there.
func (b *browser) text(selector chromedp.CSS) string {
	b.t.Helper()
	return run(b, chromedp.Text(selector))
}

// frameWith returns the page's frame once an element is in it. A frame begins as
// a blank page, which a node that was found too early keeps: it is found again.
func (b *browser) frameWith(selector chromedp.CSS) *chromedp.Node {
	b.t.Helper()
	var err error
	for range 30 {
		frame := run(b, chromedp.Nodes(chromedp.CSS("iframe")))[0]
		ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
		_, err = chromedp.Run(ctx, chromedp.Text(selector, chromedp.FromNode(frame)))
		cancel()
		if err == nil {
			return frame
		}
	}
	require.NoError(b.t, err)
	return nil
}

// screenshot keeps a picture of the page as an artifact of the test.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	picture := run(b, chromedp.FullScreenshot(100))
	require.NoError(b.t, os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), picture, 0o644))
}
