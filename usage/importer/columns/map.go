// Package columns reads usage from tables: a column map says which column of a
// CSV file, or which field of a line of JSON, is what.
//
// A [Map] is a value with a text form (TOML, see [Parse]) that people can read,
// edit and keep. There are maps for files that many people have ([Builtin]);
// [Guess] makes one from the headers and the first rows of any other file, and
// says how sure it is of each column. [New] makes a map an [importer.Format].
//
// # What is strict
//
// A count is a whole number: "1234", "1,234" with correct groups, "1234.0".
// "1.5e3" or "1.5K" is not: the row is refused, with its line. Amounts are exact
// decimals; "$", thousands separators and exponents are understood, "Included",
// "NaN", "-" and nothing are no amount. A row whose parts do not fit together
// (more cached tokens than the input that is said to include them) is refused,
// one whose classes do not add up to the file's own total is counted and flagged.
// Reasons never quote what stands in a column: it may be a prompt.
package columns

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tokpit/usage"
)

// Map says what the columns of a table are. A column is named as in the header, or
// for JSON by the path to the field ("usage.input_tokens"). "A | B" is the first of
// the two that a file has; "A ?" may be missing.
type Map struct {
	// Name is the map's own, and that of its connection in the store: lower case
	// with dashes.
	Name  string `toml:"name"`
	Title string `toml:"title,omitempty"`
	// Form is "csv" or "json"; "" is either.
	Form string `toml:"form,omitempty"`
	// Delimiter between columns: ",", ";", "\t" or "|"; "" is found out.
	Delimiter string `toml:"delimiter,omitempty"`
	// Decimal is the mark before decimals, "." (also if "") or ",".
	Decimal string `toml:"decimal,omitempty"`
	// Rows says what a row is: one "request" (also if ""), or a "sum" of several.
	Rows string `toml:"rows,omitempty"`
	// Basis is "imported" (also if ""), or "billed" for money without tokens.
	Basis string `toml:"basis,omitempty"`
	// Currency of amounts where no column says it; "" is that of the options.
	Currency string `toml:"currency,omitempty"`
	// WrongTotal is what becomes of a row whose classes do not add up to its total:
	// "flag" (also if "") counts and flags it, "refuse" does not count it.
	WrongTotal string `toml:"wrong_total,omitempty"`
	// Knows lists columns by which a file is recognised; all of them must be there.
	Knows []string `toml:"knows,omitempty"`

	Time       Time                `toml:"time"`
	Tokens     Tokens              `toml:"tokens"`
	Columns    map[string]string   `toml:"columns,omitempty"`    // by the names of Fields
	Constants  map[string]string   `toml:"constants,omitempty"`  // of text fields, where no column says it
	Tags       map[string]string   `toml:"tags,omitempty"`       // tag: column
	Quantities map[string]string   `toml:"quantities,omitempty"` // meter: column
	Only       map[string][]string `toml:"only,omitempty"`       // column: values; other rows are left out
	Except     map[string][]string `toml:"except,omitempty"`     // column: values; these rows are left out
}

// Time says when a row was.
type Time struct {
	Column string `toml:"column"`
	// Format is "iso" (also if ""), "unix", "unix-ms", "unix-us", "unix-ns", or a
	// pattern such as "DD.MM.YYYY hh:mm:ss" (see [Patterns]).
	Format string `toml:"format,omitempty"`
	// Zone of times without one, an IANA name; "" is that of the options.
	Zone string `toml:"zone,omitempty"`
	// End is the column with the end of what a row sums up, in the same form.
	End string `toml:"end,omitempty"`
	// Grain is how long a row is that has no end: "1m", "15m", "1h" or "1d". A date
	// without a time is always a day.
	Grain string `toml:"grain,omitempty"`
}

// Tokens says which columns count tokens.
type Tokens struct {
	Input string `toml:"input,omitempty"`
	// InputIncludes lists which other classes the input column counts too:
	// "cache_read", "cache_write".
	InputIncludes []string `toml:"input_includes,omitempty"`
	CacheRead     string   `toml:"cache_read,omitempty"`
	CacheWrite5m  string   `toml:"cache_write_5m,omitempty"`
	CacheWrite1h  string   `toml:"cache_write_1h,omitempty"`
	Output        string   `toml:"output,omitempty"`
	Reasoning     string   `toml:"reasoning,omitempty"`
	// ReasoningBeside is set if the output column leaves reasoning out.
	ReasoningBeside bool `toml:"reasoning_beside,omitempty"`
	// Total is compared with the sum of the classes.
	Total string `toml:"total,omitempty"`
}

// Fields are the keys of [Map.Columns]. The column of "batch" says whether a row went
// through the provider's batch service ("true", "yes", "1").
func Fields() []string {
	return []string{"model", "provider", "account", "organization", "environment", "project", "key", "user", "agent", "session",
		"machine", "tier", "region", "id", "requests", "amount", "currency", "batch"}
}

