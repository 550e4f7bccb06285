package usage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
)

// Record is what one source says about one model in one interval. Instants are
// UTC and kept to the millisecond.
type Record struct {
	// ID comes from content only: the provider's response id, else session and
	// cumulative total. Never a path, an offset or a machine. It is unique
	// within a source.
	ID string
	// Start is when the response was first seen, or when the bucket begins;
	// it decides the day that the usage belongs to.
	Start time.Time
	// End is the exclusive end of a provider's bucket; zero for one response.
	End time.Time
	// UsageAt is when the kept usage was logged (a response may be logged in
	// parts). It breaks ties between copies; zero means Start.
	UsageAt time.Time

	Dims

	// Slice names the provider bucket kind and grain that the record came
	// from ("completions/1h"); "" for a single response. See [Slice].
	Slice string
	// SideChain marks a copy inside a side conversation, which never owns a
	// response that the main conversation has too.
	SideChain bool
	// Context is the total input of the one request that the record stands
	// for, or Absent where it stands for several (its band is then unknown,
	// unless the source gives one in Dims.Band).
	Context int64
	// Requests counts responses, or is Absent.
	Requests int64

	Tokens
	Quantities []Quantity // sorted by meter, no zero entries

	// Reported is the provider's own amount in Currency; Currency is "" where
	// it gave none (a reported 0 is not the same).
	Reported money.Amount
	Currency string

	Flags Flags
}

// Flags are doubts about a record that a person should be able to see.
type Flags uint16

// The doubts.
const (
	// FlagParentMissing: copied from a conversation whose own log is not there,
	// so which of its copies is the original is decided by their dates.
	FlagParentMissing Flags = 1 << iota
	// FlagTotalMismatch: the source's own total differs from the sum of its
	// classes; the classes are kept as recorded.
	FlagTotalMismatch
	// FlagSeveralRequests: one cumulative step covers several requests.
	FlagSeveralRequests
)

// BandIn returns the band that the record is summed under: that of its one
// request; else the range that the source gave; else what its sum says, since
// none of several requests can have read more than all of them.
func (r *Record) BandIn(e Edges) Band {
	switch {
	case r.Context != Absent:
		return e.Band(r.Context)
	case r.Band.Known():
		return r.Band
	}
	for _, t := range e {
		if r.TotalInput() < t {
			return Band{0, t}
		}
	}
	return Band{}
}

// Measures returns what the record adds to its cell.
func (r *Record) Measures() Measures {
	m := Measures{Records: 1, Tokens: r.Tokens, Quantities: r.Quantities}
	if r.Requests == Absent {
		m.Uncounted = 1
	} else {
		m.Requests = r.Requests
	}
	if r.Currency != "" {
		m.Reported = []Charged{{r.Currency, r.Reported, 1}}
	}
	return m
}

// Fold returns the one record that counts when a and b are copies of the same
// response (same source and ID).
//
// One copy owns the response: not a side chain, then the earliest Start, then
// the smallest session id. The usage (model, tier, region, tokens, quantities,
// reported amount) is the whole row with the largest total, not the largest of
// each class, because a fallback in mid-stream changes model and cache figures
// together. Fold is commutative, associative and idempotent, so the result
// does not depend on the order in which copies arrive.
func Fold(a, b Record) Record {
	owner, other := a, b
	if compareOwners(&b, &a) < 0 {
		owner, other = b, a
	}
	use := &owner
	if compareUsage(&other, &owner) < 0 {
		use = &other
	}
	out := owner
	out.UsageAt, out.Context, out.Requests = use.usageAt(), use.Context, use.Requests
	out.Provider, out.Model, out.Tier, out.Region, out.Band = use.Provider, use.Model, use.Tier, use.Region, use.Band
	out.Tokens, out.Quantities = use.Tokens, use.Quantities
	out.Reported, out.Currency = use.Reported, use.Currency
	if out.UsageAt.Equal(out.Start) {
		out.UsageAt = time.Time{}
	}
	return out
}

func (r *Record) usageAt() time.Time {
	if r.UsageAt.IsZero() {
		return r.Start
	}
	return r.UsageAt
}

func compareOwners(a, b *Record) int {
	side := func(r *Record) int {
		if r.SideChain {
			return 1
		}
		return 0
	}
	if c := cmp.Or(side(a)-side(b), a.Start.Compare(b.Start), strings.Compare(a.Session, b.Session)); c != 0 {
		return c
	}
	// Two rows of one copy: any fixed order will do, as long as it looks at
	// nothing but what the owner keeps.
	x, y := a.Dims, b.Dims
	for _, d := range []*Dims{&x, &y} {
		d.Provider, d.Model, d.Tier, d.Region, d.Band = "", "", "", "", Band{}
	}
	return cmp.Or(x.Compare(y), cmp.Compare(a.Flags, b.Flags), a.End.Compare(b.End), strings.Compare(a.Slice, b.Slice))
}

// compareUsage orders the better usage first.
func compareUsage(a, b *Record) int {
	if c := cmp.Or(cmp.Compare(b.Total(), a.Total()), a.usageAt().Compare(b.usageAt()),
		compareTokens(b.Tokens, a.Tokens), strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model),
		strings.Compare(a.Tier, b.Tier), strings.Compare(a.Region, b.Region)); c != 0 {
		return c
	}
	return cmp.Or(slices.CompareFunc(b.Quantities, a.Quantities, func(x, y Quantity) int {
		return cmp.Or(strings.Compare(x.Meter, y.Meter), cmp.Compare(x.N, y.N))
	}), cmp.Compare(b.Requests, a.Requests), cmp.Compare(b.Context, a.Context), strings.Compare(b.Currency, a.Currency),
		b.Reported.Cmp(a.Reported), cmp.Compare(a.Band.Lo, b.Band.Lo), cmp.Compare(a.Band.End, b.Band.End))
}

func compareTokens(a, b Tokens) int {
	return cmp.Or(cmp.Compare(a.Input, b.Input), cmp.Compare(a.CacheRead, b.CacheRead),
		cmp.Compare(a.CacheWrite5m, b.CacheWrite5m), cmp.Compare(a.CacheWrite1h, b.CacheWrite1h),
		cmp.Compare(a.Output, b.Output), cmp.Compare(a.Reasoning, b.Reasoning))
}
