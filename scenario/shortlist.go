package scenario

import (
	"fmt"

	"tokpit/pricing"
)

// Standing says what has to be found out before a change can be made. It groups a
// ranking, because by saving alone the smallest models of the price list come
// before everything that a person would do.
type Standing uint8

const (
	// Proven: the models stay as they are, or scores of both models find the new one
	// no worse; and what was sent fits.
	Proven Standing = iota
	// Untried: another model that has room for what was sent, whose answers nobody
	// has compared, or which scores find worse.
	Untried
	// Doubtful: requests may not fit, the model is known to end, not all of it can be
	// computed, or it costs a tenth or less and has no scores.
	Doubtful
)

// Standings lists all standings, the best first.
func Standings() []Standing { return []Standing{Proven, Untried, Doubtful} }

// String is the word for the standing in data: "proven".
func (s Standing) String() string {
	switch s {
	case Proven:
		return "proven"
	case Untried:
		return "untried"
	case Doubtful:
		return "doubtful"
	}
	return fmt.Sprintf("standing %d", s)
}

// Title is the standing in words.
func (s Standing) Title() string {
	switch s {
	case Proven:
		return "The models stay, or scores find the new one as good"
	case Untried:
		return "Another model with room for all: quality unknown or lower, so try it first"
	}
	return "Doubtful: may not fit, ends, or far smaller with no scores"
}

// Standing is the group of the ranking that the change belongs to.
func (s *Saving) Standing() Standing {
	f := s.Swap
	switch {
	case !s.Known:
		return Doubtful
	case f == nil:
		return Proven
	case s.Misfit > 0, f.Window == 0, s.MayMisfit > 0 && !f.KeepsWindow:
		return Doubtful
	case s.has("retiring"), s.has("class") && len(f.Quality) == 0:
		return Doubtful
	case len(f.Quality) == 0 || f.Quality[0].Worse():
		return Untried
	}
	return Proven
}

func (s *Saving) has(code string) bool {
	for i := range s.Caveats {
		if s.Caveats[i].Code == code {
			return true
		}
	}
	return false
}

// Section is the part of a ranking that has one standing, what saves most first.
type Section struct {
	Standing Standing
	Savings  []*Saving
	// Folded is how many more there are: swaps of a model that has its share of
	// places already, or for which there is no place at all.
	Folded int
}

// Shortlist divides savings into sections, in their order. At most alike swaps of
// one model are in a section, and the first to another model of the same vendor,
// which needs no new contract; the rest is folded. With most above zero so many
// savings are kept altogether: a third for each section, and what one does not
// need for the others, the best first. Sections without savings are left out.
func Shortlist(savings []*Saving, alike, most int) []Section {
	all := make([]Section, len(Standings()))
	type place struct {
		standing Standing
		from     pricing.ModelRef
	}
	seen, own := make(map[place]int), make(map[place]bool)
	for i, standing := range Standings() {
		all[i].Standing = standing
	}
	for _, s := range savings {
		x := &all[s.Standing()]
		if s.Swap != nil {
			at := place{x.Standing, s.Lever.From}
			same := s.Lever.To.Provider == s.Lever.From.Provider && !own[at]
			if seen[at]++; seen[at] > alike && !same {
				x.Folded++
				continue
			}
			own[at] = own[at] || same
		}
		x.Savings = append(x.Savings, s)
	}
	if most > 0 {
		share(all, most)
	}
	out := all[:0]
	for _, x := range all {
		if len(x.Savings) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// share cuts sections to so many savings altogether.
func share(all []Section, most int) {
	places := make([]int, len(all))
	left := most
	give := func(i, n int) {
		n = min(n, left, len(all[i].Savings)-places[i])
		places[i], left = places[i]+n, left-n
	}
	for i := range all {
		give(i, max(1, most/len(all)))
	}
	for i := range all {
		give(i, left)
	}
	for i := range all {
		x := &all[i]
		x.Folded += len(x.Savings) - places[i]
		x.Savings = x.Savings[:places[i]]
	}
}

// KeepsWindow reports whether a change surely leaves every request its room: no
// other model, or one whose window is not smaller and that nothing is too long for.
func (s *Saving) KeepsWindow() bool { return s.Swap == nil || s.Swap.KeepsWindow && s.Misfit == 0 }

// BestKept is the first of savings in their order that keeps the context window
// and is not doubtful: what saves most without losing any room. Nil is none.
func BestKept(savings []*Saving) *Saving {
	for _, s := range savings {
		if s.KeepsWindow() && s.Standing() != Doubtful {
			return s
		}
	}
	return nil
}

// QualityText is the caveat about quality, or that there is none to have.
func (s *Saving) QualityText() string {
	for i := range s.Caveats {
		if s.Caveats[i].Code == "quality" {
			return s.Caveats[i].Text
		}
	}
	return "quality: the same model"
}
