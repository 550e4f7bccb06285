package store

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// scoped returns a text of a kind with the users of its scopes renamed. What has
// no scopes stays as it is.
func (f *renaming) scoped(kind, name, text string) (string, error) {
	if kind == kindBudget {
		return f.budget(name, text)
	}
	rewrite := f.Scoped[kind]
	if rewrite == nil || text == "" {
		return text, nil
	}
	return rewrite(name, text, f.user)
}

// decision is scoped for what the trail quotes: of both or of none.
func (f *renaming) decision(kind, name, text string) (string, error) {
	now, err := f.scoped(kind, name, text)
	if err == nil && now != text && kind != kindBudget {
		err = admitDecision(kind, Decision{name, now})
	}
	return now, err
}

func (f *renaming) budget(name, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	b, err := parseBudget(name, text)
	if err != nil {
		return "", err
	}
	users, changed := b.Scope[usage.ByUser], false
	for i, u := range users {
		now := f.user(u)
		users[i], changed = now, changed || now != u
	}
	if !changed {
		return text, nil
	}
	now, err := budgetText(&b)
	if err == nil {
		_, err = parseBudget(name, now)
	}
	return now, err
}

func (f *renaming) budgets() error {
	b := f.tx.Bucket(bucketBudgets)
	for _, e := range collected(b) {
		name := string(e.key)
		text, err := unsealBudget(name, e.value)
		if err != nil {
			continue // the leftovers and the doctor say so
		}
		now, err := f.scoped(kindBudget, name, text)
		if err != nil {
			f.keep(string(bucketBudgets), name)
			continue
		}
		if now == text {
			continue
		}
		f.counts.Texts++
		if err := b.Put(e.key, sealBudget(name, now)); err != nil {
			return err
		}
	}
	return nil
}

func (f *renaming) decisions() error {
	b := f.tx.Bucket(bucketDecisions)
	for _, e := range collected(b) {
		kind, name, _ := strings.Cut(string(e.key), "\x00")
		text, err := unsealDecision(e.key, e.value)
		if err != nil {
			continue
		}
		now, err := f.decision(kind, name, text)
		if err != nil {
			f.keep(string(bucketDecisions), string(e.key))
			continue
		}
		if now == text {
			continue
		}
		f.counts.Texts++
		if err := b.Put(e.key, sealDecision(e.key, now)); err != nil {
			return err
		}
	}
	return nil
}

func (f *renaming) documents() error {
	b := f.tx.Bucket(bucketDocuments)
	for _, e := range collected(b) {
		kind, name, _ := strings.Cut(string(e.key), "\x00")
		text := string(e.value)
		now, err := f.scoped(kind, name, text)
		if err == nil && now != text && !json.Valid([]byte(now)) {
			err = fmt.Errorf("%w: %s %.80q", ErrCorrupt, kind, name)
		}
		if err != nil {
			f.keep(string(bucketDocuments), string(e.key))
			continue
		}
		if now == text {
			continue
		}
		f.counts.Texts++
		if err := b.Put(e.key, []byte(now)); err != nil {
			return err
		}
	}
	return nil
}

// audit rewrites what rows quote, by the same rules as what was decided: what is
// stored stays what the trail says, whether it could be rewritten or not.
func (f *renaming) audit() error {
	b := f.tx.Bucket(bucketAudit)
	for _, e := range collected(b) {
		r, err := decodeAudit(e.key, e.value)
		if err != nil {
			continue
		}
		kind := ""
		for _, verb := range []string{verbSet, verbRemove, verbFound} {
			if of, ok := strings.CutPrefix(r.What, verb); ok {
				kind = of
			}
		}
		if kind == "" {
			continue
		}
		changed := false
		for _, s := range []*string{&r.Before, &r.After} {
			if now, err := f.decision(kind, r.Name, *s); err == nil && now != *s {
				*s, changed = now, true
			}
		}
		if !changed {
			continue
		}
		if err := f.redact(b, e.key, &r); err != nil {
			return err
		}
	}
	return nil
}

// look makes the search for all that has another name now.
func (f *renaming) look() error {
	f.find = newFinder()
	for _, old := range slices.Sorted(maps.Keys(f.became)) {
		switch {
		case f.became[old] == old:
		case f.others[old]:
			f.find.ordinary++
		default:
			f.find.add(old)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(f.called)) {
		if text != "" && f.became[text] == "" && !f.others[text] {
			f.find.add(text)
		}
	}
	return nil
}

func (f *renaming) reword(text string) string { return text }

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
	text string
	at   int // where its piece is
}

func newFinder() *finder {
	return &finder{long: make(map[uint64][]int32), short: make(map[[3]byte][]int32)}
}

// shortestWord is the shortest name that is looked for, in bytes: what is
// shorter, or a number, stands everywhere by chance.
const shortestWord = 3

// likelyWord is the shortest word that does not stand in columns by chance.
const likelyWord = 6

func (x *finder) add(text string) {
	if len(text) < shortestWord || !strings.ContainsFunc(text, unicode.IsLetter) {
		x.ordinary++
		return
	}
	x.words = append(x.words, word{text: text})
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
		found = clean.MentionsAt(text[from:to], n.word.text, n.at-from)
		return !found
	})
	return found
}
