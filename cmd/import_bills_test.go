package cmd_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const billHead = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargeDescription,ChargePeriodEnd,ChargePeriodStart,ProviderName,ServiceName\n"

func billRow(amount, account, day, next string) string {
	return amount + "," + account + ",USD,2026-10-01T00:00:00Z,Usage,tokens," + next + "T00:00:00Z," + day + "T00:00:00Z,AWS,Bedrock\n"
}

// importID is what an import said that its id is.
func importID(r result) string {
	r.t.Helper()
	_, rest, ok := strings.Cut(r.ok().stdout, "imported as ")
	id, _, _ := strings.Cut(rest, " ")
	if !ok {
		r.t.Fatalf("no id: %s", r.stdout)
	}
	return id
}

// TestBillsOverlap: the final bill of a month whose first half came in before says
// so, names what to do, and after that counts once. Rows that both have in common
// are no reason to say anything, nor is another account.
func TestBillsOverlap(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	whole := billRow("1.00", "a", "2026-10-01", "2026-10-02")
	half := m.write("half.csv", billHead+whole+billRow("2.00", "a", "2026-10-15", "2026-10-16"))
	final := m.write("final.csv", billHead+whole+billRow("2.50", "a", "2026-10-15", "2026-10-16")+billRow("4.00", "a", "2026-10-31", "2026-11-01"))
	first := importID(m.run("import", half))
	r := m.run("import", final)
	second := importID(r)
	want := "warning: it has charges of days and accounts of which " + first + " has some too"
	if !strings.Contains(r.stdout, want) || !strings.Contains(r.stdout, "tokpit undo import "+second) || !strings.Contains(r.stdout, "--replace "+first) {
		t.Errorf("no word about the overlap:\n%s", r.stdout)
	}
	sum := func() string {
		t.Helper()
		var doc struct {
			Total struct {
				Amount string `json:"reported_cost"`
			}
		}
		if err := json.Unmarshal([]byte(m.run("report", "--json", "--basis", "billed", "--since", "2026-10-01").ok().stdout), &doc); err != nil {
			t.Fatal(err)
		}
		return doc.Total.Amount
	}
	m.run("undo", "import", second).ok()
	r = m.run("import", final, "--replace", first)
	third := importID(r)
	if strings.Contains(r.stdout, "warning") {
		t.Errorf("a replaced bill overlaps:\n%s", r.stdout)
	}
	if got := sum(); got != "7.5" {
		t.Errorf("%s, want 7.5", got)
	}
	other := m.write("other.csv", billHead+billRow("9.00", "b", "2026-10-15", "2026-10-16"))
	if r := m.run("import", other).ok(); strings.Contains(r.stdout, "warning") {
		t.Errorf("another account overlaps:\n%s", r.stdout)
	}
	same := m.write("same.csv", billHead+whole+billRow("8.00", "a", "2026-10-02", "2026-10-03"))
	if r := m.run("import", same).ok(); strings.Contains(r.stdout, "warning") {
		t.Errorf("a row in common overlaps:\n%s", r.stdout)
	}
	again := m.write("again.csv", billHead+billRow("2.75", "a", "2026-10-15", "2026-10-16"))
	var doc struct {
		Files []struct{ Overlaps []string }
	}
	if err := json.Unmarshal([]byte(m.run("import", again, "--json").ok().stdout), &doc); err != nil || len(doc.Files) != 1 || len(doc.Files[0].Overlaps) != 1 || doc.Files[0].Overlaps[0] != third {
		t.Errorf("%+v, %v", doc, err)
	}
	// What is to be replaced stays when there is nothing to take its place.
	m.run("import", m.write("bad.csv", "a,b\n1,2\n"), "--replace", third).fails("not known")
	m.run("import", final, "--replace", third).fails("brought in as " + third)
	m.run("import", again, same, "--replace", third).fails("one file")
	m.run("import", m.write("more.csv", billHead+billRow("3.75", "a", "2026-10-15", "2026-10-16")), "--replace", "nothing").fails("there is no import")
	if got := sum(); got != "27.25" {
		t.Errorf("%s, want 27.25", got)
	}
}

// TestLeftOutIsSaid: what a file has that is left out on purpose is said when it is
// counted, and not only in a preview.
func TestLeftOutIsSaid(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	text, err := os.ReadFile("../usage/importer/otel/testdata/mixed.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	file := m.write("mixed.jsonl", string(text))
	const why = "metrics, because spans of calls are counted"
	if r := m.run("import", file).ok(); !strings.Contains(r.stdout, "left out: "+why) {
		t.Errorf("nothing is said of what was left out:\n%s", r.stdout)
	}
	other := m.write("other.jsonl", string(text)+"\n")
	for _, args := range [][]string{{"import", other, "--json", "--dry-run"}, {"import", other, "--json"}} {
		var doc struct {
			Files []struct {
				LeftOut []struct {
					Rows   int64
					Reason string
				} `json:"left_out"`
			}
		}
		if err := json.Unmarshal([]byte(m.run(args...).ok().stdout), &doc); err != nil || len(doc.Files) != 1 {
			t.Fatalf("%q: %+v, %v", args, doc, err)
		}
		said := false
		for _, l := range doc.Files[0].LeftOut {
			said = said || l.Rows > 0 && l.Reason == why
		}
		if !said {
			t.Errorf("%q: %+v", args, doc)
		}
	}
}
