package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/importer/columns"
	"tokpit/usage/importer/otel"
)

// kindImport is the kind of the decisions that say what imports were.
const kindImport = "import"

// What an import can be: under way (or cut off), whole, or being taken back.
const (
	importBegun   = "begun"
	importDone    = "done"
	importUndoing = "undoing"
)

// importReceipt is what is kept of an import, under its id. It is written before
// the first record, so that one that was cut off is known, and is gone on with.
type importReceipt struct {
	ID     string    `toml:"-"`
	State  string    `toml:"state"`
	File   string    `toml:"file"`
	Path   string    `toml:"path"` // what bad rows are named with
	SHA256 string    `toml:"sha256"`
	Bytes  int64     `toml:"bytes"`
	Format string    `toml:"format"`
	Map    string    `toml:"map,omitempty"` // digest of what the map means
	At     time.Time `toml:"at"`

	Account      string `toml:"account,omitempty"`
	Provider     string `toml:"provider,omitempty"`
	Organization string `toml:"organization,omitempty"`
	Project      string `toml:"project,omitempty"`
	User         string `toml:"user,omitempty"`
	Currency     string `toml:"currency,omitempty"`
	Zone         string `toml:"zone,omitempty"`

	Rows       int64     `toml:"rows"`
	Added      int64     `toml:"added"`
	Replaced   int64     `toml:"replaced"`
	Duplicates int64     `toml:"duplicates"`
	Bad        int64     `toml:"bad"`
	Forgotten  int64     `toml:"forgotten,omitempty"` // turned away: somebody had their like forgotten
	TooOld     int64     `toml:"too_old,omitempty"`   // refused: older than the retention
	Own        int64     `toml:"own"`                 // rows with ids of the provider's
	First      time.Time `toml:"first,omitempty"`
	Last       time.Time `toml:"last,omitempty"`

	Signals []otel.Signal `toml:"signals,omitempty"` // of telemetry: what was counted
}

func (x *importReceipt) encode() (string, error) {
	text, err := toml.Marshal(x)
	return string(text), err
}

// imports lists what was brought in, oldest first.
func (a *app) imports(ctx context.Context) ([]importReceipt, error) {
	all, err := a.store.Decisions(ctx, kindImport)
	if err != nil {
		return nil, err
	}
	var out []importReceipt
	for _, d := range all {
		var x importReceipt
		if err := toml.NewDecoder(bytes.NewReader([]byte(d.Text))).Decode(&x); err != nil {
			return nil, hint(fmt.Errorf("the import %s cannot be read: %w", clean.Text(d.Name), err), "use the newer tokpit that wrote it")
		}
		x.ID = d.Name
		out = append(out, x)
	}
	return out, nil
}

// importedSources are the sources that imports made.
func (a *app) importedSources(ctx context.Context) (map[string]bool, error) {
	all, err := a.imports(ctx)
	out := make(map[string]bool)
	for _, x := range all {
		out[x.Format] = true
	}
	return out, err
}

func (a *app) noteImport(ctx context.Context, x *importReceipt) error {
	text, err := x.encode()
	if err != nil {
		return err
	}
	_, err = a.store.SetDecision(ctx, a.actor(), kindImport, x.ID, text)
	return err
}

// meaning is a digest of what a map means.
func meaning(m *columns.Map) string {
	if m == nil {
		return ""
	}
	plain := *m
	plain.Name, plain.Title, plain.Knows = "", "", nil
	sum := sha256.Sum256(plain.Text())
	return hex.EncodeToString(sum[:8])
}

// errKnown ends the search for a free id: the file is known already.
var errKnown = errors.New("the file is known")

