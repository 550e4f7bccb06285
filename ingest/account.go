package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
)

// maxAmount bounds amounts, in units of their currency: larger ones are slips.
const maxAmount = 1e12

// maxLimits is how many limits of one account are kept.
const maxLimits = 1000

var (
	errCurrency = errors.New("no ISO 4217 code of a currency")
	errCoverage = errors.New("coverage is not of whole UTC days, or of no basis")
	errKind     = errors.New("nothing that usage belongs to")
	errLimits   = fmt.Errorf("more than %d limits are set", maxLimits)
)

// harmlessCurrency returns a code in capital letters.
func harmlessCurrency(s string) string { return strings.ToUpper(strings.TrimSpace(clean.Text(s))) }

// checkAmount refuses what is no amount of money. An amount of nothing in no
// currency is none at all, and right.
func checkAmount(a money.Amount, currency string) error {
	if a.IsZero() && currency == "" {
		return nil
	}
	letter := func(r rune) bool { return r >= 'A' && r <= 'Z' }
	if len(currency) != 3 || strings.IndexFunc(currency, func(r rune) bool { return !letter(r) }) >= 0 {
		return fmt.Errorf("%q: %w", currency, errCurrency)
	}
	if a.Abs().Cmp(money.FromUnits(maxAmount)) > 0 {
		return fmt.Errorf("implausible amount: %s %s", a, currency)
	}
	return nil
}

// admitAccount cleans what a batch says beside usage. The lists are copied,
// because a source may keep them.
func (d *door) admitAccount(b *usage.Batch) {
	covered := b.Covered
	b.Covered = nil
	for _, c := range covered {
		c.Provider, c.Account = clean.Text(c.Provider), clean.Text(c.Account)
		file := fmt.Sprintf("coverage of %s %s", c.Provider, c.Account)
		b.Reread = append(b.Reread, file)
		if err := d.checkCoverage(c); err != nil {
			quarantine(b, file, 0, err)
			continue
		}
		b.Covered = append(b.Covered, c)
	}
	entities := b.Entities
	b.Entities = nil
	for _, e := range entities {
		e = d.harmlessEntity(e)
		file := fmt.Sprintf("name of %s %s", e.Kind, e.ID)
		b.Reread = append(b.Reread, file)
		if err := checkEntity(&e); err != nil {
			quarantine(b, file, 0, err)
			continue
		}
		b.Entities = append(b.Entities, e)
	}
	if b.NamedAt.Before(oldest()) || b.NamedAt.After(d.latest()) {
		b.NamedAt = d.now
	}
	if b.Standing != nil {
		b.Standing = d.admitStanding(b, *b.Standing)
	}
}

// checkCoverage lets a span end with the day that runs anywhere on earth.
func (d *door) checkCoverage(c usage.Coverage) error {
	switch {
	case !c.Check() || c.Basis.String() == "":
		return errCoverage
	case c.Since.Before(oldest()):
		return fmt.Errorf("coverage from %s on is before any model API", c.Since.UTC().Format(time.DateOnly))
	case c.Until.After(d.latest()):
		return fmt.Errorf("coverage until %s lies in the future", c.Until.UTC().Format(time.DateOnly))
	}
	return nil
}

func (d *door) harmlessEntity(e usage.Entity) usage.Entity {
	e.Kind = usage.Dimension(clean.Text(string(e.Kind)))
	e.ID, e.Name, e.Parent, e.Hint = clean.Text(e.ID), clean.Text(e.Name), clean.Text(e.Parent), clean.Text(e.Hint)
	if e.Kind == usage.ByKey {
		e.Hint = shortened(e.Hint)
	}
	e.Created, e.LastUsed = d.believable(e.Created), d.believable(e.LastUsed)
	return e
}

func checkEntity(e *usage.Entity) error {
	switch {
	case e.Kind.IsTime() || !slices.Contains(usage.Dimensions(), e.Kind):
		return errKind
	case e.ID == "":
		return errNoID
	}
	return nil
}

// longestHint is longer than what any provider shows of a key.
const longestHint = 24

// shortened leaves the ends of a hint that may be a whole key: keys are not
// kept, whoever sends them.
func shortened(hint string) string {
	if utf8.RuneCountInString(hint) <= longestHint || strings.Contains(hint, "…") || strings.Contains(hint, "...") || strings.Contains(hint, "**") {
		return hint
	}
	r := []rune(hint)
	return string(r[:4]) + "…" + string(r[len(r)-4:])
}

// believable drops instants that a provider uses for "never".
func (d *door) believable(t time.Time) time.Time {
	if t.Unix() <= 0 || t.After(d.latest()) {
		return time.Time{}
	}
	return t
}

// admitStanding returns a harmless copy without what cannot be true.
func (d *door) admitStanding(b *usage.Batch, s usage.Standing) *usage.Standing {
	const file = "standing"
	b.Reread = append(b.Reread, file)
	if s.At.Before(oldest()) || s.At.After(d.latest()) {
		s.At = d.now
	}
	s.Currency = harmlessCurrency(s.Currency)
	for _, a := range []money.Amount{s.Granted, s.Used} {
		if err := checkAmount(a, s.Currency); err != nil {
			quarantine(b, file, 0, err)
			s.Currency, s.Granted, s.Used = "", money.Amount{}, money.Amount{}
			break
		}
	}
	limits := s.Limits
	if len(limits) > maxLimits {
		quarantine(b, file, maxLimits+1, errLimits)
		limits = limits[:maxLimits]
	}
	s.Limits = nil
	for i, l := range limits {
		l.Scope = usage.Dimension(clean.Text(string(l.Scope)))
		l.ID, l.Interval, l.Note = clean.Text(l.ID), clean.Text(l.Interval), clean.Text(l.Note)
		l.Currency = harmlessCurrency(l.Currency)
		err := checkAmount(l.Amount, l.Currency)
		if err == nil && (l.Scope.IsTime() || !slices.Contains(usage.Dimensions(), l.Scope)) {
			err = errKind
		}
		if err != nil {
			quarantine(b, file, i+1, err)
			continue
		}
		s.Limits = append(s.Limits, l)
	}
	windows := s.Windows
	s.Windows = nil
	for _, w := range windows[:min(len(windows), maxWindows)] {
		if w.Name = clean.Text(w.Name); d.checkWindow(&w) {
			s.Windows = append(s.Windows, w)
		}
	}
	return &s
}

// maxWindows and maxWindow bound what is believed of the allowances of a plan.
const (
	maxWindows = 100
	maxWindow  = 366 * 24 * time.Hour
)

// checkWindow reports whether a window can be true. A tool says so many times an
// hour what its windows are that one which cannot is not worth a word.
func (d *door) checkWindow(w *usage.Window) bool {
	return w.Name != "" && w.Used >= 0 && w.Used <= 1000*usage.WholeShare && w.Length >= time.Minute && w.Length <= maxWindow &&
		w.Length%time.Second == 0 && !w.At.Before(oldest()) && !w.At.After(d.latest()) &&
		(w.Resets.IsZero() || !w.Resets.Before(oldest()) && !w.Resets.After(d.latest().Add(maxWindow)))
}
