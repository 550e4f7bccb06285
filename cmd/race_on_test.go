//go:build race

package cmd_test

// raceDetector says that memory and time are not what they are otherwise.
const raceDetector = true