// begin returns the receipt to import a file under: a new one, or that of an import
// of the same file that was cut off. Known is set if the file was brought in whole.
func (r *importRun) begin(ctx context.Context, f *importFile) (x importReceipt, known bool, err error) {
	for range 3 { // another process may begin at the same time
		all, err := r.app.imports(ctx)
		if err != nil {
			return x, false, err
		}
		i := slices.IndexFunc(all, func(x importReceipt) bool { return x.SHA256 == f.digest && x.Format == f.format.Name() })
		if i >= 0 {
			known, err = r.goOn(ctx, &all[i], f)
			return all[i], known, err
		}
		if err := errors.Join(r.mapChanged(ctx, f, all), r.counted(f, all)); err != nil {
			return x, false, err
		}
		x = r.receipt(f)
		x.ID = importID(x.At, f.digest, all)
		text, err := x.encode()
		if err != nil {
			return x, false, err
		}
		err = r.app.store.AddDecision(ctx, r.app.actor(), kindImport, store.Decision{Name: x.ID, Text: text}, nil, func(now []store.Decision) error {
			if len(now) != len(all) {
				return errKnown
			}
			return nil
		})
		if errors.Is(err, errKnown) || errors.Is(err, store.ErrExists) {
			continue
		}
		f.begun = err == nil
		return x, false, err
	}
	return x, false, hint(errors.New("other imports begin at the same time"), "try again")
}

// importID names an import by its second and its file. Ids sort in the order of the
// imports, since the earlier one owns what two have in common: a second that is taken,
// or a clock that went back, moves on to the next one.
func importID(at time.Time, digest string, all []importReceipt) string {
	const layout = "20060102T150405"
	for _, x := range all {
		second, _, _ := strings.Cut(x.ID, "-")
		if taken, err := time.Parse(layout, second); err == nil && !at.Truncate(time.Second).After(taken) {
			at = taken.Add(time.Second)
		}
	}
	return at.UTC().Format(layout) + "-" + digest[:6]
}

func (r *importRun) receipt(f *importFile) importReceipt {
	now := r.app.now().UTC()
	x := importReceipt{State: importBegun, File: base(f.label), Path: f.label, SHA256: f.digest, Bytes: f.size,
		Format: f.format.Name(), Map: meaning(f.table), At: now, Account: r.o.account, Provider: r.o.provider, Organization: r.o.organization,
		Project: r.o.project, User: r.o.user, Currency: r.o.cy,
		Signals: f.signals()}
	if r.zone != nil {
		x.Zone = r.zone.String()
	}
	return x
}

// goOn says whether a file that is known was brought in whole; else the import goes
// on under its id, if nothing else is said of the file now.
func (r *importRun) goOn(ctx context.Context, x *importReceipt, f *importFile) (whole bool, err error) {
	if x.State == importUndoing {
		return false, hint(fmt.Errorf("%s was brought in as %s, which is being undone", clean.Limit(f.name, 200), x.ID), "finish that first: tokpit undo import %s", x.ID)
	}
	cursors, err := r.app.store.Cursors(ctx, x.Format)
	if err != nil {
		return false, err
	}
	if x.State == importDone && cursors[importer.CursorOf(f.digest)] != nil {
		return true, nil
	}
	again := r.receipt(f)
	if again.Map != x.Map || again.Account != x.Account || again.Provider != x.Provider || again.Organization != x.Organization || again.Project != x.Project ||
		again.User != x.User || again.Currency != x.Currency || again.Zone != x.Zone ||
		!slices.EqualFunc(again.Signals, x.Signals, func(a, b otel.Signal) bool { return a.Kind == b.Kind && a.Service == b.Service }) {
		return false, hint(fmt.Errorf("%s was brought in before, as %s, with other options or another map", clean.Limit(f.name, 200), x.ID), "take that back first: tokpit undo import %s", x.ID)
	}
	return false, nil
}

// mapChanged returns an error if rows of the same days came in with another map of
// the same name: they would not be known again, and count twice.
func (r *importRun) mapChanged(ctx context.Context, f *importFile, all []importReceipt) error {
	if f.table == nil {
		return nil
	}
	var others []importReceipt
	for _, x := range all {
		if x.Format == f.format.Name() && x.Map != meaning(f.table) && !x.First.IsZero() {
			others = append(others, x)
		}
	}
	if len(others) == 0 {
		return nil
	}
	p, err := r.look(ctx, f)
	if err != nil {
		return err
	}
	for _, x := range others {
		if p.rows > 0 && !p.first.After(x.Last) && !p.last.Before(x.First) {
			return hint(fmt.Errorf("%s overlaps with %s, which came in as %s when the map %s meant something else: rows would count twice",
				clean.Limit(f.name, 200), clean.Text(x.File), x.ID, x.Format), "undo it and bring it in again with the new map: tokpit undo import %s; or give the new map another name", x.ID)
		}
	}
	return nil
}

