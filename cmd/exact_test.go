package cmd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"tokpit/usage"
)

// team is a machine with logs of two agents around both changes of the clocks,
// in several sessions, with prices that are known and not, and side chains.
func team(t *testing.T) *machine {
	m := newMachine(t)
	models := []string{"claude-sonnet-4-6", "claude-opus-4-5-20251101", "claude-haiku-4-5", "their-own-model"}
	i := 0
	for _, day := range []string{"2026-03-07", "2026-03-28", "2026-10-03", "2026-10-24", "2026-10-31"} {
		begin, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		for s := range 4 {
			var b strings.Builder
			for k := range 120 {
				i++
				at := begin.Add(time.Duration(k)*37*time.Minute + time.Duration(s)*7*time.Second)
				fmt.Fprintf(&b, `{"type":"assistant","sessionId":"%s-%d","cwd":"/home/x/p%d","isSidechain":%v,"agentId":"a%d","timestamp":%q,"message":{"id":"m%d","model":%q,"usage":{"input_tokens":%d,"output_tokens":%d,"cache_read_input_tokens":%d,"cache_creation":{"ephemeral_5m_input_tokens":%d,"ephemeral_1h_input_tokens":%d},"server_tool_use":{"web_search_requests":%d}}}}`+"\n",
					day, s, s%3, k%9 == 0, k%5, at.Format(time.RFC3339), i, models[(i*7+s)%len(models)], i%977, i%313, i*97%250_000, i%41, i%43, i%11/10)
			}
			m.write(fmt.Sprintf(".claude/projects/p%d/%s-%d.jsonl", s, day, s), b.String())
		}
	}
	id := "22222222-2222-4222-8222-222222222222"
	b := fmt.Sprintf(`{"timestamp":"2026-10-24T00:00:00Z","type":"session_meta","payload":{"id":%q,"cwd":"/home/x/api"}}`+"\n"+
		`{"timestamp":"2026-10-24T00:00:01Z","type":"turn_context","payload":{"model":"gpt-5.1-codex"}}`+"\n", id)
	for k := range 200 {
		at := time.Date(2026, 10, 24, 0, 20*k, 0, 0, time.UTC).Format(time.RFC3339)
		b += fmt.Sprintf(`{"timestamp":%q,"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":%d,"cached_input_tokens":%d,"output_tokens":%d},"last_token_usage":{"input_tokens":1000,"cached_input_tokens":600,"output_tokens":37}}}}`+"\n",
			at, 1000*(k+1), 600*(k+1), 37*(k+1))
	}
	m.write(".codex/sessions/2026/10/24/rollout-2026-10-24T00-00-00-"+id+".jsonl", b)
	m.run("sync").ok()
	m.run("plan", "set", "codex", "--monthly", "20", "--from", "2026-10-25").ok()
	m.run("plan", "set", "claude-code", "--monthly", "100", "--from", "2026-03-28", "--to", "2026-10-04").ok()
	return m
}

// stores are what the sums are checked on: what to say to get a machine's
// figures, and a machine that has them.
func stores(t *testing.T) map[string]func(t testing.TB, args ...string) *reportDoc {
	logs, demo := team(t), demoed(t)
	out := map[string]func(t testing.TB, args ...string) *reportDoc{
		"logs": func(t testing.TB, args ...string) *reportDoc { return logs.report(t, args...) },
	}
	if !testing.Short() {
		out["demo"] = func(t testing.TB, args ...string) *reportDoc { return demo.report(t, append(args, "--demo")...) }
	}
	return out
}

// feeless names what differs between a total and rows that are no days: a
// plan's fee belongs to days.
const feeless = "plan_fee"

