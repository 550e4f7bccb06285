package cmd

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/config"
	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

type forgetOptions struct {
	of                       map[usage.Dimension]*string
	tags                     []string
	dryRun, yes, json        bool
	receipt                  string
	list, allow, lost, force bool
}

func newForget(a *app) *cobra.Command {
	o := forgetOptions{of: make(map[usage.Dimension]*string)}
	c := &cobra.Command{
		Use:   "forget --user X|--session X|--project X|…",
		Short: "Remove somebody's usage and every trace of it",
		Long: `Removes all usage that belongs to a user, a session, a project, a key, …, and
what else names it: sums, names with their history, limits, cursors, bad rows,
and the quotes in budgets, scenarios, messages and the audit trail, where a
placeholder takes its place (the trail can still be verified). Then the file is
written anew, so that nothing of it is left in unused parts. Several selectors
together mean usage that fits all of them; then the names themselves stay.

What was forgotten does not come back with a sync, a bundle or an import: the
store keeps a digest of it (HMAC-SHA-256) under a key that lies beside the store
in forget.key, or that [privacy] names. Keep that key; it is in no backup.

A receipt says how much went, and not whom it was about; a copy of it is in the
audit trail. What cannot be forgotten is named, and the exit status is 1: a
closed month stays as it was invoiced, who made a decision stays in the trail,
and stores that a restore has put aside are left alone. Logs of the tools and
backups are not touched.

Without --yes it shows what would go, and asks on a terminal.`,
		Example: `  tokpit forget --user ann@example.com --dry-run
  tokpit forget --user ann@example.com --yes --receipt receipt.json
  tokpit forget --project web --key key_123
  tokpit forget --list
  tokpit forget --allow --user ann@example.com`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && args[0] == "list" {
				return hint(errors.New("forget takes no arguments"), "what was forgotten is listed by: tokpit forget --list")
			}
			return cobra.NoArgs(c, args)
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			switch {
			case o.list:
				return a.listForgotten(c, o.json)
			case o.allow:
				return a.allowForgotten(c, &o)
			}
			return a.forget(c, &o)
		},
	}
	f := c.Flags()
	for _, d := range []usage.Dimension{usage.ByUser, usage.BySession, usage.ByProject, usage.ByKey, usage.ByMachine, usage.ByAccount,
		usage.ByOrganization, usage.ByAgent, usage.ByEnvironment} {
		o.of[d] = f.String(string(d), "", "usage of this `"+string(d)+"`: an id or a name")
	}
	f.StringArrayVar(&o.tags, "tag", nil, "usage with this `name=value` (may be repeated)")
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would go")
	f.BoolVarP(&o.yes, "yes", "y", false, "do it without asking")
	f.BoolVar(&o.json, "json", false, "print JSON: the receipt")
	f.StringVar(&o.receipt, "receipt", "", "write the receipt to this `file` too")
	f.BoolVar(&o.force, "force", false, "replace the file of the receipt if it is there")
	f.BoolVar(&o.list, "list", false, "list what was forgotten: when, of what kind, how much")
	f.BoolVar(&o.allow, "allow", false, "let what the selectors name come in again")
	f.BoolVar(&o.lost, "lost", false, "with --allow: drop the entries whose key is lost")
	c.MarkFlagsMutuallyExclusive("list", "allow", "dry-run")
	return c
}

// selected is what the flags lead to.
type selected struct {
	store.Forgetting
	known []string // what else it is known as, harmless
}

