package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/pricing"
	"tokpit/usage"
)

// traffic is what really happened, before any source tells of it.
type traffic struct {
	provider, account, machine string
	plan                       bool // paid for by a plan: in no provider's report
	slot                       usage.Slot
	tokens                     int64
}

// world is true traffic and what the sources know of it.
type world struct {
	all   []traffic
	first int32
	cells []cell1
	cover []usage.Coverage
	// full holds the account days that the highest basis in use knows entirely.
	full map[worldDay]bool
}

type worldDay struct {
	provider, account string
	day               int32
}

const worldDays = 6

func drawWorld(t *rapid.T, accounts []string) *world {
	w := &world{first: 20_000, full: make(map[worldDay]bool)}
	w.all = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) traffic {
		x := traffic{provider: rapid.SampledFrom([]string{"openai", "anthropic"}).Draw(t, "provider"), account: rapid.SampledFrom(accounts).Draw(t, "account"),
			slot:   usage.Slot(w.first)*96 + usage.Slot(rapid.IntRange(0, worldDays*96-1).Draw(t, "slot")),
			tokens: int64(1) << rapid.IntRange(0, 40).Draw(t, "tokens"), plan: rapid.IntRange(0, 4).Draw(t, "plan") == 0}
		x.machine = "box-" + x.account
		return x
	}), 0, 30).Draw(t, "traffic")
	return w
}

func (w *world) emit(x traffic, d usage.Dims, width uint8) {
	d.Provider, d.Model = x.provider, "m"
	w.cells = append(w.cells, cell1{x.slot - x.slot%usage.Slot(width), width, d, usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: x.tokens}}})
}

// pulled lets a provider's report or a gateway tell of everything on the days
// that it has read, and of a part on others: a pull that was killed.
func (w *world) pulled(t *rapid.T, basis usage.Basis, named bool) {
	for _, provider := range []string{"openai", "anthropic"} {
		for _, account := range w.accounts() {
			if !rapid.Bool().Draw(t, "connected") {
				continue
			}
			name := ""
			if named {
				name = account
			}
			since := w.first + int32(rapid.IntRange(-1, worldDays).Draw(t, "since"))
			until := since + int32(rapid.IntRange(1, worldDays).Draw(t, "days"))
			w.cover = append(w.cover, usage.Coverage{Provider: provider, Account: name, Basis: basis,
				Span: usage.Span{Since: (usage.Slot(since) * 96).Time(), Until: (usage.Slot(until) * 96).Time()}})
			for _, x := range w.all {
				if x.provider != provider || x.account != account || x.plan {
					continue
				}
				day := x.slot.Day()
				if inside := day >= since && day < until; inside || rapid.IntRange(0, 2).Draw(t, "partly") == 0 {
					w.emit(x, usage.Dims{Source: "pull", Account: name, Basis: basis}, 96)
				}
			}
			for day := since; day < until && basis == usage.Reported; day++ {
				w.full[worldDay{provider, account, day}] = true
			}
		}
	}
}

func (w *world) accounts() []string {
	var out []string
	for _, x := range w.all {
		if len(out) == 0 || out[len(out)-1] != x.account && out[0] != x.account {
			out = append(out, x.account)
		}
	}
	return out
}

// copied lets logs or imports tell of some of the traffic, twice over at times
// by two bases, never by one.
func (w *world) copied(t *rapid.T, basis usage.Basis) {
	for _, x := range w.all {
		if basis == usage.Logged && x.plan || rapid.IntRange(0, 2).Draw(t, basis.String()) > 0 {
			d := usage.Dims{Source: "agent", Machine: x.machine, Basis: basis}
			if x.plan {
				d.Source = "subscription"
			}
			if x.plan && basis != usage.Logged {
				continue
			}
			w.emit(x, d, 1)
		}
	}
}

// totals adds up the truth by account and day.
func (w *world) totals() map[worldDay]int64 {
	out := make(map[worldDay]int64)
	for _, x := range w.all {
		if !x.plan {
			out[worldDay{x.provider, x.account, x.slot.Day()}] += x.tokens
		}
	}
	return out
}

