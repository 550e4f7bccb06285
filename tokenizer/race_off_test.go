//go:build !race

package tokenizer

// slowdown loosens limits of time where the program is slower than it is.
const slowdown = 1
