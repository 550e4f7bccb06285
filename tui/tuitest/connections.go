package tuitest

import (
	"math"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// Connected is the sample with sources in every state: logs, a provider that
// has a hole, fails and says much about the account, one that is well, one that
// is stale and sells credit, one that was never read, and one that nobody reads
// any more. Its cube says what came on each day.
func Connected() *report.Snapshot {
	s := Sample()
	now := s.AsOf
	openai, anthropic := usage.Dims{Source: "openai", Account: "acme", Provider: "openai", Basis: usage.Reported},
		usage.Dims{Source: "anthropic", Account: "acme", Provider: "anthropic", Basis: usage.Reported}
	s.Cube = cells(now, map[usage.Dims]func(day int, t time.Time) int64{
		{Source: "claude-code", Provider: "anthropic", Basis: usage.Logged}: office(180, 600),
		{Source: "codex", Provider: "openai", Basis: usage.Logged}:          office(120, 90),
		openai: except(between(steady(170, 240), 170, 1), 70, 73), billed(openai): between(steady(170, 40), 170, 2),
		anthropic: steady(90, 300), billed(anthropic): between(steady(90, 22), 90, 1),
		{Source: "openrouter", Account: "lab", Provider: "openrouter", Basis: usage.Reported}: between(office(60, 30), 60, 5),
		{Source: "crush", Provider: "openai", Basis: usage.Logged}:                            between(office(150, 40), 150, 90),
	})
	covered := func(provider, account string, basis usage.Basis, from, until int) usage.Coverage {
		day := now.Truncate(24 * time.Hour)
		return usage.Coverage{Provider: provider, Account: account, Basis: basis,
			Span: usage.Span{Since: day.AddDate(0, 0, -from), Until: day.AddDate(0, 0, 1-until)}}
	}
	for i := range s.Sources {
		src := &s.Sources[i]
		if src.Name != "openai" {
			continue
		}
		src.Name, src.Type, src.Account, src.KeyRef, src.Grain = "acme-openai", "openai", "acme", "keyring:tokpit/openai-admin", "1h"
		src.Added, src.Standing, src.Entities = now.AddDate(0, -6, 0), standing(now), entities(now)
		src.Coverage = []usage.Coverage{covered("openai", "acme", usage.Reported, 170, 73), covered("openai", "acme", usage.Reported, 69, 1),
			covered("openai", "acme", usage.Billed, 170, 2)}
	}
	s.Sources = append(s.Sources,
		report.SourceStatus{Name: "acme-anthropic", Kind: "provider API", Type: "anthropic", Basis: usage.Reported, Account: "acme",
			KeyRef: "env:ANTHROPIC_ADMIN_KEY", Grain: "1h", Records: 27_300, First: now.AddDate(0, 0, -90), Last: now.Add(-time.Hour),
			Synced: now.Add(-2 * time.Minute), Added: now.AddDate(0, 0, -90),
			Coverage: []usage.Coverage{covered("anthropic", "acme", usage.Reported, 90, 0), covered("anthropic", "acme", usage.Billed, 90, 1)}},
		report.SourceStatus{Name: "lab", Kind: "provider API", Type: "openrouter", Basis: usage.Reported, Account: "lab", KeyRef: "file:~/.config/tokpit/openrouter.key",
			Records: 1_204, First: now.AddDate(0, 0, -60), Last: now.AddDate(0, 0, -5), Synced: now.AddDate(0, 0, -5), Added: now.AddDate(0, 0, -60),
			Coverage: []usage.Coverage{covered("openrouter", "lab", usage.Reported, 60, 5)},
			Standing: &usage.Standing{At: now.AddDate(0, 0, -5), Currency: "USD", Granted: money.FromUnits(250), Used: cents(18_744)}},
		report.SourceStatus{Name: "proxy", Kind: "gateway", Type: "litellm", Basis: usage.Metered, Account: "proxy", KeyRef: "cmd:op read op://work/litellm/key",
			BaseURL: "https://litellm.acme.example", Added: now.Add(-time.Minute)},
		report.SourceStatus{Name: "crush", Kind: "not read any more", Records: 3_310, First: now.AddDate(0, 0, -150), Last: now.AddDate(0, 0, -90),
			Synced: now.AddDate(0, 0, -90)})
	s.Names, s.Reconcile = report.NewNames(s.Sources[2].Entities), reconciliation(now)
	return s
}

// cells makes a cube with a cell for each day that a function has records for.
// The functions take how many days ago a day is.
func cells(now time.Time, of map[usage.Dims]func(day int, t time.Time) int64) *usage.Cube {
	const days = 180
	b := usage.NewBuilder(days * len(of))
	sets := make([]usage.Dims, 0, len(of))
	for d := range of {
		sets = append(sets, d)
	}
	for i := range sets { // maps have no order
		for j := i + 1; j < len(sets); j++ {
			if sets[j].Compare(sets[i]) < 0 {
				sets[i], sets[j] = sets[j], sets[i]
			}
		}
	}
	today := now.Truncate(24 * time.Hour)
	for ago := days; ago >= 0; ago-- {
		t := today.AddDate(0, 0, -ago)
		for _, d := range sets {
			if n := of[d](ago, t); n > 0 {
				m := usage.Measures{Records: n, Requests: n, Tokens: usage.Tokens{Input: n * 1000, Output: n * 90}}
				if d.Basis == usage.Billed {
					m = usage.Measures{Records: n, Uncounted: n, Reported: []usage.Charged{{Currency: "USD", Amount: cents(n * 7), Records: n}}}
				}
				b.Add(usage.SlotOf(t), 96, b.Set(d), m)
			}
		}
	}
	return b.Cube()
}

func billed(d usage.Dims) usage.Dims {
	d.Basis, d.Tags = usage.Billed, usage.NewTags(map[string]string{"line_item": "gpt-5.2, input_tokens"})
	return d
}

// steady is usage of every day since so many days ago.
func steady(since int, n int64) func(int, time.Time) int64 {
	return func(ago int, t time.Time) int64 {
		if ago > since {
			return 0
		}
		return n + int64(float64(n)*0.5*math.Sin(float64(ago)*0.9)) + int64(since-ago)
	}
}

// office is usage of working days.
func office(since int, n int64) func(int, time.Time) int64 {
	every := steady(since, n)
	return func(ago int, t time.Time) int64 {
		if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
			return 0
		}
		return every(ago, t)
	}
}

