package report

import (
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// Items of a bill that are classes of tokens. Others are meters, or a line in
// the provider's own words.
const (
	itemInput      = "input"
	itemCacheRead  = "cache_read"
	itemCacheWrite = "cache_write" // of all lifetimes: bills do not always tell
	itemOutput     = "output"
)

// billItem is a line of a bill as far as its text can be understood.
type billItem struct {
	model string // as the line has it
	item  string
	tier  string
}

// parseItem reads a line item. OpenAI writes "gpt-6-astra, cached_input_tokens";
// Anthropic "Claude Opus 5.5 Usage (Batch) - Input Tokens, Cache Read", with
// model and tier beside it. What it cannot read is an item by itself, in its own
// words.
func parseItem(d *usage.Dims) billItem {
	text := usage.ByLineItem.Of(d)
	model, rest := "", text
	if left, right, ok := strings.Cut(text, " Usage"); ok && (right == "" || strings.ContainsAny(right[:1], " (")) {
		model, rest = strings.NewReplacer(" ", "-", ".", "-").Replace(strings.ToLower(left)), right
		if itemOf(words(rest)) == "" { // "Web Search Usage"
			model, rest = "", text
		}
	} else if at := strings.LastIndex(text, ", "); at >= 0 {
		model, rest = text[:at], text[at+2:]
		if left, right, _ := strings.Cut(text, ", "); itemOf(words(rest)) == "" && itemOf(words(right)) != "" {
			model, rest = left, right // the tier comes last
		}
	}
	has := words(rest)
	out := billItem{model: model, item: itemOf(has), tier: d.Tier}
	for _, tier := range []string{"batch", "flex", "priority", "fast"} {
		if out.tier == "" && has[tier] {
			out.tier = tier
		}
	}
	if d.Model != "" {
		out.model = d.Model
	}
	switch out.item {
	case itemInput, itemCacheRead, itemCacheWrite, itemOutput:
		return out
	case "":
		out.item = text
		if text == "" && d.Model == "" {
			out.item = "not itemised"
		}
	}
	out.model = "" // meters are billed for all models alike, and other lines are what they say
	return out
}

// words returns the set of lower-case words of a text.
func words(s string) map[string]bool {
	out := make(map[string]bool)
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		out[strings.TrimSuffix(w, "s")] = true // "searches" loses its s too, and is looked for without
	}
	return out
}

// itemOf names the class or meter that a line is about; "" if it does not say.
func itemOf(has map[string]bool) string {
	cached := has["cached"] || has["cache"]
	switch {
	case has["search"] || has["searche"]:
		if has["file"] {
			return "file_search"
		}
		return "web_search"
	case has["interpreter"]:
		return "code_interpreter_sessions"
	case has["execution"]:
		return "code_execution"
	case has["audio"] && cached:
		return "audio_cache_read"
	case has["audio"] && has["output"]:
		return "audio_output"
	case has["audio"] && has["input"]:
		return "audio_input"
	case has["image"] && has["output"]:
		return "image_output"
	case cached && (has["write"] || has["creation"] || has["ephemeral"]):
		return itemCacheWrite
	case cached:
		return itemCacheRead
	case has["output"] || has["completion"]:
		return itemOutput
	case has["input"] || has["prompt"]:
		return itemInput
	}
	return ""
}

// lineNames gives the lines of bills and of usage the same names.
type lineNames struct {
	book  *pricing.Book
	at    time.Time
	model map[[2]string]string
}

// of returns the name of a model: that of the price book where it knows it, so
// that an alias and what it stands for are one line.
func (n *lineNames) of(provider, model string) string {
	k := [2]string{provider, model}
	name, ok := n.model[k]
	if !ok {
		if name = n.book.Resolve(provider, model, n.at).Model; name == "" {
			name = model
		}
		n.model[k] = name
	}
	return name
}
