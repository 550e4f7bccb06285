package report

import (
	"slices"
	"strings"
	"testing"

	"tokpit/pricing"
	"tokpit/tokenizer"
	"tokpit/usage"
)

func refs(e *Estimator) []string {
	var out []string
	for i := range e.candidates {
		m := e.candidates[i].fixed.ModelRef
		out = append(out, m.Provider+"/"+m.Model)
	}
	return out
}

func TestCurrentModels(t *testing.T) {
	options := EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay)}
	current := refs(NewEstimator(options))
	for name, want := range map[string]bool{
		"openai/gpt-5.4": true, "anthropic/claude-opus-5-5": true, "anthropic/claude-haiku-4-5-20251001": true, "google/gemini-4-argon": true,
		"openai/gpt-5.4-2026-03-05":         false, // the same as gpt-5.4
		"openai/gpt-4o-2024-05-13":          false, // retired
		"openai/gpt-4.5-preview-2025-02-27": false, // its name without a date is retired
		"openai/ft:gpt-4o-2024-08-06":       false, // somebody's own
		"openai/davinci-finetuned":          false,
		"openai/text-embedding-3-large":     false, // gives no text
		"anthropic/claude-1":                false, // nothing known but an old price
		"cursor/composer-2":                 false, // only Cursor can call it
	} {
		if got := slices.Contains(current, name); got != want {
			t.Errorf("%s is current: %v, want %v", name, got, want)
		}
	}
	if len(current) < 60 || len(current) > 180 {
		t.Errorf("%d current models", len(current))
	}
	sorted := slices.Clone(current)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(current) {
		t.Error("a model is there twice")
	}
	options.All = true
	all := refs(NewEstimator(options))
	if want := len(pricing.Embedded().List(at(t, estimateDay))); len(all) != want {
		t.Errorf("%d of all %d models", len(all), want)
	}
	options.All, options.Match = false, "OPUS anthropic"
	for _, name := range refs(NewEstimator(options)) {
		if !strings.Contains(name, "anthropic") || !strings.Contains(name, "opus") {
			t.Errorf("%s does not match", name)
		}
	}
}

// A price that is not in force yet is not current, and one that is changed is not
// what it was.
func TestPricesAreThoseOfTheDay(t *testing.T) {
	for day, want := range map[string]string{"2025-06-09T23:59:59Z": "0.14", "2025-06-10": "0.028"} {
		r := priceOf(t, estimator(t, day, "o3"), exactly(10_000), EstimateQuery{Output: ExpectedOutput{Tokens: 1000}})
		if r.Total.Point != amount(t, want) {
			t.Errorf("%s: %s, want %s", day, r.Total.Point, want)
		}
	}
	before := refs(NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(t, "2026-01-01")}))
	if slices.Contains(before, "anthropic/claude-opus-5-5") || !slices.Contains(before, "openai/gpt-5.2") {
		t.Error("the models of the first of January are others")
	}
}

func TestHoursAreARange(t *testing.T) {
	r := priceOf(t, estimator(t, estimateDay, "deepseek-v4-flash"), exactly(1_000_000), EstimateQuery{Output: ExpectedOutput{Tokens: 100_000}})
	if r.Total.Low != amount(t, "0.21") || r.Total.High != amount(t, "0.42") || r.Flags&pricing.FlagHours == 0 {
		t.Errorf("%v, flags %s", r.Total, r.Flags)
	}
}

func TestUnpricedModels(t *testing.T) {
	b := NewHistoryBuilder(pricing.Embedded())
	for range 3 {
		b.Record(&usage.Record{Requests: 1, Start: at(t, estimateDay), Dims: usage.Dims{Provider: "openai", Model: "gpt-5.4-hyper"}, Tokens: usage.Tokens{Output: 7}})
	}
	b.Record(&usage.Record{Requests: 1, Start: at(t, estimateDay), Dims: usage.Dims{Provider: "anthropic", Model: "<synthetic>"}, Tokens: usage.Tokens{Output: 7}})
	e := NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), History: b.History()})
	rows := e.Estimate(EstimateQuery{Prompt: prompt(t, e, "Hello"), Output: ExpectedOutput{Tokens: 10}})
	if slices.ContainsFunc(rows, func(r Estimated) bool { return r.Model == "<synthetic>" }) {
		t.Error("what an agent makes up is among the models")
	}
	i := slices.IndexFunc(rows, func(r Estimated) bool { return r.Model == "gpt-5.4-hyper" })
	if i < 0 {
		t.Fatal("a model in use is left out because it has no price")
	}
	if r := rows[i]; r.Priced || !r.Counted || len(r.Candidates) == 0 || r.Requests != 3 || !r.Total.High.IsZero() {
		t.Errorf("%+v", r)
	}
	SortEstimates(rows, OrderTotal, true)
	if last := rows[len(rows)-1]; last.Priced {
		t.Error("what is not known does not come last")
	}
}

