package pricing

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Import is one price list that the user took over: rows that lie over the
// book's from then on.
type Import struct {
	ID     int       // counts from 1
	At     time.Time // when it was taken over, to the second; its rows were learned then
	Kind   string    // the list's format: "native", "litellm", "genai-prices"
	Origin string    // where it came from, for a person: a file's name or a URL
	Digest string    // of the list's bytes, in hex
	Forced bool      // doubtful prices were let in
	Rows   []Row
	// Listed and Unlisted are the models that the list has or lacks compared
	// with the import of its kind before it, so that a list that suddenly
	// shrinks can be noticed.
	Listed, Unlisted []ModelRef
}

// Additions are the imports of a user, oldest first. Nothing in them is ever
// changed: a new import adds an entry, and [Additions.Rollback] takes the
// newest away again.
type Additions struct{ Imports []Import }

// ErrAdditions is wrapped by the errors of [ReadAdditions] and [ReadRows].
var ErrAdditions = errors.New("invalid price file")

// The bounds of a price file.
const (
	MaxFile    = 32 << 20 // bytes
	MaxRows    = 100_000
	maxImports = 10_000
	longestRow = 2048 // bytes of text
)

const (
	fileHead   = "# tokpit prices 1"
	fileColumn = "provider,model,tier,over,hours,days,from,to,input,cache_read,write_5m,write_1h,output,currency,context,max_output,status,confidence,source"
)

// Adding returns the book with imports over the reviewed table, below the
// user's overlay. Imports that b has already are replaced.
func (b *Book) Adding(a Additions) (*Book, error) {
	l := b.layers
	l.added = slices.Clone(a.Imports)
	l.over = overlay{}
	out := b
	if len(l.added) > 0 || len(b.layers.added) > 0 {
		out = assemble(l)
	}
	if b.layers.over.print == "" {
		return out, nil
	}
	return out.With(b.layers.over.entries)
}

// Additions returns the imports that the book has.
func (b *Book) Additions() Additions { return Additions{slices.Clone(b.layers.added)} }

// Rollback returns the additions without the newest import, and that import;
// false if there is none.
func (a Additions) Rollback() (Additions, Import, bool) {
	n := len(a.Imports)
	if n == 0 {
		return a, Import{}, false
	}
	return Additions{slices.Clone(a.Imports[:n-1])}, a.Imports[n-1], true
}

// Known returns the models that the newest list of a kind had.
func (a Additions) Known(kind string) map[ModelRef]bool {
	out := map[ModelRef]bool{}
	for _, imp := range a.Imports {
		if imp.Kind != kind {
			continue
		}
		for _, m := range imp.Listed {
			out[m] = true
		}
		for _, m := range imp.Unlisted {
			delete(out, m)
		}
	}
	return out
}

// byModel returns copies of the rows, as learned by the import.
func (i *Import) byModel() map[modelKey][]Row {
	out := map[modelKey][]Row{}
	for _, r := range i.Rows {
		r.Learned, r.Origin = i.At, Imported
		out[r.key()] = append(out[r.key()], r)
	}
	return out
}

// Encode writes the additions as text that a person can read and compare: per
// import a line that begins "# import", then its rows as CSV with the columns
// of the reviewed table. [ReadAdditions] reads it.
func (a Additions) Encode() []byte {
	out := []byte(fileHead + "\n")
	for i := range a.Imports {
		out = a.Imports[i].append(out)
	}
	return out
}

func (i *Import) append(out []byte) []byte {
	out = fmt.Appendf(out, "# import %d %s %s %s %q", i.ID, i.At.UTC().Format(time.RFC3339), i.Kind, cmp.Or(i.Digest, "-"), i.Origin)
	if i.Forced {
		out = append(out, " forced"...)
	}
	out = append(out, '\n')
	for _, l := range []struct {
		head   string
		models []ModelRef
	}{{"# listed", i.Listed}, {"# unlisted", i.Unlisted}} {
		for _, m := range l.models {
			out = fmt.Appendf(out, "%s %q %q\n", l.head, m.Provider, m.Model)
		}
	}
	out = append(out, fileColumn+"\n"...)
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	for k := range i.Rows {
		w.Write(i.Rows[k].fields())
	}
	w.Flush()
	return append(out, buf.Bytes()...)
}

