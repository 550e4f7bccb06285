package store

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/usage"
)

// stays: a column map names columns, not people, and what was closed is proof.
func (f *renaming) stays(kind string) bool { return frozen(kind) || kind == "import-map" }

// reword gives what a text names its other name. Scopes follow to the letter,
// with whatever value they name; elsewhere it is what the store knows, where it
// stands as a whole.
func (f *renaming) reword(text string) string {
	if json.Valid([]byte(text)) && strings.ContainsAny(text, `{["`) {
		return rewordJSON(text, f.literal)
	}
	return f.find.replace(text)
}

func (f *renaming) literal(field, s string) string {
	d := usage.Dimension(field)
	switch {
	case f.Names[d] != nil:
		return f.name(d, s)
	case slices.Contains(plainFields(), field) || slices.Contains(forgettable(), d):
		return s // a word of ours, an address of the owner's, or a value of another dimension
	}
	if strings.Contains(s, "=") {
		if scope, err := budget.ParseScope(s); err == nil {
			return f.scope(scope, s)
		}
	}
	return f.find.replace(s)
}

// scope renames the values of a scope that was written as text.
func (f *renaming) scope(scope budget.Scope, text string) string {
	changed := false
	for d, values := range scope {
		for i, v := range values {
			if now := f.name(d, v); now != v {
				values[i], changed = now, true
			}
		}
	}
	if !changed {
		return text
	}
	return scope.String()
}

// plainFields are fields of texts that name no usage.
func plainFields() []string {
	return []string{"schema", "kind", "type", "format", "period", "zone", "currency", "provider", "model", "basis", "source",
		"notify", "by", "via", "digest", "id"}
}

func (f *renaming) finds(value []byte, columns bool) bool { return f.find.inBytes(value, columns) }

// finder looks for many words at once. Of each it knows a piece of eight bytes,
// or three if it is shorter, that few of the others have.
type finder struct {
	words    []word
	long     map[uint64][]int32
	short    map[[3]byte][]int32
	gate     [1 << 10]uint64 // the pairs of bytes that a piece begins with
	ready    bool
	ordinary int64
}

type word struct {
	text, by string
	at       int  // where its piece is
	path     bool // a path in the form that tools give to folders of its name
}

func newFinder() *finder {
	return &finder{long: make(map[uint64][]int32), short: make(map[[3]byte][]int32)}
}

// shortestWord is the shortest value that is looked for in texts, in bytes: what
// is shorter, or a number, stands everywhere by chance.
const shortestWord = 3

// likelyWord is the shortest word that does not stand in columns by chance.
const likelyWord = 6

func (x *finder) add(text, by string) {
	if len(text) < shortestWord || !strings.ContainsFunc(text, unicode.IsLetter) {
		x.ordinary++
		return
	}
	x.words = append(x.words, word{text: text, by: by})
	if strings.ContainsAny(text, `/\`) && len(text) > shortestWord {
		x.words = append(x.words, word{text: clean.Dashes(text), by: by, path: true})
	}
}

// prepare chooses the pieces: of the beginning, the middle and the end of a word
// the one that is rarest.
func (x *finder) prepare() {
	x.ready = true
	places := func(text string) [3]int {
		n := len(text) - 8
		return [3]int{0, n / 2, n}
	}
	often := make(map[uint64]int32)
	for i := range x.words {
		if w := &x.words[i]; len(w.text) >= 8 {
			for _, at := range places(w.text) {
				often[piece(w.text[at:])]++
			}
		}
	}
	for i := range x.words {
		w := &x.words[i]
		if len(w.text) < 8 {
			key := [3]byte([]byte(w.text[:3]))
			x.short[key] = append(x.short[key], int32(i))
		} else {
			for _, at := range places(w.text) {
				if often[piece(w.text[at:])] < often[piece(w.text[w.at:])] {
					w.at = at
				}
			}
			key := piece(w.text[w.at:])
			x.long[key] = append(x.long[key], int32(i))
		}
		pair := uint(w.text[w.at]) | uint(w.text[w.at+1])<<8
		x.gate[pair/64] |= 1 << (pair % 64)
	}
}

func piece(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s[:8])) }

type finding struct {
	at   int
	word *word
}

// each tells of every place where a word stands, as a whole or not, until f
// returns false.
func (x *finder) each(text string, f func(finding) bool) {
	if !x.ready {
		x.prepare()
	}
	if len(x.words) == 0 {
		return
	}
	try := func(candidates []int32, i int) bool {
		for _, n := range candidates {
			w := &x.words[n]
			if at := i - w.at; at >= 0 && strings.HasPrefix(text[at:], w.text) && !f(finding{at, w}) {
				return false
			}
		}
		return true
	}
	for i := 0; i+shortestWord <= len(text); i++ {
		pair := uint(text[i]) | uint(text[i+1])<<8
		if x.gate[pair/64]>>(pair%64)&1 == 0 {
			continue
		}
		if len(x.short) > 0 && !try(x.short[[3]byte{text[i], text[i+1], text[i+2]}], i) {
			return
		}
		if len(x.long) > 0 && i+8 <= len(text) && !try(x.long[piece(text[i:])], i) {
			return
		}
	}
}

// named reports whether a word that was found stands there as a whole.
func (w *word) named(text string, at int) bool {
	if !w.path {
		return clean.MentionsAt(text, w.text, at)
	}
	after, _ := utf8.DecodeRuneInString(text[at+len(w.text):])
	return at+len(w.text) == len(text) || !unicode.IsLetter(after) && !unicode.IsDigit(after)
}

// replace puts the other words into a text: of several in one place the longest.
func (x *finder) replace(text string) string {
	var all []finding
	x.each(text, func(n finding) bool {
		if n.word.named(text, n.at) {
			all = append(all, n)
		}
		return true
	})
	if len(all) == 0 {
		return text
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(len(b.word.text), len(a.word.text)))
	})
	var out strings.Builder
	from := 0
	for _, n := range all {
		if n.at < from {
			continue
		}
		out.WriteString(text[from:n.at])
		out.WriteString(n.word.by)
		from = n.at + len(n.word.text)
	}
	out.WriteString(text[from:])
	return out.String()
}

// inBytes looks for a word in an encoded value. A text in there begins behind its
// length, which may look like a letter of a longer name.
func (x *finder) inBytes(value []byte, columns bool) (found bool) {
	text := string(value)
	x.each(text, func(n finding) bool {
		size := len(n.word.text)
		if strings.HasSuffix(text[:n.at], string(binary.AppendUvarint(nil, uint64(size)))) {
			found = true
			return false
		}
		if columns && size < likelyWord {
			return true
		}
		from, to := max(0, n.at-1), min(len(text), n.at+size+1)
		for from > 0 && n.at-from < utf8.UTFMax && !utf8.RuneStart(text[from]) {
			from--
		}
		found = n.word.named(text[from:to], n.at-from)
		return !found
	})
	return found
}
