package ui

import (
	"strings"
	"unicode"
)

// marks puts the signs of a text into words whose meaning depends on what stands
// around them: × is how often before and after a number and between words, and
// elsewhere a sign that something is wrong, which the words after it say; "! "
// calls for attention, and "? " is doubt about a number.
func marks(text string) string {
	if !strings.ContainsAny(text, "×!?") {
		return text
	}
	runes := []rune(text)
	var b strings.Builder
	for i, r := range runes {
		around := neighbours{runes[:i], runes[i+1:]}
		switch r {
		case '×':
			b.WriteString(around.times())
		case '!':
			if around.alone() {
				b.WriteString("attention:")
			} else {
				b.WriteRune(r)
			}
		case '?':
			b.WriteString(around.doubt())
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// neighbours are what stands before and after a sign.
type neighbours struct{ before, after []rune }

func (n neighbours) last() rune {
	if len(n.before) == 0 {
		return 0
	}
	return n.before[len(n.before)-1]
}

func (n neighbours) next() rune {
	if len(n.after) == 0 {
		return 0
	}
	return n.after[0]
}

// alone reports a sign that begins a word of its own.
func (n neighbours) alone() bool {
	return (len(n.before) == 0 || n.last() == ' ' || n.last() == '(') && n.next() == ' '
}

// begins reports a sign before which nothing belongs to it.
func (n neighbours) begins() bool {
	before := strings.TrimRight(string(n.before), " ")
	return before == "" || len(n.before)-len([]rune(before)) > 1 || strings.ContainsRune(",.;:·|(", []rune(before)[len([]rune(before))-1])
}

// times says ×.
func (n neighbours) times() string {
	rest := strings.TrimLeft(string(n.after), " ")
	switch {
	case unicode.IsDigit(n.last()) && unicode.IsDigit(n.next()):
		return " by "
	case unicode.IsDigit(n.last()), unicode.IsDigit(n.next()):
		return " times "
	case n.begins(), strings.HasPrefix(rest, "over"), strings.HasPrefix(rest, "not "):
		return ""
	}
	return " times "
}

// doubt says the sign before what is not sure; it is left alone in a sentence, and
// where it is a key.
func (n neighbours) doubt() string {
	rest := strings.TrimLeft(string(n.after), " ")
	switch {
	case !n.alone():
	case strings.HasPrefix(rest, Unknown), strings.HasPrefix(rest, "unknown"), strings.HasPrefix(rest, "may "):
		return ""
	case rest != "" && strings.ContainsRune("$€£+-−≈0123456789", []rune(rest)[0]):
		return "perhaps"
	}
	return "?"
}
