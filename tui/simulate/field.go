package simulate

import (
	"fmt"
	"strconv"
	"strings"

	"tokpit/scenario"
	"tokpit/tui/slider"
	"tokpit/tui/ui"
)

// field is one number of the traffic.
type field struct {
	label, note string
	scale       slider.Scale
	get         func(*scenario.Traffic) int64
	set         func(*scenario.Traffic, int64)
	text        func(*scenario.Traffic) string
	parse       func(*scenario.Traffic, string) error
	example     string
}

// fields are the numbers that can be set, in the order of the question.
func (c *crowd) fields() []field {
	whole := int64(scenario.Whole)
	number := func(name, note string, high int64, at func(*scenario.Traffic) *int64) field {
		return field{label: name, note: note, example: "1000", scale: slider.Scale{Low: 1, High: high, Fine: 50, Coarse: 1000, Log: true},
			get: func(t *scenario.Traffic) int64 { return *at(t) }, set: func(t *scenario.Traffic, v int64) { *at(t) = v },
			text: func(t *scenario.Traffic) string { return ui.Count(*at(t)) }, parse: func(t *scenario.Traffic, s string) (err error) {
				*at(t), err = wholeNumber(s)
				return err
			}}
	}
	words := func(name, note string, high int64, at func(*scenario.Traffic) *scenario.Words) field {
		return field{label: name, note: note, example: "120, or 80-160", scale: slider.Scale{Low: 1, High: high, Fine: 50, Coarse: 500, Log: true},
			get: func(t *scenario.Traffic) int64 { return at(t).Base }, set: func(t *scenario.Traffic, v int64) { *at(t) = spread(*at(t), v) },
			text: func(t *scenario.Traffic) string { return at(t).String() }, parse: func(t *scenario.Traffic, s string) (err error) {
				*at(t), err = scenario.ParseWords(s)
				return err
			}}
	}
	part := func(name, note string, low, high int64, at func(*scenario.Traffic) *scenario.Ratio) field {
		return field{label: name, note: note, example: "60%", scale: slider.Scale{Low: low, High: high, Fine: fineRatio, Coarse: coarseRatio},
			get: func(t *scenario.Traffic) int64 { return int64(*at(t)) }, set: func(t *scenario.Traffic, v int64) { *at(t) = scenario.Ratio(v) },
			text: func(t *scenario.Traffic) string { return at(t).Percent() }, parse: func(t *scenario.Traffic, s string) error {
				return parsePart(at(t), s, low < 0)
			}}
	}
	sessions := number("sessions of each", "a month, unless typed as 3/day, 3/weekday or 5/week", 1000, func(t *scenario.Traffic) *int64 { return &t.Sessions.N })
	sessions.example = "20/month"
	sessions.text = func(t *scenario.Traffic) string { return t.Sessions.String() }
	sessions.parse = func(t *scenario.Traffic, s string) (err error) {
		t.Sessions, err = scenario.ParsePace(s)
		return err
	}
	return []field{
		number("users", "people who use it", 10_000_000, func(t *scenario.Traffic) *int64 { return &t.Users }),
		sessions,
		number("messages in a session", "each sends what was said before again", 200, func(t *scenario.Traffic) *int64 { return &t.Messages }),
		words("words in a message", "", 20_000, func(t *scenario.Traffic) *scenario.Words { return &t.Words }),
		words("words in an answer", "", 20_000, func(t *scenario.Traffic) *scenario.Words { return &t.Answer }),
		words("words of instructions", "sent with every message", 50_000, func(t *scenario.Traffic) *scenario.Words { return &t.System }),
		part("of the talk sent again", "100% is a plain chat", 0, whole, func(t *scenario.Traffic) *scenario.Ratio { return &t.Carry }),
		part("served from cache", "of what was sent before", 0, whole, func(t *scenario.Traffic) *scenario.Ratio { return &t.Cached }),
		part("growth a month", "for the figure of a year", -whole/2, whole/2, func(t *scenario.Traffic) *scenario.Ratio { return &t.Growth }),
		{label: "words in 1,000 tokens", note: "English has about 750", example: "750", scale: slider.Scale{Low: 200, High: 1000, Rest: 750, Fine: 10, Coarse: 50},
			get: func(t *scenario.Traffic) int64 { return perThousand(t) }, set: func(t *scenario.Traffic, v int64) { t.WordsPer1000 = v },
			text: func(t *scenario.Traffic) string { return ui.Count(perThousand(t)) }, parse: func(t *scenario.Traffic, s string) (err error) {
				t.WordsPer1000, err = wholeNumber(s)
				return err
			}},
	}
}

// usualWords is how many words of English make 1,000 tokens.
const usualWords = 750

func perThousand(t *scenario.Traffic) int64 {
	if t.WordsPer1000 == 0 {
		return usualWords
	}
	return t.WordsPer1000
}

// wholeNumber reads a number with or without commas.
func wholeNumber(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(s), ",", ""), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%.20q is no whole number", s)
	}
	return n, nil
}

// parsePart reads a share, or a change where there may be less than none.
func parsePart(to *scenario.Ratio, s string, change bool) (err error) {
	s = strings.TrimSpace(s)
	if !change {
		*to, err = scenario.ParseShare(percent(s))
		return err
	}
	if !strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "+") {
		s = "+" + s
	}
	r, err := scenario.ParseFactor(percent(s))
	*to = r - scenario.Whole
	return err
}

// spread moves a range of words to another middle, in proportion.
func spread(w scenario.Words, v int64) scenario.Words {
	if w.Low == w.High || w.Base <= 0 {
		return scenario.Words{Low: v, Base: v, High: v}
	}
	low := v * w.Low / w.Base
	return scenario.Words{Low: low, Base: v, High: v + (v - low)}
}
