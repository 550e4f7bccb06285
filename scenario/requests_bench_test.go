package scenario

import (
	"fmt"
	"slices"
	"testing"

	"tokpit/usage"
)

// A slider over a million requests that are known one by one.
func BenchmarkRunOverRequests(b *testing.B) {
	var records []usage.Record
	for i := range int64(1_000_000) {
		d := model("openai", []string{"gpt-5.4", "gpt-5.5", "gpt-5.4-mini"}[i%3])
		d.Project = fmt.Sprint("p", i%50)
		records = append(records, asked(b, d, i%3000, i*7919%300_000, i%900))
	}
	base := preparedFrom(b, records...)
	for name, texts := range map[string][]string{"input": {"input -20%"}, "swap": {"swap gpt-5.4=gemini-2.5-pro"}, "cap": {"output-cap 300"}, "cache": {"cache-hit 95%"}} {
		b.Run(name, func(b *testing.B) {
			pulled := levers(b, texts...)
			if _, err := base.Run(pulled); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for range b.N {
				_, _ = base.Run(pulled)
			}
		})
	}
}

// Above so many requests a ranking takes what cells say of swaps, while runs go on.
func TestRankOfManyRequests(t *testing.T) {
	var records []usage.Record
	for i := range int64(MostRanked + 10) {
		records = append(records, asked(t, model("openai", "gpt-5"), 100, 0, i%300+1))
	}
	records = append(records, asked(t, model("openai", "gpt-5"), 100, 0, 5000))
	b := preparedFrom(t, records...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := b.Run(levers(t, "output-cap 200")); err != nil {
			t.Error(err)
		}
	}()
	r := ranked(t, b, RankOptions{Scores: board(t)})
	<-done
	capped := slices.IndexFunc(r.Savings, func(s Saving) bool { return s.Lever.Kind == OutputCap })
	if b.Requests() <= MostRanked || len(r.Savings) < 10 || capped < 0 {
		t.Errorf("%d requests, %d savings, a cap at %d", b.Requests(), len(r.Savings), capped)
	}
}
