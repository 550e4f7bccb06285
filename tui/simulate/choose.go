package simulate

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

func open(m overlay.Modal) tea.Cmd { return ui.Send(overlay.Open{Modal: m}) }

// addLever asks which lever is to be added.
func (p *Page) addLever() tea.Cmd {
	if p.base == nil {
		return nil
	}
	var choices []overlay.Choice
	for _, o := range offers() {
		choices = append(choices, overlay.Choice{Name: o.name, Note: o.note, Msg: settle(func(p *Page) tea.Cmd { return p.take(o) })})
	}
	own := func(text string) (overlay.Choice, bool) {
		l, err := scenario.ParseLever(text)
		if err != nil {
			return overlay.Choice{}, false
		}
		return overlay.Choice{Name: text, Note: "as you wrote it", Msg: settle(func(p *Page) tea.Cmd { return p.insert(l) })}, true
	}
	return open(overlay.NewPicker("Add a lever", "or write it: swap gpt-5=gpt-5-mini:60%, input -20%", choices).Own(own))
}

// take adds an offered lever, or asks what it still needs.
func (p *Page) take(o offer) tea.Cmd {
	if o.lever != "" {
		l, err := scenario.ParseLever(o.lever)
		if err != nil {
			return trouble("", err)
		}
		return p.insert(l)
	}
	if o.kind == scenario.PricesAt {
		return p.chooseDay()
	}
	return p.chooseFrom(o.kind)
}

// chooseFrom asks which model is to be replaced.
func (p *Page) chooseFrom(kind scenario.Kind) tea.Cmd {
	if p.base == nil {
		return nil
	}
	lens := p.sees()
	var choices []overlay.Choice
	models := slices.Clone(p.base.Models())
	slices.SortStableFunc(models, func(a, b scenario.ModelUse) int {
		x, _ := lens.Of(&a.Sum)
		y, _ := lens.Of(&b.Sum)
		return y.Cmp(x)
	})
	for _, m := range models {
		choices = append(choices, overlay.Choice{Name: ui.Text(m.Model) + " · " + ui.Text(m.Provider), Note: lens.Cost(&m.Sum),
			Msg: settle(func(p *Page) tea.Cmd { return p.chooseTo(kind, m.ModelRef) })})
	}
	if kind == scenario.Swap {
		choices = append(choices, overlay.Choice{Name: "every model", Note: "all of it to one", Msg: settle(func(p *Page) tea.Cmd { return p.chooseTo(kind, pricing.ModelRef{}) })})
	}
	if len(choices) == 0 {
		return notice("Nothing was used that could be sent elsewhere")
	}
	return open(overlay.NewPicker("Which model is replaced?", "the dearest first", choices))
}

