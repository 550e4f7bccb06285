package explore

import (
	"slices"
	"testing"

	"tokpit/usage"
)

func TestGroupByPicker(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("b")
	d.Typed("apik") // API key
	d.Keys("tab", "enter")
	if got := d.step().by; !slices.Equal(got, []usage.Dimension{usage.ByModel, usage.ByKey}) {
		t.Fatalf("by %v", got)
	}
	d.See("gpt-5.2", "checkout-prod", "untracked")
	d.Keys("w")
	if got := d.step().by; !slices.Equal(got, []usage.Dimension{usage.ByKey, usage.ByModel}) {
		t.Errorf("the other way round: %v", got)
	}
	d.Keys("b")
	d.Typed("provider")
	d.Keys("enter")
	if got := d.step().by; !slices.Equal(got, []usage.Dimension{usage.ByProvider}) {
		t.Errorf("one that is found and nothing else: %v", got)
	}
}

func TestPickAValue(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("f")
	d.Typed("checkoutprod")
	d.Keys("enter")
	d.See("API key checkout-prod", "gpt-5.2", "gpt-5-mini")
	d.Miss("claude")
	d.Keys("=")
	d.See("› model gpt-5.2")
	d.Keys("-")
	if len(d.step().wheres) != 0 {
		t.Errorf("left: %+v", d.step().wheres)
	}
	d.Miss("claude")
	d.Keys("X")
	d.See("claude-opus-4-8")
}

func TestOptionalFigures(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.Keys("b")
	d.Typed("project")
	d.Keys("enter", "o")
	d.Typed("billed")
	d.Keys("tab")
	d.Typed("reasoning")
	d.Keys("tab", "enter")
	d.See("billed", "reason.")
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