// except leaves out the days [from, until) ago.
func except(f func(int, time.Time) int64, from, until int) func(int, time.Time) int64 {
	return func(ago int, t time.Time) int64 {
		if ago >= from && ago < until {
			return 0
		}
		return f(ago, t)
	}
}

// between keeps the days from since to until days ago.
func between(f func(int, time.Time) int64, since, until int) func(int, time.Time) int64 {
	return func(ago int, t time.Time) int64 {
		if ago > since || ago < until {
			return 0
		}
		return f(ago, t)
	}
}

func standing(now time.Time) *usage.Standing {
	return &usage.Standing{At: now.Add(-26 * time.Hour), Limits: []usage.SpendLimit{
		{Scope: usage.ByOrganization, ID: "org-acme", Amount: money.FromUnits(2500), Currency: "USD", Interval: "month", Enforced: true, Note: "active"},
		{Scope: usage.ByProject, ID: "proj_Xk3", Amount: money.FromUnits(800), Currency: "USD", Interval: "month", Note: "e-mail"},
	}}
}

func entities(now time.Time) []usage.Known {
	known := func(kind usage.Dimension, id string, used int, names ...string) usage.Known {
		k := usage.Known{Entity: usage.Entity{Kind: kind, ID: id, Name: names[len(names)-1], LastUsed: now.AddDate(0, 0, -used)}}
		for i, name := range names {
			k.Names = append(k.Names, usage.Named{Name: name, Since: now.AddDate(0, -8+3*i, 0)})
		}
		return k
	}
	return []usage.Known{
		known(usage.ByOrganization, "org-acme", 0, "Acme"),
		known(usage.ByProject, "proj_Xk3", 0, "Shop", "Checkout API"), known(usage.ByProject, "proj_b81", 0, "Search"),
		known(usage.ByProject, "proj_0aa", 0, "Docs"), known(usage.ByKey, "key_1", 0, "checkout live"),
		known(usage.ByKey, "key_2", 140, "prototype"), known(usage.ByKey, "key_3", 1, "search live"),
		known(usage.ByUser, "user-1", 0, "Mara Lind"), known(usage.ByUser, "user-2", 0, "Jo Petit"),
	}
}

