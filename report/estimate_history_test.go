package report

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

func answer(model string, output int64) *usage.Record {
	return &usage.Record{Requests: 1, Context: 5, Dims: usage.Dims{Provider: "openai", Model: model, Basis: usage.Logged}, Tokens: usage.Tokens{Input: 5, Output: output}}
}

var gpt54 = pricing.ModelRef{Provider: "openai", Model: "gpt-5.4"}

// The nearest rank: the smallest answer that so many percent do not exceed.
func TestQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 9, 10, 11, 99, 100, 101, 1000} {
		b := NewHistoryBuilder(pricing.Embedded())
		var all []int64
		for range n {
			v := 1 + r.Int64N(int64(n))
			all = append(all, v)
			b.Record(answer("gpt-5.4", v))
		}
		slices.Sort(all)
		at := func(percent int) int64 { return all[(n*percent+99)/100-1] }
		h := b.History()
		want := Habit{Requests: int64(n), P50: at(50), P90: at(90)}
		if got, ok := h.Of(gpt54); !ok || got != want || h.All() != want {
			t.Errorf("%d answers: %+v and %+v, want %+v", n, got, h.All(), want)
		}
	}
}

func TestHistory(t *testing.T) {
	b := NewHistoryBuilder(pricing.Embedded())
	for range 3 {
		b.Record(answer("gpt-5.4", 100))
	}
	b.Record(answer("openai/gpt-5.4", 400)) // another spelling of the same model
	b.Record(answer("mystery", 1000))
	bucket := answer("gpt-5.4", 9000) // the same traffic, as the provider sums it up
	bucket.Requests, bucket.End, bucket.Context = 3, time.Unix(3600, 0), usage.Absent
	b.Record(bucket)
	for _, silent := range []func(*usage.Record){
		func(r *usage.Record) { r.Requests = usage.Absent },
		func(r *usage.Record) { r.Requests = 0 },
		func(r *usage.Record) { r.Basis = usage.Billed },
		func(r *usage.Record) { r.Model = "" },
	} {
		r := answer("gpt-5.4", 1e6)
		silent(r)
		b.Record(r)
	}
	h := b.History()
	if got, _ := h.Of(gpt54); got != (Habit{4, 100, 400, false}) {
		t.Errorf("%+v", got)
	}
	if got := h.All(); got != (Habit{5, 100, 1000, false}) {
		t.Errorf("all: %+v", got)
	}
	if got := h.Models(); len(got) != 2 || got[0] != gpt54 {
		t.Errorf("models %v", got)
	}
	var none *History
	if _, ok := none.Of(gpt54); ok || none.All().Requests != 0 || none.Models() != nil {
		t.Error("nobody's history knows something")
	}
}

func TestHistoryOfCubes(t *testing.T) {
	slot := usage.SlotOf(at(t, estimateDay))
	d := usage.Dims{Provider: "openai", Model: "gpt-5.4", Basis: usage.Reported}
	cube := cubeOf([]cell1{
		{slot: slot - 10_000, dims: d, m: usage.Measures{Requests: 1, Records: 1, Tokens: usage.Tokens{Output: 7777}}}, // too long ago
		{slot: slot, dims: d, m: usage.Measures{Requests: 10, Records: 1, Tokens: usage.Tokens{Output: 1000}}},
		{slot: slot + 1, dims: d, m: usage.Measures{Requests: 2, Records: 1, Tokens: usage.Tokens{Output: 600}}},
		{slot: slot + 2, dims: d, m: usage.Measures{Requests: 5, Uncounted: 1, Records: 2, Tokens: usage.Tokens{Output: 9}}},
	})
	b := NewHistoryBuilder(pricing.Embedded())
	b.Cube(cube, slot.Time())
	got, _ := b.History().Of(gpt54)
	if got != (Habit{12, 100, 300, true}) {
		t.Errorf("%+v", got)
	}
}

// A cell with one request is a part of the traffic of cells like any other: it does
// not stand for all of it.
func TestHistoryOfSparseCubes(t *testing.T) {
	slot := usage.SlotOf(at(t, estimateDay))
	cell := func(n usage.Slot, model string, requests, output int64) cell1 {
		return cell1{slot: slot + n, dims: usage.Dims{Provider: "openai", Model: model, Basis: usage.Reported}, m: usage.Measures{Requests: requests, Records: 1, Tokens: usage.Tokens{Output: output}}}
	}
	b := NewHistoryBuilder(pricing.Embedded())
	b.Cube(cubeOf([]cell1{cell(0, "gpt-5.4", 10, 1000), cell(0, "gpt-5.2", 1, 70), cell(1, "gpt-5.4", 1, 7), cell(2, "gpt-5.2", 1, 90)}), slot.Time())
	h := b.History()
	if got, _ := h.Of(gpt54); got != (Habit{11, 100, 100, true}) {
		t.Errorf("%+v", got)
	}
	if got, _ := h.Of(pricing.ModelRef{Provider: "openai", Model: "gpt-5.2"}); got != (Habit{2, 70, 90, false}) {
		t.Errorf("of single requests: %+v", got)
	}
	if got := h.All(); got.Requests != 13 || !got.Means {
		t.Errorf("all: %+v", got)
	}
	if got := h.Models(); len(got) != 2 || got[0] != gpt54 {
		t.Errorf("most used: %v", got)
	}
}

// Models beside each other have answers of one length; each has its own where that is
// asked for, and a model alone.
func TestOutputOfHistory(t *testing.T) {
	b := NewHistoryBuilder(pricing.Embedded())
	for _, n := range []int64{100, 200, 200} {
		b.Record(answer("gpt-5.4", n))
	}
	b.Record(answer("claude-opus-5-5", 900))
	for range 9 {
		b.Record(answer("text-embedding-3-small", 0)) // gives no text, so its answers have no length
	}
	b.Record(answer("gpt-5.4-mini", 0))
	o := EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), History: b.History()}
	type want struct {
		output int64
		basis  string
	}
	for _, c := range []struct {
		models []string
		asked  ExpectedOutput
		want   []want
	}{
		{[]string{"gpt-5.4", "claude-opus-5-5", "gpt-5.2", "text-embedding-3-small"}, ExpectedOutput{Share: 50},
			[]want{{200, "p50 of your 4 requests to all models"}, {200, "p50 of your 4 requests to all models"}, {200, "p50 of your 4 requests to all models"}, {0, "gives no text"}}},
		{[]string{"gpt-5.4", "claude-opus-5-5", "gpt-5.2"}, ExpectedOutput{Share: 90, Each: true},
			[]want{{200, "p90 of your 3 requests to it"}, {900, "p90 of your 1 request to it"}, {900, "p90 of your 4 requests to all models"}}},
		{[]string{"claude-opus-5-5"}, ExpectedOutput{Share: 50}, []want{{900, "p50 of your 1 request to it"}}},
	} {
		o.Models = c.models
		rows := NewEstimator(o).Estimate(EstimateQuery{Output: c.asked})
		for i, r := range rows {
			if got := (want{r.Output, r.OutputBasis}); got != c.want[i] {
				t.Errorf("%s %v: %v, want %v", r.Model, c.asked, got, c.want[i])
			}
		}
	}
	o.History = nil
	if r := NewEstimator(o).Estimate(EstimateQuery{Output: ExpectedOutput{Share: 90}})[0]; r.Output != 0 || r.OutputBasis != "no requests of yours are known" {
		t.Errorf("%+v", r)
	}
}
