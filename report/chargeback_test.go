package report_test

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// However it is shared, the parts and what is left are the whole, to the last
// digit: in the figures, and in the file.
func TestChargebackIsTheWhole(t *testing.T) {
	book := pricing.Embedded()
	asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		in := report.ChargebackInput{Cube: report.DrawCube(t), Book: book, Plans: report.DrawPlans(t), Query: report.DrawQuery(t), AsOf: asOf,
			Share: rapid.SampledFrom([]report.Sharing{report.ShareNone, report.ShareEven, report.ShareUsage}).Draw(t, "share"), Keep: rapid.Bool().Draw(t, "keep")}
		in.Query.By = []usage.Dimension{rapid.SampledFrom([]usage.Dimension{usage.ByProject, usage.ByKey, usage.ByCostCenter, usage.ByAccount,
			usage.ByProvider, usage.ByModel, usage.BySource, usage.ByMachine}).Draw(t, "by")}
		rep, err := report.Run(in.Cube, in.Book, in.Plans, in.Query, asOf)
		if err != nil {
			t.Fatal(err)
		}
		got, err := report.BuildChargeback(in)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]money.Amount{}
		if len(rep.Total.Costs) > 0 {
			for _, c := range rep.Total.Costs {
				want[c.Currency] = c.Cash
			}
		} else if rep.Total.CashKnown {
			want[rep.Total.Currency] = rep.Total.Cash
		}
		for i := range got.Sides {
			s := &got.Sides[i]
			if w := want[s.Currency]; s.Whole != w {
				t.Fatalf("%s: the parts are %s, the report says %s", s.Currency, s.Whole, w)
			}
			delete(want, s.Currency)
			var own, fees, unallocated money.Amount
			for _, p := range s.Parts {
				own, fees, unallocated = own.Add(p.Own), fees.Add(p.Fees), unallocated.Add(p.Unallocated)
				if p.Key == "" || p.Total != p.Own.Add(p.Fees).Add(p.Unallocated) {
					t.Fatalf("part %+v", p)
				}
				if in.Share == report.ShareNone && p.Total != p.Own {
					t.Fatalf("nothing is to be shared: %+v", p)
				}
			}
			if fees.Add(s.FeesLeft) != s.Fees || unallocated.Add(s.UnallocatedLeft) != s.Unallocated || own.Add(s.Fees).Add(s.Unallocated) != s.Whole {
				t.Fatalf("%+v", s)
			}
			if in.Share == report.ShareEven && len(s.Parts) > 0 && !s.FeesLeft.IsZero() {
				t.Fatalf("fees are left over: %+v", s)
			}
			if in.Keep && s.UnallocatedLeft != s.Unallocated {
				t.Fatalf("what nobody owns was to be kept: %+v", s)
			}
		}
		for currency, a := range want {
			if !a.IsZero() {
				t.Fatalf("%s %s is in no part", a, currency)
			}
		}
		var file bytes.Buffer
		if err := export.WriteChargeback(export.NewCSV(&file), got); err != nil {
			t.Fatal(err)
		}
		rows := read(t, file.Bytes())
		for _, s := range got.Sides {
			if sum, _ := rows.sum(t, "charged", s.Currency); sum != s.Whole {
				t.Fatalf("the file adds up to %s, the whole is %s", sum, s.Whole)
			}
		}
	})
}

// A fee is shared by those who used the plan, in proportion to what they used;
// what cannot be divided goes to the largest remainder.
func TestChargebackShares(t *testing.T) {
	weights := []money.Amount{money.FromUnits(1), money.FromUnits(1), money.FromUnits(1)}
	parts := money.SplitBy(money.FromUnits(100), weights)
	var sum money.Amount
	for _, p := range parts {
		sum = sum.Add(p)
	}
	if sum != money.FromUnits(100) || parts[0].String() != "33.333333333333333334" || parts[1].String() != "33.333333333333333333" {
		t.Errorf("%v add up to %s", parts, sum)
	}
	if parts := money.SplitBy(money.FromUnits(-3), []money.Amount{money.FromUnits(2), money.FromUnits(-5), money.FromUnits(1)}); parts[0] != money.FromUnits(-2) || !parts[1].IsZero() || parts[2] != money.FromUnits(-1) {
		t.Errorf("%v", parts)
	}
	for _, name := range []string{"none", "even", "usage"} {
		if s, err := report.ParseShare(name); err != nil || s.String() != name {
			t.Errorf("%s: %v %v", name, s, err)
		}
	}
	if _, err := report.ParseShare("fair"); err == nil {
		t.Error("any way to share is taken")
	}
}
