//go:build !race

package estimate

// slack is how much longer things may take than they are to.
const slack = 1
