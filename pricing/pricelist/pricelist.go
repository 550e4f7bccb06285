// Package pricelist takes price lists of others over into a price book, with
// care.
//
// [Parse] reads a list in one of three formats, told apart by content: tokpit's
// own CSV ([pricing.ReadRows]), LiteLLM's JSON map of models, and genai-prices'
// JSON list of providers (v2). [Compare] says what the list would change in a
// book: new models, other prices, announced ones, and what looks like a slip
// (a unit off by a thousand, swapped fields, a zero that stands for unknown)
// and is refused. [Changes.Apply] appends what is left to the user's
// [pricing.Additions], dated by the list or by the day of the import. Nothing
// is ever deleted: a model that a list drops keeps its price, because old usage
// still needs it.
//
// Numbers in JSON are read from their text, never as floats, and rounded half
// to even to six decimals per million tokens: lists are written by programs
// that print 0.39999999999999997 for 0.4.
package pricelist

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tokpit/pricing"
)

// Kind is a list's format.
type Kind string

// The formats.
const (
	Native      Kind = "native"
	LiteLLM     Kind = "litellm"
	GenAIPrices Kind = "genai-prices"
)

// MaxSize is the largest list that is read, in bytes. The real ones have 2 MB.
const MaxSize = pricing.MaxFile

// maxModels bounds the entries of a list. The real ones have 3,000.
const maxModels = 50_000

// longestName is the longest model name that is taken over.
const longestName = 200

// ErrList is wrapped by the errors of [Parse].
var ErrList = errors.New("not a price list")

// List is a price list as it was read.
type List struct {
	Kind   Kind
	Digest string // SHA-256 of its bytes, in hex
	Models []Model
	// Ignored counts what is not a price of a token class, by what it is.
	Ignored []Count
	// Problems are entries that could not be read. They are never taken over.
	Problems []Problem
}

// Model is one entry of a list. Its rows carry no provider or model yet; those
// without a beginning are not dated.
type Model struct {
	Provider, Name string // as the list spells them
	Rows           []pricing.Row
	Doubt          string // why it should not be taken over; "" if it may
}

// Count is how often something was met.
type Count struct {
	What string
	N    int
}

// Problem is an entry that could not be read.
type Problem struct{ Where, Reason string }

// Parse reads a price list of any known format.
func Parse(data []byte) (*List, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrList, MaxSize)
	}
	sum := sha256.Sum256(data)
	p := &parser{list: &List{Digest: hex.EncodeToString(sum[:])}, ignored: map[string]int{}}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	var err error
	switch {
	case len(data) == 0:
		err = errors.New("empty")
	case data[0] == '{' || data[0] == '[':
		err = p.json(data)
	default:
		err = p.native(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	if len(p.list.Models) == 0 && len(p.list.Problems) == 0 {
		return nil, fmt.Errorf("%w: it has no model with a price per token", ErrList)
	}
	p.list.Ignored = counts(p.ignored)
	return p.list, nil
}

func counts(m map[string]int) []Count {
	var out []Count
	for what, n := range m {
		out = append(out, Count{what, n})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(b.N-a.N, strings.Compare(a.What, b.What)) })
	return out
}

type parser struct {
	list    *List
	ignored map[string]int
}

func (p *parser) problem(where, format string, args ...any) {
	p.list.Problems = append(p.list.Problems, Problem{where, fmt.Sprintf(format, args...)})
}

// add keeps a model unless its name is unusable.
func (p *parser) add(m Model) {
	where := m.Provider + "/" + m.Name
	switch {
	case len(p.list.Models) >= maxModels:
		p.ignored[fmt.Sprintf("models beyond the first %d", maxModels)]++
	case m.Name == "" || len(m.Name) > longestName || len(m.Provider) > longestName || strings.ContainsFunc(where, unprintable):
		p.problem(fmt.Sprintf("%.60q", where), "not a usable name")
	default:
		p.list.Models = append(p.list.Models, m)
	}
}

func unprintable(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '"' }

// native reads tokpit's own format. One bad row fails the whole list: a person
// wrote it and can mend it.
func (p *parser) native(data []byte) error {
	p.list.Kind = Native
	rows, err := pricing.ReadRows(data)
	if err != nil {
		return err
	}
	index := map[pricing.ModelRef]int{}
	for _, r := range rows {
		ref := pricing.ModelRef{Provider: r.Provider, Model: strings.ToLower(r.Model)}
		if _, ok := index[ref]; !ok {
			index[ref] = len(p.list.Models)
			p.list.Models = append(p.list.Models, Model{Provider: r.Provider, Name: r.Model})
		}
		m := &p.list.Models[index[ref]]
		m.Rows = append(m.Rows, r)
	}
	return nil
}
