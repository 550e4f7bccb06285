package report

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// DigestKind is how long a digest looks back.
type DigestKind string

// The kinds of digests.
const (
	DigestWeek  DigestKind = "week"  // a week that begins on Monday
	DigestMonth DigestKind = "month" // a calendar month
	DigestSpan  DigestKind = "span"  // any other span
)

// DigestInput is what a digest is made from.
type DigestInput struct {
	Kind DigestKind
	// Span is what it is about, Before what that is compared with.
	Span, Before usage.Span
	// Budgets is what the budgets are computed from, and everything else as well:
	// its cells, prices, plans, names, sources, zone and clock. Unusual is set here.
	Budgets     BudgetsInput
	Quarantined int64
	AuditHead   string // of the trail of changes; "" if there is none
	Demo        bool
}

// Digest says of a week or a month what it cost, why that is not what it was,
// where things are going, and what somebody should look at. Its figures are those
// of [Run], [Explore] and [BuildBudgets].
type Digest struct {
	Kind         DigestKind
	Span, Before usage.Span
	Zone         *time.Location
	AsOf         time.Time
	Prices       string // version of the price book
	Running      bool   // the span is not over
	Demo         bool
	AuditHead    string

	// Cash: amounts are what leaves the account, as some plan is set; else they
	// are tokens at list price.
	Cash bool
	// Report is the answer for the whole span, without rows.
	Report Report
	Moved  Move // of the total, against Before
	Movers []Movers

	// Forecast is where the calendar month of AsOf stands, over all usage; its
	// limit means nothing. Nil if it cannot be computed.
	Forecast *budget.Status
	Budgets  []BudgetStanding
	// Unusual are the days of the span that stand out, newest first.
	Unusual   []UnusualDay
	NoUnusual string // why none is looked for; "" if they are
	Look      []LookItem
}

// Movers are the values of one dimension whose amounts changed most, largest
// change first. Rows, Rest and Fees add up to the change of the total.
type Movers struct {
	By   usage.Dimension
	Rows []Mover
	Rest money.Amount // the change of all others together
	More int          // how many they are
	Fees money.Amount // the change of plan fees, which belong to no value
}

// Mover is a value of a dimension in both spans.
type Mover struct {
	Value  string // the id; "" is untracked, unallocated
	Label  string // what people call it, harmless text
	Before money.Amount
	Now    money.Amount
	Change money.Amount // Now - Before
}

// LookItem is something that somebody should look at.
type LookItem struct {
	Code string // "unpriced", "quarantined", "stale", "failed", "retiring", "credit", "limit", "budget", "range", "estimated", "currencies"
	Text string // one harmless sentence
	Hint string // what to do; "" if there is nothing to do
}

const (
	mostMovers   = 5
	retiringSoon = 60 * 24 * time.Hour
	readWithin   = 24 * time.Hour
)

// moving lists the dimensions that movers are looked for in.
func moving() []usage.Dimension {
	return []usage.Dimension{usage.ByModel, usage.ByProject, usage.ByKey, usage.ByUser}
}

// BuildDigest makes a digest.
func BuildDigest(in DigestInput) (*Digest, error) {
	b := &in.Budgets
	if b.Cells == nil || b.Book == nil || !in.Span.Since.Before(in.Span.Until) {
		return nil, errors.New("a digest needs cells, prices and a span")
	}
	if b.Zone == nil {
		b.Zone = time.UTC
	}
	d := &Digest{Kind: in.Kind, Span: in.Span, Before: in.Before, Zone: b.Zone, AsOf: b.Now.UTC(), Running: b.Now.Before(in.Span.Until), Demo: in.Demo, AuditHead: in.AuditHead}
	q := ExploreQuery{Query: Query{Since: in.Span.Since, Until: in.Span.Until, Zone: b.Zone, Names: b.Names}, Before: in.Before}
	cells := Query{Since: earlier(in.Before.Since, in.Span.Since), Until: in.Span.Until, Zone: b.Zone}
	cube, err := b.Cells(&cells, false)
	if err != nil {
		return nil, err
	}
	explorer := NewExplorer(cube, b.Book, b.Plans)
	total, err := explorer.Explore(q, b.Now)
	if err != nil {
		return nil, err
	}
	d.Report, d.Moved, d.Prices = total.Report, total.Moved, total.Prices
	d.Report.Rows, d.Report.Quarantined = nil, in.Quarantined
	d.Cash = d.Report.PlanSet
	for _, by := range moving() {
		q.By = []usage.Dimension{by}
		answer, err := explorer.Explore(q, b.Now)
		if err != nil {
			return nil, err
		}
		if m, ok := d.movers(by, answer); ok {
			d.Movers = append(d.Movers, m)
		}
	}
	used := Query{Since: in.Span.Since, Until: in.Span.Until, Zone: b.Zone, By: []usage.Dimension{usage.ByProvider, usage.ByModel}}
	models, err := Run(cube, b.Book, b.Plans, used, b.Now)
	if err != nil {
		return nil, err
	}
	if err := d.stand(b); err != nil {
		return nil, err
	}
	d.look(b, models.Rows)
	return d, nil
}