// HostileConnected is [Connected] with every text replaced by one that tries to
// break the screen.
func HostileConnected() *report.Snapshot {
	s, names := Connected(), HostileNames()
	for i := range s.Sources {
		src := &s.Sources[i]
		at := func(k int) string { return names[(i+k)%len(names)] }
		src.Name, src.Kind, src.Account, src.KeyRef, src.BaseURL, src.Grain = at(0), at(1), at(2), at(3), at(4), at(5)
		src.Err, src.Hint, src.Doubts = at(6), at(7), []string{at(8), at(9)}
		src.Records, src.Quarantined, src.Files = math.MaxInt64, math.MaxInt64, math.MaxInt64
		if src.Standing != nil {
			src.Standing.Currency, src.Standing.Granted = at(3), money.Max()
			for k := range src.Standing.Limits {
				l := &src.Standing.Limits[k]
				l.ID, l.Note, l.Interval, l.Currency, l.Amount = at(k), at(k+1), at(k+2), at(k+3), money.Max()
			}
		}
		for k := range src.Entities {
			e := &src.Entities[k]
			e.ID, e.Name, e.Hint = at(k), at(k+1), at(k+2)
			for n := range e.Names {
				e.Names[n].Name = at(k + n)
			}
		}
	}
	for i := range s.Reconcile.Accounts {
		a := &s.Reconcile.Accounts[i]
		a.Provider, a.Account, a.Currency = names[i], names[i+1], names[i+2]
		for k := range a.Days {
			a.Days[k].Cause.Text = names[k%len(names)]
		}
		for k := range a.Causes {
			a.Causes[k].Code, a.Causes[k].Text, a.Causes[k].Amount = names[k], names[k+3], money.Max()
		}
	}
	for i := range s.Cube.Sets {
		if d := &s.Cube.Sets[i]; d.Account == "" {
			d.Source = s.Sources[0].Name
		}
	}
	s.Names = report.NewNames(s.Sources[2].Entities)
	return s
}

// reconciliation compares two bills: one that ties out, one that differs for
// known reasons and has days that are not billed yet.
func reconciliation(now time.Time) *report.Reconciliation {
	today := now.Truncate(24 * time.Hour)
	r := &report.Reconciliation{AsOf: now, Span: usage.Span{Since: today.AddDate(0, 0, -30), Until: today.AddDate(0, 0, 1)}, Tolerance: report.DefaultTolerance}
	for _, provider := range []string{"anthropic", "openai"} {
		a := report.AccountReconciliation{Provider: provider, Account: "acme", Currency: "USD"}
		for ago := 30; ago >= 0; ago-- {
			billed, c := cents(6000+int64(ago)*11), report.Cause{}
			priced := billed
			switch {
			case provider == "openai" && ago > 12 && ago < 18:
				priced, c = cents(5400), report.Cause{Code: report.CauseUntracked, Text: "billed on key_9, which no usage report shows"}
			case provider == "openai" && ago == 6:
				priced, c = cents(6900), report.Cause{Code: report.CauseTier, Text: "billed as batch; the usage report does not say so"}
			}
			line := report.LineReconciliation{Model: "gpt-5.2", Item: "output", Cause: c,
				Compared: report.Compared{Billed: billed, Priced: priced, Low: priced, High: priced}}
			if billed != priced {
				line.Status = report.Differs
			}
			d := report.DayReconciliation{Day: today.AddDate(0, 0, -ago), Basis: usage.Reported, Compared: line.Compared, Cause: c,
				Lines: []report.LineReconciliation{line}}
			if ago < 2 {
				d.Status, d.Cause = report.NotComparable, report.Cause{Code: report.CauseNotBilled, Text: "the bill of a day is complete a day or two after it"}
			} else {
				a.Total.Billed, a.Total.Priced = a.Total.Billed.Add(billed), a.Total.Priced.Add(priced)
				a.Total.Status = max(a.Total.Status, line.Status)
				a.Causes = addCause(a.Causes, c, billed.Sub(priced), d.Day)
			}
			a.Days = append(a.Days, d)
		}
		r.Accounts = append(r.Accounts, a)
	}
	return r
}

func addCause(all []report.CauseTotal, c report.Cause, variance money.Amount, day time.Time) []report.CauseTotal {
	if c.Code == "" {
		return all
	}
	if n := len(all); n > 0 && all[n-1].Code == c.Code {
		all[n-1].Amount, all[n-1].LastDay, all[n-1].Days = all[n-1].Amount.Add(variance), day, all[n-1].Days+1
		return all
	}
	return append(all, report.CauseTotal{Cause: c, Amount: variance, Days: 1, FirstDay: day, LastDay: day})
}
