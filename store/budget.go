package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/usage"
)

// Budgets are kept by name, as text that the audit trail quotes word for word.

const budgetVersion = 1

// maxActor bounds what the trail keeps of who made a change, in bytes.
const maxActor = 1000

// SetBudgets keeps budgets, all or none: one of a name that is known replaces
// it. The trail gets a row for each one that is new or different; the number of
// those is returned.
func (s *Store) SetBudgets(ctx context.Context, by usage.Actor, budgets ...budget.Budget) (changed int, err error) {
	return s.setBudgets(ctx, by, func(*bolt.Tx) error { return nil }, budgets)
}

// ReplaceBudget keeps a budget that somebody made from the one of its name that
// they saw; nil is none. The error wraps [ErrChanged] if that is not what is there
// any more: a change that another process made in between would be undone.
func (s *Store) ReplaceBudget(ctx context.Context, by usage.Actor, seen *budget.Budget, b budget.Budget) (changed bool, err error) {
	want := ""
	if seen != nil {
		if want, err = budgetText(seen); err != nil {
			return false, err
		}
	}
	n, err := s.setBudgets(ctx, by, func(tx *bolt.Tx) error { return unchanged(tx, b.Name, want) }, []budget.Budget{b})
	return n > 0, err
}

// unchanged returns an error that wraps ErrChanged unless the budget of a name
// has a text, "" being none.
func unchanged(tx *bolt.Tx, name, want string) error {
	text, err := storedBudget(tx, name)
	if err != nil || text == want {
		return err
	}
	// An older program may have written the same in another way.
	if b, err := parseBudget(name, text); err == nil {
		if again, err := budgetText(&b); err == nil && again == want {
			return nil
		}
	}
	return fmt.Errorf("budget %.80q: %w", name, ErrChanged)
}

// setBudgets asks may in the transaction before anything is written.
func (s *Store) setBudgets(ctx context.Context, by usage.Actor, may func(*bolt.Tx) error, budgets []budget.Budget) (changed int, err error) {
	values := make([]string, len(budgets))
	for i := range budgets {
		if err := budgets[i].Validate(); err != nil {
			return 0, err
		}
		for k := range i {
			if budgets[k].Name == budgets[i].Name {
				return 0, fmt.Errorf("%w: %q is named twice", budget.ErrInvalid, budgets[i].Name)
			}
		}
		if values[i], err = budgetText(&budgets[i]); err != nil {
			return 0, err
		}
		// What does not come back as it was (a name that is not UTF-8) would be
		// another budget.
		if back, err := parseBudget(budgets[i].Name, values[i]); err != nil || !utf8.ValidString(back.Name) || !slices.Equal(back.Notify, budgets[i].Notify) {
			return 0, fmt.Errorf("%w: %q cannot be written down", budget.ErrInvalid, budgets[i].Name)
		}
	}
	err = s.audited(ctx, by, func(t *trail) error {
		changed = 0
		if err := may(t.tx); err != nil {
			return err
		}
		for i := range budgets {
			name := budgets[i].Name
			before, err := storedBudget(t.tx, name)
			if err != nil {
				return err
			}
			if before == values[i] {
				continue
			}
			changed++
			if err := t.tx.Bucket(bucketBudgets).Put([]byte(name), sealBudget(name, values[i])); err != nil {
				return err
			}
			t.add(AuditRow{What: AuditSetBudget, Name: name, Before: before, After: values[i]})
		}
		return nil
	})
	return changed, err
}

// RemoveBudget forgets a budget; its past stays in the trail. The error wraps
// [ErrNotFound] if there is none of that name.
func (s *Store) RemoveBudget(ctx context.Context, by usage.Actor, name string) error {
	return s.audited(ctx, by, func(t *trail) error {
		before, err := storedBudget(t.tx, name)
		if err != nil {
			return err
		}
		if before == "" {
			return fmt.Errorf("budget %.80q: %w", name, ErrNotFound)
		}
		if err := t.tx.Bucket(bucketBudgets).Delete([]byte(name)); err != nil {
			return err
		}
		t.add(AuditRow{What: AuditRemoveBudget, Name: name, Before: before})
		return nil
	})
}

