package budget

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"tokpit/usage"
)

// zones lists every IANA zone that Go's own database has; without that file, a
// few that are hard.
func zones(t *testing.T) []string {
	t.Helper()
	hard := []string{"UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Havana", "America/Sao_Paulo",
		"Asia/Kolkata", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia",
		"Pacific/Kiritimati", "Pacific/Chatham", "Antarctica/Troll", "America/Scoresbysund"}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Logf("no zone list: %v", err)
		return hard
	}
	r, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Logf("no zone list: %v", err)
		return hard
	}
	defer r.Close()
	var all []string
	for _, f := range r.File {
		if _, err := time.LoadLocation(f.Name); err == nil && !strings.HasSuffix(f.Name, "/") {
			all = append(all, f.Name)
		}
	}
	if len(all) < 300 {
		t.Fatalf("only %d zones", len(all))
	}
	return all
}

func anyBudget(t *rapid.T, zones []string) *Budget {
	b := &Budget{Period: rapid.SampledFrom(Periods()).Draw(t, "period"), Zone: rapid.SampledFrom(zones).Draw(t, "zone")}
	switch b.Period {
	case Weekly:
		b.Anchor.Day = rapid.IntRange(0, 7).Draw(t, "weekday")
	case Monthly:
		b.Anchor.Day = rapid.IntRange(0, 31).Draw(t, "day")
	case Quarterly, Yearly:
		b.Anchor = Anchor{time.Month(rapid.IntRange(0, 12).Draw(t, "month")), rapid.IntRange(0, 31).Draw(t, "day")}
	}
	return b
}

// TestPeriodsTileTime: in every zone and for every anchor the periods leave no
// gap and do not overlap, and their days add up to them.
func TestPeriodsTileTime(t *testing.T) {
	all := zones(t)
	longest := map[Period]time.Duration{Daily: 26 * time.Hour, Weekly: 8 * 24 * time.Hour, Monthly: 32 * 24 * time.Hour,
		Quarterly: 93 * 24 * time.Hour, Yearly: 367 * 24 * time.Hour}
	rapid.Check(t, func(t *rapid.T) {
		b := anyBudget(t, all)
		at := time.Unix(rapid.Int64Range(946684800, 2208988800).Draw(t, "at"), 0) // 2000 to 2040
		p := b.At(at)
		if !p.Contains(at) {
			t.Fatalf("%v is not in %v", at, p)
		}
		if d := p.Until.Sub(p.Since); d <= 0 || d > longest[b.Period] {
			t.Fatalf("a %s of %v: %v", b.Period, d, p)
		}
		for _, inside := range []time.Time{p.Since, p.Until.Add(-1), p.Since.Add(p.Until.Sub(p.Since) / 3)} {
			if q := b.At(inside); q != p {
				t.Fatalf("%v is in %v, and in %v", inside, q, p)
			}
		}
		if q := b.After(p); !q.Since.Equal(p.Until) {
			t.Fatalf("%v is followed by %v", p, q)
		}
		if q := b.Before(p); !q.Until.Equal(p.Since) {
			t.Fatalf("before %v comes %v", p, q)
		}
		days := b.Days(p)
		if !days[0].Equal(p.Since) || !days[len(days)-1].Equal(p.Until) {
			t.Fatalf("days of %v are %v", p, days)
		}
		zone, _ := time.LoadLocation(b.Zone)
		for i, day := range days[1:] {
			if d := day.Sub(days[i]); d <= 0 || d > 26*time.Hour {
				t.Fatalf("a day of %v from %v", d, days[i].In(zone))
			}
		}
	})
}

