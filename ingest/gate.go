package ingest

import (
	"strings"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// gate is the state of [Privacy] in one run.
type gate struct {
	*Privacy
	refused int64
	hidden  map[usage.Dimension]map[string]string
	known   map[usage.Dimension]map[string][]Mark // nil marks: nobody forgot that
	// said are the forgotten values that this run has met, in memory only: what
	// else names them (a cursor, a bad row of the same file) must not be kept
	// either.
	said map[string]bool
}

// mostKnown bounds how many values are remembered per dimension.
const mostKnown = 100_000

func newGate(p *Privacy) *gate {
	return &gate{Privacy: p, hidden: make(map[usage.Dimension]map[string]string), known: make(map[usage.Dimension]map[string][]Mark), said: make(map[string]bool)}
}

// hide replaces what has pseudonyms in the dimensions of a record. It reports
// whether anything has.
func (g *gate) hide(r *usage.Record) bool {
	if g.Privacy == nil || len(g.pseudonyms) == 0 {
		return false
	}
	all := r.Dims.Strings()
	for _, h := range hidable() {
		if value := all[h.at]; *value != "" && g.pseudonyms[h.of] {
			*value = g.pseudonym(h.of, *value)
		}
	}
	if g.pseudonyms[usage.BySession] {
		r.ID = g.id(r.ID)
	}
	return true
}

// pseudonym is [Key.Pseudonym], which takes longer than everything else that
// happens to a record, with a memory.
func (g *gate) pseudonym(d usage.Dimension, value string) string {
	of := g.hidden[d]
	if of == nil || len(of) > mostKnown {
		of = make(map[string]string)
		g.hidden[d] = of
	}
	name, ok := of[value]
	if !ok {
		name = g.key.Pseudonym(d, value)
		of[strings.Clone(value)] = name
	}
	return name
}

// hidable says where [usage.Dims.Strings] has what can have pseudonyms.
func hidable() [9]struct {
	of usage.Dimension
	at int
} {
	return [9]struct {
		of usage.Dimension
		at int
	}{{usage.ByAccount, 1}, {usage.ByOrganization, 3}, {usage.ByEnvironment, 4}, {usage.ByProject, 5}, {usage.ByKey, 6},
		{usage.ByUser, 7}, {usage.ByAgent, 8}, {usage.BySession, 9}, {usage.ByMachine, 10}}
}

// id returns what the id of a record is kept as.
func (g *gate) id(id string) string { return g.Privacy.ID(id) }

// turnsAway reports whether somebody had the record's usage forgotten. It is asked
// before names become pseudonyms, and after: the list may hold either.
func (g *gate) turnsAway(d *usage.Dims) bool {
	if g.Privacy == nil || len(g.refusals) == 0 {
		return false
	}
	any := false
	for _, of := range g.dimensions {
		any = g.marksOf(of, valueOf(d, of)) != nil || any
	}
	if !any {
		return false
	}
	for i := range g.refusals {
		terms := g.refusals[i].terms
		if !g.fits(d, terms) {
			continue
		}
		if len(terms) == 1 { // several have their values in common with other usage
			g.said[valueOf(d, terms[0].dimension)] = true
		}
		return true
	}
	return false
}

func (g *gate) fits(d *usage.Dims, terms []refusedTerm) bool {
	for _, t := range terms {
		if !g.has(t, valueOf(d, t.dimension)) {
			return false
		}
	}
	return true
}

func (g *gate) has(t refusedTerm, value string) bool {
	for _, m := range g.marksOf(t.dimension, value) {
		if t.marks[m] {
			return true
		}
	}
	return false
}

// marksOf returns the marks of a value if any entry of the list has one.
func (g *gate) marksOf(d usage.Dimension, value string) []Mark {
	if value == "" {
		return nil
	}
	of := g.known[d]
	if of == nil || len(of) > mostKnown {
		of = make(map[string][]Mark)
		g.known[d] = of
	}
	marks, ok := of[value]
	if ok {
		return marks
	}
	for _, key := range g.keys[d] {
		m := key.Mark(d, value)
		for i := range g.refusals {
			for _, t := range g.refusals[i].terms {
				if t.dimension == d && t.marks[m] {
					marks = append(marks, m)
				}
			}
		}
	}
	of[strings.Clone(value)] = marks
	return marks
}

// nameless reports whether one of several texts about one thing of a kind was
// forgotten, by itself and not only together with something else.
func (g *gate) nameless(d usage.Dimension, texts ...string) bool {
	if g.Privacy == nil {
		return false
	}
	for _, text := range texts {
		for i := range g.refusals {
			if terms := g.refusals[i].terms; len(terms) == 1 && terms[0].dimension == d && g.has(terms[0], text) {
				g.said[text] = true
				return true
			}
		}
	}
	return false
}

// valueOf returns what usage has of a dimension of the list.
func valueOf(d *usage.Dims, of usage.Dimension) string {
	if name, ok := strings.CutPrefix(string(of), "tag:"); ok {
		return d.Tags.Get(name)
	}
	return of.Of(d)
}

// fates keeps those of records that came in. Those of records that are gone name
// no id.
func (g *gate) fates(b *usage.Batch) {
	if len(b.Fates) == 0 {
		return
	}
	here := make(map[string]bool, len(b.Records))
	for i := range b.Records {
		here[b.Records[i].ID] = true
	}
	kept := make([]usage.Fate, 0, len(b.Fates))
	for _, f := range b.Fates {
		if f.ID != "" {
			f.ID = g.id(harmlessID(f.ID))
		}
		if f.ID == "" || here[f.ID] {
			kept = append(kept, f)
		}
	}
	b.Fates = kept
}

// rest takes out of a batch what names forgotten values beside its usage. A
// cursor that does is not kept: its file is read, and turned away, again.
func (g *gate) rest(b *usage.Batch) {
	if len(g.said) == 0 {
		return
	}
	for key, value := range b.Cursors {
		if value != nil && (g.names(key) || g.names(string(value))) {
			b.Cursors[key] = nil
		}
	}
	kept := b.Quarantined[:0]
	for _, q := range b.Quarantined {
		if g.names(q.File) || g.names(q.Reason) {
			g.refused++
			continue
		}
		kept = append(kept, q)
	}
	b.Quarantined = kept
}

func (g *gate) names(text string) bool {
	for value := range g.said {
		if clean.Mentions(text, value) {
			return true
		}
	}
	return false
}

// account applies both gates to what a batch says beside usage.
func (g *gate) account(b *usage.Batch) {
	if g.Privacy == nil {
		return
	}
	covered := b.Covered[:0]
	for _, c := range b.Covered {
		was := c.Account
		c.Account = g.Shown(usage.ByAccount, c.Account)
		if !g.nameless(usage.ByAccount, was, c.Account) {
			covered = append(covered, c)
		}
	}
	b.Covered = covered
	entities := b.Entities[:0]
	for _, e := range b.Entities {
		if g.Hides(e.Kind) { // a name is what a pseudonym is to hide
			continue
		}
		if g.nameless(e.Kind, e.ID, e.Name, e.Hint) {
			g.refused++
			continue
		}
		was := e.Parent
		e.Parent = g.Shown(usage.ByProject, e.Parent)
		if g.nameless(usage.ByProject, was, e.Parent) {
			e.Parent = ""
		}
		entities = append(entities, e)
	}
	b.Entities = entities
	if b.Standing == nil {
		return
	}
	s := *b.Standing
	s.Limits = nil
	for _, l := range b.Standing.Limits {
		was := l.ID
		l.ID = g.Shown(l.Scope, l.ID)
		if !g.nameless(l.Scope, was, l.ID) {
			s.Limits = append(s.Limits, l)
		}
	}
	b.Standing = &s
}