// fields are the row's columns, in the order of fileColumn.
func (r *Row) fields() []string {
	out := []string{r.Provider, r.Model, r.Tier, "", "", "", instantText(r.From), instantText(r.To)}
	if r.Tier == Standard {
		out[2] = ""
	}
	if r.Context.Over > 0 {
		out[3] = ">" + strconv.FormatInt(r.Context.Over, 10)
		if r.Context.Inclusive {
			out[3] = ">=" + out[3][1:]
		}
	}
	if h := r.Hours; h != (Hours{}) {
		out[4] = fmt.Sprintf("%02d:%02d-%02d:%02d", h.Start/60, h.Start%60, h.End/60, h.End%60)
		if h.Weekdays {
			out[5] = "Mon-Fri"
		}
	}
	for c := Input; c < classCount; c++ {
		text := ""
		if rate, ok := r.Rates.Of(c); ok {
			text = rate.PerMillion()
		}
		out = append(out, text)
	}
	return append(out, r.Currency, countText(r.Window), countText(r.MaxOutput), r.Status.String(), r.Confidence.String(), r.Source)
}

func countText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func instantText(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Unix()%daySeconds == 0:
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format("2006-01-02T15:04Z")
}

// ReadAdditions reads what [Additions.Encode] wrote. Errors name the line.
func ReadAdditions(data []byte) (Additions, error) {
	var a Additions
	if len(data) > MaxFile {
		return a, fmt.Errorf("%w: larger than %d bytes", ErrAdditions, MaxFile)
	}
	if strings.TrimSpace(string(data)) == "" {
		return a, nil
	}
	lines := strings.SplitAfter(string(data), "\n")
	if strings.TrimRight(lines[0], "\r\n") != fileHead {
		return a, fmt.Errorf("%w: line 1: does not begin with %q", ErrAdditions, fileHead)
	}
	var body strings.Builder
	first, rows := 0, 0
	flush := func() error {
		if len(a.Imports) == 0 || body.Len() == 0 {
			return nil
		}
		imp := &a.Imports[len(a.Imports)-1]
		var err error
		if imp.Rows, err = readPriceRows(body.String(), first, true); err != nil {
			return err
		}
		for i := range imp.Rows {
			imp.Rows[i].Learned, imp.Rows[i].Origin = imp.At, Imported
		}
		if rows += len(imp.Rows); rows > MaxRows {
			return fmt.Errorf("%w: more than %d rows", ErrAdditions, MaxRows)
		}
		body.Reset()
		return nil
	}
	for i, line := range lines[1:] {
		text := strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(text, "# import "):
			if err := flush(); err != nil {
				return Additions{}, err
			}
			if err := a.head(text[len("# import "):]); err != nil {
				return Additions{}, fmt.Errorf("%w: line %d: %w", ErrAdditions, i+2, err)
			}
		case strings.HasPrefix(text, "# listed "), strings.HasPrefix(text, "# unlisted "):
			if err := a.listed(text); err != nil {
				return Additions{}, fmt.Errorf("%w: line %d: %w", ErrAdditions, i+2, err)
			}
		case strings.HasPrefix(text, "#") || text == "":
		case len(a.Imports) == 0:
			return Additions{}, fmt.Errorf("%w: line %d: rows before the first import", ErrAdditions, i+2)
		default:
			if body.Len() == 0 {
				first = i + 2
			}
			body.WriteString(line)
		}
	}
	if err := flush(); err != nil {
		return Additions{}, err
	}
	return a, nil
}

// head reads what follows "# import ".
func (a *Additions) head(text string) error {
	fields := strings.SplitN(text, " ", 5)
	if len(fields) < 5 || len(a.Imports) >= maxImports {
		return errors.New("not number, time, kind, digest and origin")
	}
	var imp Import
	var err error
	if imp.ID, err = strconv.Atoi(fields[0]); err != nil || imp.ID != len(a.Imports)+1 {
		return fmt.Errorf("import %.20q does not follow import %d", fields[0], len(a.Imports))
	}
	if imp.At, err = time.Parse(time.RFC3339, fields[1]); err != nil {
		return fmt.Errorf("not a time: %.40q", fields[1])
	}
	imp.At = imp.At.UTC()
	if n := len(a.Imports); n > 0 && imp.At.Before(a.Imports[n-1].At) {
		return errors.New("is older than the import before it")
	}
	imp.Kind, imp.Digest = fields[2], fields[3]
	if imp.Digest == "-" {
		imp.Digest = ""
	}
	origin, err := strconv.QuotedPrefix(fields[4])
	if err != nil {
		return errors.New("the origin is not quoted")
	}
	imp.Origin, _ = strconv.Unquote(origin)
	imp.Forced = strings.TrimSpace(fields[4][len(origin):]) == "forced"
	a.Imports = append(a.Imports, imp)
	return nil
}

