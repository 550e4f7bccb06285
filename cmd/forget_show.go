package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
)

// forgetPreview is what would go.
type forgetPreview struct {
	*selected
	store.Forgettable
	rep    *report.Report // of what counts; nil without records
	closed []store.Mention
	months []string // closed ones that will get corrections
}

func (p *forgetPreview) print(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	var what []string
	for _, s := range p.Select {
		what = append(what, fmt.Sprintf("%s %s", s.Dimension, clean.Text(s.Values[0])))
	}
	fmt.Fprintf(&b, "%s\n", strings.Join(what, " and "))
	if len(p.known) > 0 {
		line("also known as", "%s", clean.Limit(strings.Join(p.known, ", "), 300))
	}
	line("records", "%s, %s, %s", count(p.Records, "record"), count(p.Requests, "request"), count(p.Tokens.Total(), "token"))
	if p.rep != nil {
		line("list price", "%s", priceOf(p.rep))
		line("span", "%s to %s", p.First.UTC().Format(time.DateOnly), p.Last.UTC().Format(time.DateOnly))
		var from []string
		for _, name := range slices.SortedFunc(maps.Keys(p.Connections), func(x, y string) int {
			return cmp.Or(cmp.Compare(p.Connections[y], p.Connections[x]), strings.Compare(x, y))
		}) {
			from = append(from, fmt.Sprintf("%s %s", clean.Text(name), group(p.Connections[name])))
		}
		line("sources", "%s", clean.Limit(strings.Join(from, ", "), 400))
	}
	if n := p.Names + p.Quarantined + p.Cursors + p.Cells; n > 0 {
		line("beside them", "%s, %s, %s, %s", count(p.Names, "name"), count(p.Quarantined, "bad row"), count(p.Cursors, "cursor"), count(p.Cells, "old sum"))
	}
	if n := p.Texts + p.AuditRows; n > 0 {
		line("placeholder", "in %s and %s of the trail", count(p.Texts, "text"), count(p.AuditRows, "row"))
	}
	for _, m := range p.months {
		line("closed", "%s stays as it was closed; the next close books what goes as a correction", clean.Text(m))
	}
	for _, m := range slices.Concat(p.Left, p.closed) {
		line("stays", "%s", leftWords(&m))
	}
	if p.Records == 0 && !p.Any() {
		line("", "nothing here is of it; the list will keep it away all the same")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// priceOf is what usage costs at list price, in every currency.
func priceOf(r *report.Report) string {
	var out []string
	for _, c := range r.Total.Costs {
		out = append(out, c.Cost.Format(4)+" "+c.Currency)
	}
	if len(out) == 0 && r.Total.Priced {
		out = append(out, r.Total.Cost.Format(4)+" "+r.Total.Currency)
	}
	if len(out) == 0 {
		return "unpriced"
	}
	if r.Total.UnpricedTokens > 0 {
		out = append(out, count(r.Total.UnpricedTokens, "unpriced token"))
	}
	return strings.Join(out, " + ")
}

func (p *forgetPreview) dry(c *cobra.Command, asJSON bool) error {
	if asJSON {
		d := dryForget{Schema: "tokpit.forget.dry-run/1", Records: p.Records, Requests: p.Requests, Tokens: p.Tokens.Total(), Names: p.Names,
			Quarantined: p.Quarantined, Cursors: p.Cursors, Texts: p.Texts, AuditRows: p.AuditRows, Sources: p.Connections, Months: p.Counts.Months, Left: lefts(slices.Concat(p.Left, p.closed))}
		return writeJSON(c.OutOrStdout(), d)
	}
	_, err := fmt.Fprintln(c.ErrOrStderr(), "tokpit: nothing has been forgotten (--dry-run)")
	return err
}

type dryForget struct {
	Schema      string           `json:"schema"`
	Records     int64            `json:"records"`
	Requests    int64            `json:"requests"`
	Tokens      int64            `json:"tokens"`
	Names       int64            `json:"names"`
	Quarantined int64            `json:"quarantined_rows"`
	Cursors     int64            `json:"cursors"`
	Texts       int64            `json:"texts"`
	AuditRows   int64            `json:"audit_rows"`
	Sources     map[string]int64 `json:"sources"`
	Months      map[string]int64 `json:"months"`
	Left        []leftJSON       `json:"left"`
}

type leftJSON struct {
	Where string `json:"where"`
	Count int64  `json:"count"`
	Todo  string `json:"what_to_do"`
}

func lefts(all []store.Mention) []leftJSON {
	out := []leftJSON{}
	for _, m := range all {
		out = append(out, leftJSON{m.Where, m.Count, leftAdvice(m.Where, m.Key)})
	}
	return out
}

func leftWords(m *store.Mention) string {
	where := clean.Text(m.Where)
	if m.Count > 1 {
		where += " (" + group(m.Count) + ")"
	}
	return where + ": " + leftAdvice(m.Where, m.Key)
}

// leftAdvice says why a place still names it, and what can be done.
func leftAdvice(where, key string) string {
	top, _, _ := strings.Cut(where, "/")
	kind, _, _ := strings.Cut(key, "\x00")
	switch {
	case top == "close", top == "documents" && kind == "close", top == "decisions" && strings.HasPrefix(key, "close"):
		return "a closed month is proof of what was booked and is not changed; its document goes with the store only"
	case top == "documents" && strings.HasPrefix(key, "connection"):
		return "a connection reads it; if it is to end, run: tokpit sources remove"
	case top == "audit":
		return "the trail says who made a change, or what was closed; that stays"
	case top == "blocks", top == "cells", top == "horizon":
		return "other usage has the same text in another place (an id, a tag, another dimension); forget that too"
	case top == "cursors":
		return "a source remembers where it has read; move the file or folder of that name, and sync"
	case top == "plans", top == "budgets", top == "decisions":
		return "its wording needs that text; remove it by its own command"
	case top == placeCopies:
		return key + " beside the store is what a restore replaced, and has what it had; delete that file when it is not needed any more"
	case top == placeStatus:
		return key + " beside the store has the last figures of the status line, and cannot be removed"
	case top == "tombstones":
		return "it keeps a record that was taken back from coming again; it goes with the connection"
	}
	return "it names it in its own words; remove that by its own command"
}

// tellForgotten prints the receipt.
func tellForgotten(c *cobra.Command, r *store.ForgetReceipt, left []store.Mention, asJSON bool) error {
	w := c.OutOrStdout()
	if asJSON {
		return writeJSON(w, r)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "forgotten: %s, receipt %s\n", count(r.Records, "record"), r.ID)
	fmt.Fprintf(&b, "  the file was written anew: %s before, %s now; revision %d\n", kib(r.SizeBefore), kib(r.SizeAfter), r.RevisionAfter)
	fmt.Fprintf(&b, "  logs of the tools, bundles and backups made before still hold it; it will not come in from there again\n")
	for i := range left {
		fmt.Fprintf(&b, "  stays: %s\n", leftWords(&left[i]))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type forgottenDocument struct {
	Schema  string          `json:"schema"`
	AsOf    string          `json:"as_of"`
	Entries []forgottenJSON `json:"entries"`
}

type forgottenJSON struct {
	ID      string   `json:"id"`
	At      string   `json:"at"`
	By      string   `json:"by"`
	Kinds   []string `json:"kinds"`
	Records int64    `json:"records"`
	KeyHere bool     `json:"key_here"`
}

// listForgotten says when what kind of thing was forgotten, and how much.
func (a *app) listForgotten(c *cobra.Command, asJSON bool) error {
	list, err := a.store.Forgotten(c.Context())
	if err != nil {
		return err
	}
	checks := map[[8]byte]bool{}
	keys, keyErr := a.privacyKeys(c.Context())
	for _, k := range keys {
		checks[[8]byte(k.Check())] = true
	}
	d := forgottenDocument{Schema: "tokpit.forgotten/1", AsOf: stamp(a.now()), Entries: []forgottenJSON{}}
	lost := 0
	for _, r := range list {
		e := forgottenJSON{ID: r.ID, At: stamp(r.At), By: r.By, Records: r.Records, KeyHere: checks[r.Key]}
		for _, t := range r.Terms {
			e.Kinds = append(e.Kinds, clean.Text(string(t.Dimension)))
		}
		if !e.KeyHere {
			lost++
		}
		d.Entries = append(d.Entries, e)
	}
	if asJSON {
		err = writeJSON(c.OutOrStdout(), d)
	} else {
		err = d.print(c.OutOrStdout())
	}
	if err == nil && lost > 0 {
		err = a.lostKey(errors.Join(fmt.Errorf("the key of %s is not there: syncs refuse to run, so that nothing comes back unseen", count(int64(lost), "entry")), keyErr))
	}
	return err
}

func (d *forgottenDocument) print(w io.Writer) error {
	if len(d.Entries) == 0 {
		_, err := fmt.Fprintln(w, "nothing has been forgotten")
		return err
	}
	for _, e := range d.Entries {
		note := ""
		if !e.KeyHere {
			note = "  key lost"
		}
		if _, err := fmt.Fprintf(w, "%s  %-24s %10s  by %s%s\n", e.At, strings.Join(e.Kinds, " and "), count(e.Records, "record"), clean.Text(e.By), note); err != nil {
			return err
		}
	}
	return nil
}

// allowForgotten takes entries off the list: those of what is named once more,
// or those that nobody can read any more.
func (a *app) allowForgotten(c *cobra.Command, o *forgetOptions) error {
	ctx := c.Context()
	list, err := a.store.Forgotten(ctx)
	if err != nil {
		return err
	}
	keys, keyErr := a.privacyKeys(ctx)
	var ids []string
	if o.lost {
		for _, r := range list {
			if !slices.ContainsFunc(keys, func(k ingest.Key) bool { return [8]byte(k.Check()) == r.Key }) {
				ids = append(ids, r.ID)
			}
		}
	} else {
		if keyErr != nil {
			return keyErr
		}
		s, err := a.selectors(ctx, o, keys)
		if err != nil {
			return err
		}
		for _, r := range list {
			for _, k := range keys {
				if s.refuse(k); s.Key == r.Key && sharesMarks(s.Refused, r.Terms) {
					ids = append(ids, r.ID)
				}
			}
		}
	}
	if len(ids) == 0 {
		return hint(errors.New("nothing like that is on the list"), "give the same selectors again that it was forgotten with; tokpit forget --list shows their kinds")
	}
	if err := a.store.AllowForgotten(ctx, a.actor(), ids...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s off the list; the next sync may bring it in again\n", count(int64(len(ids)), "entry"))
	return err
}

// sharesMarks reports whether two selections are of the same kinds, and have in
// each a value in common.
func sharesMarks(a, b []store.RefusedTerm) bool {
	return slices.EqualFunc(a, b, func(x, y store.RefusedTerm) bool {
		return x.Dimension == y.Dimension && slices.ContainsFunc(x.Marks, func(m store.Mark) bool { return slices.Contains(y.Marks, m) })
	})
}