// TestPeriodsAgainstTheCalendar names the days that people expect.
func TestPeriodsAgainstTheCalendar(t *testing.T) {
	for _, c := range []struct {
		name         string
		b            Budget
		at           string
		since, until string
	}{
		{"plain month", Budget{Period: Monthly}, "2026-11-20T15:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"},
		{"anchor 15, before it", Budget{Period: Monthly, Anchor: Anchor{Day: 15}}, "2026-11-14T23:59:59Z", "2026-10-15T00:00:00Z", "2026-11-15T00:00:00Z"},
		{"anchor 15, on it", Budget{Period: Monthly, Anchor: Anchor{Day: 15}}, "2026-11-15T00:00:00Z", "2026-11-15T00:00:00Z", "2026-12-15T00:00:00Z"},
		{"anchor 31 in February", Budget{Period: Monthly, Anchor: Anchor{Day: 31}}, "2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"},
		{"anchor 30 in a leap year", Budget{Period: Monthly, Anchor: Anchor{Day: 30}}, "2028-02-29T12:00:00Z", "2028-02-29T00:00:00Z", "2028-03-30T00:00:00Z"},
		{"week from Monday", Budget{Period: Weekly}, "2026-11-22T12:00:00Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"},
		{"week from Sunday", Budget{Period: Weekly, Anchor: Anchor{Day: 7}}, "2026-11-22T12:00:00Z", "2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"},
		{"quarter", Budget{Period: Quarterly}, "2026-11-20T00:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"quarter from February", Budget{Period: Quarterly, Anchor: Anchor{Month: 2}}, "2026-01-20T00:00:00Z", "2025-11-01T00:00:00Z", "2026-02-01T00:00:00Z"},
		{"tax year", Budget{Period: Yearly, Anchor: Anchor{4, 6}}, "2026-04-05T23:00:00Z", "2025-04-06T00:00:00Z", "2026-04-06T00:00:00Z"},
		{"29 February", Budget{Period: Yearly, Anchor: Anchor{2, 29}}, "2027-03-01T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"day of 23 hours", Budget{Period: Daily, Zone: "Europe/Berlin"}, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"day of 25 hours", Budget{Period: Daily, Zone: "Europe/Berlin"}, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"month in New York", Budget{Period: Monthly, Zone: "America/New_York"}, "2026-11-01T03:59:59Z", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z"},
		{"day after one that was skipped", Budget{Period: Daily, Zone: "Pacific/Apia"}, "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		p := c.b.At(at)
		if got := p.Since.Format(time.RFC3339); got != c.since {
			t.Errorf("%s begins at %s, want %s", c.name, got, c.since)
		}
		if got := p.Until.Format(time.RFC3339); got != c.until {
			t.Errorf("%s ends at %s, want %s", c.name, got, c.until)
		}
	}
}

func TestParseAnchor(t *testing.T) {
	for _, c := range []struct {
		text string
		p    Period
		want Anchor
		ok   bool
	}{
		{"", Monthly, Anchor{}, true}, {"15", Monthly, Anchor{Day: 15}, true}, {"31", Monthly, Anchor{Day: 31}, true},
		{"32", Monthly, Anchor{}, false}, {"0", Monthly, Anchor{}, false}, {"-1", Monthly, Anchor{}, false}, {"04-06", Monthly, Anchor{}, false},
		{"04-06", Yearly, Anchor{4, 6}, true}, {"13-01", Yearly, Anchor{}, false}, {"7", Weekly, Anchor{Day: 7}, true},
		{"8", Weekly, Anchor{}, false}, {"1", Daily, Anchor{}, false}, {"x", Monthly, Anchor{}, false},
	} {
		got, err := ParseAnchor(c.text, c.p)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%q for a %s: %v, %v", c.text, c.p, got, err)
		}
		if c.ok {
			if again, err := ParseAnchor(got.String(), c.p); err != nil || again != got {
				t.Errorf("%q became %q, then %v, %v", c.text, got, again, err)
			}
		}
	}
}

func TestScope(t *testing.T) {
	s, err := ParseScope(`provider=openai,project=web,project=a\,b\=c,tag:team=,key=`)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseScope(s.String()); err != nil || again.String() != s.String() {
		t.Errorf("%q became %q, %v", s, again, err)
	}
	in := usage.Dims{Provider: "openai", Project: "a,b=c"}
	if !s.Holds(&in) {
		t.Error("usage in scope was left out")
	}
	for _, out := range []usage.Dims{{Provider: "azure", Project: "web"}, {Provider: "openai", Project: "a"}, {Provider: "openai", Project: "web", Key: "k"}} {
		if s.Holds(&out) {
			t.Errorf("%+v is in scope", out)
		}
	}
	if everything, err := ParseScope(""); err != nil || !everything.Holds(&in) || everything.String() != "" {
		t.Errorf("%v, %v", everything, err)
	}
	for _, bad := range []string{"day=2026-11-20", "nope=1", "project", "tag:=x", "session=abc"} {
		if _, err := ParseScope(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`project=web,tag:team=a\,b`, "80%,forecast:100%,450")
	f.Fuzz(func(t *testing.T, scope, warn string) {
		if s, err := ParseScope(scope); err == nil {
			again, err := ParseScope(s.String())
			if err != nil || again.String() != s.String() {
				t.Errorf("%q became %q, then %v, %v", scope, s, again, err)
			}
		}
		if ts, err := ParseThresholds(warn); err == nil {
			for _, th := range ts {
				if again, err := ParseThreshold(th.String()); err != nil || again != th {
					t.Errorf("%v became %v, %v", th, again, err)
				}
			}
		}
	})
}
