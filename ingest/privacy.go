package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tokpit/usage"
)

// What comes in passes two gates beside the checks of the door. Values of the
// dimensions that a person wants to have no names become pseudonyms; then usage
// that somebody had forgotten is turned away, so that neither a sync from the
// beginning nor a file from elsewhere brings it back. Both work with a keyed
// digest (HMAC-SHA-256) under a key that is kept outside the store: whoever has
// the store alone cannot try names until one fits.

// Key is a secret of that kind. It prints as nothing.
type Key struct{ reveal func() []byte } // a closure, so that printing it by accident says nothing

// MinKey is the shortest text of a key, in bytes.
const MinKey = 32

// ErrKey is wrapped by the error of [NewKey].
var ErrKey = errors.New("key of pseudonyms")

// NewKey makes a key of the text that somebody keeps as such.
func NewKey(secret string) (Key, error) {
	if len(secret) < MinKey {
		return Key{}, fmt.Errorf("%w: it has fewer than %d characters", ErrKey, MinKey)
	}
	return Key{func() []byte { return []byte(secret) }}, nil
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.reveal == nil }

// String implements fmt.Stringer without telling anything.
func (Key) String() string { return "***" }

// KeyCheck tells keys apart without telling anything about them.
type KeyCheck [8]byte

// Mark is the keyed digest of one value of a dimension.
type Mark [sha256.Size]byte

// Check identifies the key.
func (k Key) Check() (c KeyCheck) {
	sum := k.digest("check", "", "")
	copy(c[:], sum[:])
	return c
}

// Mark returns the digest that stands for a value on the list of what was
// forgotten.
func (k Key) Mark(d usage.Dimension, value string) Mark { return k.digest("forget", d, value) }

func (k Key) digest(purpose string, d usage.Dimension, value string) (m Mark) {
	h := hmac.New(sha256.New, k.reveal())
	h.Write([]byte("tokpit " + purpose + " 1\x00" + string(d) + "\x00" + value))
	h.Sum(m[:0])
	return m
}

// pseudonymLetters is how many base32 letters of a digest a pseudonym has: 60
// bits, so that among a million users two share one once in two million cases.
const pseudonymLetters = 12

// Pseudonym returns what stands for a value: the dimension, a dash and twelve
// letters. What is one already stays, so that records which another machine has
// given pseudonyms under the same key keep theirs; the empty value stays too.
func (k Key) Pseudonym(d usage.Dimension, value string) string {
	if value == "" || IsPseudonym(d, value) {
		return value
	}
	sum := k.digest("pseudonym", d, value)
	return string(d) + "-" + letters(sum[:])[:pseudonymLetters]
}

// IsPseudonym reports whether a value has the form of a pseudonym.
func IsPseudonym(d usage.Dimension, value string) bool {
	rest, ok := strings.CutPrefix(value, string(d)+"-")
	return ok && len(rest) == pseudonymLetters && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// pseudonymID stands for the id of a record where sessions have pseudonyms: ids
// of some sources hold the session's.
func (k Key) pseudonymID(id string) string {
	if rest, ok := strings.CutPrefix(id, "id-"); ok && len(rest) == 2*pseudonymLetters && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz234567") == "" {
		return id
	}
	sum := k.digest("pseudonym", "id", id)
	return "id-" + letters(sum[:])[:2*pseudonymLetters]
}

func letters(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// PseudonymDimensions lists the dimensions whose values can be replaced.
func PseudonymDimensions() []usage.Dimension {
	return []usage.Dimension{usage.ByUser, usage.BySession, usage.ByKey, usage.ByProject, usage.ByMachine, usage.ByAgent,
		usage.ByAccount, usage.ByOrganization, usage.ByEnvironment}
}

// Refusal is one entry of the list of what was forgotten: usage that has one of
// the values of every term is turned away.
type Refusal struct {
	Key   KeyCheck // that the marks were made with
	Terms []RefusedTerm
}

// RefusedTerm is one of the things that refused usage has in common.
type RefusedTerm struct {
	Dimension usage.Dimension // or "tag:name"
	Marks     []Mark          // of the values, any of which it may have
}

// ErrLostKey: an entry of the list cannot be applied, because its key is not
// there any more: what it keeps away would come back unseen.
var ErrLostKey = errors.New("the key of what was forgotten is not there")

// Privacy is what [Options] need to know of both gates. A nil one lets
// everything pass as it is. It does not change and may be shared.
type Privacy struct {
	key        Key
	pseudonyms map[usage.Dimension]bool
	refusals   []refusal
	dimensions []usage.Dimension // that any refusal looks at
	keys       map[usage.Dimension][]Key
}

type refusal struct{ terms []refusedTerm }

type refusedTerm struct {
	dimension usage.Dimension
	marks     map[Mark]bool
}

// NewPrivacy compiles both gates. The first of the keys makes pseudonyms; the
// list may have been written with any of them. The error wraps [ErrLostKey] if
// an entry of the list has none of them, and [ErrKey] for pseudonyms without a
// key, or of what can have none.
func NewPrivacy(keys []Key, pseudonyms []usage.Dimension, list []Refusal) (*Privacy, error) {
	p := &Privacy{pseudonyms: make(map[usage.Dimension]bool), keys: make(map[usage.Dimension][]Key)}
	if len(pseudonyms) > 0 && len(keys) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrKey)
	}
	for _, d := range pseudonyms {
		if !slices.Contains(PseudonymDimensions(), d) {
			return nil, fmt.Errorf("%w: a %s has no pseudonym", ErrKey, d)
		}
		p.pseudonyms[d] = true
	}
	if len(keys) > 0 {
		p.key = keys[0]
	}
	byCheck := make(map[KeyCheck]Key, len(keys))
	for _, k := range keys {
		byCheck[k.Check()] = k
	}
	for _, entry := range list {
		key, ok := byCheck[entry.Key]
		if !ok {
			return nil, ErrLostKey
		}
		if len(entry.Terms) == 0 {
			continue // it keeps nothing away, rather than everything
		}
		var r refusal
		for _, t := range entry.Terms {
			marks := make(map[Mark]bool, len(t.Marks))
			for _, m := range t.Marks {
				marks[m] = true
			}
			r.terms = append(r.terms, refusedTerm{t.Dimension, marks})
			if !slices.Contains(p.dimensions, t.Dimension) {
				p.dimensions = append(p.dimensions, t.Dimension)
			}
			check := key.Check()
			if !slices.ContainsFunc(p.keys[t.Dimension], func(k Key) bool { return k.Check() == check }) {
				p.keys[t.Dimension] = append(p.keys[t.Dimension], key)
			}
		}
		p.refusals = append(p.refusals, r)
	}
	return p, nil
}

// Hides reports whether values of a dimension get pseudonyms.
func (p *Privacy) Hides(d usage.Dimension) bool { return p != nil && p.pseudonyms[d] }

// Shown returns what a value is kept as.
func (p *Privacy) Shown(d usage.Dimension, value string) string {
	if !p.Hides(d) {
		return value
	}
	return p.key.Pseudonym(d, value)
}

// ID returns what the id of a record is kept as: where sessions have pseudonyms it
// is one too.
func (p *Privacy) ID(id string) string {
	if !p.Hides(usage.BySession) || id == "" {
		return id
	}
	return p.key.pseudonymID(id)
}
