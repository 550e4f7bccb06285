package cmd

import (
	"errors"
	"fmt"
)

// misused says which flags do not go together with a form.
func (o *exportOptions) misused(f *exportFormat) error {
	switch {
	case o.records && (o.by != "" || f.focus):
		return hint(errors.New("--records with --by or FOCUS"), "records cannot be grouped; leave one of them away")
	case o.check && !f.focus:
		return hint(errors.New("--check is for FOCUS"), "add --format focus, or name a file to check")
	case f.focus && (o.by != "" || o.locale != "point" || o.totals):
		return hint(errors.New("FOCUS has rows and decimals of its own"), "leave --by, --decimal and --totals away")
	case o.currency != "" && (f.focus || f.page != nil):
		return hint(fmt.Errorf("--currency with --format %s", f.name), "converted figures are columns of tables: csv, json, jsonl, md, xlsx")
	case f.page != nil && (o.by != "" || o.records || o.columns != "" || o.totals):
		return hint(errors.New("a page has tables of its own"), "leave --by, --records, --columns and --totals away")
	}
	return nil
}