// Budgets lists all budgets by name.
func (s *Store) Budgets(ctx context.Context) ([]budget.Budget, error) {
	var out []budget.Budget
	err := s.view(ctx, func(tx *bolt.Tx) error {
		return eachBudget(tx, func(name, text string, err error) error {
			if err != nil {
				return err
			}
			b, err := parseBudget(name, text)
			out = append(out, b)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// eachBudget reads the texts of all budgets by name. f is also told of those
// that are damaged.
func eachBudget(tx *bolt.Tx, f func(name, text string, err error) error) error {
	b := tx.Bucket(bucketBudgets)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		text, err := unsealBudget(string(k), v)
		return f(string(k), text, err)
	})
}

// storedBudget returns the text of a budget, "" if there is none.
func storedBudget(tx *bolt.Tx, name string) (string, error) {
	if name == "" || len(name) > maxKey {
		return "", nil // which no budget is called
	}
	value := tx.Bucket(bucketBudgets).Get([]byte(name))
	if value == nil {
		return "", nil
	}
	return unsealBudget(name, value)
}

func placeOfBudget(name string) []byte { return []byte("budget\x00" + name) }

func sealBudget(name, text string) []byte {
	e := &encoder{}
	e.byte(budgetVersion)
	e.text(text)
	return e.sealAt(placeOfBudget(name))
}

func unsealBudget(name string, value []byte) (string, error) {
	d, err := unsealAt(value, budgetVersion, placeOfBudget(name))
	if err != nil {
		return "", fmt.Errorf("budget %.80q: %w", name, err)
	}
	text := d.text()
	if d.err != nil {
		return "", fmt.Errorf("budget %.80q: %w", name, d.err)
	}
	return text, nil
}

// budgetJSON is how a budget is written down. Fields are only ever added.
type budgetJSON struct {
	Amount   string              `json:"amount"`
	Currency string              `json:"currency"`
	Period   string              `json:"period"`
	Anchor   string              `json:"anchor,omitempty"`
	Zone     string              `json:"zone,omitempty"`
	Scope    map[string][]string `json:"scope,omitempty"`
	Warn     []string            `json:"warn,omitempty"`
	Hard     bool                `json:"hard,omitempty"`
	Notify   []string            `json:"notify,omitempty"`
}

// budgetText is the one text of a budget: what does not matter to it (the order
// of a scope's values) is sorted.
func budgetText(b *budget.Budget) (string, error) {
	j := budgetJSON{Amount: b.Amount.String(), Currency: b.Currency, Period: string(b.Period), Anchor: b.Anchor.String(),
		Zone: b.Zone, Hard: b.Hard, Notify: b.Notify}
	for d, values := range b.Scope {
		if j.Scope == nil {
			j.Scope = make(map[string][]string, len(b.Scope))
		}
		j.Scope[string(d)] = slices.Compact(slices.Sorted(slices.Values(values)))
	}
	for _, t := range b.Warn {
		j.Warn = append(j.Warn, t.String())
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(j); err != nil {
		return "", fmt.Errorf("budget %.80q: %w", b.Name, err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

func parseBudget(name, text string) (budget.Budget, error) {
	b := budget.Budget{Name: name}
	var j budgetJSON
	err := json.Unmarshal([]byte(text), &j)
	if err == nil {
		var amountErr, anchorErr, warnErr error
		b.Currency, b.Period, b.Zone, b.Hard, b.Notify = j.Currency, budget.Period(j.Period), j.Zone, j.Hard, j.Notify
		b.Amount, amountErr = money.Parse(j.Amount)
		b.Anchor, anchorErr = budget.ParseAnchor(j.Anchor, b.Period)
		b.Warn, warnErr = budget.ParseThresholds(strings.Join(j.Warn, ","))
		if len(j.Scope) > 0 {
			b.Scope = make(budget.Scope, len(j.Scope))
		}
		for d, values := range j.Scope {
			b.Scope[usage.Dimension(d)] = values
		}
		err = errors.Join(amountErr, anchorErr, warnErr)
	}
	if err == nil {
		err = b.Validate()
	}
	if err != nil {
		return b, fmt.Errorf("budget %.80q: %w: %w", name, ErrCorrupt, err)
	}
	return b, nil
}
