package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/store"
	"tokpit/tui/ui"
	"tokpit/usage"
)

const statusSchema = "tokpit.statusline/1"

// statusFigures are what a status line says. They are kept beside the store, so
// that most lines need nothing else.
type statusFigures struct {
	Schema string `json:"schema"`
	AsOf   string `json:"as_of"`
	// Kind is what the money is: cash, list (tokens at list price), api-equivalent
	// (usage that a plan may cover, and none is set) or unknown.
	Kind   string        `json:"kind"`
	Today  *statusSum    `json:"today"`
	Month  *statusSum    `json:"month"`
	Cycle  *statusSum    `json:"cycle"`
	Budget *statusBudget `json:"budget"` // the one that most needs a look; null if there is none
	// About is whose figures these are: the zone and the price book that were
	// asked for. Key is what they were made of.
	About string `json:"about,omitempty"`
	Key   string `json:"made_of,omitempty"`
}

type statusSum struct {
	Cost     *string `json:"cost"`
	Cash     *string `json:"cash"`
	Currency *string `json:"currency"` // null if there are several
	Shown    string  `json:"shown"`    // the cash, for people
	Tokens   int64   `json:"tokens"`
	Requests *int64  `json:"requests"`
}

type statusBudget struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	Limit    string `json:"limit"`
	Spent    string `json:"spent"`
	Headroom string `json:"headroom"`
	Currency string `json:"currency"`
	PerMille int64  `json:"used_per_mille"`
}

// computeStatus reads the cells that a status line is about, and no more.
func (a *app) computeStatus(ctx context.Context, limit time.Duration) (*statusFigures, error) {
	if err := a.loadBook(); err != nil {
		return nil, err
	}
	path, err := a.findStore()
	if err != nil {
		return nil, err
	}
	a.store = store.New(path, store.Options{Edges: a.latest.Edges(), Now: a.now, Timeout: limit, Reader: true, Holder: "tokpit statusline"})
	if a.zone, err = a.findZone(ctx); err != nil {
		return nil, err
	}
	s, err := a.standing(ctx)
	if err != nil {
		return nil, outdated(err)
	}
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return nil, err
	}
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return nil, err
	}
	now, names := a.now(), s.names()
	calendar := report.Calendar{Now: now, Zone: a.zone, Anchor: a.config.Cycle.AnchorDay}
	month, err := calendar.Span("month", "")
	if err != nil {
		return nil, err
	}
	spans := []usage.Span{calendar.Day(now), month, calendar.Cycle(now)}
	for i := range spans {
		spans[i].Until = now
	}
	cube, err := a.ruled(ctx, statusSpan(spans, budgets, names, now), false, names)
	if err != nil {
		return nil, err
	}
	f := &statusFigures{Schema: statusSchema, AsOf: stamp(now)}
	for i, to := range []**statusSum{&f.Today, &f.Month, &f.Cycle} {
		q := report.Query{Since: spans[i].Since, Until: now, Zone: a.zone, By: []usage.Dimension{usage.ByDay}, Names: names}
		rep, err := report.Run(cube, a.book, plans, q, now)
		if err != nil {
			return nil, err
		}
		*to, f.Kind = statusSumOf(&rep.Total), statusKind(rep)
	}
	if len(budgets) > 0 {
		all, err := report.BuildBudgets(a.budgetReaderOf(names, plans, a.sourceStatus(s), cube).input(ctx, budgets...))
		if err != nil {
			return nil, err
		}
		f.Budget = statusBudgetOf(all.Worst())
	}
	return f, nil
}

// outdated explains why a store of an earlier version is not read.
func outdated(err error) error {
	if errors.Is(err, store.ErrReader) {
		return hint(errors.New("the store is of an earlier version"), "run: tokpit sync")
	}
	return err
}

// statusSpan holds all that is looked at.
func statusSpan(spans []usage.Span, budgets []budget.Budget, names *report.Names, now time.Time) usage.Span {
	all := usage.Span{Since: now}
	add := func(q report.Query) {
		if s := q.Cells(); s.Since.Before(all.Since) {
			all.Since = s.Since
		}
	}
	for _, s := range spans {
		add(report.Query{Since: s.Since, Until: s.Until})
	}
	for i := range budgets {
		add(report.BudgetQuery(&budgets[i], names, now, 0))
	}
	all.Since = all.Since.UTC().Truncate(24 * time.Hour)
	return all
}

