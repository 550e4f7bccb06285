package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/usage"
)

// SavedKind is the kind of document that scenarios are stored under, by name.
const SavedKind = "scenario"

// savedFormat is the version of the stored form. Fields may be added to it.
const savedFormat = 1

// maxSavedName is the longest name; it has to fit a column.
const maxSavedName = 64

// MostCompared is how many scenarios are shown side by side.
const MostCompared = 4

// Saved is a scenario that somebody has kept, with what it promised then.
type Saved struct {
	Scenario
	Zone    string // IANA name, of the span's days
	SavedAt time.Time
	// Adopted is when the change was made for real; zero if it was not, or nobody
	// said so. What happened is compared from then on.
	Adopted time.Time
	Book    string // version of the price book
	Planned Planned
	Note    string // the person's own words
}

// Planned is what a scenario promised when it was saved.
type Planned struct {
	Currency              string
	Days                  int64 // UTC days of the span
	Before, After         money.Amount
	CashBefore, CashAfter money.Amount
	// Low and High bound After where a lever or a token ratio is a range.
	Low, High money.Amount
	Ranged    bool
	Known     bool // every lever could be computed
}

// Delta is the promised change of the cost; below zero is a saving.
func (p *Planned) Delta() money.Amount { return p.After.Sub(p.Before) }

// CashDelta is the promised change of what leaves the account.
func (p *Planned) CashDelta() money.Amount { return p.CashAfter.Sub(p.CashBefore) }

// Keep makes a scenario that can be stored of one that has been run.
func Keep(s Scenario, r *Result, zone, book string, now time.Time) Saved {
	s.Span = r.Span
	spread, _ := r.Spread()
	return Saved{Scenario: s, Zone: zone, SavedAt: now.UTC(), Book: book, Planned: Planned{
		Currency: r.Before.Currency, Days: r.Days, Before: r.Before.Cost, After: r.After.Cost, CashBefore: r.Before.Cash, CashAfter: r.After.Cash,
		Low: r.Before.Cost.Add(spread.Low), High: r.Before.Cost.Add(spread.High), Ranged: !spread.Exact(), Known: r.Known}}
}

// CheckName returns an error unless a scenario may be called so.
func CheckName(name string) error {
	if name == "" || len(name) > maxSavedName || strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return &fault{fmt.Sprintf("a scenario's name must have 1 to %d characters on one line", maxSavedName), "give a short name such as mini-for-support"}
	}
	return nil
}

type storedSaved struct {
	Version int            `json:"version"`
	Name    string         `json:"name"`
	Scope   string         `json:"scope"`
	Since   time.Time      `json:"since,omitzero"`
	Until   time.Time      `json:"until,omitzero"`
	Zone    string         `json:"zone"`
	Levers  []string       `json:"levers"`
	SavedAt time.Time      `json:"saved_at"`
	Adopted time.Time      `json:"adopted,omitzero"`
	Book    string         `json:"book"`
	Planned *storedPlanned `json:"planned"`
	Note    string         `json:"note,omitempty"`
}

type storedPlanned struct {
	Currency   string       `json:"currency"`
	Days       int64        `json:"days"`
	Before     money.Amount `json:"before"`
	After      money.Amount `json:"after"`
	CashBefore money.Amount `json:"cash_before"`
	CashAfter  money.Amount `json:"cash_after"`
	Low        money.Amount `json:"after_low"`
	High       money.Amount `json:"after_high"`
	Ranged     bool         `json:"ranged"`
	Known      bool         `json:"known"`
}

// Encode returns the scenario as bytes that [DecodeSaved] reads.
func (s *Saved) Encode() ([]byte, error) {
	if err := CheckName(s.Name); err != nil {
		return nil, err
	}
	if err := Check(s.Levers); err != nil {
		return nil, err
	}
	p := storedPlanned(s.Planned)
	d := storedSaved{Version: savedFormat, Name: s.Name, Scope: s.Scope.String(), Since: s.Span.Since, Until: s.Span.Until, Zone: s.Zone, Levers: []string{},
		SavedAt: s.SavedAt, Adopted: s.Adopted, Book: s.Book, Planned: &p, Note: s.Note}
	for _, l := range s.Levers {
		d.Levers = append(d.Levers, l.String())
	}
	return json.Marshal(d)
}

// DecodeSaved reads a stored scenario. Its errors wrap [ErrDocument] or
// [ErrNewer].
func DecodeSaved(data []byte) (Saved, error) {
	var d storedSaved
	if err := decodeDocument(data, savedFormat, &d); err != nil {
		return Saved{}, fmt.Errorf("scenario: %w", err)
	}
	scope, err := budget.ParseScope(d.Scope)
	if err != nil {
		return Saved{}, fmt.Errorf("scenario %.80q: %w: %w", d.Name, ErrDocument, err)
	}
	if len(scope) == 0 {
		scope = nil
	}
	s := Saved{Scenario: Scenario{Name: d.Name, Scope: scope, Span: usage.Span{Since: d.Since, Until: d.Until}}, Zone: d.Zone, SavedAt: d.SavedAt, Adopted: d.Adopted, Book: d.Book, Note: d.Note}
	if d.Planned != nil {
		s.Planned = Planned(*d.Planned)
	}
	for _, text := range d.Levers {
		l, err := ParseLever(text)
		if err != nil {
			return Saved{}, fmt.Errorf("scenario %.80q: %w: %w", d.Name, ErrDocument, err)
		}
		s.Levers = append(s.Levers, l)
	}
	return s, nil
}

// PerMonth is an amount of the span at the same pace over a month of 365/12 days.
func (p *Planned) PerMonth(a money.Amount) money.Amount {
	return scaleAmount(a, 365, 12*max(p.Days, 1))
}