// listed reads one line of Listed or Unlisted.
func (a *Additions) listed(text string) error {
	if len(a.Imports) == 0 {
		return errors.New("before the first import")
	}
	imp := &a.Imports[len(a.Imports)-1]
	rest := text[strings.IndexByte(text, '"')+1-min(1, strings.Count(text, `"`)):]
	provider, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return errors.New("not two quoted names")
	}
	name := strings.TrimSpace(rest[len(provider):])
	var m ModelRef
	m.Provider, _ = strconv.Unquote(provider)
	if m.Model, err = strconv.Unquote(name); err != nil {
		return errors.New("not two quoted names")
	}
	if strings.HasPrefix(text, "# listed ") {
		imp.Listed = append(imp.Listed, m)
	} else {
		imp.Unlisted = append(imp.Unlisted, m)
	}
	return nil
}

// ReadRows reads a price list in the native format: CSV with a header that
// names at least provider, model and input. The other columns are those of the
// reviewed table, and may be missing: tier, over (">200000", ">=200000"), hours
// ("01:00-04:00" UTC), days ("Mon-Fri"), from and to ("2026-03-13",
// "2025-02-08T16:00Z"; none is not dated), cache_read, write_5m, write_1h and
// output (USD per 1M tokens; none is no price), currency, context, max_output,
// status ("promo", "scheduled"), confidence and source. Lines that begin with #
// are comments. Errors name line and column.
func ReadRows(data []byte) ([]Row, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrAdditions, MaxFile)
	}
	return readPriceRows(strings.TrimPrefix(string(data), "\ufeff"), 1, false)
}

// readPriceRows reads rows whose header is on line first. Stored ones are complete.
func readPriceRows(text string, first int, stored bool) ([]Row, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	r.ReuseRecord = false
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: line %d: no header", ErrAdditions, first)
	}
	rec := &record{columns: map[string]int{}, used: map[string]bool{}}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		if _, twice := rec.columns[h]; twice || !slices.Contains(append(strings.Split(fileColumn, ","), "learned"), h) {
			return nil, fmt.Errorf("%w: line %d: column %.40q is unknown or there twice", ErrAdditions, first, h)
		}
		rec.columns[h] = i
	}
	for _, h := range []string{"provider", "model", "input"} {
		if _, ok := rec.columns[h]; !ok {
			return nil, fmt.Errorf("%w: line %d: there is no column %q", ErrAdditions, first, h)
		}
	}
	if _, ok := rec.columns["confidence"]; !ok {
		rec.columns["confidence"] = len(head) // addition fills it in
	}
	var out []Row
	for {
		fields, err := r.Read()
		if fields == nil {
			return out, nil
		}
		line, _ := r.FieldPos(0)
		if err == nil && len(out) >= MaxRows {
			err = fmt.Errorf("more than %d rows", MaxRows)
		}
		if err == nil {
			var row Row
			rec.fields, rec.err = fields, nil
			row, err = rec.addition(stored)
			out = append(out, row)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrAdditions, line+first-1, err)
		}
	}
}

// addition reads a row and checks what can be checked of it alone.
func (r *record) addition(stored bool) (Row, error) {
	size := 0
	for _, f := range r.fields {
		size += len(f)
		if strings.ContainsFunc(f, unicode.IsControl) {
			return Row{}, errors.New("a field has control characters")
		}
	}
	if size > longestRow {
		return Row{}, fmt.Errorf("more than %d bytes", longestRow)
	}
	if i := r.columns["confidence"]; i == len(r.fields) {
		r.fields = append(r.fields, Approx.String())
	} else if r.fields[i] == "" {
		r.fields[i] = Approx.String()
	}
	row := r.row(lowerName(r.text("provider")))
	row.Model, row.Origin = strings.TrimSpace(row.Model), Imported
	if r.err != nil {
		return row, r.err
	}
	return row, row.checkImported(stored)
}
