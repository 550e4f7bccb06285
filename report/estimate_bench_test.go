package report

import (
	"strings"
	"testing"

	"tokpit/pricing"
	"tokpit/tokenizer"
)

// prompt measures a text for an estimator.
func prompt(t testing.TB, e *Estimator, text string) Prompt {
	t.Helper()
	m, err := Measure(tokenizer.Library{}, e.Encodings(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Prompt{Text: m}
}

// BenchmarkEstimate is what a key press costs beside the counting itself: every
// model of the book, with roles, a tool and an image.
func BenchmarkEstimate(b *testing.B) {
	e := NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(b, "2026-11-20T15:00:00Z"), All: true})
	q := EstimateQuery{Prompt: prompt(b, e, strings.Repeat("What does a call like this cost? ", 8000)), Output: ExpectedOutput{Tokens: 500},
		Traffic: Traffic{1000, 1}, Baseline: pricing.ModelRef{Provider: "openai", Model: "gpt-5.4"}}
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if rows := e.Estimate(q); len(rows) != e.Len() {
				b.Fatal(len(rows))
			}
		}
		b.ReportMetric(float64(e.Len()), "models")
	})
	q.Prompt.Images = []tokenizer.Image{{Width: 1024, Height: 768}}
	q.Prompt.Chat = tokenizer.Chat{Messages: 3, Tools: []tokenizer.Tool{{Name: "get_weather", Description: "The weather at a place.",
		Properties: []tokenizer.Property{{Name: "city", Type: "string", Description: "Its name."}}}}}
	b.Run("chat", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rows := e.Estimate(q)
			SortEstimates(rows, OrderTotal, false)
		}
	})
}

// BenchmarkEstimator is what opening the page costs, with a book that has not been
// asked anything yet.
func BenchmarkEstimator(b *testing.B) {
	for b.Loop() {
		book, err := pricing.Embedded().With(pricing.Overlay{Aliases: []pricing.Alias{{Name: "x", Provider: "openai", Model: "gpt-5"}}})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		book.Models()
		b.StartTimer()
		NewEstimator(EstimateOptions{Book: book, At: at(b, "2026-11-20T15:00:00Z")})
	}
}
