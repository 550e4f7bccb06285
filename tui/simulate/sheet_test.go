package simulate

import (
	"testing"

	"tokpit/tui/ui"
)

// What is below the levers leaves as it stands; on a lever the key removes it.
func TestSheets(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	make := d.Sheet()
	if make == nil {
		t.Fatal("the ranking cannot be exported")
	}
	ideas := 0
	for i := range d.list.rows {
		if d.list.rows[i].saving != nil {
			ideas++
		}
	}
	if sheet := make(); len(sheet.Rows) != ideas || ideas == 0 {
		t.Errorf("%d rows of %d ideas", len(sheet.Rows), ideas)
	}
	d.Keys("m")
	if make = d.Sheet(); make == nil {
		t.Fatal("the models cannot be exported")
	}
	sheet := make()
	if len(sheet.Rows) != len(d.rows.order) {
		t.Errorf("%d rows of %d models", len(sheet.Rows), len(d.rows.order))
	}
	for _, row := range sheet.Rows {
		if len(row) != len(sheet.Columns) {
			t.Fatalf("%d cells under %d columns", len(row), len(sheet.Columns))
		}
	}
	for _, form := range ui.SheetForms() {
		if content, err := sheet.Encode(form, -1); err != nil || len(content) == 0 {
			t.Errorf("%s: %v", form.Title, err)
		}
	}
	d.lever("input -20%")
	if d.onLevers && d.Sheet() != nil {
		t.Error("the key that removes a lever exports")
	}
}
