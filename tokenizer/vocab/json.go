package vocab

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// File is a vocabulary with what its file says about its use.
type File struct {
	Tokens [][]byte    // by number; nil for numbers that are not ordinary tokens
	Merges [][2]uint32 // the pairs that merge, in order; nil where ranks say it
	Regex  string      // the pattern that cuts text; "" if the file has none, several are joined by newlines
	NFC    bool        // text is brought to normalization form C first
	Whole  bool        // a piece that is a token is that one, even if merging does not lead there
}

// Count returns the number of ordinary tokens.
func (f *File) Count() int {
	n := 0
	for _, t := range f.Tokens {
		if t != nil {
			n++
		}
	}
	return n
}

// Parse reads a vocabulary in any of the three forms.
func Parse(text []byte) (*File, error) {
	if len(text) > MaxFile {
		return nil, fmt.Errorf("%w: larger than %d MiB", ErrInvalid, MaxFile>>20)
	}
	if trimmed := bytes.TrimLeft(text, " \t\r\n\ufeff"); len(trimmed) == 0 || trimmed[0] != '{' {
		tokens, err := ParseTiktoken(text)
		return &File{Tokens: tokens, Whole: true}, err
	}
	p := &parser{dec: json.NewDecoder(bytes.NewReader(text))}
	if err := p.document(); err != nil {
		if strings.HasPrefix(err.Error(), ErrInvalid.Error()) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if p.tekken {
		return p.tekkenFile()
	}
	return p.huggingFile()
}

// parser collects the parts of a JSON vocabulary while it streams by, so that
// nothing is held that is not wanted and lists end at their bounds.
type parser struct {
	dec      *json.Decoder
	byName   map[string]uint32 // model.vocab
	merges   [][2]string
	added    map[string]bool
	ignore   bool // model.ignore_merges
	model    string
	regexes  []string
	nfc      bool
	oddities []string // settings that we do not follow

	tekken  bool
	entries []tekkenEntry
	config  struct {
		Pattern  string `json:"pattern"`
		Size     int    `json:"default_vocab_size"`
		Specials int    `json:"default_num_special_tokens"`
	}
}

type tekkenEntry struct {
	Rank  uint32 `json:"rank"`
	Bytes string `json:"token_bytes"`
}

// document reads the whole file.
func (p *parser) document() error {
	return p.object(func(key string) error {
		switch key {
		case "model":
			return p.object(p.modelKey)
		case "added_tokens":
			return p.list(func() error {
				var t struct {
					Content string `json:"content"`
				}
				if err := p.dec.Decode(&t); err != nil {
					return err
				}
				if p.added == nil {
					p.added = make(map[string]bool)
				}
				p.added[t.Content] = true
				return nil
			})
		case "normalizer":
			return p.normalizer()
		case "pre_tokenizer":
			return p.preTokenizer()
		case "config":
			return p.dec.Decode(&p.config)
		case "vocab":
			p.tekken = true
			return p.list(func() error {
				var e tekkenEntry
				if err := p.dec.Decode(&e); err != nil {
					return err
				}
				p.entries = append(p.entries, e)
				return nil
			})
		}
		return p.skip()
	})
}

func (p *parser) modelKey(key string) error {
	switch key {
	case "type":
		return p.dec.Decode(&p.model)
	case "ignore_merges":
		return p.dec.Decode(&p.ignore)
	case "byte_fallback", "fuse_unk":
		var on bool
		if err := p.dec.Decode(&on); err != nil {
			return err
		}
		if on && key == "byte_fallback" {
			p.oddities = append(p.oddities, key)
		}
		return nil
	case "continuing_subword_prefix", "end_of_word_suffix":
		var s *string
		if err := p.dec.Decode(&s); err != nil {
			return err
		}
		if s != nil && *s != "" {
			p.oddities = append(p.oddities, key)
		}
		return nil
	case "vocab":
		p.byName = make(map[string]uint32)
		return p.object(func(name string) error {
			var id uint32
			if err := p.dec.Decode(&id); err != nil {
				return err
			}
			if len(p.byName) >= maxTokens || id >= maxTokens {
				return fmt.Errorf("%w: more than %d tokens", ErrInvalid, maxTokens)
			}
			if _, twice := p.byName[name]; twice {
				return fmt.Errorf("%w: a token is there twice", ErrInvalid)
			}
			p.byName[name] = id
			return nil
		})
	case "merges":
		return p.list(p.merge)
	}
	return p.skip()
}

// merge reads one merge: "a b" or ["a","b"].
func (p *parser) merge() error {
	var raw json.RawMessage
	if err := p.dec.Decode(&raw); err != nil {
		return err
	}
	var pair []string
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		pair = strings.Split(s, " ")
	} else if err := json.Unmarshal(raw, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("%w: a merge is not a pair", ErrInvalid)
	}
	p.merges = append(p.merges, [2]string{pair[0], pair[1]})
	return nil
}

func (p *parser) normalizer() error {
	var n *struct {
		Type        string            `json:"type"`
		Normalizers []json.RawMessage `json:"normalizers"`
	}
	if err := p.dec.Decode(&n); err != nil || n == nil {
		return err
	}
	switch {
	case n.Type == "NFC":
		p.nfc = true
	case n.Type == "Sequence" && len(n.Normalizers) == 0:
	default:
		p.oddities = append(p.oddities, "normalizer "+n.Type)
	}
	return nil
}

