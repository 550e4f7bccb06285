//go:build !race

package simulate

// slack is how much longer things may take than they are to.
const slack = 1