// TestSumsOfReports: whatever it is grouped by, the rows of a report add up to
// its total, to the last digit, and the total is always the same.
func TestSumsOfReports(t *testing.T) {
	t.Parallel()
	for name, report := range stores(t) {
		t.Run(name, func(t *testing.T) {
			if name == "demo" && !soak() { // half a year by session takes a while
				all := report
				report = func(t testing.TB, args ...string) *reportDoc { return all(t, append(args, "--since", "2026-10-10")...) }
			}
			whole := total(report(t, "--by", "model"))
			for _, part := range []string{"cost", "cash without fees", "plan_fee", "unpriced_tokens", "cache_write_1h", "quantity web_search"} {
				if whole[part] == nil || whole[part].Sign() <= 0 {
					t.Fatalf("nothing is checked: there is no %s", part)
				}
			}
			groups := []string{"month", "tag:team", "day,model", "session,model", "month,source,project", "user,agent,session", "hour,tier,band", "week,priced_as"}
			for _, d := range usage.Dimensions() {
				groups = append(groups, string(d))
			}
			for _, by := range groups {
				doc := report(t, "--by", by)
				if diff := total(doc).differences(whole); diff != nil {
					t.Errorf("by %s the total differs: %q", by, diff)
				}
				if diff := sumOfRows(doc).differences(whole, feeless); diff != nil {
					t.Errorf("by %s the rows differ from the total: %q", by, diff)
				}
				fees := sumOfRows(doc)["plan_fee"]
				switch calendar := by == "day" || by == "week" || by == "month"; {
				case calendar && fees.Cmp(whole["plan_fee"]) != 0, !calendar && fees != nil && fees.Sign() != 0 && fees.Cmp(whole["plan_fee"]) != 0:
					t.Errorf("by %s the fees are %s of %s", by, fees.FloatString(6), whole["plan_fee"].FloatString(6))
				}
			}
		})
	}
}

// TestSumsUnderFilters: a dimension's values, one after another, make up the
// whole; and what passes a filter is the same from cells of days as from
// cells of sessions.
func TestSumsUnderFilters(t *testing.T) {
	t.Parallel()
	for name, report := range stores(t) {
		t.Run(name, func(t *testing.T) {
			span := []string{"--since", "2026-10-20", "--until", "2026-11-03T07:10:00Z"}
			query := func(args ...string) *reportDoc { return report(t, append(slices.Clone(span), args...)...) }
			whole := total(query("--by", "model"))
			for _, d := range []string{"project", "model", "source", "agent", "session", "tier", "priced_as", "user", "key"} {
				sum := figures{}
				rows := query("--by", d).Rows
				for i := range rows {
					value := ""
					if key := rows[i].keys[d]; key != nil {
						value = *key
					}
					if strings.Contains(value, ",") {
						t.Fatalf("cannot filter by %q", value)
					}
					if i > 2 && !soak() { // enough of them; the rest as they are
						sum.add(&rows[i].sumDoc)
						continue
					}
					doc := query("--by", "model", "--filter", d+"="+value)
					got, row := total(doc), figures{}
					row.add(&rows[i].sumDoc)
					if diff := got.differences(row, feeless); diff != nil {
						t.Errorf("%s=%s: filter and row differ: %q", d, value, diff)
					}
					if i == 0 {
						for _, by := range []string{"session", "user", "agent", "day", "hour"} {
							if diff := total(query("--by", by, "--filter", d+"="+value)).differences(got, feeless); diff != nil {
								t.Errorf("%s=%s by %s differs from by model: %q", d, value, by, diff)
							}
						}
					}
					sum.add(&rows[i].sumDoc)
				}
				if diff := sum.differences(whole, feeless); diff != nil {
					t.Errorf("the values of %s do not make up the whole: %q", d, diff)
				}
			}
		})
	}
}

