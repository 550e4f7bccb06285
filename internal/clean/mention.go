package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mentions reports whether a text names a value: the value stands in it as a
// whole, not as a part of a longer name. "app-1" is named in "key=app-1," and in
// "/app-1/x", but not in "app-12" and not in "my-app-1". A value that is a path
// is also found in the form that tools give to folders of that name
// ("-home-me-app").
func Mentions(text, value string) bool {
	return mention(text, value, 0) >= 0 || pathMention(text, value)
}

// MentionsAt reports whether a text names a value at a place: it stands there, and
// not as a part of a longer name.
func MentionsAt(text, value string, at int) bool {
	return value != "" && strings.HasPrefix(text[at:], value) && !goesOn(text, value, at)
}

// ReplaceMentions puts another text where a value is named as a whole.
func ReplaceMentions(text, value, by string) string {
	at := mention(text, value, 0)
	if at < 0 {
		return text
	}
	var b strings.Builder
	from := 0
	for ; at >= 0; at = mention(text, value, from) {
		b.WriteString(text[from:at])
		b.WriteString(by)
		from = at + len(value)
	}
	b.WriteString(text[from:])
	return b.String()
}

// mention returns where the value is named, from some place on, or -1.
func mention(text, value string, from int) int {
	if value == "" {
		return -1
	}
	for from <= len(text) {
		i := strings.Index(text[from:], value)
		if i < 0 {
			return -1
		}
		at := from + i
		if !goesOn(text, value, at) {
			return at
		}
		from = at + 1
	}
	return -1
}

// goesOn reports whether what stands at a place is part of a longer name.
func goesOn(text, value string, at int) bool {
	first, _ := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	rest := text[at+len(value):]
	after, size := utf8.DecodeRuneInString(rest)
	if at > 0 && inName(before) && inName(first) {
		return true
	}
	if rest == "" || !inName(last) {
		return false
	}
	if after == '.' { // the end of a sentence, or of a file's name: "alice.", "id.jsonl"
		next, _ := utf8.DecodeRuneInString(rest[size:])
		return inName(next) && next != '-' && strings.ContainsRune(rest, '@')
	}
	return inName(after)
}

// inName reports whether a letter goes on with a name.
func inName(r rune) bool {
	return r == '-' || r == '_' || r == '@' || unicode.IsLetter(r) && r != utf8.RuneError || unicode.IsDigit(r)
}

// pathMention looks for a path with all its separators as dashes.
func pathMention(text, value string) bool {
	if !strings.ContainsAny(value, `/\`) || len(value) < 4 {
		return false
	}
	dashed, in := dashes(value), dashes(text)
	for from := 0; ; {
		i := strings.Index(in[from:], dashed)
		if i < 0 {
			return false
		}
		end := from + i + len(dashed)
		if end == len(in) || in[end] == '-' {
			return true
		}
		from += i + 1
	}
}

// dashes is the form that tools give to folders that are named after a path: all
// but ASCII letters and digits become dashes.
func dashes(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}, s)
}
