package overview

import (
	"strconv"
	"strings"

	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// headline is the most important figure of the page, in words. Kind and basis
// are part of it: a figure without them would claim more than is known.
type headline struct {
	kind    string // what the figure is
	span    string // what days it covers
	figure  string
	change  string // against the previous cycle to the same point
	trend   ui.Trend
	against string // the figure it is compared with
	// what the figure is compared with, the same in brief, and with the least words
	versus, vs, least string
	second            string // the other way to look at it
	fees              string // the part of it that is plan fees
	basis             string
	brief             string // the basis of most of it, where there is little room
	ranged            string // its range, if it is one
}

// kindOf names what a lens shows. Usage that may be covered by a subscription
// is never called spend as long as no plan says so.
func kindOf(s *report.Snapshot, lens ui.Lens) string {
	switch {
	case s.PlanSet && lens.Cash:
		return "Cash"
	case s.PlanSet:
		return "API-equivalent"
	case s.Subscribable:
		return "API-equivalent (no plan set)"
	}
	return "Cost at list price"
}

// shortKind is [kindOf] for titles and columns, where the headline has said the
// rest.
func shortKind(s *report.Snapshot, lens ui.Lens) string {
	kind, _, _ := strings.Cut(kindOf(s, lens), " (")
	if kind == "Cost at list price" {
		return "Cost"
	}
	return kind
}

// newHeadline words the cycle so far.
func newHeadline(s *report.Snapshot, lens ui.Lens) headline {
	lens = lens.For(s)
	h := headline{
		kind:   kindOf(s, lens),
		span:   spanWords(s, lens),
		figure: lens.Cost(&s.Cycle),
	}
	if idle(s, lens) {
		h.figure = "no usage"
	}
	h.basis, h.brief = basisOf(s.Bases)
	now, ok := lens.Of(&s.Cycle)
	before, known := lens.Of(&s.Previous)
	switch {
	case !ok || len(s.Cycle.Costs) > 0 || len(s.Previous.Costs) > 0:
	case !known || before.IsZero():
		h.change = nothingBefore(lens)
	case s.Cycle.Currency != s.Previous.Currency:
	default:
		h.change, h.trend = ui.ChangeOf(now, before)
		h.against = ui.Money(before, s.Previous.Currency)
		if h.versus, h.vs = versus(s, lens); !ownTime(lens) {
			h.least = "last by now"
		}
	}
	if s.Cycle.Ranged && !lens.Cash {
		h.ranged = "between " + ui.Money(s.Cycle.Low, s.Cycle.Currency) + " and " + ui.Money(s.Cycle.High, s.Cycle.Currency)
	}
	if s.PlanSet && !idle(s, lens) {
		h.second = secondOf(s, lens)
		switch {
		case !lens.Cash || len(s.Cycle.Costs) > 0:
		case feesLeftOut(lens):
			h.fees = "without plan fees"
		default:
			h.fees = "plan fees " + ui.Money(s.Cycle.PlanFee, s.Cycle.Currency)
		}
	}
	return h
}

// idle reports that nothing was used of the part that a lens sees, which is known:
// what follows from usage does not exist then.
func idle(s *report.Snapshot, lens ui.Lens) bool {
	return len(lens.Filter) > 0 && lens.View != nil && s.Cycle.Records == 0 && lens.Cost(&s.Cycle) == ui.Unknown
}

// secondOf is the figure that the lens does not show.
func secondOf(s *report.Snapshot, lens ui.Lens) string {
	if lens.Cash {
		return "API-equivalent " + ui.Lens{}.Cost(&s.Cycle)
	}
	return "cash " + ui.Lens{Cash: true}.Cost(&s.Cycle)
}

// basisOf names the basis of the figures, or their mix by tokens. Usage that is
// known on a higher basis too is not in the figures.
func basisOf(bases []report.BasisShare) (full, brief string) {
	var total, most int64
	counted := make([]int64, len(bases))
	for i, b := range bases {
		counted[i] = b.Counted
		total = ui.AddCounts(total, b.Counted)
	}
	shares := report.Shares(counted, 100)
	var parts []string
	for i, b := range bases {
		if b.Counted == 0 && total > 0 {
			continue // known on a higher basis too
		}
		name := b.Basis.String()
		if b.Basis == usage.BasisUnknown {
			name = "unknown"
		}
		if total > 0 && b.Counted != total {
			name += " " + strconv.FormatInt(shares[i], 10) + "%"
		}
		parts = append(parts, name)
		if len(parts) == 1 || b.Counted > most {
			most, brief = b.Counted, name
		}
	}
	if len(parts) > 0 {
		full = "basis " + strings.Join(parts, ", ")
	}
	return full, brief
}

// goodBad is the ink of a change in something that should be small.
func goodBad(st *ui.Styles, t ui.Trend) ui.Ink {
	switch t {
	case ui.Up:
		return st.Warn
	case ui.Down:
		return st.Good
	}
	return st.Muted
}
