package pricing

import (
	"strings"
	"time"
)

// form is one spelling of a name on the way to the book's own.
type form struct {
	name    string
	tier    string // stated by the name
	date    string // taken off, as YYYYMMDD
	variant string // an OpenRouter variant with a price of its own
	free    bool
	flags   Flags
	steps   []string
}

// forms returns the name and every form that the rules make of it, one applied
// to the result of the other. Each rule makes a name shorter or brings it into
// its family's one word order, so there is an end.
func (a *address) forms() []form {
	out := []form{{name: a.name}}
	rules := [...]func(*address, *form) string{stripBrackets, stripVariant, fineTune, vertexRevision, azureSpelling,
		bedrockVersion, claudeSpelling, geminiSpelling, stripEffort, stripDate}
	for len(out) < 12 {
		f := out[len(out)-1]
		step := ""
		for _, rule := range rules {
			if step = rule(a, &f); step != "" {
				break
			}
		}
		if step == "" {
			break
		}
		if n := len(f.steps); n == 0 || f.steps[n-1] != step {
			f.steps = append(f.steps[:n:n], step)
		}
		out = append(out, f)
	}
	return out
}

// stripBrackets takes off "[1m]" (a larger window at the same price),
// "-[Anthropic]" and " (high)".
func stripBrackets(a *address, f *form) string {
	open, step := byte('('), "effort"
	if strings.HasSuffix(f.name, "]") {
		open, step = '[', "decoration"
	} else if !strings.HasSuffix(f.name, ")") {
		return ""
	}
	i := strings.LastIndexByte(f.name, open)
	if i <= 0 {
		return ""
	}
	inside := f.name[i+1 : len(f.name)-1]
	_, vendor := a.book.providers[inside]
	window := len(inside) > 1 && digitsOnly(inside[:len(inside)-1]) && strings.HasSuffix(inside, "m")
	if open == '[' && !vendor && !window || open == '(' && !isEffort(inside) {
		return ""
	}
	f.name = strings.TrimRight(f.name[:i], " -")
	return step
}

func isEffort(s string) bool {
	switch s {
	case "none", "minimal", "low", "medium", "high", "xhigh":
		return true
	}
	return false
}

// stripVariant takes off what follows a colon: ":thinking" anywhere, and at
// OpenRouter ":free" (costs nothing) and variants that have their own price.
func stripVariant(a *address, f *form) string {
	i := strings.LastIndexByte(f.name, ':')
	if i <= 0 || strings.HasPrefix(f.name, "ft:") {
		return ""
	}
	switch suffix := f.name[i+1:]; {
	case suffix == "thinking":
	case a.provider == "openrouter" && suffix == "free":
		f.free = true
	case a.provider == "openrouter" && suffix != "" && f.variant == "":
		f.variant = suffix
	default:
		return ""
	}
	f.name = f.name[:i]
	return "variant"
}

// fineTune leaves the base of a fine-tuned model's name, which has its own row:
// ft:<base>:<org>:<name>:<id>, the old <base>:ft-<id>, Azure's <base>.ft-<id>.
func fineTune(a *address, f *form) string {
	if rest, ok := strings.CutPrefix(f.name, "ft:"); ok {
		base, _, more := strings.Cut(rest, ":")
		if !more {
			return ""
		}
		f.name = "ft:" + base
		return "fine-tune"
	}
	if base, _, ok := strings.Cut(f.name, ":ft-"); ok && base != "" {
		f.name = base + "-finetuned"
		return "fine-tune"
	}
	if base, _, ok := strings.Cut(f.name, ".ft-"); ok && base != "" && a.provider == "azure" {
		f.name = "ft:" + base
		return "fine-tune"
	}
	return ""
}

