package pull

import (
	"net/http"
	"strings"

	"tokpit/internal/clean"
)

// hidden stands for what was cut out.
const hidden = "***"

// secretHeader reports whether a header's value is a credential.
func secretHeader(name string) bool {
	switch n := strings.ToLower(http.CanonicalHeaderKey(name)); {
	case n == "authorization", n == "cookie", n == "proxy-authorization":
		return true
	default:
		return strings.Contains(n, "key") || strings.Contains(n, "token") || strings.Contains(n, "secret")
	}
}

// redact cuts secrets out of what a server says: the values that were sent,
// and every word that looks like a key of any provider, because servers echo
// them ("Incorrect API key provided: sk-…").
func redact(s string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 {
			s = strings.ReplaceAll(s, secret, hidden)
		}
	}
	var b strings.Builder
	for len(s) > 0 {
		n := strings.IndexFunc(s, func(r rune) bool { return !keyRune(r) })
		if n < 0 {
			n = len(s)
		}
		if word := s[:n]; looksLikeKey(word) {
			b.WriteString(hidden)
		} else {
			b.WriteString(word)
		}
		s = s[n:]
		n = strings.IndexFunc(s, keyRune)
		if n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		s = s[n:]
	}
	return b.String()
}

// keyRune reports whether keys are made of r; a provider masks with stars.
func keyRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_*.", r)
}

func looksLikeKey(word string) bool {
	for _, prefix := range clean.KeyPrefixes() {
		if strings.HasPrefix(word, prefix) && len(word) >= len(prefix)+8 {
			return true
		}
	}
	if len(word) < 32 {
		return false
	}
	digits := 0
	for _, r := range word {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '.' || r == '-': // a host name, a model, a request id with words
			return false
		}
	}
	return digits >= 4
}
