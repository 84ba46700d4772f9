// Package browsertest tests the sandbox's pages with a browser. It is a module
// of its own, so that programs that use the SDK do not depend on chromedp.
//
// The tests need Chromium and are skipped without it:
//
//	cd afterpaytest/browsertest && go test -artifacts ./...
package browsertest
