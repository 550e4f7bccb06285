package scenario

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
)

// published is what comes with tokpit: scores of public benchmarks from sources
// that are licensed for it (Apache-2.0: the leaderboard data of aider; MIT: the
// benchmark rows of models.dev), each with its address, its license and its
// date. Names are those of the price book. Rolling names (…-latest) are left
// out, because nobody can say what they stood for.
//
//go:embed score_table.csv
var published string

// PublishedScores returns the scores that come with tokpit, and an error only if
// the table is damaged.
func PublishedScores() ([]Score, error) {
	rows, err := csv.NewReader(strings.NewReader(published)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("published scores: %w", err)
	}
	out := make([]Score, 0, len(rows)-1)
	for i, r := range rows[1:] {
		mean, ok := readPoints(r[3])
		asOf, err := time.Parse(time.DateOnly, r[5])
		provider, model, named := strings.Cut(r[0], "/")
		if !ok || err != nil || !named {
			return nil, fmt.Errorf("published scores: line %d: %q", i+2, r)
		}
		s := Score{Provider: provider, Model: model, Metric: r[1], Effort: r[2], Mean: mean, AsOf: asOf, License: r[6], Origin: r[7]}
		if seconds, ok := readPoints(r[4]); ok {
			s.Latency, s.HasLatency = time.Duration(seconds)*time.Microsecond, true
		}
		out = append(out, s)
	}
	return out, nil
}

// Scoreboard answers what is known of the quality of models. It is immutable and
// safe for concurrent use.
type Scoreboard struct {
	byModel map[pricing.ModelRef][]Rated
	byName  map[string][]pricing.ModelRef // models of that name that have scores
	pairs   map[pairKey]*Paired
	metrics []string
	// Unknown are the models of imported scores that the book does not know.
	Unknown []string
}

// Rated is a score of a model of the price book.
type Rated struct {
	Score
	Ref pricing.ModelRef
	Own bool // imported by the user, rather than published
}

type pairKey struct {
	a, b             pricing.ModelRef
	metric           string
	effortA, effortB string
}

// NewScoreboard puts imported sets beside the published scores. Of two imports
// that have the same model, metric and effort the later one counts.
func NewScoreboard(book *pricing.Book, sets []ScoreSet) (*Scoreboard, error) {
	all, err := PublishedScores()
	if err != nil {
		return nil, err
	}
	b := &Scoreboard{byModel: make(map[pricing.ModelRef][]Rated), byName: make(map[string][]pricing.ModelRef), pairs: make(map[pairKey]*Paired)}
	for i := range all {
		b.add(Rated{Score: all[i], Ref: pricing.ModelRef{Provider: all[i].Provider, Model: all[i].Model}})
	}
	sets = slices.Clone(sets)
	slices.SortStableFunc(sets, func(x, y ScoreSet) int {
		return cmp.Or(x.Imported.Compare(y.Imported), strings.Compare(x.Name, y.Name))
	})
	for i := range sets {
		for j := range sets[i].Scores {
			s := &sets[i].Scores[j]
			ref, ok := resolveScore(book, s.Provider, s.Model)
			if !ok && !slices.Contains(b.Unknown, s.name()) {
				b.Unknown = append(b.Unknown, s.name())
			}
			b.add(Rated{Score: *s, Ref: ref, Own: true})
		}
		b.addPairs(book, sets[i].Pairs)
	}
	b.sort()
	return b, nil
}

// resolveScore returns the model of the book that a name stands for. Where only
// another vendor has it, that vendor's model; else the name as it is.
func resolveScore(book *pricing.Book, provider, model string) (pricing.ModelRef, bool) {
	r := book.Resolve(provider, model, time.Time{})
	switch r.Priced {
	case pricing.PricedOwn:
		return pricing.ModelRef{Provider: r.Provider, Model: r.Model}, true
	case pricing.PricedAs:
		return pricing.ModelRef{Provider: r.As, Model: r.Model}, true
	}
	return pricing.ModelRef{Provider: provider, Model: model}, false
}

func (b *Scoreboard) add(r Rated) {
	list := b.byModel[r.Ref]
	i := slices.IndexFunc(list, func(x Rated) bool { return x.Own && r.Own && x.Metric == r.Metric && x.Effort == r.Effort })
	if i >= 0 {
		list[i] = r
		return
	}
	if len(list) == 0 {
		b.byName[r.Ref.Model] = append(b.byName[r.Ref.Model], r.Ref)
	}
	b.byModel[r.Ref] = append(list, r)
	if !slices.Contains(b.metrics, r.Metric) {
		b.metrics = append(b.metrics, r.Metric)
	}
}