// Whatever tells of the same traffic, on whatever bases, for one account or
// several: no token counts twice, a day that the provider's report covers
// counts exactly, and every headline says what it is made of.
func TestNoTrafficCountsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := rapid.SampledFrom([][]string{{"acme"}, {"acme", "labs"}}).Draw(t, "accounts")
		w := drawWorld(t, accounts)
		w.pulled(t, usage.Reported, true)
		w.pulled(t, usage.Metered, len(accounts) > 1 || rapid.Bool().Draw(t, "gateway names the account"))
		w.copied(t, usage.Logged)
		w.copied(t, usage.Imported)
		for _, x := range w.all {
			if rapid.Bool().Draw(t, "billed") {
				w.emit(x, usage.Dims{Source: "bill", Account: x.account, Basis: usage.Billed}, 96)
			}
		}
		cube := cubeOf(w.cells)
		cube.Coverage = usage.MergeCoverage(w.cover)
		mapped := rapid.Bool().Draw(t, "mapped")
		if mapped {
			cube = mustWorldRules(t, accounts).Apply(cube, nil)
		}
		var plans []pricing.Plan
		if rapid.Bool().Draw(t, "subscribed") {
			plans = []pricing.Plan{{Source: "subscription", Currency: "USD", From: time.Unix(0, 0).UTC()}}
		}
		w.check(t, cube, plans, mapped)
	})
}

