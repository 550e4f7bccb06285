package explore

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"tokpit/money"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// exportedFile is what is shown, in a form.
func exportedFile(t *testing.T, d *driver, ending string) string {
	t.Helper()
	make := d.Sheet()
	if make == nil {
		t.Fatal("nothing can be exported")
	}
	sheet := make()
	if !strings.HasPrefix(sheet.Name, "tokpit-") {
		t.Errorf("the file is named %q", sheet.Name)
	}
	for _, f := range append(ui.SheetForms(), ui.Tabbed()) {
		if f.Ending == ending {
			content, err := sheet.Encode(f, -1)
			if err != nil {
				t.Fatal(err)
			}
			return string(content)
		}
	}
	t.Fatalf("there is no form %s", ending)
	return ""
}

// What is exported adds up to what the screen says, to the last digit.
func TestExportIsExact(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("b")
	d.Typed("apikey")
	d.Keys("tab", "enter")
	rows, err := csv.NewReader(strings.NewReader(exportedFile(t, d, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := make(map[string]int)
	for i, name := range rows[0] {
		at[name] = i
	}
	var sum money.Amount
	for _, row := range rows[1:] {
		if cost := row[at["cost"]]; cost != "" {
			a, err := money.Parse(cost)
			if err != nil {
				t.Fatal(err)
			}
			sum = sum.Add(a)
		} else if row[at["unpriced_tokens"]] == "0" {
			t.Errorf("no cost and nothing unpriced: %q", row)
		}
		if row[at["key"]] == "key_b" && row[at["key_name"]] != "'=SUM(A1)" {
			t.Errorf("a name that is a formula is %q", row[at["key_name"]])
		}
	}
	if sum != d.reply.answer.Total.Cost {
		t.Errorf("the file adds up to %s, the screen says %s", sum, d.reply.answer.Total.Cost)
	}
}

func TestExportAsJSON(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("v", "enter", "/")
	d.Typed("gpt-5.2")
	d.Keys("enter")
	var doc struct {
		Schema string
		Since  string
		Rows   []map[string]any
	}
	content := exportedFile(t, d, "json")
	if err := json.Unmarshal([]byte(content), &doc); err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	if doc.Schema != "tokpit.explore/1" || doc.Since != "2026-11-01T00:00:00Z" || len(doc.Rows) != 1 {
		t.Fatalf("%+v", doc)
	}
	var sum money.Amount
	for name, v := range doc.Rows[0] {
		if strings.HasPrefix(name, "day=") && v != nil {
			a, err := money.Parse(v.(string))
			if err != nil {
				t.Fatal(err)
			}
			sum = sum.Add(a)
		}
	}
	if want := doc.Rows[0]["cash"]; sum.String() != want {
		t.Errorf("the days add up to %s, the row is %v", sum, want)
	}
}

// Names from outside leave harmless, in every form.
func TestExportIsHarmless(t *testing.T) {
	for _, look := range [][]string{{"b", "p", "r", "o", "j", "e", "c", "t", "enter"}, {"n"}, {"d"}, {"U"}} {
		d := newPage(t, tuitest.HostileExplored(), 120, 37)
		d.Keys(look...)
		if !d.current() {
			t.Fatalf("%q: %v", look, d.failed)
		}
		for _, content := range []string{exportedFile(t, d, "csv"), exportedFile(t, d, "json"), exportedFile(t, d, "jsonl"), exportedFile(t, d, "md"), exportedFile(t, d, "tsv")} {
			if i := strings.IndexFunc(content, func(r rune) bool {
				return r < 0x20 && r != '\n' && r != '\r' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r == 0x200b
			}); i >= 0 {
				t.Errorf("%q: %q", look, content[max(0, i-20):i+8])
			}
		}
	}
}

func TestCopy(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	clips := d.Clips()
	amount, _ := d.selected().amount(d.reply.shaped.lens)
	if clips[0].Name != "the figure" || clips[0].Text != amount.String() {
		t.Errorf("the figure is %q, want %s", clips[0].Text, amount)
	}
	if row := clips[1].Text; !strings.Contains(row, "model gpt-5.2, requests 720") || !strings.Contains(row, "cost 214.52") {
		t.Errorf("the row is %q", row)
	}
	d.Keys("v", "enter", "right")
	if a, err := money.Parse(d.Clips()[0].Text); err != nil || a.Sign() <= 0 {
		t.Errorf("a cell is %q", d.Clips()[0].Text)
	}
	d.Keys("d")
	if clips := d.Clips(); !strings.HasPrefix(clips[0].Text, "resp_") {
		t.Errorf("a record is %q", clips[0].Text)
	}
}
