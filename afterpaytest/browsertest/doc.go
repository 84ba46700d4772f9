// Package browsertest tests the sandbox's pages with a browser. It is a module
// of its own, so that programs that use the SDK do not depend on chromedp.
//
// The tests have the build tag browser. They need Chromium and are skipped
// without it; with CI set they fail:
//
//	cd afterpaytest/browsertest && go test -tags browser -artifacts ./...
package browsertest
