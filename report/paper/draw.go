package paper

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// chart is the spend per day (or month), drawn for a page, a
// phone and a sheet of paper.
type chart struct {
	Title, About string // of the picture, for those who do not see it
	Bars         []bar
	Plots        []plot
	Changes      []change
	More         int // changes that are not listed
	Fees         bool
	Unit         string // "day" or "month"
	Line         string // of blocks, for Markdown
}

// bar is one day.
type bar struct {
	Label, Amount, Usage, Fee string
	at                        time.Time
	used, fee                 float64
}

// change is a price change, numbered as in the picture.
type change struct {
	N          int
	Date, Text string
	Up         bool
	at         time.Time
}

// plot is one drawing of a chart; coordinates are those of its viewBox.
type plot struct {
	Class         string // "wide", "narrow" or "sheet", of paper
	Width, Height int
	Base          string // y of zero
	Left, Right   string
	Bars          []rect
	Ticks         []tick
	Labels        []tick
	Marks         []tick
}

type rect struct {
	X, Y, W, H string
	FeeY, FeeH string // "" without fees
	Title      string
}

// tick is a text at a place, and a line.
type tick struct {
	X, Y string
	Text string
	End  bool // the text ends there
}

// mostChanges is how many price changes are listed.
const mostChanges = 6

// coordinate writes a number for a drawing.
func coordinate(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
}

func decimal(tenths int64) string { return fmt.Sprintf("%d.%d", tenths/10, tenths%10) }