// selectors turns the flags into what the store is told. A name or an address
// leads to the ids that it belongs to.
func (a *app) selectors(ctx context.Context, o *forgetOptions, keys []ingest.Key) (*selected, error) {
	entities, err := a.store.Entities(ctx)
	if err != nil {
		return nil, err
	}
	hides, err := ingest.NewPrivacy(keys, a.hidden(), nil)
	if err != nil {
		return nil, err
	}
	out := &selected{}
	add := func(d usage.Dimension, value string) error {
		if strings.TrimSpace(value) == "" {
			return hint(fmt.Errorf("--%s: it is empty", d), "usage of nobody in particular cannot be forgotten by that; give an id or a name")
		}
		if config.LooksLikeKey(value) {
			return hint(errors.New("this looks like a key itself, and is not repeated here"), "name keys by their id or name: tokpit report --by key lists them")
		}
		s := store.Selector{Dimension: d, Values: []string{value}}
		for _, list := range entities {
			for i := range list {
				out.takeIn(&s, &list[i], value)
			}
		}
		for _, v := range slices.Clone(s.Values) {
			if p := hides.Shown(d, v); !slices.Contains(s.Values, p) {
				s.Values = append(s.Values, p)
			}
		}
		out.Select = append(out.Select, s)
		return nil
	}
	for _, d := range []usage.Dimension{usage.ByUser, usage.BySession, usage.ByProject, usage.ByKey, usage.ByMachine, usage.ByAccount,
		usage.ByOrganization, usage.ByAgent, usage.ByEnvironment} {
		if *o.of[d] != "" {
			if err := add(d, *o.of[d]); err != nil {
				return nil, err
			}
		}
	}
	for _, tag := range o.tags {
		name, value, ok := strings.Cut(tag, "=")
		if !ok || name == "" {
			return nil, hint(fmt.Errorf("--tag %q", clip(tag)), "write it as name=value")
		}
		if err := add(usage.Dimension("tag:"+name), value); err != nil {
			return nil, err
		}
	}
	if len(out.Select) == 0 {
		return nil, hint(errors.New("nobody is named"), "say whose usage: --user, --session, --project, --key, --machine, --account, --organization, --agent, --environment or --tag name=value")
	}
	return out, nil
}

// takeIn adds what a provider calls the same thing.
func (s *selected) takeIn(into *store.Selector, k *usage.Known, value string) {
	named := func(n usage.Named) bool { return n.Name == value }
	if k.Kind != into.Dimension || k.ID != value && k.Hint != value && !slices.ContainsFunc(k.Names, named) {
		return
	}
	if !slices.Contains(into.Values, k.ID) {
		into.Values = append(into.Values, k.ID)
	}
	texts := []string{}
	for _, n := range k.Names {
		texts = append(texts, n.Name)
	}
	if k.Kind == usage.ByUser { // the address; of a key it is some letters
		texts = append(texts, k.Hint)
	}
	for _, t := range texts {
		if t != "" && !slices.Contains(s.Also, t) {
			s.Also = append(s.Also, t)
		}
	}
	if also := clean.Text(k.ID); also != value && !slices.Contains(s.known, also) {
		s.known = append(s.known, also)
	}
}

// refuse makes the marks of what is selected.
func (s *selected) refuse(key ingest.Key) {
	s.Key = [8]byte(key.Check())
	s.Refused = nil
	for _, sel := range s.Select {
		t := store.RefusedTerm{Dimension: sel.Dimension}
		values := sel.Values
		if len(s.Select) == 1 {
			values = slices.Concat(values, s.Also)
		}
		for _, v := range slices.Compact(slices.Sorted(slices.Values(values))) {
			t.Marks = append(t.Marks, store.Mark(key.Mark(sel.Dimension, v)))
		}
		s.Refused = append(s.Refused, t)
	}
}

func (a *app) forget(c *cobra.Command, o *forgetOptions) error {
	ctx := c.Context()
	if !a.store.Exists() {
		return hint(errors.New("nothing has been stored yet"), "run: tokpit sync")
	}
	if _, err := a.store.FinishForgetting(ctx); err != nil {
		return err
	}
	key, err := a.forgetKey(ctx)
	if err != nil {
		return err
	}
	s, err := a.selectors(ctx, o, []ingest.Key{key})
	if err != nil {
		return err
	}
	s.refuse(key)
	would, err := a.wouldForget(ctx, s)
	if err != nil {
		return err
	}
	if !o.json {
		if err := would.print(c.OutOrStdout()); err != nil {
			return err
		}
	}
	if o.dryRun {
		return would.dry(c, o.json)
	}
	if !o.yes {
		if err := confirm(c, "Forget this for good? [y/N] ", "nothing has been forgotten"); err != nil {
			return err
		}
	}
	var file *outFile
	if o.receipt != "" {
		if file, err = createFile(o.receipt, o.force); err != nil {
			return err
		}
		defer file.discard()
	}
	if key, err = a.markingKey(ctx); err != nil { // made only now, if there was none
		return err
	}
	s.refuse(key)
	receipt, left, err := a.store.Forget(ctx, a.actor(), s.Forgetting)
	if err != nil {
		return err
	}
	left = append(append(left, would.closed...), a.copiesBeside()...)
	if err := os.Remove(a.statusFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		left = append(left, store.Mention{Where: placeStatus, Key: filepath.Base(a.statusFile()), Count: 1})
	}
	receipt.Left = int64(len(left))
	if file != nil {
		err = errors.Join(writeJSON(file, receipt), file.commit())
	}
	err = errors.Join(err, tellForgotten(c, &receipt, left, o.json))
	if err == nil && len(left) > 0 {
		err = errNo
	}
	return err
}

