package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/pricing"
)

// String writes the lever as [ParseLever] reads it.
func (l Lever) String() string {
	words := []string{string(l.Kind)}
	add := func(s ...string) { words = append(words, s...) }
	switch l.Kind {
	case Growth, Prompt, Output, Effort:
		add(l.By.text(factorText))
		if l.All {
			add("all")
		}
	case Choices, OutputCap:
		add(strconv.FormatInt(l.N, 10))
	case Swap:
		add(l.route())
	case FineTune:
		add(l.route())
		if !l.Training.IsZero() {
			add("training=" + l.Training.String())
		}
		if l.By != Exactly(Whole) {
			add("rate=" + l.By.text(factorText))
		}
		if l.Saved != 0 {
			add("saved=" + l.Saved.Percent())
		}
	case CacheHit:
		add(l.By.text(Ratio.Percent))
		if l.TTL != "" {
			add("ttl=" + l.TTL)
		}
		if l.Reuse != 0 {
			add("reuse=" + l.Reuse.String())
		}
	case Tier:
		words = nil
		if !slices.Contains([]string{"batch", "flex", "priority", "standard"}, l.Tier) {
			add("tier")
		}
		add(l.Tier, l.Share.Percent())
		if l.Interactive {
			add("interactive")
		}
	case Price:
		words = l.price(words)
	case PricesAt:
		add(instant(l.At))
	}
	if len(l.Scope) > 0 {
		add("@" + l.Scope.String())
	}
	return strings.Join(words, " ")
}

func (l *Lever) route() string {
	s := modelText(l.From) + "=" + modelText(l.To)
	if l.Share != Whole {
		s += ":" + l.Share.Percent()
	}
	return s
}

func (l *Lever) price(words []string) []string {
	if l.Rates.Known == 0 {
		return append(words, modelText(l.From), l.By.text(factorText))
	}
	var pairs []string
	for _, c := range classes {
		if rate, ok := l.Rates.Of(c.class); ok {
			pairs = append(pairs, c.name+":"+rate.PerMillion())
		}
	}
	return append(words, modelText(l.From)+"="+strings.Join(pairs, ","))
}

func instant(t time.Time) string {
	if t.Equal(t.UTC().Truncate(24 * time.Hour)) {
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339)
}

// modelText writes a model as parseModel reads it.
func modelText(m pricing.ModelRef) string {
	const special = "\\ =:@*/"
	if m.Model != "" && !strings.ContainsAny(m.Model, special) && !strings.ContainsAny(m.Provider, special) {
		if m.Provider == "" {
			return m.Model
		}
		return m.Provider + "/" + m.Model
	}
	escape := strings.NewReplacer(`\`, `\\`, " ", `\ `, "=", `\=`, ":", `\:`, "@", `\@`, "*", `\*`)
	switch {
	case m == pricing.ModelRef{}:
		return "*"
	case m.Provider == "":
		return strings.ReplaceAll(escape.Replace(m.Model), "/", `\/`)
	}
	return strings.ReplaceAll(escape.Replace(m.Provider), "/", `\/`) + "/" + escape.Replace(m.Model)
}

// MarshalText writes what [Lever.String] does.
func (l Lever) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what [ParseLever] reads.
func (l *Lever) UnmarshalText(text []byte) error {
	got, err := ParseLever(string(text))
	if err == nil {
		*l = got
	}
	return err
}

// Validate returns an error that wraps [ErrLever] and says what is wrong, unless
// the lever means something.
func (l *Lever) Validate() error {
	if err := l.check(); err != nil {
		return fmt.Errorf("%w %q: %w", ErrLever, l.String(), err)
	}
	return nil
}

// Check validates each lever and all of them together: shares of one model
// cannot be sent away twice, and there is an end to different scopes.
func Check(levers []Lever) error {
	sent := make(map[string]Ratio)
	for i := range levers {
		l := &levers[i]
		if err := l.Validate(); err != nil {
			return err
		}
		if l.Kind == Swap || l.Kind == FineTune {
			key := modelText(l.From) + " " + l.Scope.String()
			if sent[key] += l.Share; sent[key] > Whole {
				return fmt.Errorf("%w: swaps send %s of %s away, more than there is", ErrLever, sent[key].Percent(), modelText(l.From))
			}
		}
		if l.Kind == Tier {
			key := "tier " + l.Scope.String()
			if sent[key] += l.Share; sent[key] > Whole {
				return fmt.Errorf("%w: %s of the usage goes to other tiers, more than there is", ErrLever, sent[key].Percent())
			}
		}
	}
	if scopes, _ := scopesOf(levers); len(scopes) > maxScopes {
		return tooManyScopes()
	}
	return nil
}

func tooManyScopes() error {
	return fmt.Errorf("%w: more than %d different scopes", ErrLever, maxScopes)
}

func (l *Lever) check() error {
	if l.Kind.Stage() < 0 {
		return fmt.Errorf("there is no lever %q; there are %s", l.Kind, kindList())
	}
	if l.Share < 0 || l.Share > Whole {
		return fmt.Errorf("a share lies between 0 and 100 %%, not at %s", l.Share.Percent())
	}
	switch l.Kind {
	case Growth, Prompt, Output, Effort:
		return l.By.check("the factor", 0, mostRatio)
	case Choices:
		if l.N < 1 || l.N > 1000 {
			return fmt.Errorf("%d completions: give 1 to 1000", l.N)
		}
	case OutputCap:
		if l.N < 1 || l.N > 1_000_000_000 {
			return fmt.Errorf("a cap of %d tokens: give at least 1", l.N)
		}
	case Swap, FineTune:
		return l.checkRoute()
	case CacheHit:
		return l.checkCache()
	case Tier:
		if strings.TrimSpace(l.Tier) == "" || strings.ContainsAny(l.Tier, " \\@") {
			return fmt.Errorf("%q is no service tier", l.Tier)
		}
	case Price:
		if l.Rates.Known != 0 && l.By != Exactly(Whole) {
			return fmt.Errorf("give prices or a change, not both")
		}
		return l.By.check("the change", 0, mostRatio)
	case PricesAt:
		if l.At.IsZero() {
			return fmt.Errorf("it needs a date")
		}
	}
	return nil
}

func (l *Lever) checkRoute() error {
	switch {
	case l.To.Model == "":
		return fmt.Errorf("it does not say which model to use instead")
	case l.Kind == Swap && l.From == l.To:
		return fmt.Errorf("it swaps %s for itself", modelText(l.To))
	case l.Kind == Swap:
		return nil
	case l.Training.Sign() < 0:
		return fmt.Errorf("a training cannot cost less than nothing")
	case l.Saved < 0 || l.Saved > Whole:
		return fmt.Errorf("the input saved lies between 0 and 100 %%")
	}
	return l.By.check("the rate", 0, mostRatio)
}

func (l *Lever) checkCache() error {
	if l.TTL != "" && l.TTL != "5m" && l.TTL != "1h" {
		return fmt.Errorf("entries live 5m or 1h, not %q", l.TTL)
	}
	if l.Reuse < 0 || l.Reuse > mostRatio {
		return fmt.Errorf("an entry cannot be read %s times", l.Reuse)
	}
	return l.By.check("a hit rate", 0, Whole)
}
