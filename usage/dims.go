package usage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Dims says what a piece of usage belongs to. An empty string is "not known":
// no key is untracked, no project is unallocated. All text has been made
// harmless before it gets here (see package ingest).
type Dims struct {
	Source       string // which reader: "claude-code", "codex", "openai", …
	Account      string
	Provider     string // who bills: "anthropic", "openai", "azure", …
	Organization string
	Environment  string
	Project      string
	Key          string // an API key's id or name, never the key
	User         string
	Agent        string
	Session      string
	Machine      string
	Model        string // the name as recorded
	Tier         string // service tier as served; "" is standard
	Region       string
	Tags         Tags
	Basis        Basis
	Band         Band
}

// Coarse returns d without the dimensions that have cells of their own
// (session, agent, user).
func (d Dims) Coarse() Dims {
	d.Session, d.Agent, d.User = "", "", ""
	return d
}

// Strings returns the text dimensions in a fixed order, for encoders.
func (d *Dims) Strings() [15]*string {
	return [15]*string{&d.Source, &d.Account, &d.Provider, &d.Organization, &d.Environment, &d.Project, &d.Key,
		&d.User, &d.Agent, &d.Session, &d.Machine, &d.Model, &d.Tier, &d.Region, (*string)(&d.Tags)}
}

// Compare orders dims by their text, then basis and band.
func (d Dims) Compare(e Dims) int {
	a, b := d.Strings(), e.Strings()
	for i := range a {
		if c := strings.Compare(*a[i], *b[i]); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(d.Basis, e.Basis), cmp.Compare(d.Band.Lo, e.Band.Lo), cmp.Compare(d.Band.End, e.Band.End))
}

// Tags is a set of name=value pairs in canonical form: sorted by name, one per
// line. Being a string keeps Dims comparable.
type Tags string

// NewTags builds the canonical form. Line breaks in names and values become
// spaces.
func NewTags(pairs map[string]string) Tags {
	clean := strings.NewReplacer("\n", " ", "\r", " ")
	lines := make([]string, 0, len(pairs))
	for k, v := range pairs {
		lines = append(lines, strings.ReplaceAll(clean.Replace(k), "=", "-")+"="+clean.Replace(v))
	}
	slices.Sort(lines)
	return Tags(strings.Join(lines, "\n"))
}