// vertexRevision turns Vertex's claude-<id>[-v2]@20241022 into
// claude-<id>-20241022; "@default" and "@001" say nothing about the price.
func vertexRevision(_ *address, f *form) string {
	id, revision, ok := strings.Cut(f.name, "@")
	if !ok || !strings.HasPrefix(id, "claude-") && !strings.HasPrefix(id, "gemini-") {
		return ""
	}
	switch {
	case isDate(revision):
		if i := strings.LastIndex(id, "-v"); i > 0 && digitsOnly(id[i+2:]) {
			id = id[:i]
		}
		f.name = id + "-" + revision
	case revision == "default", len(revision) == 3 && digitsOnly(revision):
		f.name = id
	default:
		return ""
	}
	return "revision"
}

// azureSpelling restores the point that Azure leaves out of gpt-3.5.
func azureSpelling(a *address, f *form) string {
	rest, ok := strings.CutPrefix(f.name, "gpt-35-")
	if !ok || a.provider != "azure" {
		return ""
	}
	f.name = "gpt-3.5-" + rest
	return "azure spelling"
}

// bedrockVersion takes off "-v1:0" and the context size of "-v1:0:28k".
func bedrockVersion(a *address, f *form) string {
	if a.provider != "bedrock" {
		return ""
	}
	if i := strings.LastIndexByte(f.name, ':'); i > 0 && strings.HasSuffix(f.name, "k") && digitsOnly(f.name[i+1:len(f.name)-1]) {
		f.name = f.name[:i]
		return "bedrock version"
	}
	i := strings.LastIndex(f.name, "-v")
	if i <= 0 || !digitsOnly(strings.Replace(f.name[i+2:], ":", "", 1)) {
		return ""
	}
	f.name = f.name[:i]
	return "bedrock version"
}

// geminiSpelling takes off "-latest" and stable revisions ("-002"), and turns
// a preview without a row of its own into the model it became.
func geminiSpelling(_ *address, f *form) string {
	if !strings.HasPrefix(f.name, "gemini-") {
		return ""
	}
	if id, ok := strings.CutSuffix(f.name, "-latest"); ok {
		f.name = id
		return "revision"
	}
	if n := len(f.name) - 4; f.name[n] == '-' && f.name[n+1] == '0' && digitsOnly(f.name[n+1:]) {
		f.name = f.name[:n]
		return "revision"
	}
	if i := strings.LastIndex(f.name, "-preview"); i > 0 {
		if tail := f.name[i+len("-preview"):]; tail == "" || isPreviewDate(tail) {
			f.name = f.name[:i]
			f.flags |= FlagLikelyName
			return "preview"
		}
	}
	return ""
}

// isPreviewDate reads "-05-20" and "-09-2025".
func isPreviewDate(s string) bool {
	for _, layout := range []string{"-01-02", "-01-2006"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// stripEffort takes the reasoning effort off OpenAI names: o4-mini-high.
func stripEffort(_ *address, f *form) string {
	i := strings.LastIndexByte(f.name, '-')
	if i <= 0 || !isEffort(f.name[i+1:]) {
		return ""
	}
	if !strings.HasPrefix(f.name, "gpt-") && !(f.name[0] == 'o' && f.name[1] >= '0' && f.name[1] <= '9') {
		return ""
	}
	f.name = f.name[:i]
	return "effort"
}

// stripDate takes "-2026-07-09" or "-20260709" off the end.
func stripDate(_ *address, f *form) string {
	if f.date != "" {
		return ""
	}
	for _, n := range [...]int{11, 9} {
		if len(f.name) <= n || f.name[len(f.name)-n] != '-' {
			continue
		}
		date := f.name[len(f.name)-n+1:]
		if n == 11 {
			if date[4] != '-' || date[7] != '-' {
				continue
			}
			date = date[:4] + date[5:7] + date[8:]
		}
		if isDate(date) {
			f.name, f.date = f.name[:len(f.name)-n], date
			return "date"
		}
	}
	return ""
}

// isDate reports whether s is a day as YYYYMMDD in a year that has models.
func isDate(s string) bool {
	_, err := time.Parse("20060102", s)
	return err == nil && s > "202" && s < "21"
}

// endsInOtherDate reports whether a model's name ends in a date that is not the
// given one.
func endsInOtherDate(model, date string) bool {
	f := form{name: model}
	return stripDate(nil, &f) != "" && f.date != date
}
