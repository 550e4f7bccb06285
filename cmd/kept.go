package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/config"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
)

// Limits, tiers, credit and billing are facts that people note about providers.
// They are kept as decisions: texts of package budget's under a kind and a name,
// every change of which is in the audit trail.

// keptItem is one of them.
type keptItem struct {
	kind, name, text string
	fields           [][2]string // what it says, "" where it says nothing
}

func limitItem(l *budget.Limit) keptItem {
	return keptItem{budget.KindLimit, l.Name, l.Encode(), [][2]string{{"provider", l.Provider}, {"account", l.Account}, {"kind", string(l.Kind)},
		{"amount", l.Amount.String()}, {"currency", l.Currency}, {"period", string(l.Period)}, {"anchor", l.Anchor.String()}, {"zone", l.Zone},
		{"scope", l.Scope.String()}, {"tier", l.Tier}, {"note", l.Note}}}
}

func tierItem(t *budget.Tier) keptItem {
	return keptItem{budget.KindTier, t.Key(), t.Encode(), [][2]string{{"paid", t.Paid.String()}, {"days", fmt.Sprint(t.Days)}, {"limit", t.Limit.String()}, {"currency", t.Currency}}}
}

func grantItem(g *budget.Grant) keptItem {
	return keptItem{budget.KindGrant, g.Name, g.Encode(), [][2]string{{"provider", g.Provider}, {"account", g.Account}, {"amount", g.Amount.String()},
		{"currency", g.Currency}, {"source", string(g.Source)}, {"granted", stampOrNone(g.Granted)}, {"expires", stampOrNone(g.Expires)}, {"note", g.Note}}}
}

func billingItem(b *budget.Billing) keptItem {
	paid := ""
	if b.Currency != "" {
		paid = b.Paid.String()
	}
	return keptItem{budget.KindBilling, b.Key(), b.Encode(), [][2]string{{"billing", string(b.State)}, {"paid", paid}, {"currency", b.Currency}, {"first paid", stampOrNone(b.First)}}}
}