func earlier(a, b time.Time) time.Time {
	if !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// movers picks what changed most; ok is false where a dimension says nothing.
func (d *Digest) movers(by usage.Dimension, answer *Answer) (m Movers, ok bool) {
	m.By = by
	if !answer.Moved.In(d.Cash).Known {
		return m, false
	}
	named := 0
	var all []Mover
	for i := range answer.Moves {
		x := &answer.Moves[i]
		if x.Keys[0] != "" {
			named++
		}
		one := Mover{Value: x.Keys[0], Label: d.Report.Query.label(by, x.Keys[0]), Before: x.Before.Cost, Now: x.Now.Cost}
		if d.Cash {
			one.Before, one.Now = x.Before.Cash, x.Now.Cash
		}
		if one.Change = one.Now.Sub(one.Before); !one.Change.IsZero() {
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b Mover) int {
		return cmp.Or(b.Change.Abs().Cmp(a.Change.Abs()), cmp.Compare(a.Value, b.Value))
	})
	m.Rows = all[:min(len(all), mostMovers)]
	m.Fees = answer.Moved.In(d.Cash).Change
	for _, x := range all {
		m.Fees = m.Fees.Sub(x.Change)
	}
	for _, x := range all[len(m.Rows):] {
		m.Rest = m.Rest.Add(x.Change)
		m.More++
	}
	return m, named > 0 && len(all) > 0
}

// stand adds budgets, unusual days and the forecast.
func (d *Digest) stand(in *BudgetsInput) error {
	days := int(in.Now.Sub(d.Span.Since)/(24*time.Hour)) + 2
	in.Unusual = min(max(days, 1), 366)
	all, err := BuildBudgets(*in)
	if err != nil {
		return err
	}
	d.Budgets, d.NoUnusual = all.Standings, all.NoUnusual
	d.lookAtBudgets()
	for i := range all.Grants {
		if text := all.Grants[i].WarnText(d.Zone); text != "" {
			d.Look = append(d.Look, LookItem{"credit", text, "tokpit credits shows what is left"})
		}
	}
	for _, a := range all.Accounts {
		if text := a.RefusedText(); text != "" {
			d.Look = append(d.Look, LookItem{"credit", text, "tokpit credits shows what is left"})
		}
	}
	switch first := all.Bites(); {
	case first == nil || first.Account != nil && first.Account.RefusedText() != "": // said above
	case first.Account != nil:
		d.Look = append(d.Look, LookItem{"credit", upper(first.Name) + ": " + first.Why + ".", "tokpit credits shows what is left"})
	case first.Limit.Err == nil && first.Why != "" && first.Limit.Origin != FromBudget:
		d.Look = append(d.Look, LookItem{"limit", "Limit " + first.Name + ": " + clean.Limit(first.Why, 300) + ".", "tokpit limits shows all of them"})
	}
	for _, u := range all.Unusual {
		if d.Span.Contains(u.Day) {
			d.Unusual = append(d.Unusual, u)
		}
	}
	month := budget.Budget{Name: "all", Amount: money.FromUnits(1), Currency: d.currency(), Period: budget.Monthly, Zone: d.Zone.String()}
	if s, err := in.standing(&month); err == nil && d.currency() != "" {
		d.Forecast = &s.Status
	}
	return nil
}

// lookAtBudgets names the budgets of which nothing is left, and those that are
// likely to end beyond their limit.
func (d *Digest) lookAtBudgets() {
	for i := range d.Budgets {
		s := &d.Budgets[i]
		name, limit := "The budget "+clean.Text(s.Budget.Name), amountText(s.Limit, s.Budget.Currency)
		text := ""
		switch {
		case s.Err != nil: // said elsewhere
		case s.State == budget.StateOver:
			text = name + " is over: " + amountText(s.Cost, s.Budget.Currency) + " of " + limit + " are spent."
		case s.Forecast.Known && s.Forecast.Point.Cmp(s.Limit) > 0:
			text = name + " is likely to end at " + amountText(s.Forecast.Point, s.Budget.Currency) + ", beyond its limit of " + limit + "."
		}
		if text != "" {
			d.Look = append(d.Look, LookItem{"budget", text, "tokpit budget show " + clean.Text(s.Budget.Name)})
		}
	}
}

// currency is that of the digest's amounts, "" if they are in several.
func (d *Digest) currency() string {
	switch {
	case len(d.Report.Total.Costs) > 0:
		return ""
	case d.Report.Total.Currency == "":
		return "USD"
	}
	return d.Report.Total.Currency
}

// look lists what somebody should look at.
func (d *Digest) look(in *BudgetsInput, models []Row) {
	add := func(code, hint, text string) {
		d.Look = append(d.Look, LookItem{code, clean.Limit(text, 500), hint})
	}
	total := &d.Report.Total
	if len(total.Costs) > 0 {
		add("currencies", "", "Amounts are in several currencies and are not added up.")
	}
	if len(d.Report.Unpriced) > 0 {
		add("unpriced", "tokpit prices resolve NAME says why; a price of your own goes into the configuration", upper(d.Report.unpricedText())+".")
	}
	if d.Report.Quarantined > 0 {
		add("quarantined", "tokpit doctor names each with its file and line", uncounted(d.Report.Quarantined)+".")
	}
	for i := range in.Sources {
		s := &in.Sources[i]
		name := clean.Text(s.Name)
		switch {
		case s.Err != "":
			add("failed", s.Hint, "Source "+name+" failed at its last sync: "+clean.Limit(s.Err, 200)+".")
		case s.Type != "" && (s.Synced.IsZero() || in.Now.Sub(s.Synced) > readWithin):
			text := "Source " + name + " has never been read."
			if !s.Synced.IsZero() {
				text = "Source " + name + " was last read " + s.Synced.UTC().Format("2006-01-02 15:04 UTC") + "."
			}
			add("stale", "tokpit sync --source "+name, text)
		}
	}
	d.retiring(in.Book, models, in.Now, add)
	if total.Ranged {
		add("range", "", "Some usage does not say which of several prices applies: the cost lies between "+
			amountText(total.Low, total.Currency)+" and "+amountText(total.High, total.Currency)+".")
	}
	if total.Estimated {
		add("estimated", "", "Part of the cost is an estimate: another vendor's list price stands in.")
	}
	for i := range d.Budgets {
		if s := &d.Budgets[i]; s.Err != nil {
			add("failed", "tokpit budget show "+clean.Text(s.Budget.Name), "The budget "+clean.Text(s.Budget.Name)+" cannot be computed: "+clean.Limit(s.Err.Error(), 200)+".")
		}
	}
}

// retiring names the models in use whose end is near, or past.
func (d *Digest) retiring(book *pricing.Book, models []Row, now time.Time, add func(code, hint, text string)) {
	seen := make(map[string]bool)
	for _, r := range models {
		l, ok := book.Lifecycle(r.Keys[0], r.Keys[1])
		if !ok || l.Shutdown.IsZero() || l.Shutdown.Sub(now) > retiringSoon || seen[l.Provider+"\x00"+l.Model] {
			continue
		}
		seen[l.Provider+"\x00"+l.Model] = true
		verb := "ends on "
		if !now.Before(l.Shutdown) {
			verb = "was to end on "
		}
		text := clean.Text(l.Model) + " " + verb + l.Shutdown.UTC().Format(time.DateOnly)
		if len(l.Replacements) > 0 {
			text += "; the vendor proposes " + clean.Text(l.Replacements[0])
		}
		add("retiring", "", text+".")
	}
}

// WarnText says that credit is about to expire, "" if no warning is due.
func (g *GrantStanding) WarnText(zone *time.Location) string {
	if g.Warn == 0 || g.Balance.Sign() <= 0 || g.Expires.IsZero() {
		return ""
	}
	return "Credit " + clean.Text(g.Name) + " (" + clean.Text(g.Provider) + "): " + amountText(g.Balance, g.Currency) + " expire on " +
		g.Expires.In(zone).Format("2006-01-02 15:04 MST") + "."
}