func TestOwnPricesCount(t *testing.T) {
	book, err := pricing.Embedded().With(pricing.Overlay{
		Prices:    []pricing.OwnPrice{{Provider: "openai", Model: "in-house", Input: "1", Output: "2", Currency: "EUR"}},
		Discounts: []pricing.Discount{{Provider: "openai", Model: "gpt-5.4", Percent: "10"}},
		Aliases:   []pricing.Alias{{Provider: "azure", Name: "prod", Model: "openai/gpt-5.4"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := EstimateOptions{Book: book, At: at(t, estimateDay)}
	if e := NewEstimator(o); !slices.Contains(refs(e), "openai/in-house") {
		t.Error("a model with a price of the user's own is left out")
	}
	for name, want := range map[string]string{"openai/in-house": "0.001", "gpt-5.4": "0.00225", "azure/prod": "0.0025"} {
		o.Models = []string{name}
		r := priceOf(t, NewEstimator(o), exactly(1000), EstimateQuery{})
		if r.Input.Point != amount(t, want) {
			t.Errorf("%s: %s %s (%s), want %s", name, r.Currency, r.Input.Point, r.Why, want)
		}
	}
}

// Free use is priced, at nothing.
func TestFree(t *testing.T) {
	r := priceOf(t, estimator(t, estimateDay, "openrouter/meta-llama/llama-3.3-70b-instruct:free"), exactly(1000), EstimateQuery{Output: ExpectedOutput{Tokens: 10}})
	if !r.Priced || !r.Total.High.IsZero() || r.Output != 10 {
		t.Errorf("%+v", r)
	}
}

func TestTier(t *testing.T) {
	o := EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), Models: []string{"gpt-5.4"}, Tier: "batch"}
	r := priceOf(t, NewEstimator(o), exactly(1000), EstimateQuery{})
	if r.Total.Point != amount(t, "0.00125") || r.Total != r.Batch.CostRange {
		t.Errorf("%v, batch %v", r.Total, r.Batch)
	}
	o.Models = []string{"cohere/command-a-03-2025"} // no batches
	if r := priceOf(t, NewEstimator(o), exactly(1000), EstimateQuery{}); r.Flags&pricing.FlagTierMissing == 0 || r.Batch.Known {
		t.Errorf("flags %s, batch %v", r.Flags, r.Batch)
	}
}

// A model whose encoding the prompt was not counted in has no figure.
func TestNotCounted(t *testing.T) {
	e := estimator(t, estimateDay, "gpt-4")
	if got := e.Encodings(); !slices.Equal(got, []string{tokenizer.O200K, tokenizer.CL100K}) {
		t.Fatalf("encodings %v", got)
	}
	m, err := Measure(tokenizer.Library{}, []string{tokenizer.O200K}, []byte("Hello"))
	if err != nil {
		t.Fatal(err)
	}
	r := e.Estimate(EstimateQuery{Prompt: Prompt{Text: m}})[0]
	if r.Counted || r.Priced || !strings.Contains(r.Why, tokenizer.CL100K) {
		t.Errorf("%+v", r)
	}
	r = e.Estimate(EstimateQuery{Prompt: prompt(t, e, "Hello")})[0]
	if r.Tokens != tokenizer.Exactly(1, "exact, cl100k_base") {
		t.Errorf("%+v", r.Tokens)
	}
}

func TestFind(t *testing.T) {
	e := NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), Models: []string{"claude-haiku-4.5", "nope"}})
	for name, want := range map[string]string{"claude-haiku-4-5": "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5-20251001": "claude-haiku-4-5-20251001", "nope": "nope", "gpt-5.4": ""} {
		got, ok := e.Find(name)
		if got.Model != want || ok != (want != "") {
			t.Errorf("%s is %v", name, got)
		}
	}
}

