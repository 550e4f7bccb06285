package sources

import (
	"strings"
	"unicode"

	"tokpit/internal/clean"
	"tokpit/tui/ui"
)

// Keys do not belong on this screen, in the store or in a log: only where they
// are. So a text that looks like a key is refused as soon as it is typed or
// pasted, and neither kept nor drawn.
const refusal = "That looks like a key itself. It was not taken, not kept and not shown."

// refusalAdvice says what to do instead.
const refusalAdvice = "Put the key into an environment variable, the keyring or a file, and say here where it is. " +
	"If it was on screen or in a chat before, make a new one."

// looksLikeKey reports whether a text holds what may be a key: one with a prefix
// that providers use, or a long word of letters and digits that nobody would
// type. It may refuse a name that is none; it must not let a key pass.
func looksLikeKey(s string) bool {
	low := strings.ToLower(s)
	for _, prefix := range clean.KeyPrefixes() {
		prefix = strings.ToLower(prefix)
		if strings.HasPrefix(low, prefix) {
			return true
		}
		for at := range len(low) { // also behind "KEY=", "echo " or in an address
			if at > 0 && strings.HasPrefix(low[at:], prefix) && !alphanumeric(rune(low[at-1])) && len(low)-at >= len(prefix)+8 {
				return true
			}
		}
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !alphanumeric(r) && r != '-' && r != '_' && r != '+' && r != '=' }) {
		if random(w, strings.Contains(s, "/"+w)) {
			return true
		}
	}
	return false
}

func alphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// leastKey is shorter than any key, and longer than words with digits in them.
const leastKey = 24

// random reports whether a word looks like chance: long, with digits among
// letters of both cases, or many digits among letters, which in a path may be a
// checksum.
func random(w string, path bool) bool {
	if len(w) < leastKey {
		return false
	}
	var digits, upper, lower int
	for _, r := range w {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return digits > 0 && upper > 0 && lower > 0 || !path && digits >= 6 && upper+lower >= 4
}

// scheme is a place that a key can be in.
type scheme struct {
	prefix, title, label, example, about string
}

func schemes() []scheme {
	return []scheme{
		{"env", "an environment variable", "Variable", "OPENAI_ADMIN_KEY",
			"The name of a variable that is set where tokpit is started, without $. It must be set there each time."},
		{"keyring", "the system's keyring", "Service/user", "tokpit/openai-admin",
			"Service and user of an entry in the keyring (macOS Keychain, Secret Service, Windows Credential Manager)."},
		{"file", "a file", "File", "~/.config/tokpit/openai.key",
			"A file of your own that nobody else may read (chmod 600), with the key alone on one line."},
		{"cmd", "what a command prints", "Command", "op read op://work/openai/admin",
			"A command, such as that of a password manager, that prints the key as its first line. No shell runs; it gets no input."},
	}
}

// checkRef says what is wrong with the rest of a reference, "" if nothing.
func (s scheme) checkRef(rest string) string {
	switch {
	case rest == "":
		return "say where the key is"
	case s.prefix == "env" && !variableName(rest):
		return "a variable's name has letters, digits and underscores, and no digit first"
	case s.prefix == "keyring":
		if service, user, ok := strings.Cut(rest, "/"); !ok || service == "" || user == "" {
			return "give service and user, with a slash between them"
		}
	}
	return ""
}

func variableName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// splitRef takes a whole reference apart; ok is false if it is none.
func splitRef(s string) (at int, rest string, ok bool) {
	for i, sc := range schemes() {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(s), sc.prefix+":"); ok {
			return i, ui.Text(rest), true
		}
	}
	return 0, "", false
}
