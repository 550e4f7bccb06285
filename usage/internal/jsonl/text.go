package jsonl

import (
	"crypto/sha256"
	"encoding/base64"
	"path"
	"strings"
	"time"

	"tokpit/internal/clean"
)

// Names turns bytes into harmless strings, each distinct one once. The zero
// Names is ready; it forgets everything now and then, so that it stays small.
type Names struct{ known map[string]string }

const (
	maxNames = 4096
	maxName  = 1024 // bytes of a name as given
)

// Of returns the name that b holds.
func (n *Names) Of(b []byte) string { return n.of(b, clean.Text) }

func (n *Names) of(b []byte, make func(string) string) string {
	switch {
	case len(b) == 0:
		return ""
	case len(b) > maxName:
		return make(string(b)) // not worth keeping
	}
	if s, ok := n.known[string(b)]; ok {
		return s
	}
	if len(n.known) >= maxNames {
		clear(n.known)
	}
	s := make(string(b))
	n.put(string(b), s)
	return s
}

func (n *Names) put(key, s string) {
	if n.known == nil {
		n.known = map[string]string{}
	}
	n.known[key] = s
}

// Projects names the directories that conversations were held in. A project
// is the whole path, since base names repeat; the home directory becomes "~",
// so that a person's name does not stand in every report.
type Projects struct {
	Home  string
	names Names
}

// Of returns the project of a working directory.
func (p *Projects) Of(cwd []byte) string { return p.names.of(cwd, p.project) }

func (p *Projects) project(cwd string) string {
	dir := cwd
	if strings.HasPrefix(dir, "/") {
		dir = path.Clean(dir)
	} else if len(dir) > 3 { // a Windows path keeps its form, but for a last separator
		dir = strings.TrimRight(dir, `\/`)
	}
	if home := strings.TrimRight(p.Home, `\/`); home != "" {
		if rest, ok := strings.CutPrefix(dir, home); ok && (rest == "" || rest[0] == '/' || rest[0] == '\\') {
			dir = "~" + rest
		}
	}
	return clean.Text(dir)
}

// maxID is the longest ID that is kept as it is.
const maxID = 120

// ID returns an id for a record from one that a provider gave: the same, or a
// hash of it where it is unreasonably long or not harmless text.
func ID(b []byte) string {
	if len(b) <= maxID {
		s := string(b)
		if clean.Text(s) == s {
			return s
		}
	}
	return "h:" + Digest(b)
}

// Digest is 128 bits of SHA-256 in 22 characters.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Time reads an RFC 3339 instant, cut to the millisecond. It returns the zero
// time for anything else.
func Time(b []byte) time.Time {
	if len(b) < len("2006-01-02T15:04:05Z") || len(b) > 64 {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