func mustWorldRules(t *rapid.T, accounts []string) *Rules {
	var set RuleSet
	for _, a := range accounts {
		set.Accounts = append(set.Accounts, Rule{Name: a, Match: match("machine", "box-"+a)})
	}
	r, err := NewRules(set)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) check(t *rapid.T, cube *usage.Cube, plans []pricing.Plan, mapped bool) {
	r := mustRun(t, cube, plans, Query{By: []usage.Dimension{usage.ByDay, usage.ByProvider, usage.ByAccount, usage.ByBasis, usage.BySource}})
	var truth, planned, counted, subscribed int64
	got := make(map[worldDay]int64)
	bases := make(map[string]string)
	for _, row := range r.Rows {
		day, err := time.Parse(time.DateOnly, row.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		k := worldDay{row.Keys[1], row.Keys[2], usage.SlotOf(day).Day()}
		if row.Keys[4] == "subscription" && plans != nil {
			subscribed += row.Sum.Tokens.Total()
			continue
		}
		counted += row.Sum.Tokens.Total()
		if row.Keys[4] == "subscription" {
			continue // without a plan it is usage like other logs
		}
		got[k] += row.Sum.Tokens.Total()
		if was := bases[fmt.Sprint(k)]; was != "" && was != row.Keys[3] {
			t.Fatalf("%v counts on %s and on %s", k, was, row.Keys[3])
		}
		bases[fmt.Sprint(k)] = row.Keys[3]
	}
	want := w.totals()
	for k, n := range want {
		truth += n
		if w.full[k] && got[k] != n {
			t.Fatalf("%v: the report covers %d tokens, %d count", k, n, got[k])
		}
		if got[k] > n && (mapped || len(w.accounts()) > 1) && plans != nil {
			t.Fatalf("%v: %d tokens count of %d", k, got[k], n)
		}
	}
	for _, x := range w.all {
		if x.plan {
			planned += x.tokens
		}
	}
	if plans != nil && (counted > truth || subscribed != planned) {
		t.Fatalf("%d tokens count of %d, and %d under the plan of %d", counted, truth, subscribed, planned)
	}
	if counted+subscribed > truth+planned {
		t.Fatalf("%d tokens count of %d", counted+subscribed, truth+planned)
	}
	var named int64
	for _, s := range r.Bases {
		if s.Counted > 0 && (s.Basis == usage.Billed || s.Basis == usage.BasisUnknown) {
			t.Fatalf("%s counts with %d tokens", s.Basis, s.Counted)
		}
		named += s.Counted
	}
	if named != r.Total.Tokens.Total() {
		t.Fatalf("the bases name %d tokens of %d", named, r.Total.Tokens.Total())
	}
	if text := r.basisText(); (text == "none") != (named == 0) {
		t.Fatalf("%d tokens count, on the basis %q", named, text)
	}
}

func coverage(t testing.TB, provider, account string, basis usage.Basis, since, until string) usage.Coverage {
	return usage.Coverage{Provider: provider, Account: account, Basis: basis, Span: usage.Span{Since: at(t, since), Until: at(t, until)}}
}

// A day without usage that the provider's report covers beats the logs of that
// account; a day that it has not read, or read in part, keeps them.
func TestCoverageDecides(t *testing.T) {
	logs, report := dims("codex", "openai", "gpt-5.4"), dims("openai", "openai", "gpt-5.4")
	report.Basis, report.Account = usage.Reported, "acme"
	million := usage.Tokens{Input: 1_000_000} // 2.50
	cube := cubeOf([]cell1{
		one(t, "2026-07-01T10:00Z", logs, million), one(t, "2026-07-01T11:00Z", report, usage.Tokens{Input: 10}), // read in part
		one(t, "2026-07-02T10:00Z", logs, million), one(t, "2026-07-02T11:00Z", report, usage.Tokens{Input: 20}),
		one(t, "2026-07-03T10:00Z", logs, million), // the report is there and empty
		one(t, "2026-07-04T10:00Z", logs, million), // a hole
		one(t, "2026-07-05T10:00Z", report, million),
	})
	cube.Coverage = []usage.Coverage{coverage(t, "openai", "acme", usage.Reported, "2026-07-02", "2026-07-04")}
	by := Query{By: []usage.Dimension{usage.ByDay, usage.BySource}}
	if got := rowKeys(run(t, cube, nil, by)); got != "2026-07-01|codex 2026-07-02|openai 2026-07-04|codex 2026-07-05|openai" {
		t.Errorf("rows are %s", got)
	}
	// The part of a span decides like the whole, and so does a part without any
	// of the account's own usage.
	part := cubeOf([]cell1{one(t, "2026-07-03T10:00Z", logs, million)})
	part.Coverage = cube.Coverage
	if r := run(t, part, nil, Query{}); r.Total.Requests != 0 {
		t.Errorf("the empty day alone has %+v", r.Total)
	}
	// A person may prefer the logs: they count on the days that they have.
	mine := *cube
	mine.Prefer = []usage.Preference{{Provider: "openai", Account: "acme", Basis: usage.Logged}}
	if got := rowKeys(run(t, &mine, nil, by)); got != "2026-07-01|codex 2026-07-02|codex 2026-07-03|codex 2026-07-04|codex 2026-07-05|openai" {
		t.Errorf("preferring logs: %s", got)
	}
	mine.Prefer[0].Account = "other"
	if got := rowKeys(run(t, &mine, nil, by)); got != "2026-07-01|codex 2026-07-02|openai 2026-07-04|codex 2026-07-05|openai" {
		t.Errorf("preferring them for another account: %s", got)
	}
}

// A gateway that names no account belongs to the provider's only one; one that
// names another counts beside it, and says so.
func TestGateways(t *testing.T) {
	gateway, report := dims("litellm", "openai", "gpt-5.4"), dims("openai", "openai", "gpt-5.4")
	gateway.Basis, report.Basis, report.Account = usage.Metered, usage.Reported, "acme"
	million := usage.Tokens{Input: 1_000_000} // 2.50
	r := run(t, cubeOf([]cell1{one(t, "2026-07-01", gateway, million), one(t, "2026-07-01", report, million), one(t, "2026-07-02", gateway, million)}), nil, Query{})
	if wantAmount(t, "one account", r.Total.Cost, "5"); len(r.Notes) != 0 {
		t.Errorf("notes %+v", r.Notes)
	}
	gateway.Account = "proxy"
	r = run(t, cubeOf([]cell1{one(t, "2026-07-01", gateway, million), one(t, "2026-07-01", report, million)}), nil, Query{})
	if wantAmount(t, "two accounts", r.Total.Cost, "5"); len(r.Notes) != 1 || r.Notes[0].Code != "accounts_may_overlap" {
		t.Errorf("notes %+v", r.Notes)
	}
	gateway.Account, gateway.Provider = "", ""
	r = run(t, cubeOf([]cell1{one(t, "2026-07-01", gateway, million), one(t, "2026-07-01", report, million)}), nil, Query{})
	if len(r.Notes) != 1 || r.Notes[0].Code != "accounts_may_overlap" || !strings.Contains(r.Notes[0].Text, "does not name") {
		t.Errorf("a provider that is not named: notes %+v", r.Notes)
	}
	if r = run(t, cubeOf([]cell1{one(t, "2026-07-01", gateway, million)}), nil, Query{}); len(r.Notes) != 0 {
		t.Errorf("a gateway alone: notes %+v", r.Notes)
	}
}
