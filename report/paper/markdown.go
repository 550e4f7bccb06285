package paper

import (
	"fmt"
	"io"
	"strings"

	"tokpit/internal/clean"
)

// Markdown writes the same content as CommonMark with tables. Names are text: no
// link, picture, markup or HTML comes of them, and nobody is called.
func Markdown(w io.Writer, in *Input) error {
	p := compose(in)
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s\n\n%s\n", escape(p.Title), escape(p.Kicker))
	for _, s := range p.Lead {
		line("%s  ", escape(s))
	}
	if p.Demo {
		line("**Demo data: a made-up organisation**")
	}
	line("")
	rows(&b, []string{"", "", ""}, 2, func(add func(...string)) {
		for _, f := range p.Figures {
			add(f.Name, f.Value, f.Note)
		}
	})
	if p.Empty {
		line("\nThere is no usage in this span.")
	}
	p.chart(&b)
	p.changed(&b)
	for i := range p.Tables {
		p.Tables[i].markdown(&b, p.Currency)
	}
	p.budgets(&b)
	if len(p.Unpriced) > 0 {
		line("\n## Without a price\n\nThese tokens are in no amount.\n")
		rows(&b, []string{"Model", "Provider", "Nearest known", "Tokens"}, 3, func(add func(...string)) {
			for _, u := range p.Unpriced {
				add(u.Model, u.Provider, u.Near, u.Tokens)
			}
		})
	}
	if len(p.Look)+len(p.Unusual) > 0 {
		line("\n## What to look at\n")
		for _, l := range p.Look {
			line("- %s", strings.TrimSpace(escape(l.Text)+" "+escape(l.Hint)))
		}
		for _, u := range p.Unusual {
			line("- %s", escape(u))
		}
	}
	line("\n## How these figures were made\n")
	for _, f := range p.Facts {
		line("- %s: %s", f.Name, escape(f.Text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *page) unit() string {
	if p.Currency == "" {
		return ""
	}
	return " in " + escape(p.Currency)
}

func (p *page) chart(b *strings.Builder) {
	if p.Chart == nil {
		fmt.Fprintf(b, "\n## Spend\n\n%s\n", escape(p.NoChart))
		return
	}
	c := p.Chart
	fmt.Fprintf(b, "\n## Spend per %s%s\n\n", c.Unit, p.unit())
	if c.Line != "" {
		fmt.Fprintf(b, "`%s`\n\n", c.Line)
	}
	fmt.Fprintf(b, "%s\n", escape(c.About))
	if len(c.Changes) > 0 {
		b.WriteString("\n")
	}
	for _, x := range c.Changes {
		sign := "down"
		if x.Up {
			sign = "up"
		}
		fmt.Fprintf(b, "- %s, price %s, %s\n", x.Date, sign, escape(x.Text))
	}
	if c.More > 0 {
		fmt.Fprintf(b, "- and %d more price changes\n", c.More)
	}
}

func (p *page) changed(b *strings.Builder) {
	if len(p.Why)+len(p.Effects) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## What changed%s\n\n", p.unit())
	for _, s := range p.Why {
		fmt.Fprintf(b, "%s\n", escape(s))
	}
	if len(p.Effects) == 0 {
		return
	}
	rows(b, []string{"From before to now", "", "Amount"}, 2, func(add func(...string)) {
		for _, e := range p.Effects {
			add(e.Name, e.About, e.Amount)
		}
	})
}

func (t *table) markdown(b *strings.Builder, currency string) {
	fmt.Fprintf(b, "\n## %s", t.Title)
	if currency != "" {
		fmt.Fprintf(b, " in %s", escape(currency))
	}
	b.WriteString("\n\n")
	if len(t.Rows) == 0 {
		b.WriteString("Nothing.\n")
		return
	}
	head := []string{t.By, t.First, "Share"}
	if t.Second != "" {
		head = append(head, t.Second)
	}
	if t.Changed != "" {
		head = append(head, t.Changed)
	}
	rows(b, head, 1, func(add func(...string)) {
		for _, r := range append(t.Rows[:len(t.Rows):len(t.Rows)], t.Total) {
			cells := []string{r.Name, r.Amount, r.Share}
			if t.Second != "" {
				cells = append(cells, r.Second)
			}
			if t.Changed != "" {
				cells = append(cells, r.Change)
			}
			add(cells...)
		}
	})
}

func (p *page) budgets(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Budgets\n\n%s\n", escape(p.BudgetsNote))
	if len(p.Budgets) == 0 {
		return
	}
	b.WriteString("\n")
	rows(b, []string{"Budget", "Period", "Scope", "State", "Forecast", "Spent", "Limit", "Used"}, 5, func(add func(...string)) {
		for _, g := range p.Budgets {
			forecast := g.Forecast
			if g.Err != "" {
				forecast = g.Err
			}
			add(g.Name, g.Period, g.Scope, g.State, forecast, g.Spent, g.Limit, g.Used)
		}
	})
}

// rows writes a table whose first columns are text and whose others are figures.
func rows(b *strings.Builder, head []string, texts int, fill func(add func(...string))) {
	add := func(cells ...string) {
		for _, c := range cells {
			b.WriteString("| " + escape(c) + " ")
		}
		b.WriteString("|\n")
	}
	add(head...)
	b.WriteString(strings.Repeat("|---", texts) + strings.Repeat("|---:", len(head)-texts) + "|\n")
	fill(add)
}

// escape disarms what Markdown and HTML give a meaning.
func escape(s string) string {
	s = clean.Limit(s, 2000)
	var b strings.Builder
	for i, r := range s {
		rest := s[i:]
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@': // nobody is called
			b.WriteString("&#64;")
		case r == ':' && strings.HasPrefix(rest, "://"): // no address becomes a link
			b.WriteString("&#58;")
		case r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteString("&#46;")
		case i == 0 && strings.ContainsRune("+-=", r) && (len(rest) == 1 || rest[1] == byte(r) || rest[1] == ' '), i > 0 && (r == '.' || r == ')') && digits(s[:i]) && (len(rest) == 1 || rest[1] == ' '):
			b.WriteString("\\" + string(r)) // no list and no rule begins
		case strings.ContainsRune("\\`*_[]|~#>!$", r):
			b.WriteString("\\" + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
