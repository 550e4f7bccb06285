package ui

import (
	"hash/fnv"
	"maps"
	"slices"

	"tokpit/report"
)

// A hue is which colour a series has: one of the slots below, which are the
// colours of providers and of what is none, or a shade of one: slot + n*slots.
const (
	providerHues = 8

	// HueOther is the colour of what is left over, and of names without a colour.
	HueOther = providerHues
	// HueFees is the colour of plan fees.
	HueFees = providerHues + 1

	slots      = providerHues + 2
	shadesEach = 5 // of a slot, the slot's own colour among them
	seriesInks = slots * shadesEach
)

// Colours is which colour each provider and each model has, everywhere and for
// as long as the program runs. It is immutable: [Colours.With] returns one that
// knows more names, in which nobody's colour has changed. The zero Colours knows
// the large providers.
type Colours struct {
	providers, models map[string]int
	each              map[int]int // models that each slot has
}

// Name is one provider and model in use.
type Name struct{ Provider, Model string }

// NamesOf lists what a snapshot has, models of the current cycle first, by cost.
// It takes as long as the snapshot has dimension sets: ask in a command.
func NamesOf(s *report.Snapshot) []Name {
	if s == nil {
		return nil
	}
	seen := make(map[Name]bool)
	var all []Name
	add := func(n Name) {
		if !seen[n] {
			seen[n] = true
			all = append(all, n)
		}
	}
	if s.Cube != nil {
		last := Name{}
		for i := range s.Cube.Sets {
			if n := (Name{string(s.Cube.Sets[i].Provider), string(s.Cube.Sets[i].Model)}); n != last {
				last = n
				add(n)
			}
		}
	}
	for _, u := range s.Uses {
		add(Name{string(u.Dims.Provider), string(u.Dims.Model)})
	}
	for _, p := range append(linesOf(s.Providers), s.Series...) {
		add(Name{Provider: p})
	}
	rank := make(map[string]int, len(s.Models))
	for i, l := range s.Models {
		rank[l.Name] = i + 1
	}
	slices.SortFunc(all, func(a, b Name) int { return compareNames(a, b, rank) })
	return all
}

func linesOf(lines []report.Line) []string {
	out := make([]string, len(lines))
	for i := range lines {
		out[i] = lines[i].Name
	}
	return out
}

// compareNames puts models of the cycle first, then goes by name.
func compareNames(a, b Name, rank map[string]int) int {
	x, y := rank[a.Model], rank[b.Model]
	switch {
	case (x == 0) != (y == 0):
		return y - x
	case x != y:
		return x - y
	case a.Model != b.Model:
		if a.Model < b.Model {
			return -1
		}
		return 1
	case a.Provider < b.Provider:
		return -1
	case a.Provider > b.Provider:
		return 1
	}
	return 0
}

// With returns colours that know these names as well; c itself if it does.
func (c *Colours) With(names []Name) *Colours {
	if c == nil {
		c = &Colours{}
	}
	if !slices.ContainsFunc(names, func(n Name) bool { return !c.knows(n) }) {
		return c
	}
	next := &Colours{providers: maps.Clone(c.providers), models: maps.Clone(c.models), each: maps.Clone(c.each)}
	if next.providers == nil {
		next.providers, next.models, next.each = make(map[string]int), make(map[string]int), make(map[int]int)
	}
	var fresh []string
	for _, n := range names {
		if _, ok := next.providers[n.Provider]; !ok && n.Provider != "" {
			fresh = append(fresh, n.Provider)
		}
	}
	slices.Sort(fresh)
	for _, name := range slices.Compact(fresh) {
		next.providers[name] = next.free(name)
	}
	for _, n := range names {
		if _, ok := next.models[n.Model]; !ok && n.Model != "" {
			slot := next.Provider(n.Provider)
			next.models[n.Model] = slot + next.each[slot]%shadesEach*slots
			next.each[slot]++
		}
	}
	return next
}

func (c *Colours) knows(n Name) bool {
	_, provider := c.providers[n.Provider]
	_, model := c.models[n.Model]
	return (provider || n.Provider == "") && (model || n.Model == "")
}

// free returns the colour of a provider that has none yet: its own, or the next
// one that nobody has, beginning where the name's hash says.
func (c *Colours) free(name string) int {
	if hue, ok := ownHue(name); ok {
		return hue
	}
	taken := make(map[int]bool, len(c.providers))
	for _, hue := range c.providers {
		taken[hue] = true
	}
	first := hashed(name)
	for pass := range 2 { // colours of well-known providers only once all others are taken
		for i := range providerHues {
			if hue := (first + i) % providerHues; !taken[hue] && (pass == 1 || hue >= ownHues) {
				return hue
			}
		}
	}
	return first
}

// Provider returns the hue of a provider, or of another series by name.
func (c *Colours) Provider(name string) int {
	if c != nil {
		if hue, ok := c.providers[name]; ok {
			return hue
		}
	}
	if hue, ok := ownHue(name); ok {
		return hue
	}
	return HueOther
}

// Model returns the hue of a model: a shade of its provider's. Of a model that
// is not in use only the provider tells the colour; it may be "".
func (c *Colours) Model(provider, model string) int {
	if c != nil {
		if hue, ok := c.models[model]; ok {
			return hue
		}
	}
	return c.Provider(provider)
}

// Providers returns the hues of several series.
func (c *Colours) Providers(names []string) []int {
	out := make([]int, len(names))
	for i, name := range names {
		out[i] = c.Provider(name)
	}
	return out
}

func hashed(name string) int {
	sum := fnv.New32a()
	sum.Write([]byte(name))
	return int(sum.Sum32() % providerHues)
}

// ownHues is how many hues belong to well-known providers.
const ownHues = 6

func ownHue(name string) (int, bool) {
	switch name {
	case "anthropic":
		return 0, true
	case "openai":
		return 1, true
	case "google", "gemini":
		return 2, true
	case "deepseek":
		return 3, true
	case "mistral":
		return 4, true
	case "xai":
		return 5, true
	case "", "other", "others", "unknown":
		return HueOther, true
	case "plan fees":
		return HueFees, true
	}
	return 0, false
}
