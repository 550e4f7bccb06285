package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// Rule says what some usage belongs to, in a person's own words.
type Rule struct {
	// Name is the account, environment or cost center that usage is given.
	Name string
	// Match holds patterns by dimension ("project", "tag:team"). A rule matches
	// usage whose every named dimension matches one of its patterns, by id or by
	// name; "*" stands for any text, "?" for any character, and "" for usage that
	// names none. A rule without patterns matches everything.
	Match map[string][]string
	// From and To bound the usage in whole UTC days, To exclusive; zero is open.
	From, To time.Time
	Where    string // of its source, for errors
}

// RuleSet is all rules of one person. In every list the first rule that matches
// decides.
type RuleSet struct {
	// Accounts say whose usage it is. A rule is about usage that names no
	// account, unless it has patterns for the account itself.
	Accounts     []Rule
	Environments []Rule
	Allocations  []Rule // to cost centers
	Prefer       []usage.Preference
}

// Rules rewrites what usage belongs to when it is read, so that stored history
// never changes and a changed rule holds for the past too. A nil *Rules
// changes nothing.
type Rules struct {
	accounts, environments, allocations []rule
	prefer                              []usage.Preference
	used                                []usage.Dimension // that any rule looks at
	cuts                                []usage.Slot      // where any rule begins or ends
}

type rule struct {
	name     string
	when     [2]usage.Slot
	matchers []matcher
	pinned   bool // has patterns for the account
}

type matcher struct {
	dim      usage.Dimension
	patterns []string
}

// NewRules checks and compiles a set of rules. The error names the rule by its
// Where.
func NewRules(set RuleSet) (*Rules, error) {
	r := &Rules{prefer: slices.Clone(set.Prefer)}
	for _, list := range []struct {
		what string
		from []Rule
		into *[]rule
	}{{"account", set.Accounts, &r.accounts}, {"environment", set.Environments, &r.environments}, {"allocate", set.Allocations, &r.allocations}} {
		for i := range list.from {
			one, err := r.compile(&list.from[i])
			if err != nil {
				where := list.from[i].Where
				if where == "" {
					where = fmt.Sprintf("%s rule %d", list.what, i+1)
				}
				return nil, fmt.Errorf("%s: %w", where, err)
			}
			*list.into = append(*list.into, one)
		}
	}
	slices.Sort(r.used)
	r.used = slices.Compact(r.used)
	slices.Sort(r.cuts)
	r.cuts = slices.Compact(r.cuts)
	return r, nil
}

func (r *Rules) compile(from *Rule) (rule, error) {
	out := rule{name: clean.Text(from.Name), when: [2]usage.Slot{startOfTime, endOfTime}}
	if out.name == "" {
		return out, &InputError{"a rule without a name", "say what the usage belongs to"}
	}
	for _, key := range slices.Sorted(maps.Keys(from.Match)) {
		dims, err := usage.ParseDimensions(key)
		if err != nil || len(dims) != 1 || dims[0].IsTime() || dims[0] == usage.ByPricedAs || dims[0] == usage.ByCostCenter {
			return out, &InputError{fmt.Sprintf("cannot match by %q", clean.Text(key)), "match by a dimension such as project, key, model or tag:<name>"}
		}
		out.matchers = append(out.matchers, matcher{dims[0], slices.Clone(from.Match[key])})
		out.pinned = out.pinned || dims[0] == usage.ByAccount
		r.used = append(r.used, dims[0])
	}
	for i, t := range []time.Time{from.From, from.To} {
		if t.IsZero() {
			continue
		}
		if !t.Equal(t.UTC().Truncate(24 * time.Hour)) {
			return out, &InputError{fmt.Sprintf("%s is no UTC day", t.Format(time.RFC3339)), "rules begin and end with a UTC day"}
		}
		out.when[i] = usage.SlotOf(t)
		r.cuts = append(r.cuts, out.when[i])
	}
	if out.when[0] >= out.when[1] {
		return out, &InputError{"a rule ends before it begins", "the last day is exclusive"}
	}
	return out, nil
}

// Fine reports whether some rule looks at what only session-level cells know
// (user, agent, session): a cube for Apply must then be read at that level.
func (r *Rules) Fine() bool {
	return r != nil && slices.ContainsFunc(r.used, usage.Dimension.Fine)
}

// ruling is what the rules give some usage; "" is left as it is.
type ruling struct{ account, environment, center string }

// judge applies the rules to one dimension set within one of the times that the
// cuts leave.
func (r *Rules) judge(d usage.Dims, from usage.Slot, names *Names) ruling {
	var out ruling
	if out.account = first(r.accounts, &d, from, names, func(one *rule) bool { return one.pinned || d.Account == "" }); out.account != "" {
		d.Account = out.account
	}
	if out.environment = first(r.environments, &d, from, names, nil); out.environment != "" {
		d.Environment = out.environment
	}
	out.center = first(r.allocations, &d, from, names, nil)
	return out
}

func first(rules []rule, d *usage.Dims, from usage.Slot, names *Names, may func(*rule) bool) string {
	for i := range rules {
		one := &rules[i]
		if from >= one.when[0] && from < one.when[1] && (may == nil || may(one)) && one.matches(d, names) {
			return one.name
		}
	}
	return ""
}

func (one *rule) matches(d *usage.Dims, names *Names) bool {
	for i := range one.matchers {
		m := &one.matchers[i]
		v := value(m.dim, d)
		if slices.ContainsFunc(m.patterns, func(p string) bool { return glob(p, v) }) {
			continue
		}
		k, known := names.Entity(m.dim, v)
		if !known || !slices.ContainsFunc(m.patterns, func(p string) bool {
			return p != "" && (glob(p, names.Of(m.dim, v)) || glob(p, clean.Text(k.Name)) || glob(p, clean.Text(k.Hint)))
		}) {
			return false
		}
	}
	return true
}

// glob matches a whole text: "*" is any text and "?" any one character. An
// empty pattern matches nothing but "".
func glob(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