// Get returns the value of a tag, or "" if there is none.
func (t Tags) Get(name string) string {
	for line := range strings.SplitSeq(string(t), "\n") {
		if k, v, ok := strings.Cut(line, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// With returns the tags with one more, or one changed.
func (t Tags) With(name, value string) Tags {
	pairs := map[string]string{}
	for line := range strings.SplitSeq(string(t), "\n") {
		if k, v, ok := strings.Cut(line, "="); ok {
			pairs[k] = v
		}
	}
	pairs[name] = value
	return NewTags(pairs)
}

// Basis says how a figure is known. Higher ranks above lower: for one account
// and day only the highest basis that covers it counts.
type Basis uint8

// The bases, in rising rank. Billed is money without tokens and stands beside
// the others.
const (
	BasisUnknown Basis = iota
	Billed             // provider cost API, invoices
	Imported           // files that a person brought in
	Logged             // logs that agents leave on this machine
	Metered            // a gateway that saw the traffic
	Reported           // the provider's own usage API
)

var basisNames = [...]string{"", "billed", "imported", "logged", "metered", "reported"}

func (b Basis) String() string {
	if int(b) < len(basisNames) {
		return basisNames[b]
	}
	return ""
}

// ParseBasis is the inverse of [Basis.String].
func ParseBasis(s string) (Basis, error) {
	if i := slices.Index(basisNames[:], s); i > 0 {
		return Basis(i), nil
	}
	return 0, fmt.Errorf("unknown basis %q", s)
}

// Band is the interval [Lo, End) that the total input of every request in a
// cell lies in; End 0 means no upper end. The zero Band is "unknown": it holds
// every total. Long-context prices apply to a whole request by its total
// input, so sums may only be formed inside a band.
type Band struct{ Lo, End int64 }

// Known reports whether the band says anything.
func (b Band) Known() bool { return b != Band{} }

// Max is the largest total in the band.
func (b Band) Max() int64 {
	if b.End == 0 {
		return math.MaxInt64
	}
	return b.End - 1
}

// String returns "0-200000" (both ends inside), "200001-" or "unknown".
func (b Band) String() string {
	switch {
	case !b.Known():
		return "unknown"
	case b.End == 0:
		return strconv.FormatInt(b.Lo, 10) + "-"
	}
	return strconv.FormatInt(b.Lo, 10) + "-" + strconv.FormatInt(b.Max(), 10)
}

// Edges is the sorted set of context thresholds that any price row uses.
// Bands are cut on both sides of every threshold t (…, t-1 | t | t+1, …), so
// that rules "above t" and "from t on" can both be answered from sums.
type Edges []int64

// NewEdges sorts and removes duplicates and numbers below 1.
func NewEdges(thresholds []int64) Edges {
	e := slices.DeleteFunc(slices.Clone(thresholds), func(t int64) bool { return t < 1 })
	slices.Sort(e)
	return Edges(slices.Compact(e))
}

// Band returns the band that a request with the given total input falls in;
// a negative total has the unknown band.
func (e Edges) Band(total int64) Band {
	if total < 0 {
		return Band{}
	}
	i, at := slices.BinarySearch(e, total)
	if at {
		return Band{total, total + 1}
	}
	var b Band
	if i > 0 {
		b.Lo = e[i-1] + 1
	}
	if i < len(e) {
		b.End = e[i]
	}
	if b == (Band{}) {
		b.End = math.MaxInt64 // no edges at all: known, and everything
	}
	return b
}

// Equal reports whether two sets are the same.
func (e Edges) Equal(f Edges) bool { return slices.Equal(e, f) }

// Dimension names one way to group usage. Besides the constants there is
// "tag:<name>".
type Dimension string

// The dimensions of `--by`, in the order that the help lists them.
const (
	ByHour         Dimension = "hour"
	ByDay          Dimension = "day"
	ByWeek         Dimension = "week"
	ByMonth        Dimension = "month"
	ByProvider     Dimension = "provider"
	ByAccount      Dimension = "account"
	ByOrganization Dimension = "organization"
	ByEnvironment  Dimension = "environment"
	ByProject      Dimension = "project"
	ByKey          Dimension = "key"
	ByUser         Dimension = "user"
	ByAgent        Dimension = "agent"
	BySession      Dimension = "session"
	ByMachine      Dimension = "machine"
	ByModel        Dimension = "model"
	ByPricedAs     Dimension = "priced_as"
	ByTier         Dimension = "tier"
	ByRegion       Dimension = "region"
	ByBand         Dimension = "band"
	BySource       Dimension = "source"
	ByBasis        Dimension = "basis"
	// ByCostCenter is what the rules of the configuration allocate usage to. It
	// is kept as the tag of the same name; "" is the unallocated rest.
	ByCostCenter Dimension = "cost_center"
	// ByLineItem is how a provider names a position of its bill; only billed
	// usage has it. It is kept as the tag of the same name.
	ByLineItem Dimension = "line_item"
)

// Dimensions lists every fixed dimension.
func Dimensions() []Dimension {
	return []Dimension{ByHour, ByDay, ByWeek, ByMonth, ByProvider, ByAccount, ByOrganization, ByEnvironment, ByProject,
		ByKey, ByUser, ByAgent, BySession, ByMachine, ByModel, ByPricedAs, ByTier, ByRegion, ByBand, BySource, ByBasis, ByCostCenter, ByLineItem}
}

// IsTime reports whether the dimension is a span of time.
func (d Dimension) IsTime() bool {
	return d == ByHour || d == ByDay || d == ByWeek || d == ByMonth
}

// Fine reports whether only session-level cells can answer the dimension.
func (d Dimension) Fine() bool { return d == ByUser || d == ByAgent || d == BySession }

// Of returns the value of a text dimension of x ("" if not known, and for
// dimensions that dims alone cannot answer: time and priced_as).
func (d Dimension) Of(x *Dims) string {
	switch d {
	case ByProvider:
		return x.Provider
	case ByAccount:
		return x.Account
	case ByOrganization:
		return x.Organization
	case ByEnvironment:
		return x.Environment
	case ByProject:
		return x.Project
	case ByKey:
		return x.Key
	case ByUser:
		return x.User
	case ByAgent:
		return x.Agent
	case BySession:
		return x.Session
	case ByMachine:
		return x.Machine
	case ByModel:
		return x.Model
	case ByTier:
		return x.Tier
	case ByRegion:
		return x.Region
	case ByBand:
		return x.Band.String()
	case BySource:
		return x.Source
	case ByBasis:
		return x.Basis.String()
	case ByCostCenter, ByLineItem:
		return x.Tags.Get(string(d))
	}
	if name, ok := strings.CutPrefix(string(d), "tag:"); ok {
		return x.Tags.Get(name)
	}
	return ""
}

// ParseDimensions reads a comma-separated list. The error names the first
// unknown one.
func ParseDimensions(list string) ([]Dimension, error) {
	var out []Dimension
	for name := range strings.SplitSeq(list, ",") {
		d := Dimension(strings.TrimSpace(name))
		if d == "" {
			continue
		}
		if tag, ok := strings.CutPrefix(string(d), "tag:"); !slices.Contains(Dimensions(), d) && (!ok || tag == "") {
			return nil, fmt.Errorf("unknown dimension %q", d)
		}
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out, nil
}
