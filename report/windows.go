package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
)

// WindowStanding is an allowance of a plan that begins anew after some hours or
// days: what has been used of it, and what that comes to by its end. A tool may
// say itself how full it is (Codex does); where it does not (Claude Code), the
// windows are those that its logs imply: one begins with the hour of the first
// request after the last one ended, and lasts five hours.
type WindowStanding struct {
	Source string // "codex"
	Name   string // "5 hours", "week"
	Length time.Duration
	// Since and Until bound the window; it resets at Until. Both are zero if none
	// is open: the next one begins with the next use.
	Since, Until time.Time
	// Rolling: nobody says when it resets; it is the last Length, and Until is
	// zero.
	Rolling bool
	Active  bool // it has begun and has not reset

	// Used is the share of the allowance in thousandths of a percent, as the tool
	// said at SaidAt; HasUsed is false where it said nothing that still holds.
	Used    int64
	HasUsed bool
	SaidAt  time.Time

	// Sum is the usage in the window as the tool's logs know it, whatever counts
	// in the headline. Its Cost is the API-equivalent of what a plan covers. The
	// quarter hours that the window begins and ends in are in it whole.
	Sum Sum
	// TokensPerHour and CostPerHour are the pace since the window's first use, if
	// HasPace: with less than a twentieth of the window seen nothing is said.
	TokensPerHour int64
	CostPerHour   money.Amount
	HasPace       bool
	// What the window ends at if the pace holds, if HasPace and Until is known.
	ProjectedTokens int64
	ProjectedCost   money.Amount
	// ProjectedUsed is the share that it ends at, if HasProjected.
	ProjectedUsed int64
	HasProjected  bool
	// FullAt is when the allowance is used up at the pace of the window so far;
	// zero if that is not known, or not before it resets.
	FullAt time.Time
	// Most is the largest number of tokens in a window of the 30 days before, where
	// the windows are computed; 0 if there was none.
	Most  int64
	Notes []Note
}

const (
	sourceClaude = "claude-code"
	blockLength  = 5 * time.Hour
	weekLength   = 7 * 24 * time.Hour
	windowDays   = 30 // that earlier windows are looked for in
)

// windows says how full the windows of plans are: what tools have said, then what
// the logs of Claude Code imply.
func (in *BudgetsInput) windows() ([]WindowStanding, error) {
	var out []WindowStanding
	q := Query{Since: in.Now.UTC().Add(-windowDays * 24 * time.Hour).Truncate(24 * time.Hour), Until: firstSlot(in.Now.Add(1)).Time()}
	cube, err := in.Cells(&q, false)
	if err != nil {
		return nil, err
	}
	for i := range in.Sources {
		s := &in.Sources[i]
		if s.Standing == nil {
			continue
		}
		for _, w := range s.Standing.Windows {
			one := said(s.Name, w, in.Now)
			if err := in.fill(cube, &one); err != nil {
				return nil, err
			}
			one.project(in.Now)
			out = append(out, one)
		}
	}
	blocks, err := in.blocks(cube)
	return append(out, blocks...), err
}

// said is a window as a tool told of it. In made-up data the name of the source
// is not that of the tool.
func said(source string, w usage.Window, now time.Time) WindowStanding {
	if source == "demo" {
		source = "codex"
	}
	out := WindowStanding{Source: source, Length: w.Length, SaidAt: w.At, Used: w.Used, HasUsed: true}
	switch of, kind, ok := cutLastWord(w.Name); {
	case ok && (kind == "primary" || kind == "secondary"):
		out.Name = clean.Limit(of, 40) + ": " + lengthName(w.Length)
	case w.Name == "primary" || w.Name == "secondary":
		out.Name = lengthName(w.Length)
	default:
		out.Name = clean.Limit(w.Name, 60)
	}
	switch {
	case w.Resets.IsZero() && now.Before(w.At.Add(w.Length)):
		out.Rolling, out.Active, out.Since = true, true, now.Add(-w.Length)
		out.Notes = append(out.Notes, Note{"no_reset", "it does not say when it resets"})
	case now.Before(w.Resets):
		out.Active, out.Since, out.Until = true, w.Resets.Add(-w.Length), w.Resets
	default:
		out.Used, out.HasUsed = 0, false
		when := ""
		if !w.Resets.IsZero() {
			when = " on " + w.Resets.UTC().Format("2006-01-02 15:04 UTC")
		}
		out.Notes = append(out.Notes, Note{"reset", "it has reset" + when + ", and nothing has been said since"})
	}
	return out
}

