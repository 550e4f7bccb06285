package budgets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// money writes an amount in the budget's currency.
func (it *item) money(a money.Amount) string { return ui.Money(a, it.Budget.Currency) }

// span is the days of a period: "1–30 Nov".
func (it *item) span() string { return spanWords(it.Period, it.zone) }

func spanWords(p usage.Span, zone *time.Location) string {
	first, last := p.Since.In(zone), p.Until.Add(-time.Second).In(zone)
	if first.Year() != last.Year() || last.Sub(first) > 300*24*time.Hour {
		return first.Format("2 Jan 2006") + " – " + last.Format("2 Jan 2006")
	}
	return ui.Days(first, last)
}

// left is what the budget still allows, in words: "$88.10 left", "$12.40 over".
func (it *item) left() (amount, what string) {
	if it.Headroom.Sign() < 0 {
		return it.money(it.Headroom.Neg()), "over"
	}
	return it.money(it.Headroom), "left"
}

// ofLimit says after [item.left] of what.
func (it *item) ofLimit() string {
	if it.Headroom.Sign() < 0 {
		return "the limit of " + it.money(it.Limit)
	}
	return "of " + it.money(it.Limit)
}

// ends says where the period will end, briefly: an amount with a sign that says
// how sure it is.
func (it *item) ends() string {
	switch {
	case it.Ended:
		return it.money(it.Cost)
	case it.Forecast.Known:
		return "→ " + it.money(it.Forecast.Point)
	case it.HasRunRate:
		return "≈ " + it.money(it.RunRate)
	}
	return ui.Unknown
}

// ending says where the period will end, in a sentence, and whether that is
// within the limit.
func (it *item) ending() (text string, state budget.State) {
	point, how := it.Forecast.Point, "ends at "
	switch {
	case it.Ended:
		return "the period is over", it.State
	case it.Forecast.Known:
	case it.HasRunRate:
		point, how = it.RunRate, "at this rate ends at "
	default:
		return "where it ends is not known yet", ""
	}
	text = how + it.money(point)
	over := point.Sub(it.Limit)
	switch over.Sign() {
	case 1:
		return text + ", " + it.money(over) + " over", budget.StateOver
	case 0:
		return text + ", the limit itself", budget.StateWarn
	}
	if it.Forecast.Known && it.Forecast.High.Cmp(it.Limit) > 0 {
		return text + ", maybe over", budget.StateWarn
	}
	return text + ", " + it.money(over.Neg()) + " below", budget.StateOK
}

// lasts says when nothing will be left, or since when nothing is.
func (it *item) lasts() string {
	switch e := it.Exhaustion; {
	case it.Headroom.Sign() < 0:
		return it.overSince()
	case it.Ended || !e.Known:
		return ""
	case e.Days <= 0:
		return "nothing is left"
	case !e.Within:
		return "lasts to the end of the " + string(it.Budget.Period)
	default:
		return "nothing left on " + ui.Day(e.At.In(it.zone)) + ", in " + days(e.Days)
	}
}

// overSince says on which day the limit was passed, as far as days are known.
func (it *item) overSince() string {
	for _, b := range it.Burn {
		if b.Known && b.Spent.Cmp(it.Limit) > 0 {
			return "over since " + ui.Day(b.At.Add(-time.Second).In(it.zone))
		}
	}
	return ""
}

// days writes a number of days: "5.9 days", "less than a day".
func days(d float64) string {
	switch {
	case d < 1:
		return "less than a day"
	case d < 10:
		return strconv.FormatFloat(d, 'f', 1, 64) + " days"
	}
	return strconv.FormatFloat(d, 'f', 0, 64) + " days"
}

// age says up to when usage is known.
func (it *item) age() string {
	switch {
	case it.Ended:
		return "the period is over"
	case !it.HasLag:
		return "nobody can say how new the figures are"
	case it.Lag < time.Minute:
		return "as of now"
	}
	return "as of " + ui.Ago(it.Now, it.AsOf)
}

// late reports whether the figures are older than anybody should rely on.
func (it *item) late() bool { return !it.Ended && (!it.HasLag || it.Lag > time.Hour) }

// forecastWords explain the forecast: method, what it rests on, and its range.
func (it *item) forecastWords() []string {
	f := it.Forecast
	if f.Known && !it.Ended {
		return []string{
			fmt.Sprintf("%s is expected; 80 %% of such forecasts end between %s and %s.", it.money(f.Point), it.money(f.Low), it.money(f.High)),
			fmt.Sprintf("It rests on %s (%s), up to %s.", plural(int64(f.Days), "whole day"), f.Method, ui.Day(it.Through.Add(-time.Second).In(it.zone))),
		}
	}
	var out []string
	if it.Why != "" {
		out = append(out, "No forecast: "+it.Why+".")
	}
	if it.HasRunRate && !it.Ended {
		out = append(out, "The run rate, which knows no weekends, ends at "+it.money(it.RunRate)+".")
	}
	return out
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Count(n) + " " + noun + "s"
}

// percent writes a part of the limit, without decimals from ten percent on.
func percent(part float64) string {
	if part > 99.99 {
		return ">9,999 %"
	}
	decimals := 0
	if part > 0 && part < 0.1 {
		decimals = 1
	}
	return strconv.FormatFloat(part*100, 'f', decimals, 64) + " %"
}

// thresholdName is a threshold for people: "80 %", "$450", "forecast 100 %".
func thresholdName(t budget.Threshold, currency string) string {
	text := strings.TrimPrefix(t.String(), "forecast:")
	if p, ok := strings.CutSuffix(text, "%"); ok {
		text = p + " %"
	} else {
		text = ui.Money(t.Amount, currency)
	}
	if t.Forecast {
		return "forecast " + text
	}
	return text
}

// scopeWords say what counts, by the names that people know.
func (p *Page) scopeWords(s budget.Scope) string {
	if len(s) == 0 {
		return "all usage, and plan fees"
	}
	var parts []string
	dims := make([]usage.Dimension, 0, len(s))
	for d := range s {
		dims = append(dims, d)
	}
	slices.Sort(dims)
	for _, d := range dims {
		var names []string
		for _, v := range s[d] {
			names = append(names, p.valueName(d, v))
		}
		parts = append(parts, string(d)+" "+strings.Join(names, " or "))
	}
	return strings.Join(parts, ", ")
}

// valueName is what people call a value of a dimension.
func (p *Page) valueName(d usage.Dimension, v string) string {
	switch {
	case v == "" && d == usage.ByKey:
		return "untracked"
	case v == "" && d == usage.ByProject:
		return "unallocated"
	case v == "":
		return "none"
	}
	if p.snap != nil {
		if name := p.snap.Names.Of(d, v); name != "" {
			return ui.Text(name)
		}
	}
	return ui.Text(v)
}
