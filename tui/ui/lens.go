package ui

import (
	"time"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/usage"
)

// Lens is how the same data is looked at on all pages.
type Lens struct {
	// Cash shows what leaves the bank account (usage under no plan, plus plan
	// fees) instead of tokens × price. It matters only once a plan is set.
	Cash bool
	// Period is the span of time that figures are of, as package period reads it;
	// "" leaves it to each page.
	Period string
	// Filter is the part of the usage that figures are of; the empty scope is all
	// of it. It must not be changed.
	Filter budget.Scope
	// View is what there is of Period and Filter, nil as long as they say nothing.
	// While they are being worked out it is what they said before.
	View *report.View
}

// Narrow reports whether the lens sees a span of time or a part of the usage
// that somebody has chosen.
func (l Lens) Narrow() bool { return l.Period != "" || len(l.Filter) > 0 }

// SameUsage reports whether two lenses see the same span and part.
func (l Lens) SameUsage(o Lens) bool {
	return l.Period == o.Period && l.Filter.String() == o.Filter.String()
}

// Equal reports whether two lenses are the same.
func (l Lens) Equal(o Lens) bool { return l.Cash == o.Cash && l.View == o.View && l.SameUsage(o) }

// Narrow asks the root model to show a span of time and a part of the usage on
// all pages from now on; the zero value shows each page's usual time, and all.
type Narrow struct {
	Period string
	Filter budget.Scope
	Undone bool // it takes back an earlier one
}

// ChoosePeriod and ChooseFilter ask the root model to ask a person for what
// [Narrow] is to be.
type (
	ChoosePeriod struct{}
	ChooseFilter struct{}
)

// Look asks the root model to open the page that explores, with one question
// about what the lens sees.
type Look struct {
	// Day is a day to look into, and to compare with the same day of the week
	// before; zero is the whole time.
	Day    time.Time
	Filter budget.Scope // what to look into besides
	By     []usage.Dimension
}
