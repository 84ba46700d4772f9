//go:build !race

package afterpay

const raceDetector = false