// A name that nothing is known of is told from one that only lacks a price.
func TestUnknownNames(t *testing.T) {
	for name, want := range map[string]bool{"nope": true, "zzpt-5.4": true, "llama-99": true, "llama-3-99b": false, "gpt-5.4": false, "claude-haiku-4.5": false} {
		e := NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), Models: []string{"gpt-5.4", name}})
		if got, _, ok := e.Unknown(); ok != want || ok && got != name {
			t.Errorf("%s: unknown %v, %q", name, ok, got)
		}
	}
	b := NewHistoryBuilder(pricing.Embedded())
	b.Record(&usage.Record{Dims: usage.Dims{Provider: "inhouse", Model: "nope"}, Requests: 1})
	e := NewEstimator(EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), History: b.History()})
	if name, _, ok := e.Unknown(); ok {
		t.Errorf("%s is unknown although it was not asked for", name)
	}
}

// A model that answers nothing is not offered as the cheapest one, also where
// the user has used it; by its name it is found.
func TestEmbeddingsAreNotOffered(t *testing.T) {
	h := NewHistoryBuilder(pricing.Embedded())
	for _, d := range []usage.Dims{{Provider: "openai", Model: "text-embedding-3-small"}, {Provider: "self-hosted", Model: "our-embedder"}, {Provider: "openai", Model: "gpt-4o"}} {
		for range 20 {
			h.Record(&usage.Record{Dims: d, Requests: 1, Tokens: usage.Tokens{Input: 100, Output: 10}})
		}
	}
	options := EstimateOptions{Book: pricing.Embedded(), At: at(t, estimateDay), History: h.History()}
	embedding := func(o EstimateOptions) (out []string) {
		for _, name := range refs(NewEstimator(o)) {
			if strings.Contains(name, "embed") {
				out = append(out, name)
			}
		}
		return out
	}
	if got := embedding(options); len(got) > 0 {
		t.Errorf("%q are offered", got)
	}
	if !slices.Contains(refs(NewEstimator(options)), "openai/gpt-4o") {
		t.Error("a model that was used is left out")
	}
	matched := options
	matched.Match = "embedding-3"
	if got := embedding(matched); !slices.Contains(got, "openai/text-embedding-3-small") || !slices.Contains(got, "openai/text-embedding-3-large") {
		t.Errorf("those that match are %q", got)
	}
	named := options
	named.Models = []string{"text-embedding-3-small"}
	all := options
	all.All = true
	for what, o := range map[string]EstimateOptions{"named": named, "all": all} {
		if !slices.Contains(embedding(o), "openai/text-embedding-3-small") {
			t.Errorf("%s: it is left out", what)
		}
	}
}

func TestNameFilter(t *testing.T) {
	all := []pricing.ModelRef{{Provider: "anthropic", Model: "claude-sonnet-5-5"}, {Provider: "openai", Model: "gpt-5.4-mini"}, {Provider: "openai", Model: "gpt-5.4"}, {Provider: "google", Model: "gemini-3.7-flash"}}
	for text, want := range map[string]int{
		"": 4, " , ": 4, "sonnet": 1, "OPENAI gpt": 2, "sonnet, gpt mini": 2, "sonnet,5.4-mini,gemini,": 3, "none, sonnet": 1, "none": 0, "mini sonnet": 0,
	} {
		found, n := NameFilter(text), 0
		for _, m := range all {
			if found(m) {
				n++
			}
		}
		if n != want {
			t.Errorf("%q finds %d, want %d", text, n, want)
		}
	}
}

// Models that somebody has marked are there besides the current ones.
func TestMarkedModelsAreThere(t *testing.T) {
	old := pricing.ModelRef{Provider: "openai", Model: "gpt-4-0613"}
	has := func(o EstimateOptions) bool {
		o.Book, o.At = pricing.Embedded(), at(t, estimateDay)
		_, ok := NewEstimator(o).Find("openai/gpt-4-0613")
		return ok
	}
	if has(EstimateOptions{}) {
		t.Skip("it is a current one")
	}
	for _, o := range []EstimateOptions{{Also: []pricing.ModelRef{old, old}}, {Also: []pricing.ModelRef{old, {Provider: "x", Model: "unknown"}}, Match: "sonnet"}} {
		if !has(o) {
			t.Errorf("%+v leaves it out", o)
		}
	}
}
