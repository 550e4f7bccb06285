package simulate

import (
	"math"
	"time"

	"tokpit/scenario"
	"tokpit/tui/slider"
	"tokpit/tui/ui"
)

// Steps of sliders over ratios: 1 % and 10 %.
const (
	fineRatio   = int64(scenario.Whole / 100)
	coarseRatio = int64(scenario.Whole / 10)
)

// mostSlid is how many times as much a slider reaches; more can be typed.
const mostSlid = 5

// share is the scale of a part of the usage: none of it would be no lever.
func shareScale() slider.Scale {
	return slider.Scale{Low: fineRatio, High: int64(scenario.Whole), Fine: fineRatio, Coarse: coarseRatio}
}

// knob returns the scale of a lever's main number, and the number.
func knob(l *scenario.Lever, now time.Time) (slider.Scale, int64) {
	whole := int64(scenario.Whole)
	switch l.Kind {
	case scenario.Swap, scenario.FineTune, scenario.Tier:
		return shareScale(), int64(l.Share)
	case scenario.Growth:
		return slider.Scale{Low: 0, High: mostSlid * whole, Rest: whole, Fine: fineRatio, Coarse: coarseRatio}, int64(l.By.Base)
	case scenario.Prompt, scenario.Output, scenario.Effort, scenario.Price:
		return slider.Scale{Low: 5 * fineRatio, High: 2 * whole, Rest: whole, Fine: fineRatio, Coarse: coarseRatio}, int64(l.By.Base)
	case scenario.CacheHit:
		return slider.Scale{Low: 0, High: whole, Fine: fineRatio, Coarse: coarseRatio}, int64(l.By.Base)
	case scenario.Choices:
		return slider.Scale{Low: 1, High: 20, Rest: 1, Fine: 1, Coarse: 5}, l.N
	case scenario.OutputCap:
		return slider.Scale{Low: 16, High: 128_000, Rest: 128_000, Fine: 50, Coarse: 500, Log: true}, l.N
	case scenario.PricesAt:
		return slider.Scale{Low: -730, High: 730, Fine: 1, Coarse: 30}, daysFrom(now, l.At)
	}
	return slider.Scale{High: 1}, 0
}

func daysFrom(now, t time.Time) int64 {
	return int64(math.Round(t.Sub(now).Hours() / 24))
}

// turn sets a lever's main number. A range moves as a whole, as far as its ends
// allow.
func turn(l *scenario.Lever, v int64, now time.Time) {
	switch l.Kind {
	case scenario.Swap, scenario.FineTune, scenario.Tier:
		l.Share = scenario.Ratio(v)
	case scenario.Choices, scenario.OutputCap:
		l.N = v
	case scenario.PricesAt:
		day := now.UTC().Truncate(24 * time.Hour)
		l.At = day.AddDate(0, 0, int(v))
	default:
		by := scenario.Ratio(v) - l.By.Base
		top := scenario.Ratio(math.MaxInt64)
		if l.Kind == scenario.CacheHit {
			top = scenario.Whole
		}
		l.By.Base += by
		l.By.Low = max(0, min(l.By.Low+by, l.By.Base))
		l.By.High = max(l.By.Base, min(l.By.High+by, top))
	}
}

// label is what a lever is called in the list.
func label(l *scenario.Lever) string {
	text := ""
	switch l.Kind {
	case scenario.Growth:
		text = "traffic"
	case scenario.Choices:
		text = "answers to each request"
	case scenario.Swap:
		text = anyModel(l.From.Model) + " → " + ui.Text(l.To.Model)
	case scenario.FineTune:
		text = anyModel(l.From.Model) + " → tuned " + ui.Text(l.To.Model)
	case scenario.Prompt:
		text = "length of prompts"
		if l.All {
			text += ", cached too"
		}
	case scenario.Output:
		text = "length of answers"
	case scenario.OutputCap:
		text = "limit on answers"
	case scenario.Effort:
		text = "thinking"
	case scenario.CacheHit:
		text = "served from cache"
	case scenario.Tier:
		text = ui.Text(l.Tier) + " tier"
	case scenario.Price:
		text = "price of " + anyModel(l.From.Model)
	case scenario.PricesAt:
		text = "prices of another day"
	}
	if len(l.Scope) > 0 {
		text += " @" + ui.Text(l.Scope.String())
	}
	return text
}

func anyModel(name string) string {
	if name == "" {
		return "all models"
	}
	return ui.Text(name)
}

// valueText is a lever's main number.
func valueText(l *scenario.Lever) string {
	switch l.Kind {
	case scenario.Swap, scenario.FineTune, scenario.Tier:
		return l.Share.Percent()
	case scenario.Choices:
		return ui.Count(l.N)
	case scenario.OutputCap:
		return ui.Tokens(l.N)
	case scenario.PricesAt:
		return l.At.UTC().Format("2 Jan 06")
	case scenario.CacheHit:
		return l.By.Base.Percent()
	case scenario.Price:
		if l.Rates.Known != 0 && l.By.Base == scenario.Whole {
			return "own rates"
		}
	}
	if l.By.Base >= 3*scenario.Whole {
		return "×" + l.By.Base.String()
	}
	return l.By.Base.Change()
}

// spreadText is the range of a lever's number, "" if it is one number.
func spreadText(l *scenario.Lever) string {
	if l.By.Exact() {
		return ""
	}
	if l.Kind == scenario.CacheHit {
		return l.By.Low.Percent() + " to " + l.By.High.Percent()
	}
	return l.By.Low.Change() + " to " + l.By.High.Change()
}

// offer is a kind of lever that can be added, as it is without further choices.
type offer struct {
	kind       scenario.Kind
	name, note string
	lever      string // as ParseLever reads it; "" is asked for first
}

// offers are the levers in the order of how often they help.
func offers() []offer {
	return []offer{
		{scenario.Swap, "swap a model", "all or part of its requests", ""},
		{scenario.Prompt, "shorter prompts", "the input that is not cached", "input -20%"},
		{scenario.CacheHit, "cache more", "a larger part of the input", "cache-hit 70%"},
		{scenario.Tier, "batch", "half price, within a day", "batch 30%"},
		{scenario.Tier, "flex tier", "half price, slower", "flex 30%"},
		{scenario.Output, "shorter answers", "ask for less", "output -20%"},
		{scenario.OutputCap, "limit on answers", "max_tokens cuts off the rest", "output-cap 1000"},
		{scenario.Effort, "less thinking", "reasoning effort", "effort -50%"},
		{scenario.FineTune, "fine-tune", "a tuned, smaller model", ""},
		{scenario.Growth, "traffic", "more or fewer requests", "growth +20%"},
		{scenario.Choices, "several answers", "n or best_of", "choices 2"},
		{scenario.Price, "another price", "a discount, or one to come", "price * -10%"},
		{scenario.PricesAt, "prices of a day", "announced, or as they were", ""},
	}
}