// importSink is the store, told what an import brings.
type importSink struct {
	*store.Store
	first, last time.Time
	billed      bool // it brings charges of a bill
	book        *pricing.Book
	sum         *modelSum
}

// Commit implements [ingest.Sink].
func (s *importSink) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	for i := range b.Records {
		at := b.Records[i].Start
		if s.first.IsZero() || at.Before(s.first) {
			s.first = at
		}
		if at.After(s.last) {
			s.last = at
		}
		charge := pricing.Charge{}
		if b.Records[i].Basis == usage.Billed {
			s.billed = true
		} else {
			charge = s.book.ChargeRecord(&b.Records[i])
		}
		s.sum.add(&b.Records[i], &charge)
	}
	return s.Store.Commit(ctx, connection, b)
}

// count brings a file in.
func (r *importRun) count(ctx context.Context, f *importFile, out *imported) error {
	if err := r.app.pinZone(ctx); err != nil {
		return err
	}
	x, known, err := r.begin(ctx, f)
	out.receipt = x
	if err != nil {
		return err
	}
	if known {
		out.state = importAlready
		return nil
	}
	p := newProgress(r.c.ErrOrStderr())
	defer p.clear()
	src := r.source(f, x.ID, p)
	src.Digest = f.digest
	sink := &importSink{Store: r.app.store, book: r.app.book, sum: newModelSum()}
	privacy, err := r.app.door(ctx)
	if err != nil {
		return err
	}
	res, err := ingest.Run(ctx, src, sink, ingest.Options{Now: r.app.now, Privacy: privacy})
	if err != nil {
		err = fmt.Errorf("%s: %w", clean.Limit(f.name, 200), err)
		if sink.first.IsZero() && f.begun && ctx.Err() == nil && !unusable(err) { // it was no such file
			err = errors.Join(err, r.app.store.RemoveDecision(ctx, r.app.actor(), kindImport, x.ID))
		}
		return err
	}
	atDoor := res.Quarantined - min(src.Read.Bad, importer.MaxBad)
	x.State, x.Rows, x.Added, x.Replaced = importDone, src.Read.Rows-atDoor, res.Added, res.Replaced
	x.Bad, x.Own, x.First, x.Last = src.Read.Bad+atDoor, src.Read.Own, sink.first, sink.last
	x.Forgotten, x.TooOld = res.Forgotten, res.TooOld
	x.Duplicates = max(0, x.Rows-x.Added-x.Replaced-x.Forgotten-x.TooOld)
	if x.Rows == 0 {
		return r.nothing(ctx, f, &x, src)
	}
	if err := r.app.noteImport(ctx, &x); err != nil {
		return err
	}
	now := r.app.now()
	err = r.app.store.RecordSync(ctx, store.Sync{Connection: x.Format, At: now, OK: now, Files: 1})
	out.receipt, out.state, out.revision, out.left = x, importCounted, res.Revision, src.Read.Left
	out.billed, out.sum = sink.billed, sink.sum
	if err == nil && sink.billed {
		out.overlaps, err = r.app.overlaps(ctx, &x)
	}
	return err
}

// nothing forgets an import that brought nothing.
func (r *importRun) nothing(ctx context.Context, f *importFile, x *importReceipt, src *importer.File) error {
	if _, err := r.app.store.Commit(ctx, x.Format, usage.Batch{Cursors: usage.Cursors{importer.CursorOf(x.SHA256): nil}, Reread: []string{x.Path}}); err != nil {
		return err
	}
	if err := r.app.store.RemoveDecision(ctx, r.app.actor(), kindImport, x.ID); err != nil {
		return err
	}
	return hint(fmt.Errorf("%s: no row could be counted (%s refused, %s left out)", clean.Limit(f.name, 200), group(x.Bad), group(leftOut(src.Read.Left))),
		"tokpit import %s --dry-run says why", clean.Limit(f.name, 200))
}

func leftOut(left map[string]int64) (n int64) {
	for _, one := range left {
		n += one
	}
	return n
}
