package scenario

import (
	"slices"
	"testing"

	"tokpit/pricing"
	"tokpit/report"
)

func TestNotesAreGathered(t *testing.T) {
	note := func(text string) report.Note { return report.Note{Code: "c", Text: text} }
	got := Gather([]report.Note{note("a/x: not sold"), note("nothing is known"), note("b/y: not sold"), note("b/y: other"), note("c/z: not sold"), note("d/w: not sold"), note("e/v is off")})
	want := []report.Note{note("a/x, b/y, c/z and 1 more: not sold"), note("nothing is known"), note("b/y: other"), note("e/v is off")}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A note names a model as people write it, not as the text of a lever escapes it.
func TestNotesEscapeNothing(t *testing.T) {
	b := prepare(t, cubeOf(t, piece{noon, 1, model("bedrock", "amazon.nova-lite-v1:0"), tokens(100, 1_000_000)}))
	r := run(t, b, "batch 100%", `cache-hit 50%`)
	if len(r.Notes) == 0 {
		t.Fatal("no notes")
	}
	for _, n := range r.Notes {
		if slices.Contains([]byte(n.Text), '\\') {
			t.Error(n.Text)
		}
	}
	if plainModel(pricing.ModelRef{Model: "a:b"}) != "a:b" {
		t.Error("escaped")
	}
}

func TestNoUsageNamesItsLever(t *testing.T) {
	b := prepare(t, cubeOf(t, piece{noon, 1, model("openai", "gpt-5"), tokens(100, 1_000_000)}))
	r := run(t, b, "swap gpt-4o=gpt-5")
	if want := "swap gpt-4o=gpt-5: there is no usage that it changes"; r.Notes[0].Text != want {
		t.Errorf("%q, want %q", r.Notes[0].Text, want)
	}
}
