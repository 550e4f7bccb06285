package pricing

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// LifeStatus says whether a model can still be called.
type LifeStatus uint8

// The statuses.
const (
	Active     LifeStatus = iota
	Deprecated            // its end is announced
	Retired               // its end has passed
)

var lifeStatusNames = [...]string{"active", "deprecated", "retired"}

// String returns the status in lower case ("deprecated").
func (s LifeStatus) String() string { return nameAt(lifeStatusNames[:], int(s)) }

// Life is what is known of a model's time. Days are UTC; a zero one is not
// known or not announced.
type Life struct {
	Provider, Model string
	Aliases         []string
	Released        time.Time
	Deprecated      time.Time // the end was announced
	Shutdown        time.Time // requests fail, or go elsewhere: see Note
	Earliest        time.Time // the vendor promises not to end it before
	Status          LifeStatus
	Replacements    []string // what the vendor proposes, the best first
	// Note is what a person must know besides: that requests are routed to
	// another model and billed as that, for one.
	Note       string
	Confidence Confidence
	Verified   time.Time // the source was last read
	Source     string
}

// StatusAt is the status at an instant by the dates, where these say more than
// the day on which the source was read.
func (l *Life) StatusAt(at time.Time) LifeStatus {
	switch {
	case !l.Shutdown.IsZero() && !at.Before(l.Shutdown):
		return Retired
	case !l.Deprecated.IsZero() && at.Before(l.Deprecated):
		return Active
	case !l.Shutdown.IsZero() || l.Status == Deprecated:
		return Deprecated
	}
	return l.Status
}

// Lifecycle returns what is known of the time of a model, by any name that the
// book can resolve. It does not take one snapshot's dates for another's.
func (b *Book) Lifecycle(provider, name string) (Life, bool) {
	p, low := b.providerName(provider), strings.ToLower(strings.TrimSpace(name))
	if i, ok := b.lifeByName[modelKey{p, low}]; ok {
		return b.lives[i], true
	}
	r := b.meanings(provider, name).last()
	if r.Priced == PricedOwn && !r.undated {
		if i, ok := b.lifeByName[modelKey{r.Provider, strings.ToLower(r.Model)}]; ok {
			return b.lives[i], true
		}
	}
	if r.Provider != "" {
		a := &address{book: b, at: forever, provider: p, name: low}
		a.strip()
		for _, f := range a.forms() {
			if f.date != "" {
				break
			}
			if i, ok := b.lifeByName[modelKey{a.provider, f.name}]; ok {
				return b.lives[i], true
			}
		}
	}
	return Life{}, false
}

// Retiring returns the models whose announced shutdown lies within [from, to),
// the next one first.
func (b *Book) Retiring(from, to time.Time) []Life {
	var out []Life
	for _, l := range b.lives {
		if !l.Shutdown.IsZero() && !l.Shutdown.Before(from) && l.Shutdown.Before(to) {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(x, y Life) int { return x.Shutdown.Compare(y.Shutdown) })
	return out
}

// Lives returns the whole lifecycle table, by provider and model.
func (b *Book) Lives() []Life { return slices.Clone(b.lives) }

func compareLives(a, b Life) int {
	return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model))
}

// addLives indexes the lifecycle table. A model's own entry wins over one that
// lists it as an alias.
func (b *Book) addLives(lives []Life) {
	b.lives = lives
	b.lifeByName = make(map[modelKey]int, len(lives)*5/4)
	for i := range lives {
		b.lifeByName[modelKey{lives[i].Provider, strings.ToLower(lives[i].Model)}] = i
	}
	for i := range lives {
		for _, alias := range lives[i].Aliases {
			k := modelKey{lives[i].Provider, strings.ToLower(alias)}
			if _, ok := b.lifeByName[k]; !ok {
				b.lifeByName[k] = i
			}
		}
	}
}

func (c *checker) lives() {
	seen := map[modelKey]bool{}
	for i := range c.table.Lives {
		l := &c.table.Lives[i]
		what := "life of " + l.Provider + "/" + l.Model
		k := modelKey{l.Provider, strings.ToLower(l.Model)}
		if seen[k] || !plainName(l.Provider) || l.Model == "" || l.Source == "" || l.Verified.IsZero() {
			c.failf("%s: repeated, or without provider, model, verified or source", what)
		}
		seen[k] = true
		if !l.Released.IsZero() && !l.Shutdown.IsZero() && !l.Released.Before(l.Shutdown) {
			c.failf("%s: shut down before its release", what)
		}
		if !l.Deprecated.IsZero() && !l.Shutdown.IsZero() && l.Shutdown.Before(l.Deprecated) {
			c.failf("%s: shut down before its end was announced", what)
		}
		for _, t := range []time.Time{l.Released, l.Deprecated, l.Shutdown, l.Earliest, l.Verified} {
			if !t.IsZero() && t.Unix()%daySeconds != 0 {
				c.failf("%s: %s is not a day", what, t.Format(time.RFC3339))
			}
		}
		if l.Status == Active && !l.Shutdown.IsZero() {
			c.failf("%s: status %s does not agree with its shutdown", what, l.Status)
		}
		for _, r := range l.Replacements {
			if strings.EqualFold(r, l.Model) || strings.ContainsAny(r, " ,") {
				c.failf("%s: replacement %q", what, r)
			}
		}
	}
}

func (r *record) life() Life {
	return Life{Provider: r.text("provider"), Model: r.text("model"), Aliases: r.list("aliases"),
		Released: r.instant("released"), Deprecated: r.instant("deprecated"), Shutdown: r.instant("shutdown"),
		Earliest: r.instant("earliest"), Status: LifeStatus(r.choice("status", lifeStatusNames[:])),
		Replacements: r.list("replacement"), Note: r.text("note"),
		Confidence: Confidence(r.choice("confidence", confidenceNames[:])), Verified: r.instant("verified"), Source: r.text("source")}
}

// list reads texts that are separated by semicolons.
func (r *record) list(column string) []string {
	if s := r.text(column); s != "" {
		return strings.Split(s, ";")
	}
	return nil
}
