package tokenizer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"tokpit/tokenizer/bpe"
	"tokpit/tokenizer/split"
	"tokpit/tokenizer/vocab"
)

// ErrVocabulary is returned for a vocabulary file that cannot be used, or a
// stored one that was damaged.
var ErrVocabulary = errors.New("cannot use this vocabulary")

// addable says what a family's vocabulary must look like.
type addable struct {
	pattern split.Pattern
	regex   string // as its tokenizer.json and tekken.json have it
	tokens  int    // ordinary tokens
	nfc     bool
}

const (
	cl100kRegex   = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwenRegex     = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	tekkenRegex   = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	deepSeekRegex = "\\p{N}{1,3}\n[一-龥぀-ゟ゠-ヿ]+\n" +
		"[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
)

func addableOf(f Family) (addable, bool) {
	switch f {
	case Llama3:
		return addable{split.CL100K, cl100kRegex, 128000, false}, true
	case Qwen:
		return addable{split.Qwen, qwenRegex, 151643, true}, true
	case Tekken:
		return addable{split.Tekken, tekkenRegex, 130072, false}, true
	case DeepSeek:
		return addable{split.DeepSeek, deepSeekRegex, 127997, false}, true
	}
	return addable{}, false
}

// Stored is what is known of an added vocabulary.
type Stored struct {
	Family Family `json:"family"`
	SHA256 string `json:"sha256"` // of the file that it was made of
	Tokens int    `json:"tokens"`
}

const (
	storedMagic = "tokpit-vocabulary/1\n"
	maxStored   = 64 << 20
)

// Adopt reads a vocabulary file of a family, a .tiktoken, tekken.json or
// tokenizer.json, checks that it is what the family uses, and returns it as a
// finished table to be stored. This takes a fraction of a second. A file that
// does not fit is refused with the reason.
func Adopt(f Family, file []byte) ([]byte, Stored, error) {
	want, ok := addableOf(f)
	if !ok {
		return nil, Stored{}, fmt.Errorf("%w: vocabularies can be added for %v, not %q", ErrVocabulary, Addable(), f)
	}
	v, err := vocab.Parse(file)
	if err != nil {
		return nil, Stored{}, fmt.Errorf("%w: %w", ErrVocabulary, err)
	}
	switch n := v.Count(); {
	case n != want.tokens:
		return nil, Stored{}, fmt.Errorf("%w: it has %d tokens, %s has %d", ErrVocabulary, n, f, want.tokens)
	case v.Regex != "" && v.Regex != want.regex:
		return nil, Stored{}, fmt.Errorf("%w: it cuts text in another way than %s", ErrVocabulary, f)
	case v.Merges != nil && v.NFC != want.nfc:
		return nil, Stored{}, fmt.Errorf("%w: it prepares text in another way than %s", ErrVocabulary, f)
	}
	block, err := build(v)
	if err != nil {
		return nil, Stored{}, err
	}
	sum := sha256.Sum256(file)
	info := Stored{f, hex.EncodeToString(sum[:]), want.tokens}
	head, err := json.Marshal(info)
	if err != nil {
		return nil, Stored{}, err
	}
	return append(append(append([]byte(storedMagic), head...), '\n'), block...), info, nil
}

// build makes the table and checks that each token is made by a merge that the
// file lists, so that counting by ranks is the same as counting by its list.
func build(v *vocab.File) ([]byte, error) {
	block, err := bpe.Build(v.Tokens)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrVocabulary, err)
	}
	if v.Merges == nil {
		return block, nil
	}
	t, err := bpe.Open(block, false)
	if err != nil {
		return nil, err
	}
	made := make(map[uint32]bool, len(v.Tokens))
	for _, m := range v.Merges {
		if id := t.Pair(m[0], m[1]); id != bpe.None {
			made[id] = true
		}
	}
	again := false
	for id, token := range v.Tokens {
		if len(token) < 2 || made[uint32(id)] {
			continue
		}
		if reached(t, uint32(id), token) {
			return nil, fmt.Errorf("%w: token %d is not made by its merges", ErrVocabulary, id)
		}
		if !v.Whole { // then nothing ever gives this token
			v.Tokens[id], again = nil, true
		}
	}
	if again {
		return bpe.Build(v.Tokens)
	}
	return block, nil
}

// reached reports whether any pair merges to a token.
func reached(t *bpe.Table, id uint32, token []byte) bool {
	for k := 1; k < len(token); k++ {
		a, b := t.Find(token[:k]), t.Find(token[k:])
		if a != bpe.None && b != bpe.None && t.Pair(a, b) == id {
			return true
		}
	}
	return false
}

// OpenStored makes an encoding of what Adopt returned. Everything is checked
// first, so a damaged or changed file is refused.
func OpenStored(stored []byte) (*Encoding, Stored, error) {
	var info Stored
	rest, ok := bytes.CutPrefix(stored, []byte(storedMagic))
	head, block, found := bytes.Cut(rest, []byte("\n"))
	if !ok || !found || len(stored) > maxStored || len(head) > 1024 || json.Unmarshal(head, &info) != nil {
		return nil, info, fmt.Errorf("%w: it was not stored by this program", ErrVocabulary)
	}
	want, ok := addableOf(info.Family)
	if !ok {
		return nil, info, fmt.Errorf("%w: of unknown family %q", ErrVocabulary, info.Family)
	}
	t, err := bpe.Open(block, true)
	if err != nil {
		return nil, info, fmt.Errorf("%w: %w", ErrVocabulary, err)
	}
	e := newEncoding(string(info.Family), want.pattern, t)
	e.compose = want.nfc
	return e, info, nil
}

// Library is the encodings that a person has: those of this package and the
// added ones. The zero value has the former.
type Library struct {
	added map[Family]*Encoding
}

// With returns a library that also has an added encoding.
func (l Library) With(f Family, e *Encoding) Library {
	added := maps.Clone(l.added)
	if added == nil {
		added = make(map[Family]*Encoding)
	}
	added[f] = e
	return Library{added}
}

// For is the function For, with the methods of added families exact. A name that
// only may belong to the family stays an estimate.
func (l Library) For(provider, model string) Method {
	m := For(provider, model)
	if e := l.added[m.Family]; e != nil && !m.Assumed {
		m.Encoding, m.Exact, m.Why = e.Name(), true, "the added vocabulary"
	}
	return m
}

// Get returns the encoding of that name, an added family's being its own.
func (l Library) Get(name string) (*Encoding, error) {
	if e := l.added[Family(name)]; e != nil {
		return e, nil
	}
	return Get(name)
}
