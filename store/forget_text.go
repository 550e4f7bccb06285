package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"tokpit/internal/clean"
)

// blot puts the placeholder where a text names what is forgotten. In JSON only
// strings are looked at, so that a number that happens to be alike stays one.
func (f *Forgetting) blot(text, mark string) string {
	if !f.named(text) && !strings.Contains(text, `\`) {
		return text
	}
	if json.Valid([]byte(text)) {
		return f.blotJSON(text, mark)
	}
	for _, name := range f.names() {
		text = clean.ReplaceMentions(text, name, mark)
	}
	return text
}

// blotJSON goes through the string literals of valid JSON.
func (f *Forgetting) blotJSON(text, mark string) string {
	return rewordJSON(text, func(s string) string {
		for _, name := range f.names() {
			s = clean.ReplaceMentions(s, name, mark)
		}
		return s
	})
}

// rewordJSON goes through the string literals of valid JSON.
func rewordJSON(text string, word func(s string) string) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			break
		}
		end := i + 1
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(text))
		out.WriteString(text[:i])
		if literal := text[i:end]; strings.HasPrefix(strings.TrimLeft(text[end:], " \t\r\n"), ":") {
			out.WriteString(literal) // the name of a field
		} else {
			out.WriteString(rewordLiteral(literal, word))
		}
		text = text[end:]
	}
	out.WriteString(text)
	return out.String()
}

func rewordLiteral(literal string, word func(s string) string) string {
	var s string
	if json.Unmarshal([]byte(literal), &s) != nil {
		return literal
	}
	reworded := word(s)
	if reworded == s {
		return literal
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(reworded) != nil {
		return literal
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// inBytes looks for the values in an encoded value. A text in there begins behind
// its length, which may look like a letter of a longer name.
func (f *Forgetting) inBytes(value []byte) bool {
	for _, name := range f.names() {
		for rest := value; ; {
			i := bytes.Index(rest, []byte(name))
			if i < 0 {
				break
			}
			at := len(value) - len(rest) + i
			length := binary.AppendUvarint(nil, uint64(len(name)))
			if bytes.HasSuffix(value[:at], length) {
				return true
			}
			from, to := max(0, at-1), min(len(value), at+len(name)+1)
			for from > 0 && at-from < utf8.UTFMax && !utf8.RuneStart(value[from]) {
				from--
			}
			if clean.Mentions(string(value[from:to]), name) {
				return true
			}
			rest = rest[i+1:]
		}
	}
	return false
}

// put writes a value under a key that may have a new name.
func put(b *bolt.Bucket, old, key, value []byte) error {
	if !bytes.Equal(old, key) {
		if b.Get(key) != nil {
			return fmt.Errorf("%w: %.80q", ErrExists, key)
		}
		if err := b.Delete(old); err != nil {
			return err
		}
	}
	return b.Put(key, value)
}

// collected reads a bucket before it is changed.
func collected(b *bolt.Bucket) (all []struct{ key, value []byte }) {
	_ = b.ForEach(func(k, v []byte) error {
		if v != nil {
			all = append(all, struct{ key, value []byte }{bytes.Clone(k), bytes.Clone(v)})
		}
		return nil
	})
	return all
}

// skippable is an error of one entry that another command names, and that must
// not keep anybody from being forgotten.
func skippable(err error) bool { return errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNewer) }
