package pricelist

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// Entry is one row that a list would add to a book.
type Entry struct {
	Before pricing.Row // what it replaces
	Had    bool        // there is a Before
	After  pricing.Row
	Factor string // the largest move of a class, "×2.5"; "" if there is no Before
	Reason string // why it is refused
	Note   string // what a person should know besides
}

// Shrink says that a list lacks many models that it had before.
type Shrink struct {
	Provider    string
	Known, Gone int
}

// Changes is what a list would change in a book.
type Changes struct {
	Kind   Kind
	Origin string
	Digest string
	At     time.Time

	New       []Entry            // of models that the book does not have
	Changed   []Entry            // in force from now on, or from a date in the past
	Scheduled []Entry            // in force later
	Refused   []Entry            // doubtful: see Reason
	Ends      []pricing.Row      // rows whose base price changes and that the list does not state
	Kept      []pricing.ModelRef // no longer in the list; the book keeps them
	Shrunk    []Shrink           // any of these refuses the whole list
	Unchanged int                // models
	Ignored   []Count
	Problems  []Problem

	listed map[pricing.ModelRef]bool
}

// Empty reports whether there is nothing to take over, not even by force.
func (c *Changes) Empty() bool {
	return len(c.New)+len(c.Changed)+len(c.Scheduled)+len(c.Refused) == 0
}

// comparer works one list against one book.
type comparer struct {
	book       *pricing.Book
	changes    *Changes
	kind       Kind
	source     string
	at         time.Time // the quarter hour in which the prices begin
	now        time.Time
	boundaries map[string]bool // by provider: thresholds include themselves
	ignored    map[string]int
}

// Compare says what a list would change in a book at an instant. Origin is
// where the list came from, for a person. The book is the one with the imports
// so far, without the user's overrides (see [pricing.Book.Adding]).
func Compare(book *pricing.Book, list *List, origin string, at time.Time) *Changes {
	at = at.UTC().Truncate(time.Second)
	c := &comparer{book: book, kind: list.Kind, now: at, at: at.Truncate(usage.SlotLength), source: string(list.Kind),
		boundaries: map[string]bool{}, ignored: map[string]int{}}
	if origin != "" {
		c.source += ": " + origin
	}
	c.changes = &Changes{Kind: list.Kind, Origin: origin, Digest: list.Digest, At: at,
		Problems: slices.Clone(list.Problems), listed: map[pricing.ModelRef]bool{}}
	for _, m := range book.Models() {
		for _, r := range book.Refinements(m.Provider, m.Model) {
			if r.Context.Over > 0 {
				c.boundaries[m.Provider] = r.Context.Inclusive
			}
		}
	}
	for _, n := range list.Ignored {
		c.ignored[n.What] += n.N
	}
	for _, m := range c.placed(list.Models) {
		c.model(m)
	}
	c.gone(book.Additions().Known(string(list.Kind)))
	c.changes.Ignored = counts(c.ignored)
	return c.changes
}

// placed is a model of the list where the book has it, or would have it.
type placed struct {
	Model
	place pricing.Place
}

// placed finds each model's place, and keeps one entry for each.
func (c *comparer) placed(models []Model) []placed {
	best := map[pricing.ModelRef]placed{}
	for _, m := range models {
		provider, known := c.provider(m.Provider)
		if !known && c.kind != Native {
			c.ignored["models of providers that the book does not have"]++
			continue
		}
		p := c.book.Place(provider, m.Name, c.now)
		switch {
		case p.Free:
			c.ignored["models that are free by the book's rules"]++
			continue
		case p.Modified:
			c.ignored["names of a region, a tier or a variant"]++
			continue
		case p.Provider != provider && c.kind != Native: // the name says that somebody else bills
			c.ignored["models of providers that the book does not have"]++
			continue
		}
		ref := pricing.ModelRef{Provider: p.Provider, Model: strings.ToLower(p.Model)}
		old, twice := best[ref]
		if twice {
			c.ignored["other names of the same model"]++
		}
		if !twice || nearer(m.Name, old.Name, p.Model) {
			best[ref] = placed{m, p}
		}
	}
	out := make([]placed, 0, len(best))
	for ref, m := range best {
		c.changes.listed[ref] = true
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b placed) int {
		return cmp.Or(strings.Compare(a.place.Provider, b.place.Provider), strings.Compare(a.place.Model, b.place.Model))
	})
	return out
}

// nearer reports whether a is a better spelling of a model's name than b: the
// name itself, else the shorter.
func nearer(a, b, name string) bool {
	if ends := strings.HasSuffix(a, name); ends != strings.HasSuffix(b, name) {
		return ends
	}
	return cmp.Or(len(a)-len(b), strings.Compare(a, b)) < 0
}

// provider turns a list's name for a provider into the book's.
func (c *comparer) provider(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case c.kind == Native:
	case strings.HasPrefix(s, "vertex_ai"):
		s = "vertex"
	case s == "text-completion-openai":
		s = "openai"
	case s == "azure_text", s == "azure_ai":
		s = "azure"
	case s == "bedrock_converse", s == "aws":
		s = "bedrock"
	case s == "codestral", s == "text-completion-codestral":
		s = "mistral"
	}
	return c.book.ProviderName(s)
}

// gone lists the models that the list had the last time and has no more.
func (c *comparer) gone(known map[pricing.ModelRef]bool) {
	if c.kind == Native { // a list of additions, not of everything
		return
	}
	total, lost := map[string]int{}, map[string]int{}
	for ref := range known {
		for _, group := range []string{ref.Provider, ""} {
			total[group]++
			if !c.changes.listed[ref] {
				lost[group]++
			}
		}
		if !c.changes.listed[ref] {
			c.changes.Kept = append(c.changes.Kept, ref)
		}
	}
	slices.SortFunc(c.changes.Kept, compareRefs)
	for group, n := range lost {
		if n >= 2 && n*10 > total[group]*3 {
			c.changes.Shrunk = append(c.changes.Shrunk, Shrink{group, total[group], n})
		}
	}
	slices.SortFunc(c.changes.Shrunk, func(a, b Shrink) int { return strings.Compare(a.Provider, b.Provider) })
}

func compareRefs(a, b pricing.ModelRef) int {
	return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model))
}

// String says how much is gone.
func (s Shrink) String() string {
	who := s.Provider
	if who == "" {
		who = "all providers"
	}
	return fmt.Sprintf("%s: %d of %d models are gone", who, s.Gone, s.Known)
}
