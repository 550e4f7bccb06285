package cmd

import "time"

// LocalNames are the names of the sources that are found by themselves, for tests
// from outside.
func LocalNames() []string {
	a := newApp(&Env{Getenv: func(string) string { return "" }})
	a.now = time.Now
	var names []string
	for _, s := range a.local(nil) {
		names = append(names, s.Name())
	}
	return names
}

// FormatNames are the names of the forms of files that can be brought in, beside
// the column maps.
func FormatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.Name())
	}
	return names
}