// micro is an amount in millionths, for shares; the ends of its range stand for
// what lies beyond.
func micro(a money.Amount) int64 {
	n, err := strconv.ParseInt(strings.Replace(a.Round(6).Format(6), ".", "", 1), 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return n
}

// days makes the chart; without one it says why.
func (w *words) days() (*chart, string) {
	r := w.in.Days
	if w.currency == "" || len(r.Total.Costs) > 0 {
		return nil, "Not drawn: amounts are in several currencies."
	}
	c := &chart{Unit: string(r.Query.By[0])}
	if !w.bars(c) {
		return nil, "Nothing was spent in this span."
	}
	w.changes(c)
	var most *bar
	for i := range c.Bars {
		if b := &c.Bars[i]; most == nil || b.used+b.fee > most.used+most.fee {
			most = b
		}
	}
	c.Title = w.kind() + " per " + c.Unit + ", " + w.spanText(w.in.Span)
	c.About = fmt.Sprintf("%d bars in %s. The highest is %s with %s.", len(c.Bars), clean.Text(w.currency), most.Label, most.Amount)
	if n := len(c.Changes) + c.More; n > 0 {
		c.About += fmt.Sprintf(" Prices of models in use changed %d times.", n)
	}
	c.Plots = []plot{w.plot(c, "wide", 720, 216), w.plot(c, "narrow", 340, 190), w.plot(c, "sheet", 720, 116)}
	c.Line = blocks(c.Bars)
	return c, ""
}

// bars adds a bar for every day of the span that has begun.
func (w *words) bars(c *chart) bool {
	r := w.in.Days
	at := make(map[string]int, len(r.Rows))
	for i := range r.Rows {
		at[r.Rows[i].Keys[0]] = i
	}
	form, label, step := time.DateOnly, "Mon 2 Jan 2006", func(t time.Time) time.Time { return nextDay(w.zone(), t) }
	if r.Query.By[0] == usage.ByMonth {
		form, label = "2006-01", "January 2006"
		step = func(t time.Time) time.Time { return usage.StartOfDay(w.zone(), t.Year(), t.Month()+1, 1) }
	}
	spent := false
	end := w.in.Span.Until
	if w.in.Running && r.AsOf.Before(end) {
		end = r.AsOf
	}
	for t := w.in.Span.Since.In(w.zone()); t.Before(end) && len(c.Bars) < 1000; t = step(t).In(w.zone()) {
		b := bar{Label: t.Format(label), Amount: w.cents(money.Amount{}), at: t}
		if i, ok := at[t.Format(form)]; ok {
			s := &r.Rows[i].Sum
			a, _ := w.of(s)
			var fee money.Amount
			if w.cash {
				fee = s.PlanFee
			}
			b.Amount, b.Usage, b.Fee = w.cents(a), w.cents(a.Sub(fee)), w.cents(fee)
			b.used, b.fee = a.Sub(fee).Float(), fee.Float()
			spent = spent || !a.IsZero()
			c.Fees = c.Fees || !fee.IsZero()
		}
		c.Bars = append(c.Bars, b)
	}
	return spent
}

func nextDay(zone *time.Location, t time.Time) time.Time {
	y, m, d := t.In(zone).Date()
	return usage.StartOfDay(zone, y, m, d+1)
}

func (w *words) changes(c *chart) {
	for _, x := range w.in.Changes {
		if x.At.Before(w.in.Span.Since) || !x.At.Before(w.in.Span.Until) {
			continue
		}
		if len(c.Changes) == mostChanges {
			c.More++
			continue
		}
		c.Changes = append(c.Changes, change{N: len(c.Changes) + 1, Date: x.At.In(w.zone()).Format("2 Jan 2006"),
			Text: clean.Limit(x.Model, 64) + ": " + clean.Limit(x.Text, 200), Up: x.Up, at: x.At})
	}
}

// plot places the bars on a picture.
func (w *words) plot(c *chart, class string, width, height int) plot {
	var top, bottom float64
	for i := range c.Bars {
		top, bottom = max(top, c.Bars[i].used+c.Bars[i].fee), min(bottom, c.Bars[i].used)
	}
	step := niceStep((top - bottom) / 4)
	top, bottom = math.Ceil(top/step)*step, math.Floor(bottom/step)*step
	const above, below, right = 22, 20, 2
	left := 8 + 6.2*float64(len(axisText(top, step)))
	area := float64(height) - above - below
	y := func(v float64) float64 { return above + (top-v)/(top-bottom)*area }
	p := plot{Class: class, Width: width, Height: height, Base: coordinate(y(0)), Left: coordinate(left), Right: strconv.Itoa(width - right)}
	for v := bottom; v <= top+step/2; v += step {
		p.Ticks = append(p.Ticks, tick{X: coordinate(left - 6), Y: coordinate(y(v)), Text: axisText(v, step)})
	}
	slot := (float64(width) - left - right) / float64(len(c.Bars))
	gap := min(slot*0.24, 6)
	for i := range c.Bars {
		b := &c.Bars[i]
		x := left + float64(i)*slot
		r := rect{X: coordinate(x + gap/2), W: coordinate(max(slot-gap, 0.6)), Title: b.Label + ": " + b.Amount}
		from, to := y(max(b.used, 0)), y(min(b.used, 0))
		r.Y, r.H = coordinate(from), coordinate(to-from)
		if b.fee > 0 {
			r.FeeY, r.FeeH = coordinate(from-b.fee/(top-bottom)*area), coordinate(b.fee/(top-bottom)*area)
		}
		p.Bars = append(p.Bars, r)
	}
	p.Labels = labels(c, left, slot, width, height)
	p.Marks = marks(c, left, slot, float64(width-right))
	return p
}

// labels are dates below the bars, as many as there is room for: of days every
// second or each week's, of many days the beginnings of months.
func labels(c *chart, left, slot float64, width, height int) []tick {
	form, room, months := "2 Jan", 46.0, len(c.Bars) > 62 && c.Unit == string(usage.ByDay)
	if months || c.Unit == string(usage.ByMonth) {
		form, room = "Jan", 40
	}
	every := max(1, int(math.Ceil(room/slot)))
	for _, neat := range []int{1, 2, 7, 14, 28} {
		if form == "2 Jan" && neat >= every {
			every = neat
			break
		}
	}
	var out []tick
	last := -room
	for i := range c.Bars {
		x := left + (float64(i)+0.5)*slot
		switch {
		case months && c.Bars[i].at.Day() != 1, !months && i%every != 0, x-last < room, x+room/2 > float64(width)+8:
			continue
		}
		at := c.Bars[i].at
		text := at.Format(form)
		if form == "Jan" && (len(out) == 0 || at.Month() == time.January) {
			text = at.Format("Jan 2006")
		}
		last = x
		out = append(out, tick{X: coordinate(x), Y: strconv.Itoa(height - 4), Text: text})
	}
	return out
}

// marks are the numbers of price changes above the bars; those of one place share
// one.
func marks(c *chart, left, slot, right float64) []tick {
	var out []tick
	const wide = 17.0 // of a mark
	last, end := 0.0, -100.0
	for _, x := range c.Changes {
		i := 0
		for i+1 < len(c.Bars) && !c.Bars[i+1].at.After(x.at) {
			i++
		}
		if x.at.After(c.Bars[len(c.Bars)-1].at.AddDate(0, 1, 0)) {
			continue // after the last bar
		}
		at := min(left+(float64(i)+0.5)*slot, right-6)
		sign := "▼"
		if x.Up {
			sign = "▲"
		}
		text := sign + strconv.Itoa(x.N)
		if n := len(out); n > 0 && at-wide/2 < end {
			if strings.Count(out[n-1].Text, "\u200a") < 3 {
				out[n-1].Text += "\u200a" + text
				end = last + float64(1+strings.Count(out[n-1].Text, "\u200a"))*wide/2
			}
			continue
		}
		last, end = at, at+wide/2
		out = append(out, tick{X: coordinate(at), Y: "12", Text: text, End: at > right-40})
	}
	return out
}

// niceStep is the next of 1, 2, 5 × 10^n.
func niceStep(f float64) float64 {
	if f <= 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return 1
	}
	base := math.Pow(10, math.Floor(math.Log10(f)))
	for _, m := range []float64{1, 2, 5, 10} {
		if f <= m*base*1.000001 {
			return m * base
		}
	}
	return 10 * base
}

func axisText(v, step float64) string {
	decimals := 0
	if step < 1 {
		decimals = min(int(math.Ceil(-math.Log10(step)-1e-9)), 8)
	}
	switch {
	case step >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', -1, 64) + "M"
	case step >= 1e3:
		return strconv.FormatFloat(v/1e3, 'f', -1, 64) + "k"
	}
	if decimals == 0 {
		return strings.Replace(report.CountText(int64(math.Round(v))), "-", "−", 1)
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	return strings.Replace(text, "-", "−", 1)
}

// blocks draws bars as a line of text.
func blocks(bars []bar) string {
	if len(bars) > 100 {
		return ""
	}
	var top float64
	for i := range bars {
		top = max(top, bars[i].used+bars[i].fee)
	}
	var b strings.Builder
	for i := range bars {
		v := bars[i].used + bars[i].fee
		level := 0
		if top > 0 && v > 0 {
			level = min(int(v/top*8), 7)
		}
		b.WriteRune([]rune("▁▂▃▄▅▆▇█")[level])
	}
	return b.String()
}
