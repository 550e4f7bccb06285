// Package gitignore decides which files git would leave out, by the rules of
// .gitignore files in the folder at hand and above it.
//
// Start at the top of the working tree and go down:
//
//	top := gitignore.Top(rules)              // the text of the top's .gitignore
//	sub := top.Enter("docs", moreRules)      // that of docs/.gitignore
//	sub.Ignored("build", true)               // is the folder docs/build left out?
//
// A folder that is ignored must not be entered: nothing in it can be taken back,
// which is git's rule too.
//
// Patterns mean exactly what they mean to git, oddities included; the tests
// compare with git itself. They match bytes, so a ? stands for one byte of a
// character.
package gitignore

import (
	"bytes"
	"strings"
)

// Folder is the rules that hold in one folder. It is immutable.
type Folder struct {
	up    *Folder
	name  string // in the folder above
	rules []rule
}

// Top returns the folder that all others are in. Of several texts of rules, the
// later ones count more: a repository's info/exclude comes before its .gitignore.
func Top(texts ...[]byte) *Folder {
	f := &Folder{}
	for _, text := range texts {
		f.rules = append(f.rules, parse(text)...)
	}
	return f
}

// Enter returns a folder in this one, with the text of its own .gitignore, nil if
// it has none.
func (f *Folder) Enter(name string, text []byte) *Folder {
	return &Folder{up: f, name: name, rules: parse(text)}
}

// Ignored reports whether an entry of this folder is left out. The last rule that
// matches decides, and rules of a folder count more than those above it.
func (f *Folder) Ignored(name string, dir bool) bool {
	path := name
	for at := f; at != nil; at = at.up {
		for i := len(at.rules) - 1; i >= 0; i-- {
			if r := &at.rules[i]; r.matches(path, name, dir) {
				return !r.keep
			}
		}
		path = at.name + "/" + path
	}
	return false
}

// rule is one line of a .gitignore.
type rule struct {
	keep    bool // begins with !
	dirOnly bool // ends with /
	base    bool // no other slash: the name alone counts, in any folder below
	// prefix is what comes before the first special character. If that is all,
	// pattern is nil. The rest must match what follows the prefix.
	prefix  string
	pattern []step
	suffix  string // of a rule that is * and plain characters
	never   bool   // malformed: git never matches it
}

func parse(text []byte) []rule {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var out []rule
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if s := trimSpaces(string(line)); s != "" {
			out = append(out, parseRule(s))
		}
	}
	return out
}

// trimSpaces takes spaces off the end unless a backslash protects them.
func trimSpaces(s string) string {
	end := 0 // after the last character that stays
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ':
			continue
		case '\\':
			if i++; i == len(s) {
				return s
			}
		}
		end = i + 1
	}
	return s[:end]
}

func parseRule(s string) rule {
	var r rule
	s, r.keep = strings.CutPrefix(s, "!")
	s, r.dirOnly = strings.CutSuffix(s, "/")
	r.base = !strings.Contains(s, "/")
	s = strings.TrimPrefix(s, "/")
	if s == "" {
		r.never = true
		return r
	}
	special := strings.IndexAny(s, `*?[\`)
	if special < 0 {
		r.prefix = s
		return r
	}
	if r.base && special == 0 && s[0] == '*' && !strings.ContainsAny(s[1:], `*?[\`) {
		r.suffix = s[1:]
		return r
	}
	r.prefix = s[:special]
	var ok bool
	r.pattern, ok = compile(s[special:])
	r.never = !ok
	return r
}

// matches reports whether the rule is about an entry: path is from the rule's
// folder on, name its last part.
func (r *rule) matches(path, name string, dir bool) bool {
	if r.never || r.dirOnly && !dir {
		return false
	}
	if r.base {
		path = name
	}
	switch {
	case r.pattern == nil && r.prefix == "":
		return strings.HasSuffix(path, r.suffix)
	case r.pattern == nil:
		return path == r.prefix
	}
	rest, ok := strings.CutPrefix(path, r.prefix)
	return ok && run(r.pattern, rest)
}
