package explore

import (
	"slices"
	"testing"

	"tokpit/usage"
)

func TestGroupByPicker(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.keys("b")
	d.typed("apik") // API key
	d.keys("tab", "enter")
	if got := d.step().by; !slices.Equal(got, []usage.Dimension{usage.ByModel, usage.ByKey}) {
		t.Fatalf("by %v", got)
	}
	d.see("gpt-5.2", "checkout-prod", "untracked")
	d.keys("w")
	if got := d.step().by; !slices.Equal(got, []usage.Dimension{usage.ByKey, usage.ByModel}) {
		t.Errorf("the other way round: %v", got)
	}
	d.keys("b")
	d.typed("provider")
	d.keys("enter")
	if got := d.step().by; !slices.Equal(got, []usage.Dimension{usage.ByProvider}) {
		t.Errorf("one that is found and nothing else: %v", got)
	}
}

func TestPickAValue(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.keys("f")
	d.typed("checkoutprod")
	d.keys("enter")
	d.see("API key checkout-prod", "gpt-5.2", "gpt-5-mini")
	d.miss("claude")
	d.keys("=")
	d.see("› model gpt-5.2")
	d.keys("-")
	if len(d.step().wheres) != 0 {
		t.Errorf("left: %+v", d.step().wheres)
	}
	d.miss("claude")
	d.keys("X")
	d.see("claude-opus-4-8")
}

func TestOptionalFigures(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.keys("b")
	d.typed("project")
	d.keys("enter", "o")
	d.typed("billed")
	d.keys("tab")
	d.typed("reasoning")
	d.keys("tab", "enter")
	d.see("billed", "reason.")
	var billed string
	for _, l := range d.reply.shaped.lines {
		if l.names[0] == "Checkout" && l.billed != nil {
			billed = l.billed.Reported.String()
		}
	}
	if billed == "" {
		t.Error("no row says what was billed for it")
	}
}