func statusSumOf(s *report.Sum) *statusSum {
	out := &statusSum{Tokens: s.Tokens.Total(), Shown: statusMoney(s)}
	if s.Requests != usage.Absent {
		out.Requests = &s.Requests
	}
	if len(s.Costs) == 0 {
		amount := func(a money.Amount, known bool) *string {
			if !known {
				return nil
			}
			return optional(a.String())
		}
		out.Cost, out.Cash, out.Currency = amount(s.Cost, s.Priced), amount(s.Cash, s.CashKnown), optional(s.Currency)
	}
	return out
}

// statusMoney writes the cash of a sum for people.
func statusMoney(s *report.Sum) string {
	switch {
	case len(s.Costs) > 0:
		var parts []string
		for _, c := range s.Costs {
			parts = append(parts, ui.Money(c.Cash, c.Currency))
		}
		return strings.Join(parts, " + ")
	case s.CashKnown:
		return ui.Money(s.Cash, s.Currency)
	case s.UnpricedTokens > 0 || s.UnpricedUnits > 0:
		return "unpriced"
	}
	return ui.Money(money.Amount{}, "USD")
}

func statusKind(r *report.Report) string {
	switch {
	case r.PlanSet:
		return "cash"
	case r.Subscribable:
		return "api-equivalent"
	}
	return "list"
}

func statusBudgetOf(s *report.BudgetStanding) *statusBudget {
	if s == nil {
		return nil
	}
	return &statusBudget{Name: clean.Text(s.Budget.Name), State: string(s.State), Limit: s.Limit.String(), Spent: s.Cost.String(),
		Headroom: s.Headroom.String(), Currency: s.Budget.Currency, PerMille: int64(s.Used * 1000)}
}

// statusKey names all that the figures of this minute are made of: if it is the
// same, they are. Every commit changes the store's file.
func (a *app) statusKey() (string, error) {
	if a.now == nil {
		if err := a.lookAround(); err != nil {
			return "", err
		}
	}
	path, err := a.findStore()
	if err != nil {
		return "", err
	}
	prices, _ := a.pricesFile()
	config, _ := a.configFile()
	key := version() + " " + a.now().UTC().Truncate(time.Minute).Format(time.RFC3339)
	for _, file := range []string{path, prices, config} {
		if info, err := os.Stat(file); err == nil {
			key += fmt.Sprintf(" %d@%d", info.Size(), info.ModTime().UnixNano())
		} else {
			key += " -"
		}
	}
	return key, nil
}

func (a *app) statusAbout() string { return fmt.Sprintf("%q %q", a.zoneName, a.bookVersion) }

// lookAround finds the clock and the configuration.
func (a *app) lookAround() (err error) {
	if a.now, err = a.env.clock(time.Time{}); err != nil {
		return err
	}
	return a.loadConfig()
}

const maxStatusFile = 64 << 10

func (a *app) statusFile() string {
	path, err := a.findStore()
	if err != nil {
		return ""
	}
	return path + ".status"
}

// keptStatus returns the last figures; nil if there are none that can be read.
func (a *app) keptStatus() *statusFigures {
	file, err := os.Open(a.statusFile())
	if err != nil {
		return nil
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxStatusFile))
	var f statusFigures
	if err != nil || json.Unmarshal(text, &f) != nil || f.About != a.statusAbout() || f.Schema != statusSchema || f.Today == nil || f.Month == nil || f.Cycle == nil {
		return nil
	}
	if _, err := time.Parse(time.RFC3339, f.AsOf); err != nil {
		return nil
	}
	return &f
}

// keepStatus keeps the figures. Where that fails, the next line computes them
// again.
func (a *app) keepStatus(f *statusFigures) {
	text, err := json.Marshal(f)
	if err != nil || !a.store.Exists() {
		return
	}
	path := a.statusFile()
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
}