// texts are the fields that a constant may give.
func texts() []string { return Fields()[:13] }

// maxMap is how long the text of a map may be.
const maxMap = 32 << 10

// Parse reads a map. The error names the line of an unknown key.
func Parse(text []byte) (Map, error) {
	var m Map
	if len(text) > maxMap {
		return m, errors.New("the map is longer than 32 KiB")
	}
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) && len(strict.Errors) > 0 {
			row, _ := strict.Errors[0].Position()
			return m, fmt.Errorf("line %d: unknown key %s", row, strings.Join(strict.Errors[0].Key(), "."))
		}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			row, _ := at.Position()
			return m, fmt.Errorf("line %d: %s", row, strings.TrimPrefix(at.Error(), "toml: "))
		}
		return m, err
	}
	return m, m.Check()
}

// Text is what [Parse] reads.
func (m Map) Text() []byte {
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.SetArraysMultiline(false)
	if err := e.Encode(m); err != nil {
		return nil // a value of texts and lists always has a form
	}
	return b.Bytes()
}

// Means reports whether two maps count a file alike; names and titles aside.
func (m Map) Means(o Map) bool {
	for _, x := range []*Map{&m, &o} {
		x.Name, x.Title, x.Knows = "", "", nil
	}
	return bytes.Equal(m.Text(), o.Text())
}

// Check returns an error that says what is wrong with a map.
func (m *Map) Check() error {
	oneOf := func(key, value string, may ...string) error {
		if value == "" || slices.Contains(may, value) {
			return nil
		}
		return fmt.Errorf("%s is %q; it can be %s", key, short(value), strings.Join(may, ", "))
	}
	for _, err := range []error{
		oneOf("form", m.Form, "csv", "json"), oneOf("delimiter", m.Delimiter, ",", ";", "\t", "|"), oneOf("decimal", m.Decimal, ".", ","),
		oneOf("rows", m.Rows, "request", "sum"), oneOf("basis", m.Basis, "imported", "billed"), oneOf("wrong_total", m.WrongTotal, "flag", "refuse"),
		oneOf("time.grain", m.Time.Grain, "1m", "15m", "1h", "1d"), m.checkTime(), m.checkFields(),
	} {
		if err != nil {
			return err
		}
	}
	for _, c := range m.Tokens.InputIncludes {
		if err := oneOf("tokens.input_includes", c, "cache_read", "cache_write"); err != nil {
			return err
		}
	}
	if m.Currency != "" && currencyCode([]byte(m.Currency)) == "" {
		return fmt.Errorf("currency is %q; it is a code of three letters", short(m.Currency))
	}
	if m.Basis == "billed" {
		if m.Columns["amount"] == "" {
			return errors.New("billed rows need columns.amount")
		}
		return nil
	}
	t := &m.Tokens
	if t.Input+t.CacheRead+t.CacheWrite5m+t.CacheWrite1h+t.Output == "" && len(m.Quantities) == 0 {
		return errors.New(`no column counts anything: give tokens.input and tokens.output, or basis = "billed" for money alone`)
	}
	if m.Columns["model"] == "" && m.Constants["model"] == "" {
		return errors.New("columns.model is missing (or constants.model, if all rows are of one model)")
	}
	return nil
}

func (m *Map) checkTime() error {
	if m.Time.Column == "" {
		return errors.New("time.column is missing")
	}
	if m.Time.Zone != "" {
		if _, err := time.LoadLocation(m.Time.Zone); err != nil || m.Time.Zone == "Local" {
			return fmt.Errorf("time.zone is %q; it is an IANA name such as Europe/Berlin", short(m.Time.Zone))
		}
	}
	_, err := newClock(m.Time.Format, time.UTC)
	return err
}

func (m *Map) checkFields() error {
	for key := range m.Columns {
		if !slices.Contains(Fields(), key) {
			return fmt.Errorf("columns.%s is not known; there are %s", short(key), strings.Join(Fields(), ", "))
		}
	}
	for key := range m.Constants {
		if !slices.Contains(texts(), key) {
			return fmt.Errorf("constants.%s is not known; there are %s", short(key), strings.Join(texts(), ", "))
		}
	}
	if len(m.Tags) > 16 || len(m.Quantities) > 32 {
		return errors.New("more than 16 tags or 32 quantities")
	}
	for tag := range m.Tags {
		if tag == "" || tag == "import" || strings.ContainsAny(tag, "=\n") {
			return fmt.Errorf("%q cannot be a tag", short(tag))
		}
	}
	return nil
}

// basis is the basis of the map's records.
func (m *Map) basis() usage.Basis {
	if m.Basis == "billed" {
		return usage.Billed
	}
	return usage.Imported
}

// short cuts what is quoted.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
