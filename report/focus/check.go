package focus

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

// Lacking are the capabilities of the specification that providers of language
// models, as tokpit sees them, do not have: their rules say nothing here.
func Lacking() []string {
	return []string{"COMMITMENT_DISCOUNT_SUPPORTED", "CAPACITY_RESERVATION_SUPPORTED", "REGION_SUPPORTED", "AVAILABILITY_ZONE_SUPPORTED",
		"RESOURCE_TYPE_ASSIGNMENT_SUPPORTED", "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED", "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
		"VIRTUAL_CURRENCY_SUPPORTED", "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED", "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED"}
}

// Contradicted is a rule that no file can keep together with its neighbour: one
// wants every row to have an InvoiceId, the other wants none to have one.
const Contradicted = "InvoiceId-C-005-C"

// Contradictory reports whether a rule is one of the two that no file keeps
// together once an invoice has been entered: the neighbour of [Contradicted]
// then forbids the number of the invoice.
func Contradictory(rule string) bool { return rule == Contradicted || rule == "InvoiceId-C-004-C" }

// Failure is a rule that a file breaks.
type Failure struct {
	Rule   string
	Column string
	Rows   int64
	First  int64 // the first row that does, from 1; 0 if it is the file
	Value  string
	Says   string // what the rule wants
}

// Checked is the verdict on a file.
type Checked struct {
	Rows     int64
	Passed   int // rules that hold
	Skipped  int // rules that say nothing of such a file
	Failures []Failure
}

// Checker holds a file against the rules, row by row.
type Checker struct {
	rules    []*running
	skipped  int
	rows     int64
	patterns patterns
}

// running is a rule at work.
type running struct {
	rule
	failed   int64
	first    int64
	value    string
	distinct map[string]map[string]bool
}

// patterns are those of the specification's formats.
type patterns struct{ decimal, instant, unit, code *regexp.Regexp }

// NewChecker begins a file with the given columns, of a provider that lacks some
// capabilities.
func NewChecker(columns []string, lacking []string) (*Checker, error) {
	rules, err := loadRules()
	if err != nil {
		return nil, err
	}
	at := make(map[string]int)
	for i, c := range columns {
		at[strings.TrimPrefix(c, "\ufeff")] = i
	}
	c := &Checker{patterns: patterns{regexp.MustCompile(`^-?\d+(\.\d+)?(E-?\d+)?$`), regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
		regexp.MustCompile(`^(\d+ )?[A-Z][A-Za-z]*(-[A-Z][a-z]+s?)?(/(\d+ )?[A-Z][a-z]+s?)?$`), regexp.MustCompile(`^[A-Z]{3}$`)}}
	for _, r := range rules {
		_, has := at[r.column]
		if r.column != "" && !has || slices.ContainsFunc(r.needs, func(n string) bool { return slices.Contains(lacking, n) }) {
			c.skipped++
			continue
		}
		r.test.bind(at)
		if r.when != nil {
			r.when.bind(at)
		}
		c.rules = append(c.rules, &running{rule: r, distinct: make(map[string]map[string]bool)})
	}
	return c, nil
}

// Row holds a row against the rules; "" and "NULL" are no value.
func (c *Checker) Row(values []string) {
	c.rows++
	for _, r := range c.rules {
		if r.test.op == "present" || r.when != nil && !c.holds(r.when, values) {
			continue
		}
		if r.test.op == "distinct" {
			r.note(value(values, r.test.at[0]), value(values, r.test.at[1]))
			continue
		}
		if !c.holds(&r.test, values) {
			r.fail(c.rows, value(values, r.about()))
		}
	}
}

// about is the column that a failure shows.
func (r *running) about() int {
	t := &r.test
	for len(t.items) > 0 {
		t = &t.items[0]
	}
	return t.at[0]
}

func (r *running) note(a, b string) {
	if a == "" {
		return
	}
	if r.distinct[a] == nil {
		r.distinct[a] = make(map[string]bool)
	}
	r.distinct[a][b] = true
}

func (r *running) fail(row int64, value string) {
	if r.failed++; r.failed == 1 {
		r.first, r.value = row, value
	}
}

// Done returns the verdict.
func (c *Checker) Done() Checked {
	out := Checked{Rows: c.rows, Skipped: c.skipped}
	for _, r := range c.rules {
		switch r.test.op {
		case "present":
			if r.test.at[0] < 0 {
				r.fail(0, "")
			}
		case "distinct":
			want, _ := strconv.Atoi(r.test.args[2])
			for a, b := range r.distinct {
				if len(b) != want {
					r.fail(0, a)
					break
				}
			}
		}
		if r.failed == 0 {
			out.Passed++
			continue
		}
		out.Failures = append(out.Failures, Failure{r.id, r.column, r.failed, r.first, r.value, r.test.String()})
	}
	return out
}

// value is what a row has in a column, "" if nothing.
func value(values []string, at int) string {
	if at < 0 || at >= len(values) || values[at] == "NULL" {
		return ""
	}
	return values[at]
}

// holds reports whether a row passes a test. What has no value has every format.
func (c *Checker) holds(t *test, row []string) bool {
	switch t.op {
	case "and":
		return !slices.ContainsFunc(t.items, func(x test) bool { return !c.holds(&x, row) })
	case "or":
		return slices.ContainsFunc(t.items, func(x test) bool { return c.holds(&x, row) })
	case "present":
		return t.at[0] >= 0
	}
	v := value(row, t.at[0])
	switch t.op {
	case "null":
		return v == ""
	case "known":
		return v != ""
	case "is", "oneof":
		return v != "" && slices.Contains(t.args[1:], v)
	case "not":
		return v != t.args[1]
	case "same":
		return v == value(row, t.at[1])
	case "differ":
		return v != value(row, t.at[1])
	case "product":
		x, y, z := c.number(v), c.number(value(row, t.at[1])), c.number(value(row, t.at[2]))
		return x == nil || y == nil || z == nil || x.Mul(x, y).Cmp(z) == 0
	}
	return v == "" || c.formed(t, v)
}

// formed reports whether a value has the form that a test wants.
func (c *Checker) formed(t *test, v string) bool {
	switch t.op {
	case "decimal":
		return c.patterns.decimal.MatchString(v)
	case "instant":
		return c.patterns.instant.MatchString(v)
	case "unit":
		return c.patterns.unit.MatchString(v)
	case "currency":
		return !c.patterns.code.MatchString(v) || iso(v)
	case "national":
		return iso(v)
	case "flat":
		return flatJSON(v)
	case "atleast":
		x, least := c.number(v), c.number(t.args[1])
		return x != nil && x.Cmp(least) >= 0
	}
	return true // text
}

func iso(code string) bool {
	unit, err := currency.ParseISO(code)
	return err == nil && unit.String() == code
}

func flatJSON(v string) bool {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(v), &object) != nil || object == nil {
		return false
	}
	for _, x := range object {
		if x[0] == '{' || x[0] == '[' {
			return false
		}
	}
	return true
}

// number reads a decimal exactly, nil if it is none or too long to be an amount.
func (c *Checker) number(s string) *big.Rat {
	mantissa, exponent, _ := strings.Cut(s, "E")
	if len(mantissa) > 100 || len(exponent) > 4 || !c.patterns.decimal.MatchString(s) {
		return nil
	}
	x, _ := new(big.Rat).SetString(s)
	return x
}