func (b *Scoreboard) addPairs(book *pricing.Book, pairs []Paired) {
	for i := range pairs {
		p := pairs[i]
		x, _ := resolveScore(book, p.A.Provider, p.A.Model)
		y, _ := resolveScore(book, p.B.Provider, p.B.Model)
		b.pairs[pairKey{x, y, p.Metric, p.A.Effort, p.B.Effort}] = &p
		turned := Paired{p.Metric, p.B, p.A, -p.Delta, Interval{-p.Interval.High, -p.Interval.Low}, p.Items}
		b.pairs[pairKey{y, x, p.Metric, p.B.Effort, p.A.Effort}] = &turned
	}
}

// sort puts a model's scores in order: the user's own first, then the newest.
func (b *Scoreboard) sort() {
	for _, list := range b.byModel {
		slices.SortStableFunc(list, func(x, y Rated) int {
			return cmp.Or(boolOrder(x.Own, y.Own), y.AsOf.Compare(x.AsOf), strings.Compare(x.Metric, y.Metric), effortOrder(x.Effort)-effortOrder(y.Effort), strings.Compare(x.Effort, y.Effort))
		})
	}
	slices.Sort(b.metrics)
	for _, refs := range b.byName {
		slices.SortFunc(refs, func(x, y pricing.ModelRef) int { return strings.Compare(x.Provider, y.Provider) })
	}
}

// boolOrder puts true first.
func boolOrder(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

// effortOrder puts what a request most likely uses first: no word on effort, then
// the middle.
func effortOrder(effort string) int {
	switch effort {
	case "":
		return 0
	case "medium":
		return 1
	case "high":
		return 2
	}
	return 3
}

// Metrics lists every metric that has a score.
func (b *Scoreboard) Metrics() []string { return b.metrics }

// Of returns the scores of a model, the user's own first. A model that is sold
// by another vendor under exactly the same name has the same scores.
func (b *Scoreboard) Of(ref pricing.ModelRef) []Rated {
	if b == nil {
		return nil
	}
	if list := b.byModel[ref]; list != nil {
		return list
	}
	if refs := b.byName[ref.Model]; len(refs) > 0 {
		return b.byModel[refs[0]]
	}
	return nil
}

// Quality compares two models on one metric.
type Quality struct {
	Metric   string
	From, To Rated
	// Paired is the comparison item by item, From to To, if there is one.
	Paired *Paired
}

// Delta is how much more the second model reached.
func (q *Quality) Delta() Points {
	if q.Paired != nil {
		return q.Paired.Delta
	}
	return q.To.Mean - q.From.Mean
}

// Text says it in a line: "Aider polyglot 86.7 (medium) → 32.4".
func (q *Quality) Text() string {
	side := func(r *Rated) string {
		text := r.Mean.Short()
		if r.Interval != nil {
			text += fmt.Sprintf(" [%s–%s]", r.Interval.Low.Short(), r.Interval.High.Short())
		}
		if r.Effort != "" {
			text += " (" + r.Effort + ")"
		}
		return text
	}
	text := fmt.Sprintf("%s %s → %s", q.Metric, side(&q.From), side(&q.To))
	if p := q.Paired; p != nil {
		text += fmt.Sprintf(", %s [%s to %s] on the same %d items", signedPoints(p.Delta), signedPoints(p.Interval.Low), signedPoints(p.Interval.High), p.Items)
	}
	return text
}

func signedPoints(p Points) string {
	if p > 0 {
		return "+" + p.Short()
	}
	return strings.Replace(p.Short(), "-", "−", 1)
}

// Compare returns the metrics on which both models have a score, the user's own
// first, then the newest. None means that nothing is known of what a swap does to
// quality. Where a model has scores at several efforts, the ones that both have
// are compared, or what a request most likely uses.
func (b *Scoreboard) Compare(from, to pricing.ModelRef) []Quality {
	var out []Quality
	theirs := b.Of(to)
	for _, f := range b.Of(from) {
		if slices.ContainsFunc(out, func(q Quality) bool { return q.Metric == f.Metric }) {
			continue
		}
		if q, ok := b.match(f.Metric, b.Of(from), theirs); ok {
			out = append(out, q)
		}
	}
	return out
}

// match chooses which efforts of a metric are compared.
func (b *Scoreboard) match(metric string, from, to []Rated) (Quality, bool) {
	var best Quality
	found, same := false, false
	for _, f := range from {
		if f.Metric != metric {
			continue
		}
		for _, t := range to {
			if t.Metric != metric || found && (same || f.Effort != t.Effort) {
				continue
			}
			best, found, same = Quality{Metric: metric, From: f, To: t}, true, f.Effort == t.Effort
		}
	}
	if found {
		best.Paired = b.pairs[pairKey{best.From.Ref, best.To.Ref, metric, best.From.Effort, best.To.Effort}]
	}
	return best, found
}