// TestSingleDaysMakeTheRange around changes of the clock: days of 23, 24 and 25
// hours, one of 23½, a midnight that does not exist, and an offset of 45
// minutes.
func TestSingleDaysMakeTheRange(t *testing.T) {
	t.Parallel()
	all := stores(t)
	for _, c := range []struct {
		store, zone, since string
		hours              float64 // of the day after since
	}{
		{"logs", "America/New_York", "2026-03-07", 23}, {"logs", "America/New_York", "2026-10-31", 25},
		{"logs", "Europe/Berlin", "2026-03-28", 23}, {"logs", "Europe/Berlin", "2026-10-24", 25},
		{"logs", "Australia/Lord_Howe", "2026-10-03", 23.5}, {"logs", "Asia/Kathmandu", "2026-10-24", 24},
		{"demo", "Europe/Berlin", "2026-10-24", 25}, {"demo", "America/Santiago", "2026-09-05", 23}, {"demo", "Asia/Tokyo", "2026-10-24", 24},
	} {
		t.Run(c.store+" "+c.zone+" "+c.since, func(t *testing.T) {
			if all[c.store] == nil {
				t.Skip("takes long")
			}
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			first, err := time.ParseInLocation(time.DateOnly, c.since, zone)
			if err != nil {
				t.Fatal(err)
			}
			day := func(n int) string {
				return time.Date(first.Year(), first.Month(), first.Day()+n, 12, 0, 0, 0, zone).Format(time.DateOnly)
			}
			report := func(from, to int, args ...string) *reportDoc {
				return all[c.store](t, append(args, "--tz", c.zone, "--since", day(from), "--until", day(to))...)
			}
			const days = 3
			whole := report(0, days, "--by", "day")
			sum, fine := figures{}, figures{}
			for n := range days {
				one := report(n, n+1, "--by", "model")
				sum.add(&one.Total)
				fine.add(&report(n, n+1, "--by", "session").Total)
				row := figures{}
				for i := range whole.Rows {
					if *whole.Rows[i].keys["day"] == day(n) {
						row.add(&whole.Rows[i].sumDoc)
					}
				}
				if diff := row.differences(total(one)); diff != nil {
					t.Errorf("%s: its row in the range and the day alone differ: %q", day(n), diff)
				}
			}
			for name, got := range map[string]figures{"days by model": sum, "days by session": fine, "rows": sumOfRows(whole),
				"hours": sumOfRows(report(0, days, "--by", "hour,session"))} {
				except := []string{}
				if name == "hours" {
					except = append(except, feeless)
				}
				if diff := got.differences(total(whole), except...); diff != nil {
					t.Errorf("%s: %q", name, diff)
				}
			}
			hours := map[string]bool{}
			for _, r := range report(1, 2, "--by", "hour").Rows {
				hours[*r.keys["hour"]] = true
			}
			if n := float64(len(hours)); n > c.hours+0.5 {
				t.Errorf("%s has %v hours with usage, and no more than %v at all", day(1), n, c.hours)
			}
		})
	}
}

// TestDaysAgainstTheLog counts the days of one zone without any of our code.
func TestDaysAgainstTheLog(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, name := range []string{"America/New_York", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		want := map[string]int64{}
		at := time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC)
		for i := range 700 {
			log.WriteString(claudeAt(fmt.Sprint(i), "s", "claude-sonnet-4-6", at, int64(i), 1))
			want[at.In(zone).Format(time.DateOnly)] += int64(i)
			at = at.Add(11*time.Minute + 13*time.Second)
		}
		m.write(log1, log.String())
		m.run("sync").ok()
		rows := m.report(t, "--tz", name, "--by", "day").Rows
		if len(rows) != len(want) {
			t.Errorf("%s: %d days, want %d", name, len(rows), len(want))
		}
		for _, r := range rows {
			if day := *r.keys["day"]; r.Tokens.Input != want[day] {
				t.Errorf("%s, %s: %d tokens, want %d", name, day, r.Tokens.Input, want[day])
			}
		}
	}
}

// TestFees: a month's fee over any cut of the month is the fee.
func TestFees(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, claude("1", 1))
	m.run("sync").ok()
	m.run("plan", "set", "claude-code", "--monthly", "19.99", "--from", "2026-10-01").ok()
	month := total(m.report(t, "--since", "2026-10-01", "--until", "2026-11-01", "--by", "day"))
	if got := month["plan_fee"].FloatString(2); got != "19.99" {
		t.Errorf("October costs %s", got)
	}
	sum := figures{}
	for d := range 31 {
		day := time.Date(2026, 10, 1+d, 0, 0, 0, 0, time.UTC)
		sum.add(&m.report(t, "--since", day.Format(time.DateOnly), "--until", day.AddDate(0, 0, 1).Format(time.DateOnly)).Total)
	}
	if diff := sum.differences(month); diff != nil {
		t.Errorf("its days: %q", diff)
	}
}

// TestSameOutputEveryTime: map order and goroutines must not show.
func TestSameOutputEveryTime(t *testing.T) {
	t.Parallel()
	m := team(t)
	for _, args := range [][]string{{"report", "--by", "session,model"}, {"report", "--by", "day,project,model", "--json"}, {"doctor", "--json"},
		{"--demo", "report", "--by", "provider,model", "--json"}, {"plan", "list", "--json"}} {
		first := m.run(args...).ok().stdout
		for range 4 {
			if again := m.run(args...).ok().stdout; again != first {
				t.Errorf("%q says something else the next time", args)
			}
		}
		m.vars["NO_COLOR"], m.vars["TERM"] = "1", "xterm-256color"
		if plain := m.run(args...).ok().stdout; plain != first || strings.Contains(plain, "\x1b") {
			t.Errorf("%q: NO_COLOR changes what is printed to a pipe", args)
		}
		delete(m.vars, "NO_COLOR")
	}
}
