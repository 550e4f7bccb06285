package export

import (
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/usage"
)

// kept keeps what is written, by column.
type kept struct {
	columns []Column
	rows    []map[string]string
}

func (k *kept) Begin(c []Column) error { k.columns = c; return nil }

func (k *kept) Row(cells []Cell) error {
	row := make(map[string]string)
	for i := range cells {
		if cells[i].Known() {
			row[k.columns[i].Name] = string(cells[i].Append(nil, k.columns[i].Kind))
		}
	}
	k.rows = append(k.rows, row)
	return nil
}

func (k *kept) End() error { return nil }

// An amount that a source gives in another currency has a row of its own, so
// that columns add up by currency.
func TestOtherCurrencies(t *testing.T) {
	at := time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)
	b := usage.NewBuilder(1)
	d := usage.Dims{Source: "openai", Provider: "openai", Model: "gpt-5", Basis: usage.Reported, Band: usage.Band{End: 200_001}}
	b.Add(usage.SlotOf(at), 1, b.Set(d), usage.Measures{Records: 3, Requests: 3, Tokens: usage.Tokens{Output: 1_000_000}, Reported: []usage.Charged{
		{Currency: "CHF", Amount: money.FromUnits(8), Records: 1}, {Currency: "USD", Amount: money.FromUnits(9), Records: 2}}})
	l := &Ledger{By: report.LedgerBy(), Book: "b"}
	k := &kept{}
	tally := &Tally{To: k}
	err := l.Write(tally, func(yield func(*report.Entry) error) error {
		return report.Entries(b.Cube(), pricing.Embedded(), nil, report.Query{By: l.By}, at.AddDate(0, 0, 1), yield)
	})
	if err != nil || len(k.rows) != 2 {
		t.Fatalf("%v, %v", k.rows, err)
	}
	first, second := k.rows[0], k.rows[1]
	if first["cost"] != "10" || first["reported_cost"] != "9" || first["currency"] != "USD" || first["requests"] != "3" || first["price_output"] != "10" || first["charge"] != "usage" {
		t.Errorf("%v", first)
	}
	if second["reported_cost"] != "8" || second["currency"] != "CHF" || second["charge"] != "reported" || second["model"] != "gpt-5" {
		t.Errorf("%v", second)
	}
	for _, column := range []string{"cost", "cash", "requests", "records", "output_tokens", "price_output", "cost_kind"} {
		if second[column] != "" {
			t.Errorf("%s is %q in the row of another currency", column, second[column])
		}
	}
	sums := tally.Sums()
	if got := sums["reported_cost"].(map[string]string); got["USD"] != "9" || got["CHF"] != "8" || sums["records"] != int64(3) {
		t.Errorf("%v", sums)
	}
}
