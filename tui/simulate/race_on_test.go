//go:build race

package simulate

// slack is how much longer things may take than they are to: the race detector
// slows everything down.
const slack = 20
