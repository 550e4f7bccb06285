package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
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

type renameOptions struct{ dryRun, yes, json bool }

func newPrivacyApply(a *app) *cobra.Command {
	var o renameOptions
	c := &cobra.Command{
		Use:   "apply",
		Short: "Give the users that are stored already the pseudonyms that [privacy] asks for",
		Long: `Pseudonyms begin with what is read from then on. This gives them to the users that
are stored already: in records and their sums, in limits, and in every scope of
budgets, limits and saved scenarios, with what the audit trail quotes of those
(it can still be verified). Each gets the pseudonym that reading it again would
give; what providers call users goes. No figure changes. Then the file is
written anew. Of other dimensions that [privacy] names (projects, keys, …)
pseudonyms hold for what is read from now on; what is stored keeps its names.

What stays is named, and the exit status is 1: words of your own (names of
budgets, notes, messages) and where logs have been read to may hold names. Rules
of the configuration that match by a user must know the pseudonym first; nothing
is renamed before they do, so that no closed month changes. Logs, bundles and
backups that were made before hold the names as they are. End a cockpit or a
watch that is running first: it still has the old configuration.

Without --yes it shows what would change, and asks on a terminal.`,
		Example: `  tokpit privacy apply --dry-run
  tokpit privacy apply --yes`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.applyPrivacy(c, &o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would change")
	f.BoolVarP(&o.yes, "yes", "y", false, "do it without asking")
	f.BoolVar(&o.json, "json", false, "print JSON: the receipt")
	c.MarkFlagsMutuallyExclusive("dry-run", "yes")
	return c
}

func (a *app) applyPrivacy(c *cobra.Command, o *renameOptions) error {
	ctx := c.Context()
	r, err := a.renaming(ctx)
	if err != nil {
		return err
	}
	if _, err := a.store.FinishForgetting(ctx); err != nil {
		return err
	}
	would, err := a.store.Renamable(ctx, *r)
	if err != nil {
		return err
	}
	if would.Any() {
		if err := errors.Join(a.userRules(ctx, r), a.closedUsers(ctx, r)); err != nil {
			return err
		}
	}
	p := applyPreview{Renamed: would, dims: a.hidden()}
	if !o.json {
		if err := p.print(c.OutOrStdout()); err != nil {
			return err
		}
	}
	if o.dryRun {
		return p.dry(c, o.json)
	}
	if would.Any() && !o.yes {
		if err := confirm(c, "Replace these names for good? [y/N] ", "nothing has been renamed"); err != nil {
			return err
		}
	}
	receipt, did, err := a.store.Rename(ctx, a.actor(), *r)
	if err != nil {
		return err
	}
	left := slices.Concat(did.Left, a.copiesBeside())
	if err := os.Remove(a.statusFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		left = append(left, store.Mention{Where: placeStatus, Key: filepath.Base(a.statusFile()), Count: 1})
	}
	receipt.Left = int64(len(left))
	if err := tellRenamed(c, &receipt, left, o.json); err != nil {
		return err
	}
	if len(left) > 0 {
		return errNo
	}
	return nil
}

// renaming is what [privacy] makes of users.
func (a *app) renaming(ctx context.Context) (*store.Renaming, error) {
	hidden := a.hidden()
	switch {
	case a.demo:
		return nil, hint(errors.New("nobody in the demo is real"), "leave --demo out")
	case len(hidden) == 0:
		return nil, hint(errors.New("there are no pseudonyms: [privacy] names no dimension"), "make a key with tokpit privacy key FILE; it prints what belongs into the configuration")
	case !slices.Contains(hidden, usage.ByUser):
		return nil, hint(errors.New("[privacy] asks for no pseudonyms of users, and of what is stored only users can get them later"),
			"what is read from now on has the pseudonyms that [privacy] names")
	case !a.store.Exists():
		return nil, hint(errors.New("nothing has been stored yet"), "run: tokpit sync; what comes in gets its pseudonyms on the way")
	}
	if err := a.checkSessions(ctx, hidden); err != nil {
		return nil, err
	}
	keys, err := a.privacyKeys(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ingest.NewPrivacy(keys, hidden, nil)
	if err != nil {
		return nil, err
	}
	return &store.Renaming{User: func(name string) string { return p.Shown(usage.ByUser, name) }, Scoped: scopedTexts(), Key: [8]byte(keys[0].Check())}, nil
}

// closedUsers refuses to rename users that entries of closed months have: today's
// figures are compared with those, and corrections would be due that are none.
func (a *app) closedUsers(ctx context.Context, r *store.Renaming) error {
	book, err := a.closed(ctx)
	if err != nil {
		return err
	}
	all, err := book.all(ctx)
	if err != nil {
		return err
	}
	if name := closedWith(all, r.User); name != "" {
		return hint(fmt.Errorf("the closed month %s has users, and stays as it was booked: nothing is renamed", clean.Text(name)),
			"leave what is stored as it is; what is read from now on has its pseudonyms")
	}
	return nil
}

// closedWith finds a close that tells users apart who would be renamed. The ledger
// does not; other versions may.
func closedWith(all []*report.Frozen, user func(string) string) string {
	for _, f := range all {
		for i := range f.Entries {
			if d := f.Entries[i].Dims; d != nil && d.User != "" && user(d.User) != d.User {
				return f.Name()
			}
		}
	}
	return ""
}

// userRules refuses to rename users whom a rule of the configuration knows by name
// only: the same usage would belong elsewhere, in closed months too.
func (a *app) userRules(ctx context.Context, r *store.Renaming) error {
	names, err := a.names(ctx)
	if err != nil {
		return err
	}
	for _, rules := range [][]config.Rule{a.config.Accounts, a.config.Environments, a.config.Allocations} {
		for i := range rules {
			patterns := rules[i].Match[string(usage.ByUser)]
			if slices.Contains(patterns, "*") { // whoever it is
				continue
			}
			for _, pattern := range patterns {
				refuse := fmt.Errorf("%s: user = %q would not match any more: nothing is renamed", rules[i].Where(), clip(clean.Text(pattern)))
				if strings.ContainsAny(pattern, "*?") {
					return hint(refuse, "list those whom it means, each by name and by what tokpit privacy pseudonym user=NAME says")
				}
				for _, id := range meant(names, pattern) {
					if to := r.User(id); !slices.Contains(patterns, to) {
						return hint(refuse, "write %q beside it first; the name can go afterwards", to)
					}
				}
			}
		}
	}
	return nil
}

// meant lists the ids of the users that a text of a rule means: those that
// providers call so, else the text itself.
func meant(names *report.Names, text string) (ids []string) {
	if text == "" { // usage of nobody
		return nil
	}
	for _, k := range names.All(usage.ByUser) {
		if slices.Contains([]string{k.ID, names.Of(usage.ByUser, k.ID), clean.Text(k.Name), clean.Text(k.Hint)}, text) {
			ids = append(ids, k.ID)
		}
	}
	if len(ids) == 0 {
		ids = append(ids, text)
	}
	return ids
}

// applyPreview is what would change.
type applyPreview struct {
	store.Renamed
	dims []usage.Dimension
}

// others are the dimensions whose stored names stay.
func (p *applyPreview) others() []string {
	out := []string{}
	for _, d := range p.dims {
		if d != usage.ByUser {
			out = append(out, string(d))
		}
	}
	return out
}

func (p *applyPreview) print(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "users that get pseudonyms: %s\n", group(p.Users))
	if p.Any() {
		line("records", "%s, and their sums", count(p.Records, "record"))
		if p.Names > 0 {
			line("beside them", "%s", count(p.Names, "name"))
		}
		if p.Texts+p.AuditRows > 0 {
			line("scopes", "in %s and %s of the trail", count(p.Texts, "text"), count(p.AuditRows, "row"))
		}
		if p.Ordinary > 0 {
			line("not sought", "%s too short or too common: records and scopes follow, other places are not searched for them", count(p.Ordinary, "name"))
		}
	} else {
		line("records", "all have their pseudonyms already")
	}
	for _, d := range p.others() {
		fmt.Fprintf(&b, "%s: pseudonyms hold for what is read from now on; what is stored keeps its names\n", d)
	}
	for _, m := range p.Left {
		line("stays", "%s", leftWords(&m))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type dryApply struct {
	Schema    string     `json:"schema"`
	Users     int64      `json:"users"`
	Records   int64      `json:"records"`
	Names     int64      `json:"names"`
	Texts     int64      `json:"texts"`
	AuditRows int64      `json:"audit_rows"`
	FromNowOn []string   `json:"from_now_on"` // other dimensions with pseudonyms
	Left      []leftJSON `json:"left"`
}

func (p *applyPreview) dry(c *cobra.Command, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintln(c.ErrOrStderr(), "tokpit: nothing has been renamed (--dry-run)")
		return err
	}
	return writeJSON(c.OutOrStdout(), dryApply{Schema: "tokpit.privacy.apply.dry-run/1", Users: p.Users, Records: p.Records, Names: p.Names,
		Texts: p.Texts, AuditRows: p.AuditRows, FromNowOn: p.others(), Left: lefts(p.Left)})
}

func tellRenamed(c *cobra.Command, r *store.RenameReceipt, left []store.Mention, asJSON bool) error {
	if asJSON {
		r.Schema = cmp.Or(r.Schema, "tokpit.privacy.apply/1")
		return writeJSON(c.OutOrStdout(), r)
	}
	var b strings.Builder
	if r.ID != "" {
		fmt.Fprintf(&b, "renamed: %s, receipt %s\n", count(r.Records, "record"), r.ID)
		fmt.Fprintf(&b, "  the file was written anew: %s before, %s now; revision %d\n", kib(r.SizeBefore), kib(r.SizeAfter), r.RevisionAfter)
		fmt.Fprintf(&b, "  logs of the tools, bundles and backups made before still hold the names; restored, run this again\n")
	}
	for i := range left {
		fmt.Fprintf(&b, "  stays: %s\n", leftWords(&left[i]))
	}
	_, err := io.WriteString(c.OutOrStdout(), b.String())
	return err
}
