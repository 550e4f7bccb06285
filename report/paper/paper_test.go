package paper

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

func day(month time.Month, d, hour int) time.Time {
	return time.Date(2026, month, d, hour, 0, 0, 0, time.UTC)
}

// used is usage of a model on a day of October (or of September, below 1).
type used struct {
	day            int
	model, project string
	source         string
	output         int64
}

func cubeOf(all []used) *usage.Cube {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b used) int { return a.day - b.day })
	b := usage.NewBuilder(len(all))
	for _, u := range all {
		d := usage.Dims{Source: u.source, Provider: "openai", Model: u.model, Project: u.project, Basis: usage.Reported, Band: usage.Band{End: 200_001}}
		b.Add(usage.SlotOf(day(10, u.day, 9)), 1, b.Set(d), usage.Measures{Records: 1, Requests: 2, Tokens: usage.Tokens{Input: u.output / 2, CacheRead: u.output / 4, Output: u.output}})
	}
	return b.Cube()
}

// inputOf answers for October, compared with September.
func inputOf(t interface{ Fatal(...any) }, cube *usage.Cube, plans []pricing.Plan, names *report.Names, asOf time.Time) *Input {
	q := report.Query{Since: day(10, 1, 0), Until: day(11, 1, 0), Zone: time.UTC, Names: names}
	in := &Input{Span: usage.Span{Since: q.Since, Until: q.Until}, Before: usage.Span{Since: day(9, 1, 0), Until: q.Since}, Running: asOf.Before(q.Until), Version: "test"}
	var err error
	for _, one := range []struct {
		by  usage.Dimension
		out **report.Answer
	}{{usage.ByModel, &in.Models}, {usage.ByProject, &in.Projects}} {
		q.By = []usage.Dimension{one.by}
		if *one.out, err = report.Explore(cube, pricing.Embedded(), plans, report.ExploreQuery{Query: q, Before: in.Before}, asOf); err != nil {
			t.Fatal(err)
		}
	}
	q.By = []usage.Dimension{usage.ByDay}
	if in.Days, err = report.Run(cube, pricing.Embedded(), plans, q, asOf); err != nil {
		t.Fatal(err)
	}
	return in
}

// fixture is a small organisation with a plan, a price change, a budget and a
// model that nobody has a price for.
func fixture(t *testing.T) *Input {
	var all []used
	for d := -20; d <= 31; d++ {
		all = append(all, used{d, "gpt-5", "web", "openai", int64(100_000 * (20 + d%7))}, used{d, "gpt-5-mini", "", "codex", 900_000})
		if d > 10 {
			all = append(all, used{d, "house-model", "web", "openai", 12_345})
		}
	}
	plans := []pricing.Plan{{Source: "codex", Monthly: money.FromUnits(200), Currency: "USD", From: day(9, 15, 0)}}
	asOf := day(11, 3, 8)
	in := inputOf(t, cubeOf(all), plans, nil, asOf)
	in.Title, in.State, in.Audit = "October 2026", "closing", "7:abc"
	in.Changes = []report.PriceChange{{At: day(10, 12, 0), Provider: "openai", Model: "gpt-5", Text: "input 2 → 1.25 per 1M"}, {At: day(10, 13, 0), Model: "gpt-5", Text: "output 9 → 10 per 1M", Up: true}}
	b := &budget.Budget{Name: "company", Amount: money.FromUnits(800), Currency: "USD", Period: budget.Monthly, Zone: "UTC"}
	spend := budget.Spend{AsOf: asOf}
	for d := 1; d <= 3; d++ {
		spend.Days = append(spend.Days, budget.DaySum{Day: day(11, d, 0), Sum: budget.Sum{Cost: money.FromUnits(300)}})
	}
	in.Budgets = []report.BudgetStanding{{Status: b.Assess(spend, asOf)}, {Status: budget.Status{Budget: &budget.Budget{Name: "broken", Currency: "EUR"}}, Err: errors.New("the name is ambiguous")}}
	in.Look = []report.LookItem{{Code: "stale", Text: "Source x was never read.", Hint: "tokpit sync --source x"}}
	in.Unusual = []report.UnusualDay{{Text: "Mon 12 Oct is 2.3× its usual"}}
	return in
}

