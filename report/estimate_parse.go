package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tokpit/internal/clean"
	"tokpit/pricing"
	"tokpit/tokenizer"
)

// Bounds of what a person may type. Beyond them lies a slip, not a plan.
const (
	maxOutput  = 1_000_000_000     // tokens
	maxCalls   = 1_000_000_000_000 // per span of time
	maxPixels  = 1 << 20           // a side of an image
	outputHint = "give a number of tokens such as 500 or 2k, or p50 or p90 of your own requests (p50-each: of each model)"
	callsHint  = "give calls such as 1000/day, 50/hour, 2M/month, or users x sessions x messages: 200x3x10/day"
	imageHint  = "give width x height in pixels, such as 1024x768, with :low for low detail"
)

// ParseOutput reads an expected length of answers: "500", "2k", "p50", "p90", and
// "p50-each", "p90-each" for each model's own.
func ParseOutput(s string) (ExpectedOutput, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	share, each := strings.CutSuffix(text, "each")
	if each {
		share = strings.TrimRight(share, "- ")
	}
	switch share {
	case "p50", "median":
		return ExpectedOutput{Share: 50, Each: each}, nil
	case "p90":
		return ExpectedOutput{Share: 90, Each: each}, nil
	}
	n, ok := parseCount(text, maxOutput)
	if !ok {
		return ExpectedOutput{}, &InputError{fmt.Sprintf("%q is no length of an answer", clip(s)), outputHint}
	}
	return ExpectedOutput{Tokens: n}, nil
}

// String writes the length as [ParseOutput] reads it.
func (o ExpectedOutput) String() string {
	switch {
	case o.Share == 0:
		return strconv.FormatInt(o.Tokens, 10)
	case o.Each:
		return fmt.Sprintf("p%d-each", o.Share)
	}
	return fmt.Sprintf("p%d", o.Share)
}

// ParseTraffic reads how many calls are made: a number or a product of numbers
// (users × sessions × messages), per day unless it says /hour, /day, /week,
// /month or /year. A month is 365/12 days.
func ParseTraffic(s string) (Traffic, error) {
	bad := &InputError{fmt.Sprintf("%q is no number of calls", clip(s)), callsHint}
	text, per, found := strings.Cut(strings.ToLower(strings.TrimSpace(s)), "/")
	times, days := int64(1), int64(1)
	switch strings.TrimSpace(per) {
	case "hour", "h":
		times = 24
	case "day", "d":
	case "week", "w":
		days = 7
	case "month", "m", "mo":
		times, days = 12, 365
	case "year", "y":
		days = 365
	default:
		if found {
			return Traffic{}, bad
		}
	}
	calls := int64(1)
	for factor := range strings.SplitSeq(strings.NewReplacer("×", "x", "*", "x").Replace(text), "x") {
		n, ok := parseCount(strings.TrimSpace(factor), maxCalls)
		if !ok || n > 0 && calls > maxCalls/n {
			return Traffic{}, bad
		}
		calls *= n
	}
	if calls == 0 {
		return Traffic{}, bad
	}
	return Traffic{calls * times, days}, nil
}

// parseCount reads a whole number that may be grouped (1_000, 1,000) or end in k
// or m.
func parseCount(s string, most int64) (int64, bool) {
	scale := int64(1)
	if t, ok := strings.CutSuffix(s, "k"); ok {
		s, scale = t, 1000
	} else if t, ok := strings.CutSuffix(s, "m"); ok {
		s, scale = t, 1_000_000
	}
	whole, frac, point := strings.Cut(strings.NewReplacer("_", "", ",", "").Replace(s), ".")
	if point && (scale == 1 || frac == "") {
		return 0, false
	}
	for range frac {
		if scale%10 != 0 {
			return 0, false
		}
		scale /= 10
	}
	n, err := strconv.ParseUint(whole+frac, 10, 63)
	if err != nil || int64(n) > math.MaxInt64/1_000_000 || int64(n)*scale > most {
		return 0, false
	}
	return int64(n) * scale, true
}

// ParseImage reads the size of an image: "1024x768", or "1024x768:low" for low
// detail.
func ParseImage(s string) (tokenizer.Image, error) {
	text, detail, _ := strings.Cut(strings.ToLower(strings.TrimSpace(s)), ":")
	w, h, found := strings.Cut(strings.ReplaceAll(text, "×", "x"), "x")
	width, err1 := strconv.Atoi(strings.TrimSpace(w))
	height, err2 := strconv.Atoi(strings.TrimSpace(h))
	ok := found && err1 == nil && err2 == nil && width > 0 && height > 0 && width <= maxPixels && height <= maxPixels
	if !ok || detail != "" && detail != "low" && detail != "high" && detail != "auto" {
		return tokenizer.Image{}, &InputError{fmt.Sprintf("%q is no size of an image", clip(s)), imageHint}
	}
	return tokenizer.Image{Width: width, Height: height, Low: detail == "low"}, nil
}

// clip makes what a person typed fit for a message.
func clip(s string) string { return clean.Limit(s, 80) }

// NameFilter returns what tells which models a text means: those that have all of
// its words in provider or name. Commas part one wish from the next, of which one
// is enough: "sonnet, gpt mini". A text without words means every model.
func NameFilter(text string) func(pricing.ModelRef) bool {
	var wishes [][]string
	for wish := range strings.SplitSeq(strings.ToLower(text), ",") {
		if words := strings.Fields(wish); len(words) > 0 {
			wishes = append(wishes, words)
		}
	}
	return func(m pricing.ModelRef) bool {
		name := strings.ToLower(m.Provider + "/" + m.Model)
		return len(wishes) == 0 || slices.ContainsFunc(wishes, func(words []string) bool {
			return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
		})
	}
}