func cutLastWord(s string) (before, last string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// lengthName names a length as people do.
func lengthName(d time.Duration) string {
	switch {
	case d == weekLength:
		return "week"
	case d%(24*time.Hour) == 0:
		return plural(int64(d/(24*time.Hour)), "day")
	case d%time.Hour == 0:
		return plural(int64(d/time.Hour), "hour")
	}
	return plural(int64(d/time.Minute), "minute")
}

// fill adds the usage of an open window.
func (in *BudgetsInput) fill(cube *usage.Cube, w *WindowStanding) error {
	if !w.Active {
		return nil
	}
	q := Query{Since: usage.SlotOf(w.Since).Time(), Until: firstSlot(in.Now.Add(1)).Time(), Basis: usage.Logged, Zone: time.UTC,
		Filter: map[usage.Dimension][]string{usage.BySource: {w.Source}}}
	r, err := Run(cube, in.Book, nil, q, in.Now)
	if err != nil {
		return err
	}
	w.Sum = r.Total
	return nil
}

// leastSeen is the part of a window that must be over before its pace is told:
// five minutes say nothing about five hours.
const leastSeen = 20

// project computes the pace of an open window, and what it ends at.
func (w *WindowStanding) project(now time.Time) {
	if !w.Active {
		return
	}
	seen := now.Sub(w.Since)
	if minutes := int64(seen / time.Minute); seen >= w.Length/leastSeen && minutes > 0 {
		w.HasPace = true
		w.TokensPerHour = w.Sum.Tokens.Total() * 60 / minutes
		w.CostPerHour = money.NewRate(w.Sum.Cost).Scale(60, minutes).Amount()
		if !w.Rolling {
			rest := int64(w.Until.Sub(now) / time.Minute)
			w.ProjectedTokens = w.Sum.Tokens.Total() + w.Sum.Tokens.Total()*rest/minutes
			w.ProjectedCost = w.Sum.Cost.Add(money.NewRate(w.Sum.Cost).Scale(rest, minutes).Amount())
		}
	}
	told := w.SaidAt.Sub(w.Since)
	if !w.HasUsed || w.Rolling || told < w.Length/leastSeen || w.SaidAt.After(w.Until) {
		return
	}
	w.ProjectedUsed, w.HasProjected = int64(float64(w.Used)*float64(w.Length)/float64(told)), true
	switch {
	case w.Used >= usage.WholeShare:
		w.FullAt = w.SaidAt
	case w.ProjectedUsed > usage.WholeShare:
		w.FullAt = w.Since.Add(time.Duration(float64(told) * usage.WholeShare / float64(w.Used))).Truncate(time.Minute)
	}
}

// block is one window that logs imply, in slots.
type block struct {
	from   usage.Slot
	tokens int64
}

// blocks returns the five-hour window that Claude Code is in, and its last seven
// days, if it was used in them. Its logs say nothing of limits.
func (in *BudgetsInput) blocks(cube *usage.Cube) ([]WindowStanding, error) {
	all := blocksOf(cube, usage.SlotOf(in.Now.Add(-windowDays*24*time.Hour)), usage.SlotOf(in.Now))
	if len(all) == 0 {
		return nil, nil
	}
	last := all[len(all)-1]
	five := WindowStanding{Source: sourceClaude, Name: lengthName(blockLength), Length: blockLength}
	if until := last.from.Time().Add(blockLength); in.Now.Before(until) {
		five.Active, five.Since, five.Until = true, last.from.Time(), until
		all = all[:len(all)-1]
	}
	for _, b := range all {
		five.Most = max(five.Most, b.tokens)
	}
	out := []WindowStanding{five, {Source: sourceClaude, Name: "7 days", Length: weekLength, Rolling: true, Active: true, Since: usage.SlotOf(in.Now.Add(-weekLength)).Time()}}
	for i := range out {
		w := &out[i]
		if err := in.fill(cube, w); err != nil {
			return nil, err
		}
		w.project(in.Now)
		w.Notes = append(w.Notes, Note{"no_limits", "Claude Code's logs do not say what the plan allows"})
	}
	if out[1].Sum.Records == 0 {
		return nil, nil
	}
	return out, nil
}

// blocksOf divides the usage of Claude Code into windows: each begins with the
// hour (UTC) of the first use that lies in none before it, and lasts five hours.
// Days on which hours are not known belong to none.
func blocksOf(cube *usage.Cube, since, now usage.Slot) []block {
	mine := make([]bool, len(cube.Sets))
	for i := range cube.Sets {
		mine[i] = cube.Sets[i].Source == sourceClaude && cube.Sets[i].Basis == usage.Logged
	}
	first, _ := slices.BinarySearch(cube.Slot, since)
	var out []block
	for i := first; i < cube.Len() && cube.Slot[i] <= now; i++ {
		if !mine[cube.Set[i]] || cube.Width[i] > 4 {
			continue
		}
		slot := cube.Slot[i]
		if n := len(out); n == 0 || slot >= out[n-1].from+usage.Slot(blockLength/usage.SlotLength) {
			hour := usage.SlotOf(slot.Time().Truncate(time.Hour))
			out = append(out, block{from: hour})
		}
		t := cube.TokensAt(i)
		out[len(out)-1].tokens += t.Total()
	}
	return out
}

// Share returns a share of an allowance for drawing, 0 to 1 and above.
func Share(thousandths int64) float64 { return float64(thousandths) / usage.WholeShare }

// UsedText is the share for people: "12.5 %", "" if it is not known.
func (w *WindowStanding) UsedText() string {
	if !w.HasUsed {
		return ""
	}
	return ShareText(w.Used)
}

// ShareText writes thousandths of a percent with one decimal where there is one.
func ShareText(n int64) string {
	if n%1000 == 0 {
		return fmt.Sprintf("%d %%", n/1000)
	}
	return fmt.Sprintf("%.1f %%", float64(n)/1000)
}

// Percent writes thousandths of a percent exactly: "12.5".
func Percent(n int64) string {
	return money.NewRate(money.FromUnits(n)).Scale(1, 1000).Amount().String()
}