func (p *parser) preTokenizer() error {
	type step struct {
		Type     string `json:"type"`
		Behavior string `json:"behavior"`
		Invert   bool   `json:"invert"`
		Pattern  struct {
			Regex string `json:"Regex"`
		} `json:"pattern"`
		Prefix bool   `json:"add_prefix_space"`
		Regex  bool   `json:"use_regex"`
		Steps  []step `json:"pretokenizers"`
	}
	var s step
	if err := p.dec.Decode(&s); err != nil {
		return err
	}
	steps := s.Steps
	if s.Type != "Sequence" {
		steps = []step{s}
	}
	for _, s := range steps {
		switch {
		case s.Type == "Split" && s.Behavior == "Isolated" && !s.Invert && s.Pattern.Regex != "":
			p.regexes = append(p.regexes, s.Pattern.Regex)
		case s.Type == "ByteLevel" && !s.Prefix && !s.Regex:
		default:
			p.oddities = append(p.oddities, "pre-tokenizer "+s.Type)
		}
	}
	return nil
}

// object reads an object and calls f for each key, to read its value.
func (p *parser) object(f func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	for p.dec.More() {
		key, err := p.dec.Token()
		if err != nil {
			return err
		}
		if err := f(key.(string)); err != nil { // a key is always a string
			return err
		}
	}
	return p.delim('}')
}

// list reads an array and calls f to read each element; there may be as many as
// merges could be.
func (p *parser) list(f func() error) error {
	if err := p.delim('['); err != nil {
		return err
	}
	for n := 0; p.dec.More(); n++ {
		if n >= 8*maxTokens {
			return fmt.Errorf("%w: a list of more than %d", ErrInvalid, 8*maxTokens)
		}
		if err := f(); err != nil {
			return err
		}
	}
	return p.delim(']')
}

func (p *parser) delim(want json.Delim) error {
	t, err := p.dec.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("%w: %v where %v belongs", ErrInvalid, t, want)
	}
	return nil
}

func (p *parser) skip() error {
	var raw json.RawMessage
	return p.dec.Decode(&raw)
}

// tekkenFile makes a vocabulary of Mistral's own form. Its special tokens come
// first, and of its list only what the model was trained with is used.
func (p *parser) tekkenFile() (*File, error) {
	c := p.config
	if c.Specials < 0 || c.Size <= c.Specials || c.Size > maxTokens || c.Size-c.Specials > len(p.entries) {
		return nil, fmt.Errorf("%w: %d tokens of which %d special, in a list of %d", ErrInvalid, c.Size, c.Specials, len(p.entries))
	}
	f := &File{Regex: c.Pattern, Whole: true}
	for i, e := range p.entries[:c.Size-c.Specials] {
		token, err := base64.StdEncoding.DecodeString(e.Bytes)
		if err != nil || len(token) == 0 || int(e.Rank) != i {
			return nil, fmt.Errorf("%w: entry %d is no token of that rank", ErrInvalid, i)
		}
		if f.Tokens, err = put(f.Tokens, uint64(i+c.Specials), token); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// huggingFile makes a vocabulary of a tokenizer.json, if it is a byte-level BPE
// that merges in the order of its token numbers.
func (p *parser) huggingFile() (*File, error) {
	switch {
	case p.byName == nil || p.model != "" && p.model != "BPE":
		return nil, fmt.Errorf("%w: no byte pair encoding in it", ErrInvalid)
	case len(p.oddities) > 0:
		return nil, fmt.Errorf("%w: it needs %s, which is not supported", ErrInvalid, strings.Join(p.oddities, ", "))
	case len(p.merges) == 0:
		return nil, fmt.Errorf("%w: it has no merges", ErrInvalid)
	}
	f := &File{Regex: strings.Join(p.regexes, "\n"), NFC: p.nfc, Whole: p.ignore}
	made := make(map[uint32]bool)
	last := uint32(0)
	for i, m := range p.merges {
		a, oka := p.byName[m[0]]
		b, okb := p.byName[m[1]]
		t, okt := p.byName[m[0]+m[1]]
		if !oka || !okb || !okt {
			return nil, fmt.Errorf("%w: merge %d is not of tokens", ErrInvalid, i)
		}
		if t < last {
			return nil, fmt.Errorf("%w: merge %d is out of the order of token numbers", ErrInvalid, i)
		}
		last = t
		made[t] = true
		f.Merges = append(f.Merges, [2]uint32{a, b})
	}
	alphabet := byteAlphabet()
	for name, id := range p.byName {
		token, ok := fromAlphabet(name, alphabet)
		if len(token) != 1 && !made[id] && p.added[name] {
			continue // a special token
		}
		if !ok || len(token) != 1 && !made[id] {
			return nil, fmt.Errorf("%w: token %d is neither a byte nor merged", ErrInvalid, id)
		}
		var err error
		if f.Tokens, err = put(f.Tokens, uint64(id), token); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// byteAlphabet gives the byte that a character stands for in byte-level
// vocabularies: GPT-2's table, in which the bytes that print stand for themselves
// and the others follow from U+0100 on.
func byteAlphabet() map[rune]byte {
	out := make(map[rune]byte, 256)
	next := rune(0x100)
	for b := range rune(256) {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			out[b] = byte(b)
			continue
		}
		out[next] = byte(b)
		next++
	}
	return out
}

func fromAlphabet(name string, alphabet map[rune]byte) ([]byte, bool) {
	out := make([]byte, 0, utf8.RuneCountInString(name))
	for _, r := range name {
		b, ok := alphabet[r]
		if !ok {
			return nil, false
		}
		out = append(out, b)
	}
	return out, len(out) > 0
}
