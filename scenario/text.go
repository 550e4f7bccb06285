package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
)

// ErrLever is wrapped by the errors about levers that mean nothing.
var ErrLever = errors.New("lever")

// ParseLever reads a lever as a person writes it, and as [Lever.String] writes it:
//
//	growth 2x                       growth +10%..+20%..+50%
//	choices 3
//	swap gpt-5=gpt-5-mini:60%       swap anthropic/claude-opus-4-5=openai/gpt-5
//	fine-tune gpt-5=gpt-4.1-mini:50% training=300 rate=2x saved=40%
//	input -20%                      input -20% all
//	output -10%                     output-cap 800
//	effort -50%
//	cache-hit 70% ttl=1h reuse=4
//	batch 30%                       flex 50%        tier priority 10%
//	price gpt-5=input:1,output:8    price gpt-5 -15%
//	prices-at 2027-01-01
//
// A range is written low..likely..high, "*" is every model, and "@project=web"
// at the end limits the lever to a scope. A backslash keeps the character after
// it as text. The error wraps [ErrLever].
func ParseLever(text string) (Lever, error) {
	var l Lever
	words := budget.SplitEscaped(strings.TrimLeft(text, " "), ' ')
	for i, w := range words {
		scope, ok := strings.CutPrefix(w, "@")
		if !ok {
			continue
		}
		scope = strings.Join(append([]string{scope}, words[i+1:]...), " ")
		s, err := budget.ParseScope(scope)
		if err != nil {
			return Lever{}, fmt.Errorf("%w: scope %q: %w", ErrLever, scope, err)
		}
		if len(s) > 0 {
			l.Scope = s
		}
		words = words[:i]
		break
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	switch {
	case len(words) == 0 && l.Scope != nil:
		return Lever{}, fmt.Errorf("%w %q says what it is limited to, not what it does", ErrLever, text)
	case len(words) == 0:
		return Lever{}, fmt.Errorf("%w: nothing is written", ErrLever)
	}
	l.Kind = Kind(words[0])
	err := l.parse(words[1:])
	if err == nil {
		err = l.check()
	}
	if err != nil {
		return Lever{}, fmt.Errorf("%w %q: %w", ErrLever, text, err)
	}
	return l, nil
}

func (l *Lever) parse(args []string) error {
	switch l.Kind {
	case "batch", "flex", "priority", "standard":
		args = append([]string{string(l.Kind)}, args...)
		l.Kind = Tier
	}
	if l.Kind.Stage() < 0 {
		return fmt.Errorf("there is no lever %q; there are %s", l.Kind, kindList())
	}
	if len(args) == 0 {
		return errors.New("it says nothing; see the examples in the help")
	}
	var err error
	first, rest := args[0], args[1:]
	switch l.Kind {
	case Growth, Prompt, Output, Effort:
		l.By, err = parseRange(first, ParseFactor)
	case Choices, OutputCap:
		if l.N, err = strconv.ParseInt(first, 10, 64); err != nil {
			err = fmt.Errorf("%q is not a whole number", first)
		}
	case Swap, FineTune:
		err = l.parseRoute(first)
	case CacheHit:
		l.By, err = parseRange(first, ParseShare)
	case Tier:
		l.Tier, l.Share = first, Whole
		if len(rest) > 0 && !strings.EqualFold(rest[0], "interactive") {
			l.Share, err = ParseShare(rest[0])
			rest = rest[1:]
		}
	case Price:
		rest, err = l.parsePrice(first, rest)
	case PricesAt:
		l.At, err = parseInstant(first)
	}
	if err != nil {
		return err
	}
	for _, w := range rest {
		if err := l.option(w); err != nil {
			return err
		}
	}
	return nil
}

// option reads what may follow the main value.
func (l *Lever) option(word string) (err error) {
	key, value, _ := strings.Cut(word, "=")
	switch {
	case l.Kind == Prompt && word == "all":
		l.All = true
	case l.Kind == Tier && word == "interactive":
		l.Interactive = true
	case l.Kind == CacheHit && key == "ttl":
		l.TTL = value
	case l.Kind == CacheHit && key == "reuse":
		l.Reuse, err = parseMillionths(value, false)
	case l.Kind == FineTune && key == "training":
		l.Training, err = money.Parse(value)
	case l.Kind == FineTune && key == "rate":
		l.By, err = parseRange(value, ParseFactor)
	case l.Kind == FineTune && key == "saved":
		l.Saved, err = ParseShare(value)
	default:
		return fmt.Errorf("%q means nothing here", word)
	}
	return err
}

func (l *Lever) parseRoute(s string) error {
	parts := budget.SplitEscaped(s, '=')
	if len(parts) != 2 {
		return fmt.Errorf("%q is not FROM=TO, such as gpt-5=gpt-5-mini:60%%", s)
	}
	l.From, l.Share = parseModel(parts[0]), Whole
	if l.Kind == FineTune {
		l.By = Exactly(Whole)
	}
	to := parts[1]
	// A colon may be part of a model's name; what follows the last one is a share
	// only if it is written like one.
	colons := budget.SplitEscaped(to, ':')
	if last := colons[len(colons)-1]; len(colons) > 1 && strings.ContainsAny(last, "%.") {
		if share, err := ParseShare(last); err == nil {
			l.Share, to = share, to[:len(to)-len(last)-1]
		} else if strings.HasSuffix(last, "%") {
			return err
		}
	}
	l.To = parseModel(to)
	return nil
}

// parsePrice reads FROM=class:rate,…, or FROM and a factor.
func (l *Lever) parsePrice(first string, rest []string) ([]string, error) {
	parts := budget.SplitEscaped(first, '=')
	l.From, l.By = parseModel(parts[0]), Exactly(Whole)
	switch {
	case len(parts) > 2:
		return nil, fmt.Errorf("%q is not MODEL=CLASS:PRICE,…", first)
	case len(parts) == 2:
		for pair := range strings.SplitSeq(parts[1], ",") {
			name, value, _ := strings.Cut(pair, ":")
			class, ok := classOf(name)
			if !ok {
				return nil, fmt.Errorf("there is no token class %q; there are input, cache-read, cache-write-5m, cache-write-1h and output", name)
			}
			rate, err := money.ParsePerMillion(value)
			if err != nil {
				return nil, fmt.Errorf("%q is no price per million tokens", value)
			}
			l.Rates.Set(class, rate)
		}
		return rest, nil
	case len(rest) == 0:
		return nil, errors.New("it needs prices (gpt-5=input:1,output:8) or a change (gpt-5 -15%)")
	}
	var err error
	l.By, err = parseRange(rest[0], ParseFactor)
	return rest[1:], err
}

// classes are the names of the token classes with a price.
var classes = [...]struct {
	name  string
	class pricing.Class
}{{"input", pricing.Input}, {"cache-read", pricing.CacheRead}, {"cache-write-5m", pricing.CacheWrite5m}, {"cache-write-1h", pricing.CacheWrite1h}, {"output", pricing.Output}}

func classOf(name string) (pricing.Class, bool) {
	for _, c := range classes {
		if c.name == name {
			return c.class, true
		}
	}
	return 0, false
}

func parseInstant(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date (2027-01-01) and no instant (2027-01-01T12:00:00Z)", s)
}

// parseModel reads provider/model, a model of any provider, or "*".
func parseModel(s string) pricing.ModelRef {
	if s == "*" {
		return pricing.ModelRef{}
	}
	parts := budget.SplitEscaped(s, '/')
	if len(parts) == 1 {
		return pricing.ModelRef{Model: budget.Unescape(s)}
	}
	return pricing.ModelRef{Provider: budget.Unescape(parts[0]), Model: budget.Unescape(s[len(parts[0])+1:])}
}

func kindList() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(append(names, "batch", "flex"), ", ")
}
