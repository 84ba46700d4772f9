//go:build browser

package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// chromium is one browser for all tests. Each test has a profile of its own in
// it.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "shop-browser-")
	if err != nil {
		return nil, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("allow-pre-commit-input", true),         // or a click before the first frame is lost
		chromedp.Flag("disable-features", "BackForwardCache"), // chromedp loses pages that come from it
	)...)
	ctx, cancel := chromedp.NewContext(allocator)
	closeBrowser = func() {
		_ = chromedp.Cancel(ctx) // waits until the browser has written its profile
		cancel()
		stop()
		_ = os.RemoveAll(profile)
	}
	return ctx, chromedp.Do(ctx)
})

// browser is a tab with cookies of its own.
type browser struct {
	t      *testing.T
	ctx    context.Context
	origin string
}

func openBrowser(t *testing.T, origin string) *browser {
	t.Helper()
	parent, err := chromium()
	if err != nil {
		unavailable(t, err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx)) // opens the tab, without a time limit
	b := &browser{t: t, ctx: ctx, origin: origin}
	b.width(1100)
	return b
}

// unavailable skips a test that needs more than Go. In the gate, which sets CI, it
// fails the test.
func unavailable(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal("CI is set, and this test cannot run: ", err)
	}
	t.Skip(err)
}

// tab opens a second tab with the same cookies.
func (b *browser) tab() *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	require.NoError(b.t, chromedp.Do(ctx))
	return &browser{t: b.t, ctx: ctx, origin: b.origin}
}

// run does an action once and returns its value.
func run[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, eventually)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	require.NoError(b.t, err)
	return value
}

// read returns the value of an action that changes nothing.
func read[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	value, err := repeat(b, action)
	require.NoError(b.t, err)
	return value
}

// repeat does an action again when the page went away during it, which the
// browser reports as a missing node or script: our pages load themselves anew
// while a payment is open.
func repeat[T any](b *browser, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, eventually)
	defer cancel()
	for {
		value, err := chromedp.Run(ctx, action)
		if _, gone := errors.AsType[*cdproto.Error](err); !gone || ctx.Err() != nil {
			return value, err
		}
	}
}

func (b *browser) open(path string) { b.t.Helper(); run(b, chromedp.Navigate(b.origin+path)) }

func (b *browser) visit(address string) { b.t.Helper(); run(b, chromedp.Navigate(address)) }

// loaded resolves when the page has its styles and pictures, so that a click finds
// what it aims at.
const loaded = `new Promise(done => document.readyState === "complete" ? done(true) : addEventListener("load", () => done(true)))`

func (b *browser) click(selector chromedp.CSS) { b.t.Helper(); click(b, selector) }

// press clicks the button or link with a text.
func (b *browser) press(text string) {
	b.t.Helper()
	click(b, chromedp.Search(`//*[self::button or self::a or self::summary][starts-with(normalize-space(.), "`+text+`")]`))
}

func click[S chromedp.Selectable](b *browser, selector S) {
	b.t.Helper()
	read(b, chromedp.WaitVisible(selector))
	read(b, chromedp.Evaluate[bool](loaded, chromedp.EvalAwaitPromise))
	run(b, chromedp.Click(selector))
}

func (b *browser) doubleClick(selector chromedp.CSS) {
	b.t.Helper()
	read(b, chromedp.WaitVisible(selector))
	read(b, chromedp.Evaluate[bool](loaded, chromedp.EvalAwaitPromise))
	run(b, chromedp.DoubleClick(selector))
}

func (b *browser) fill(selector chromedp.CSS, text string) {
	b.t.Helper()
	run(b, chromedp.SetValue(selector, text))
}

// sees waits until the page shows a text.
func (b *browser) sees(text string) {
	b.t.Helper()
	_, err := repeat(b, chromedp.WaitVisible(chromedp.Search(`//main//*[contains(normalize-space(.), "`+text+`")]`)))
	if err != nil {
		require.NoError(b.t, err, "%q is not on the page: %s", text, b.text("main"))
	}
}

// text returns the text of an element once it is there.
func (b *browser) text(selector chromedp.CSS) string {
	b.t.Helper()
	return read(b, chromedp.Text(selector))
}

func (b *browser) count(selector string) int {
	b.t.Helper()
	return read(b, chromedp.Evaluate[int](`document.querySelectorAll('`+selector+`').length`))
}

func (b *browser) back() { b.t.Helper(); run(b, chromedp.NavigateBack()) }

func (b *browser) width(pixels int64) {
	b.t.Helper()
	run(b, chromedp.EmulateViewport(pixels, 800))
}

// screenshot keeps a picture of the page if the test runs with -artifacts.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	if flag.Lookup("test.artifacts").Value.String() != "true" {
		return
	}
	picture := run(b, chromedp.FullScreenshot(100))
	require.NoError(b.t, os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), picture, 0o644))
}
