package pricing

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/money"
)

// record is one line of a CSV file; the first bad column is kept as its error.
type record struct {
	columns map[string]int
	fields  []string
	used    map[string]bool
	err     error
}

// readCSV calls read for every line and refuses unknown columns.
func readCSV(fsys fs.FS, name string, read func(*record)) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read price table: %w", err)
	}
	r := csv.NewReader(bytes.NewReader(data))
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("price table %s: %w", name, err)
	}
	rec := &record{columns: map[string]int{}, used: map[string]bool{}}
	for i, h := range head {
		rec.columns[h] = i
	}
	lines, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("price table %s: %w", name, err)
	}
	for i, fields := range lines {
		rec.fields = fields
		read(rec)
		if rec.err != nil {
			return fmt.Errorf("price table %s line %d: %w", name, i+2, rec.err)
		}
	}
	for _, h := range head {
		if len(lines) > 0 && !rec.used[h] {
			return fmt.Errorf("price table %s: unknown column %q", name, h)
		}
	}
	return nil
}

// text returns a column; a column that the file leaves out is empty.
func (r *record) text(column string) string {
	r.used[column] = true
	if i, ok := r.columns[column]; ok {
		return r.fields[i]
	}
	return ""
}

func (r *record) fail(column string, err error) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %w", column, err)
	}
}

// instant reads a UTC instant; "" is the zero time.
func (r *record) instant(column string) time.Time {
	s := r.text(column)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	r.fail(column, fmt.Errorf("not an instant: %.40q", s))
	return time.Time{}
}

func (r *record) count(column string) int64 {
	s := r.text(column)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		r.fail(column, fmt.Errorf("not a count: %.40q", s))
	}
	return n
}

// choice reads one of names.
func (r *record) choice(column string, names []string) int {
	s := r.text(column)
	i := slices.Index(names, s)
	if i < 0 {
		r.fail(column, fmt.Errorf("not one of %q: %.40q", names, s))
		return 0
	}
	return i
}

func (r *record) currency() string {
	if c := r.text("currency"); c != "" {
		return c
	}
	return "USD"
}

func (r *record) row(provider string) Row {
	row := Row{Provider: provider, Model: r.text("model"), Tier: r.text("tier"), Currency: r.currency(),
		From: r.instant("from"), To: r.instant("to"), Learned: r.instant("learned"),
		Window: r.count("context"), MaxOutput: r.count("max_output"), Source: r.text("source"),
		Status:     Status(r.choice("status", statusNames[:])),
		Confidence: Confidence(r.choice("confidence", confidenceNames[:]))}
	if row.Tier == "" {
		row.Tier = Standard
	}
	row.Context, row.Hours = r.context(), r.hours()
	for c, column := range [classCount]string{"input", "cache_read", "write_5m", "write_1h", "output"} {
		s := r.text(column)
		if s == "" {
			continue
		}
		rate, err := money.ParsePerMillion(s)
		if err != nil {
			r.fail(column, err)
		}
		row.Rates.Set(Class(c), rate)
	}
	return row
}

// context reads ">200000" or ">=200000".
func (r *record) context() Context {
	s := r.text("over")
	if s == "" {
		return Context{}
	}
	c := Context{}
	digits, ok := strings.CutPrefix(s, ">")
	if digits, c.Inclusive = strings.CutPrefix(digits, "="); ok {
		var err error
		if c.Over, err = strconv.ParseInt(digits, 10, 64); err == nil && c.Over > 0 {
			return c
		}
	}
	r.fail("over", fmt.Errorf("not >N or >=N: %.40q", s))
	return Context{}
}

// hours reads "01:00-04:00" and "Mon-Fri".
func (r *record) hours() Hours {
	s := r.text("hours")
	h := Hours{Weekdays: r.choice("days", []string{"", "Mon-Fri"}) == 1}
	if s == "" {
		if h.Weekdays {
			r.fail("days", errors.New("days without hours"))
		}
		return Hours{}
	}
	start, end, _ := strings.Cut(s, "-")
	a, errA := time.Parse("15:04", start)
	b, errB := time.Parse("15:04", strings.Replace(end, "24:00", "00:00", 1))
	if errA != nil || errB != nil {
		r.fail("hours", fmt.Errorf("not HH:MM-HH:MM: %.40q", s))
	}
	h.Start, h.End = uint16(a.Hour()*60+a.Minute()), uint16(b.Hour()*60+b.Minute())
	if end == "24:00" {
		h.End = 24 * 60
	}
	return h
}

func (r *record) name() Name {
	return Name{Provider: r.text("provider"), Alias: r.text("name"), Model: r.text("model"),
		From: r.instant("from"), To: r.instant("to"), Free: r.choice("free", []string{"", "1"}) == 1,
		Assumed: r.choice("confidence", []string{"exact", "assumed"}) == 1}
}

func (r *record) provider() Provider {
	return Provider{Alias: r.text("alias"), Name: r.text("provider"), Host: r.choice("kind", []string{"vendor", "host"}) == 1}
}

func (r *record) meter() Meter {
	m := Meter{Provider: r.text("provider"), Meter: r.text("meter"), From: r.instant("from"), To: r.instant("to"),
		Currency: r.currency(), Confidence: Confidence(r.choice("confidence", confidenceNames[:])),
		Source: r.text("source"), Learned: r.instant("learned")}
	rate, err := money.ParsePerMillion(r.text("per_1000"))
	if err != nil {
		r.fail("per_1000", err)
	}
	m.Rate = money.NewRate(rate.Times(1000))
	return m
}

func (r *record) region() Region {
	g := Region{Provider: r.text("provider"), Region: r.text("region"), Launched: r.instant("launched"),
		Num: 1, Den: 1, Source: r.text("source")}
	whole, frac, _ := strings.Cut(r.text("multiplier"), ".")
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil || n <= 0 || len(frac) > 6 {
		r.fail("multiplier", fmt.Errorf("not a factor: %.40q", r.text("multiplier")))
		return g
	}
	g.Num = n
	for range frac {
		g.Den *= 10
	}
	return g
}