func html(t interface{ Fatal(...any) }, in *Input) string {
	var b bytes.Buffer
	if err := HTML(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPage(t *testing.T) {
	text := html(t, fixture(t))
	text = strings.ReplaceAll(text, styleText, "")
	golden.RequireEqual(t, []byte(strings.ReplaceAll(text, pricing.Embedded().Version(), "BOOK")))
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, fixture(t)); err != nil {
		t.Fatal(err)
	}
	golden.RequireEqual(t, bytes.ReplaceAll(b.Bytes(), []byte(pricing.Embedded().Version()), []byte("BOOK")))
}

// harmless reads a page as strictly as XML is read and returns its text: every
// element is closed, nothing can run, nothing is fetched.
func harmless(t interface {
	Fatalf(string, ...any)
}, page string) string {
	elements := strings.Fields("html head meta title style body main header p h1 h2 small bdi dl dt dd div section svg desc line text rect g ul li i b details summary table thead tbody tfoot tr th td span strong")
	attributes := strings.Fields("lang charset name content http-equiv class id aria-labelledby aria-label aria-hidden role viewBox preserveAspectRatio x y x1 x2 y1 y2 dy width height style scope vector-effect")
	var text strings.Builder
	d := xml.NewDecoder(strings.NewReader(page))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, page)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if !slices.Contains(elements, x.Name.Local) {
				t.Fatalf("an element %s", x.Name.Local)
			}
			for _, a := range x.Attr {
				if !slices.Contains(attributes, a.Name.Local) {
					t.Fatalf("an attribute %s of %s", a.Name.Local, x.Name.Local)
				}
			}
		case xml.CharData:
			text.Write(x)
		case xml.Comment, xml.ProcInst:
			t.Fatalf("%v", x)
		}
	}
	for _, reach := range []string{"http:", "https:", "url(", "@import", "//", "javascript"} {
		if strings.Contains(styleText, reach) {
			t.Fatalf("the style reaches out: %s", reach)
		}
	}
	return text.String()
}

func hostileInput(t *testing.T, name string) *Input {
	in := inputOf(t, cubeOf([]used{{3, "gpt-5", name, "openai", 1e6}, {4, name, "web", "openai", 1e6}, {-4, "gpt-5", "web", "openai", 1e6}}), nil, nil, day(11, 3, 8))
	in.Title, in.Version, in.Audit, in.State, in.NoBudgets = name, name, name, name, ""
	in.Changes = []report.PriceChange{{At: day(10, 12, 0), Provider: name, Model: name, Text: name}}
	in.Budgets = []report.BudgetStanding{{Status: budget.Status{Budget: &budget.Budget{Name: name, Currency: "USD", Scope: budget.Scope{usage.ByProject: {name}}}}, Err: errors.New(name)},
		{Status: budget.Status{Budget: &budget.Budget{Name: name, Currency: name}, Limit: money.FromUnits(1), State: budget.State(name), Why: name}}}
	in.Look = []report.LookItem{{Text: name, Hint: name}}
	in.Unusual = []report.UnusualDay{{Text: name}}
	in.Models.Notes = []report.Note{{Code: name, Text: name}}
	return in
}

// Whatever a name holds, it is text.
func FuzzEscaping(f *testing.F) {
	for _, s := range []string{"</title><script>alert(1)</script>", "\" onload=\"alert(1)", "' onmouseover='x", "</style><img src=x onerror=y>", "]]>&amp;&lt;<!-- -->", "| a | b |\n# x", "[x](javascript:1)", "![](http://x)", "<https://x>", "www.x.org", "@all", "\u202e\u2066evil\x1b[2J\x00", "{{.}}", "=cmd|' /C calc'!A0", strings.Repeat("W", 100_000), "\xff\xfe", "- x", "1. x", "***"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		in := hostileInput(t, name)
		harmless(t, html(t, in))
		var b bytes.Buffer
		if err := Markdown(&b, in); err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(b.String(), "\n") {
			if strings.ContainsAny(line, "<@\x00\x1b\r\u202e") || strings.Contains(line, "://") || regexp.MustCompile(`(^|[^\\])(\\\\)*\]\(`).MatchString(line) {
				t.Fatalf("line %d of %q is %q", i, name, line)
			}
			if strings.HasPrefix(line, "|") && strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|") > 9 {
				t.Fatalf("a row has too many cells: %q", line)
			}
		}
	})
}

