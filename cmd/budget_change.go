package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
)

// The kinds of changes.
const (
	changeAdd    = "add"
	changeEdit   = "change"
	changeNone   = "same"
	changeRemove = "remove"
)

// budgetChange is what becomes of one budget.
type budgetChange struct {
	Name   string        `json:"name"`
	What   string        `json:"what"` // "add", "change", "same" or "remove"
	Fields []fieldChange `json:"fields"`
}

// fieldChange is one field before and after, as text; null is none.
type fieldChange struct {
	Field  string  `json:"field"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

type changesDocumentOfBudgets struct {
	Schema  string         `json:"schema"`
	AsOf    string         `json:"as_of"`
	Applied bool           `json:"applied"`
	Changes []budgetChange `json:"changes"`
}

func changesDoc(schema string, now time.Time, changes []budgetChange, applied bool) changesDocumentOfBudgets {
	d := changesDocumentOfBudgets{Schema: schema, AsOf: stamp(now), Applied: applied, Changes: []budgetChange{}}
	for _, c := range changes {
		if c.Fields == nil {
			c.Fields = []fieldChange{}
		}
		d.Changes = append(d.Changes, c)
	}
	return d
}

// differences lists the fields in which two budgets differ.
func differences(before, after *budget.Budget) []fieldChange {
	a, b := fieldsOf(before), fieldsOf(after)
	var out []fieldChange
	for i := range a {
		if a[i] != b[i] {
			out = append(out, fieldChange{a[i][0], optional(a[i][1]), optional(b[i][1])})
		}
	}
	return out
}

// fieldsOf names what a budget says, "" where it says nothing.
func fieldsOf(b *budget.Budget) [][2]string {
	amount, hard := "", ""
	if !b.Amount.IsZero() {
		amount = b.Amount.String()
	}
	if b.Hard {
		hard = "yes"
	}
	return [][2]string{{"amount", amount}, {"currency", b.Currency}, {"period", string(b.Period)}, {"anchor", b.Anchor.String()},
		{"zone", b.Zone}, {"scope", b.Scope.String()}, {"warn", strings.Join(thresholdTexts(b.Warn), ",")}, {"hard", hard},
		{"notify", strings.Join(b.Notify, ",")}}
}

// printChanges says what becomes of budgets, as a difference to be reviewed.
func printChanges(w io.Writer, changes []budgetChange) error {
	var b strings.Builder
	for _, c := range changes {
		sign := map[string]string{changeAdd: "+", changeEdit: "~", changeNone: "=", changeRemove: "-"}[c.What]
		fmt.Fprintf(&b, "%s %s", sign, clean.Text(c.Name))
		if c.What == changeNone {
			b.WriteString(" (no change)")
		}
		b.WriteByte('\n')
		for _, f := range c.Fields {
			switch {
			case f.Before == nil:
				fmt.Fprintf(&b, "    %-9s %s\n", f.Field, clean.Text(*f.After))
			case f.After == nil:
				fmt.Fprintf(&b, "    %-9s %s → none\n", f.Field, clean.Text(*f.Before))
			default:
				fmt.Fprintf(&b, "    %-9s %s → %s\n", f.Field, clean.Text(*f.Before), clean.Text(*f.After))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