// kept reads all that people have noted.
func (a *app) kept(ctx context.Context) (*report.Kept, error) {
	k := &report.Kept{}
	read := func(kind string, take func(name, text string) error) error {
		all, err := a.store.Decisions(ctx, kind)
		for i := 0; i < len(all) && err == nil; i++ {
			err = take(all[i].Name, all[i].Text)
		}
		if errors.Is(err, budget.ErrNewer) {
			return hint(err, "use the newer tokpit that wrote it")
		}
		return err
	}
	for kind, take := range map[string]func(name, text string) error{
		budget.KindLimit:   func(name, text string) error { return decoded(&k.Limits, budget.DecodeLimit, name, text) },
		budget.KindTier:    func(name, text string) error { return decoded(&k.Tiers, budget.DecodeTier, name, text) },
		budget.KindGrant:   func(name, text string) error { return decoded(&k.Grants, budget.DecodeGrant, name, text) },
		budget.KindBilling: func(name, text string) error { return decoded(&k.Billing, budget.DecodeBilling, name, text) },
	} {
		if err := read(kind, take); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// openKept opens the store and reads all that people have noted.
func (a *app) openKept(c *cobra.Command) (*report.Kept, error) {
	if err := a.open(c); err != nil {
		return nil, err
	}
	return a.kept(c.Context())
}

func decoded[T any](to *[]T, decode func(name, text string) (T, error), name, text string) error {
	one, err := decode(name, text)
	if err == nil {
		*to = append(*to, one)
	}
	return err
}

// keptField finds the one of a name in a list, nil if there is none.
func keptField[T any](list []T, item func(*T) keptItem, name string) *keptItem {
	for i := range list {
		if one := item(&list[i]); one.name == name {
			return &one
		}
	}
	return nil
}

// before finds the stored form of an item, nil if it is new.
func before(k *report.Kept, item *keptItem) *keptItem {
	switch item.kind {
	case budget.KindLimit:
		return keptField(k.Limits, limitItem, item.name)
	case budget.KindTier:
		return keptField(k.Tiers, tierItem, item.name)
	case budget.KindGrant:
		return keptField(k.Grants, grantItem, item.name)
	}
	return keptField(k.Billing, billingItem, item.name)
}

// changeOf says what becomes of an item; remove takes it away.
func changeOf(was, is *keptItem, remove bool) budgetChange {
	out := budgetChange{Name: is.name, What: changeEdit}
	switch {
	case remove:
		out.What = changeRemove
	case was == nil:
		out.What = changeAdd
	}
	for i := range is.fields {
		var a, b string
		if was != nil {
			a = was.fields[i][1]
		}
		if b = is.fields[i][1]; remove {
			b = ""
		}
		if a != b {
			out.Fields = append(out.Fields, fieldChange{is.fields[i][0], optional(a), optional(b)})
		}
	}
	if len(out.Fields) == 0 {
		out.What = changeNone
	}
	return out
}

// keep stores items and says what changed. With dryRun nothing is stored.
func (a *app) keep(c *cobra.Command, schema string, items []keptItem, dryRun, asJSON bool) error {
	ctx := c.Context()
	k, err := a.kept(ctx)
	if err != nil {
		return err
	}
	var changes []budgetChange
	byKind := make(map[string][]store.Decision)
	different := 0
	for i := range items {
		item := &items[i]
		change := changeOf(before(k, item), item, false)
		if item.kind == budget.KindTier || item.kind == budget.KindBilling {
			change.Name = item.kind + " " + change.Name
		}
		if change.What != changeNone {
			different++
		}
		changes = append(changes, change)
		byKind[item.kind] = append(byKind[item.kind], store.Decision{Name: item.name, Text: item.text})
	}
	if !dryRun {
		for _, kind := range []string{budget.KindTier, budget.KindLimit, budget.KindBilling, budget.KindGrant} {
			if all := byKind[kind]; len(all) > 0 {
				if _, err := a.store.SetDecisions(ctx, a.actor(), kind, all...); err != nil {
					return err
				}
			}
		}
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), changesDoc(schema, a.now(), changes, !dryRun))
	}
	if err := printChanges(c.OutOrStdout(), changes); err != nil || !dryRun {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "nothing has been changed; without --dry-run this would change %d of %d\n", different, len(items))
	return err
}

// drop removes an item that somebody named.
func (a *app) drop(c *cobra.Command, schema, what, kind, name string, asJSON bool) error {
	ctx := c.Context()
	k, err := a.kept(ctx)
	if err != nil {
		return err
	}
	was := before(k, &keptItem{kind: kind, name: name})
	if was == nil {
		return noSuch(what, kind, name, k)
	}
	if err := a.store.RemoveDecision(ctx, a.actor(), kind, name); err != nil {
		if errors.Is(err, store.ErrNotFound) { // somebody was quicker
			return noSuch(what, kind, name, &report.Kept{})
		}
		return err
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), changesDoc(schema, a.now(), []budgetChange{changeOf(was, was, true)}, true))
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "removed the %s %s\n", what, clean.Text(name))
	return err
}

func noSuch(what, kind, name string, k *report.Kept) error {
	var names []string
	switch kind {
	case budget.KindLimit:
		for _, l := range k.Limits {
			names = append(names, l.Name)
		}
	case budget.KindTier:
		for _, t := range k.Tiers {
			names = append(names, t.Key())
		}
	case budget.KindGrant:
		for _, g := range k.Grants {
			names = append(names, g.Name)
		}
	}
	err := fmt.Errorf("there is no %s %q", what, clean.Text(clip(name)))
	if len(names) == 0 {
		return hint(err, "none has been noted")
	}
	return hint(err, "there are: %s", clean.Limit(strings.Join(names[:min(len(names), 20)], ", "), 400))
}

// notKeys refuses texts that hold what looks like a key: they would be stored,
// shown and kept in the audit trail.
func notKeys(texts ...string) error {
	if slices.ContainsFunc(texts, config.LooksLikeKey) {
		return hint(errors.New("this holds what looks like a key itself, and is not repeated here"), "name keys by their id or name")
	}
	return nil
}

// plainly leaves out that it is a budget that is invalid: it is none.
func plainly(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), budget.ErrInvalid.Error()+": "))
}