// The rows of both tables and the bars add up to what Run says of the query, and
// the changes to the change, to the last digit.
func TestThePageSaysWhatReportsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.Custom(func(t *rapid.T) used {
			return used{rapid.IntRange(-29, 31).Draw(t, "day"), rapid.SampledFrom([]string{"gpt-5", "gpt-5-mini", "gpt-4o", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "o3", "o4-mini", "gpt-5-nano", "gpt-4o-mini", "nobody-knows"}).Draw(t, "model"),
				rapid.SampledFrom([]string{"", "web", "api"}).Draw(t, "project"), rapid.SampledFrom([]string{"openai", "codex"}).Draw(t, "source"), rapid.Int64Range(0, 1e9).Draw(t, "output")}
		})).Draw(t, "usage")
		var plans []pricing.Plan
		if rapid.Bool().Draw(t, "plan") {
			plans = []pricing.Plan{{Source: "codex", Monthly: money.FromUnits(20), Currency: "USD", From: day(9, rapid.IntRange(1, 40).Draw(t, "from"), 0)}}
		}
		asOf := day(10, rapid.IntRange(2, 40).Draw(t, "now"), 8)
		cube := cubeOf(all)
		in := inputOf(t, cube, plans, nil, asOf)
		whole, err := report.Run(cube, pricing.Embedded(), plans, report.Query{Since: in.Span.Since, Until: in.Span.Until, Zone: time.UTC}, asOf)
		if err != nil {
			t.Fatal(err)
		}
		w := in.words()
		want, known := w.of(&whole.Total)
		for _, a := range []*report.Answer{in.Models, in.Projects} {
			if a.Total.Cost != whole.Total.Cost || a.Total.Cash != whole.Total.Cash || a.Total.Tokens != whole.Total.Tokens {
				t.Fatalf("%v is not %v", a.Total, whole.Total)
			}
			var sum, moved money.Amount
			for _, l := range w.lines(a, true) {
				sum, moved = sum.Add(l.amount), moved.Add(l.change)
			}
			if known && sum != want {
				t.Fatalf("rows add up to %s, not %s", sum, want)
			}
			if e := a.Moved.In(w.cash); e.Known && moved != e.Change {
				t.Fatalf("changes add up to %s, not %s", moved, e.Change)
			}
		}
		p := compose(in)
		if known && !strings.HasSuffix(p.Figures[0].Value, w.cents(want)) {
			t.Fatalf("the headline is %s, not %s", p.Figures[0].Value, w.cents(want))
		}
		if p.Chart == nil {
			return
		}
		var bars float64
		for _, b := range p.Chart.Bars {
			bars += b.used + b.fee
		}
		if !in.Running && math.Abs(bars-want.Float()) > 1e-6*max(1, bars) {
			t.Fatalf("bars add up to %v, not %s", bars, want)
		}
		harmless(t, html(t, in))
	})
}

// A page of nothing says so.
func TestNothing(t *testing.T) {
	for _, title := range []string{"", "October 2026"} {
		in := inputOf(t, cubeOf(nil), nil, nil, day(10, 20, 8))
		in.Title = title
		text := harmless(t, html(t, in))
		for _, want := range []string{"There is no usage in this span.", "Nothing was spent in this span.", "None is set.", "Basis"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not said", want)
			}
		}
	}
}

// Amounts in several currencies are never added up.
func TestSeveralCurrencies(t *testing.T) {
	b := usage.NewBuilder(2)
	for i, currency := range []string{"CHF", "EUR"} {
		d := usage.Dims{Source: "x", Provider: "openai", Model: "gpt-5", Project: currency, Basis: usage.Billed}
		b.Add(usage.SlotOf(day(10, 2+i, 0)), 96, b.Set(d), usage.Measures{Records: 1, Reported: []usage.Charged{{Currency: currency, Amount: money.FromUnits(8), Records: 1}}})
	}
	in := inputOf(t, b.Cube(), nil, nil, day(11, 3, 8))
	cube := b.Cube()
	for _, a := range []**report.Answer{&in.Models, &in.Projects} {
		q := report.ExploreQuery{Query: (*a).Query}
		q.Basis = usage.Billed
		var err error
		if *a, err = report.Explore(cube, pricing.Embedded(), nil, q, day(11, 3, 8)); err != nil {
			t.Fatal(err)
		}
	}
	in.Days.Total = in.Models.Total
	text := harmless(t, html(t, in))
	if len(in.Models.Total.Costs) != 2 || !strings.Contains(text, "amounts are in several currencies") || strings.Contains(text, "16.00") {
		t.Errorf("%v\n%s", in.Models.Total.Costs, text)
	}
}

// Text can be read on its paper by day, by night and in print: a contrast of 4.5
// to 1 or more.
func TestContrast(t *testing.T) {
	schemes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(styleText, -1)
	if len(schemes) != 3 {
		t.Fatalf("%d schemes", len(schemes))
	}
	for i, s := range schemes {
		colors := make(map[string]string)
		for _, c := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]+);`).FindAllStringSubmatch(s[1], -1) {
			colors[c[1]] = c[2]
		}
		for _, name := range []string{"ink", "quiet", "mark", "ok", "warn", "over", "up", "down"} {
			if got := contrast(t, colors[name], colors["paper"]); got < 4.5 {
				t.Errorf("scheme %d: --%s has a contrast of %.2f", i, name, got)
			}
		}
		if got := contrast(t, colors["bar"], colors["fee"]); got < 1.6 {
			t.Errorf("scheme %d: bars and fees look alike in grey: %.2f", i, got)
		}
	}
}

// contrast is that of WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	luminance := func(s string) float64 {
		if len(s) == 3 {
			s = fmt.Sprintf("%c%c%c%c%c%c", s[0], s[0], s[1], s[1], s[2], s[2])
		}
		n, err := strconv.ParseUint(s, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		part := func(v uint64) float64 {
			c := float64(v&255) / 255
			if c <= 0.04045 {
				return c / 12.92
			}
			return math.Pow((c+0.055)/1.055, 2.4)
		}
		return 0.2126*part(n>>16) + 0.7152*part(n>>8) + 0.0722*part(n)
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
