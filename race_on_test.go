//go:build race

package afterpay

// raceDetector: the race detector makes pools forget, which allocations show.
const raceDetector = true