// chooseTo asks which model takes over, at what price.
func (p *Page) chooseTo(kind scenario.Kind, from pricing.ModelRef) tea.Cmd {
	book, at := p.base.Book(), p.base.AsOf()
	var choices []overlay.Choice
	own := make(map[pricing.ModelRef]bool)
	for _, m := range p.base.Models() {
		own[m.ModelRef] = true
	}
	list := book.List(at)
	rank := func(l *pricing.Listing) int {
		switch {
		case own[l.ModelRef]:
			return 0
		case l.Provider == from.Provider:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(list, func(a, b pricing.Listing) int { return cmp.Compare(rank(&a), rank(&b)) })
	for i := range list {
		l := &list[i]
		if l.ModelRef == from || l.HasLife && l.Life.StatusAt(at) == pricing.Retired {
			continue
		}
		choices = append(choices, overlay.Choice{Name: ui.Text(l.Model) + " · " + ui.Text(l.Provider), Note: listingNote(l),
			Msg: settle(func(p *Page) tea.Cmd { return p.insert(route(kind, from, l.ModelRef)) })})
	}
	return open(overlay.NewPicker("What takes over from "+anyModel(from.Model)+"?", "letters of a model; in and out are per 1M tokens", choices))
}

// sent is how much of a model's usage other levers send elsewhere already.
func (p *Page) sent(l *scenario.Lever) (share scenario.Ratio, by int) {
	by = -1
	for i := range p.levers {
		o := &p.levers[i]
		if !o.off && (o.Kind == scenario.Swap || o.Kind == scenario.FineTune) && o.From == l.From && o.Scope.String() == l.Scope.String() {
			share, by = share+o.Share, i
		}
	}
	return share, by
}

// crowded reports whether the levers send more of a model away than there is, l
// among them.
func (p *Page) crowded(l scenario.Lever) bool {
	if l.Kind != scenario.Swap && l.Kind != scenario.FineTune {
		return false
	}
	share, _ := p.sent(&l)
	return share > scenario.Whole
}

// chooseRoute asks what is to become of a second swap of the same usage.
func (p *Page) chooseRoute(l scenario.Lever) tea.Cmd {
	share, by := p.sent(&l)
	if by < 0 {
		return nil
	}
	was := p.levers[by].Lever
	choices := []overlay.Choice{{Name: "Replace " + label(&was), Note: valueText(&was), Msg: settle(func(p *Page) tea.Cmd {
		p.levers = slices.Clone(p.levers)
		for _, by := p.sent(&l); by >= 0; _, by = p.sent(&l) {
			p.levers = slices.Delete(p.levers, by, by+1)
		}
		return p.insert(l)
	})}}
	if rest := scenario.Whole - share; rest > 0 {
		part := l
		part.Share = rest
		choices = append(choices, overlay.Choice{Name: "Send only the rest", Note: rest.Percent(), Msg: settle(func(p *Page) tea.Cmd { return p.insert(part) })})
	} else {
		choices = append(choices, overlay.Choice{Name: "Half of it to each", Note: label(&l), Msg: settle(func(p *Page) tea.Cmd {
			_, by := p.sent(&l)
			if by < 0 || p.levers[by].Share < 2 {
				return nil
			}
			half := l
			half.Share = p.levers[by].Share / 2
			p.levers[by].Share -= half.Share
			return p.insert(half)
		})})
	}
	choices = append(choices, overlay.Choice{Name: "Leave it as it is"})
	return open(overlay.NewPicker(anyModel(l.From.Model)+" is already sent elsewhere", "enter takes what is marked", choices))
}

// route is a new lever that sends usage from one model to another.
func route(kind scenario.Kind, from, to pricing.ModelRef) scenario.Lever {
	l := scenario.NewSwap(from, to, scenario.Whole)
	if kind == scenario.FineTune {
		l.Kind = scenario.FineTune
		l.By, l.Saved = scenario.Exactly(2*scenario.Whole), scenario.Whole*4/10
	}
	return l
}

// listingNote is what a model costs, and its window.
func listingNote(l *pricing.Listing) string {
	price := func(c pricing.Class) string {
		rate, ok := l.Rates.Of(c)
		if !ok {
			return ui.Unknown
		}
		return ui.Money(rate.Times(1_000_000), l.Row.Currency)
	}
	text := price(pricing.Input) + " in, " + price(pricing.Output) + " out"
	if l.Row.Window > 0 {
		text += ", " + ui.Tokens(l.Row.Window)
	}
	return text
}

// chooseDay asks for the day whose prices are to count.
func (p *Page) chooseDay() tea.Cmd {
	words := []string{"A day, such as 2027-01-01: prices that are announced for it count,", "or those that were in force then."}
	return open(overlay.NewPrompt("Prices of which day?", p.snap.AsOf.AddDate(0, 3, 0).Format("2006-01")+"-01", "2027-01-01", words, func(s string) (tea.Msg, error) {
		l, err := scenario.ParseLever("prices-at " + strings.TrimSpace(s))
		if err != nil {
			return nil, plain(err)
		}
		return settle(func(p *Page) tea.Cmd { return p.insert(l) }), nil
	}))
}

// plain takes off what an error begins with: the box says what it is about.
func plain(err error) error {
	text := err.Error()
	if i := strings.Index(text, "\": "); i >= 0 && strings.HasPrefix(text, "lever ") {
		return errors.New(text[i+3:])
	}
	return err
}

// typeValue asks for a lever's value, or for all of the lever.
func (p *Page) typeValue() tea.Cmd {
	i := p.cursor
	l := p.levers[i].Lever
	words := []string{"A value such as " + example(&l) + "; or all of it:", ui.Cut(ui.Text(l.String()), 70), "A range is low..likely..high, and @project=web limits it to a part."}
	return open(overlay.NewPrompt(label(&l), "", valueText(&l), words, func(s string) (tea.Msg, error) {
		to, err := typed(l, strings.TrimSpace(s))
		if err != nil {
			return nil, plain(err)
		}
		return settle(func(p *Page) tea.Cmd {
			if i >= len(p.levers) {
				return nil
			}
			if to.Kind != p.levers[i].Kind {
				p.remove(i)
				return p.insert(to)
			}
			return p.set(i, to)
		}), nil
	}))
}

func example(l *scenario.Lever) string {
	switch l.Kind {
	case scenario.Swap, scenario.FineTune, scenario.Tier, scenario.CacheHit:
		return "60%"
	case scenario.Choices:
		return "3"
	case scenario.OutputCap:
		return "800"
	case scenario.PricesAt:
		return "2027-01-01"
	}
	return "-20%, or 2x"
}

// typed reads what was typed for a lever: its value, or a lever as a whole.
func typed(l scenario.Lever, s string) (scenario.Lever, error) {
	if s == "" {
		return l, nil
	}
	if to, err := scenario.ParseLever(s); err == nil {
		return to, nil
	}
	var err error
	switch l.Kind {
	case scenario.Swap, scenario.FineTune, scenario.Tier:
		l.Share, err = scenario.ParseShare(percent(s))
	case scenario.Choices, scenario.OutputCap, scenario.PricesAt:
		var one scenario.Lever
		if one, err = scenario.ParseLever(string(l.Kind) + " " + s); err == nil {
			l.N, l.At = one.N, one.At
		}
	case scenario.CacheHit:
		var one scenario.Lever
		if one, err = scenario.ParseLever("cache-hit " + percent(s)); err == nil {
			l.By = one.By
		}
	default:
		var one scenario.Lever
		if one, err = scenario.ParseLever("growth " + s); err == nil {
			l.By = one.By
		}
	}
	if err == nil {
		err = l.Validate()
	}
	return l, err
}

// percent reads a bare number as a percentage: 60 is 60 %, 0.6 stays what it is.
func percent(s string) string {
	if strings.ContainsAny(s, "%.") {
		return s
	}
	return s + "%"
}

// clear begins anew, after asking if there is something to be lost.
func (p *Page) clear() tea.Cmd {
	if !p.dirty() {
		again := p.again()
		return tea.Batch(p.begin(), p.tellUnsaved(), again)
	}
	return open(overlay.NewPicker("Begin anew?", "enter takes what is marked", []overlay.Choice{
		{Name: "Keep the levers"},
		{Name: "Save them first", Msg: settle((*Page).saveAs)},
		{Name: "Drop " + plural(int64(len(p.levers)), "lever"), Note: "they are not saved", Msg: settle(func(p *Page) tea.Cmd {
			again := p.again()
			return tea.Batch(p.begin(), p.tellUnsaved(), again)
		})},
	}))
}

// begin drops the draft, but not the usage that it is about.
func (p *Page) begin() tea.Cmd {
	p.draft = draft{scope: p.scope, period: p.period}
	p.kept = p.text()
	p.cursor, p.onLevers = 0, false
	if p.view == modelsView {
		p.view = ideasView
	}
	return p.run()
}

// day is midnight of a day that a person wrote.
func day(s string, zone *time.Location) (time.Time, error) {
	return time.ParseInLocation(time.DateOnly, strings.TrimSpace(s), zone)
}
