package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
			out.WriteString(f.blotLiteral(literal, mark))
		}
		text = text[end:]
	}
	out.WriteString(text)
	return out.String()
}

func (f *Forgetting) blotLiteral(literal, mark string) string {
	var s string
	if json.Unmarshal([]byte(literal), &s) != nil {
		return literal
	}
	blotted := s
	for _, name := range f.names() {
		blotted = clean.ReplaceMentions(blotted, name, mark)
	}
	if blotted == s {
		return literal
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(blotted) != nil {
		return literal
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// text is blot with this change's placeholder, and says whether it did anything.
func (f *forgetting) text(s string) (string, bool) {
	blotted := f.blot(s, f.mark)
	return blotted, blotted != s
}

// keep notes a place that names what is forgotten and stays as it is.
func (f *forgetting) keep(where, key string) {
	where = f.blot(where, "…")
	if i := slices.IndexFunc(f.left, func(m Mention) bool { return m.Where == where && (m.Key == key || len(f.left) >= maxLeft) }); i >= 0 {
		f.left[i].Count++
		return
	}
	f.left = append(f.left, Mention{Where: where, Key: clean.Limit(clean.Text(key), 200), Count: 1})
}

// maxLeft bounds the list of places.
const maxLeft = 100

// leftovers looks at every byte that is left: a place that nobody thought of must
// not go unnoticed.
func (f *forgetting) leftovers() error {
	return f.tx.ForEach(func(name []byte, b *bolt.Bucket) error { return f.walk(string(name), b) })
}

func (f *forgetting) walk(where string, b *bolt.Bucket) error {
	derived := where == string(bucketPrints) || strings.HasPrefix(where, string(bucketPrints)+"/")
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			if f.inBytes(k) {
				f.keep(where, string(k))
			}
			return f.walk(where+"/"+string(k), b.Bucket(k))
		}
		if derived || where == string(bucketForgotten) {
			return nil // digests
		}
		if f.inBytes(v) || f.inBytes(k) {
			key := string(k)
			if where == string(bucketCells) || strings.HasPrefix(where, string(bucketBlocks)+"/") || !utf8.Valid(k) {
				key = ""
			}
			f.keep(where, key)
		}
		return nil
	})
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
