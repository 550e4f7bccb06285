package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Redactor takes keys out of text that is about to be shown, logged or stored:
// those that it has been told of, also where they are cut, and whatever has the
// shape of a well-known one. It is the second line of defence, for what a
// server, a library or a crash may say; the first is that nothing of ours
// writes keys anywhere. The zero value knows shapes only. It is safe for
// concurrent use.
type Redactor struct {
	mu    sync.RWMutex
	known []knownKey
}

type knownKey struct {
	value  string
	public int // length of what all keys of its kind begin with
}

// Know makes the redactor recognise a key from now on.
func (r *Redactor) Know(s Secret) {
	value := s.Reveal()
	if len(value) < minKnown {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range []string{value, url.QueryEscape(value), url.PathEscape(value)} {
		k := knownKey{v, len(publicPart().FindString(v))}
		if !slices.Contains(r.known, k) {
			r.known = append(r.known, k)
		}
	}
}

const (
	// minKnown is the shortest key that is looked for: shorter ones are words.
	minKnown = 4
	// minPart is the shortest part of a key that counts as the key cut short,
	// behind the part that all keys of its kind begin with.
	minPart = 10
)

// Text returns s with "***" in place of keys. Text without any comes back as
// it is.
func (r *Redactor) Text(s string) string {
	s = r.Known(s)
	return keyShapes().ReplaceAllString(s, hidden)
}

// Known is [Redactor.Text] for names and ids, which may look like keys without
// being any: it takes out only keys that it has been told of.
func (r *Redactor) Known(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, key := range r.known {
		s = key.strip(s)
	}
	return s
}

// strip replaces a key, and long parts of it, in s.
func (known knownKey) strip(s string) string {
	key, public := known.value, known.public
	if len(key) < 2*minPart { // a part of a short key is no secret, and no word of ours is one
		return replaceWord(s, key)
	}
	s = strings.ReplaceAll(s, key, hidden)
	if len(key)-public < minPart {
		return s
	}
	var out strings.Builder
	done := 0
	for i := 0; i+minPart <= len(s); {
		at := strings.Index(key[public:], s[i:i+minPart])
		if at < 0 {
			i++
			continue
		}
		from, to := i, i+minPart
		for k := public + at + minPart; to < len(s) && k < len(key) && s[to] == key[k]; k++ {
			to++
		}
		for k := public + at - 1; from > done && k >= 0 && s[from-1] == key[k]; k-- {
			from--
		}
		out.WriteString(s[done:from])
		out.WriteString(hidden)
		done, i = to, to
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// replaceWord replaces a short key where it stands alone.
func replaceWord(s, key string) string {
	var out strings.Builder
	for {
		i := strings.Index(s, key)
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		end := i + len(key)
		out.WriteString(s[:i])
		if i > 0 && wordByte(s[i-1]) || end < len(s) && wordByte(s[end]) {
			out.WriteString(key)
		} else {
			out.WriteString(hidden)
		}
		s = s[end:]
	}
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
}

// publicPart matches what all keys of a kind begin with.
func publicPart() *regexp.Regexp {
	return regexp.MustCompile(`^sk-(?:(?:ant|admin|proj|svcacct|or|v1|api\d*|admin\d+|oat\d*)-)*`)
}