// forgetKey is the key to look with: one that nobody keeps, as long as there is
// none and nothing is forgotten.
func (a *app) forgetKey(ctx context.Context) (ingest.Key, error) {
	keys, err := a.privacyKeys(ctx)
	if err != nil || len(keys) > 0 {
		return append(keys, ingest.Key{})[0], err
	}
	text, err := randomKey()
	if err != nil {
		return ingest.Key{}, err
	}
	return ingest.NewKey(text)
}

// confirm asks a person; who is none has to say --yes. Not is what is said
// unless they agree.
func confirm(c *cobra.Command, question, not string) error {
	if !isTerminal(c.InOrStdin()) || !isTerminal(c.ErrOrStderr()) {
		return hint(errors.New(not), "say --yes to do it; it cannot be taken back")
	}
	fmt.Fprint(c.ErrOrStderr(), question)
	line, _ := bufio.NewReader(c.InOrStdin()).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return hint(errors.New(not), "say --yes, or answer y")
	}
	return nil
}

// wouldForget says what would go, and what it costs at list price.
func (a *app) wouldForget(ctx context.Context, s *selected) (*forgetPreview, error) {
	p := &forgetPreview{selected: s}
	var err error
	if p.Forgettable, err = a.store.Forgettable(ctx, s.Forgetting); err != nil {
		return nil, err
	}
	if p.Records > 0 {
		q := report.Query{Zone: a.zone, By: []usage.Dimension{usage.ByProvider}, Filter: make(map[usage.Dimension][]string)}
		for _, sel := range s.Select {
			q.Filter[sel.Dimension] = sel.Values
		}
		if p.rep, err = a.report(ctx, q); err != nil {
			return nil, err
		}
	}
	p.closed, p.months, err = a.closedMentions(ctx, s, &p.Counts)
	return p, err
}

// closedMentions lists the closed months that name what is selected, and those
// whose figures will be corrected.
func (a *app) closedMentions(ctx context.Context, s *selected, counts *store.Counts) (left []store.Mention, months []string, err error) {
	book, err := a.closed(ctx)
	if err != nil {
		return nil, nil, err
	}
	all, err := book.all(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range all {
		if counts.Records > 0 && counts.First.Before(f.Span.Until) && !counts.Last.Before(f.Span.Since) {
			months = append(months, f.Name())
		}
		if len(s.Select) != 1 {
			continue
		}
		sel, n := &s.Select[0], int64(0)
		for i := range f.Entries {
			value := sel.Dimension.Of(f.Entries[i].Dims)
			if name, ok := strings.CutPrefix(string(sel.Dimension), "tag:"); ok {
				value = f.Entries[i].Dims.Tags.Get(name)
			}
			if value != "" && slices.Contains(sel.Values, value) {
				n++
			}
		}
		if n > 0 {
			left = append(left, store.Mention{Where: "close", Key: f.Name(), Count: n})
		}
	}
	return left, months, nil
}

// Places beside the store.
const (
	placeCopies = "copies"
	placeStatus = "status"
)

// copiesBeside lists the stores that restores have put aside: each has what it had.
func (a *app) copiesBeside() (out []store.Mention) {
	dir, name := filepath.Split(a.store.Path())
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), name+".before-restore-") {
			out = append(out, store.Mention{Where: placeCopies, Key: clean.Text(e.Name()), Count: 1})
		}
	}
	return out
}
