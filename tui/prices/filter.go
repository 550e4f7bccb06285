package prices

import (
	"slices"
	"strings"

	"tokpit/tui/ui"
)

// filter is what a person wants to see of the book. The zero filter is all.
type filter struct {
	text     string
	mine     bool
	provider string
}

// longestFilter is more than any name that a person would type.
const longestFilter = 64

// with returns the filter with typed text added.
func (f filter) with(typed string) filter {
	if typed != " " { // a space alone is the beginning of the next word
		typed = ui.Text(typed)
	}
	f.text += typed
	if r := []rune(f.text); len(r) > longestFilter {
		f.text = string(r[:longestFilter])
	}
	return f
}

// match reports whether something passes: a name (lower case) has every word
// of the text somewhere.
func (f filter) match(name, provider string, mine bool, words []string) bool {
	if f.mine && !mine || f.provider != "" && f.provider != provider {
		return false
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
}

func (f filter) items(all []item) []item {
	words := strings.Fields(strings.ToLower(f.text))
	var out []item
	for i := range all {
		if it := &all[i]; f.match(it.search, it.ref.Provider, it.mine != nil, words) {
			out = append(out, *it)
		}
	}
	return out
}

func (f filter) events(all []event) []event {
	words := strings.Fields(strings.ToLower(f.text))
	var out []event
	for i := range all {
		if e := &all[i]; f.match(e.search, e.ref.Provider, e.mine != nil, words) {
			out = append(out, *e)
		}
	}
	return out
}

// switches names what is filtered besides the text.
func (f filter) switches() string {
	var parts []string
	if f.mine {
		parts = append(parts, "only yours")
	}
	if f.provider != "" {
		parts = append(parts, "only "+ui.Text(f.provider))
	}
	return strings.Join(parts, ", ")
}

// words is the whole filter.
func (f filter) words() string {
	s := f.switches()
	if f.text == "" {
		return s
	}
	if s != "" {
		s = " (" + s + ")"
	}
	return "“" + f.text + "”" + s
}
