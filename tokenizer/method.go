package tokenizer

import "strings"

// Family is a group of models that share a way of cutting text, or are taken to.
type Family string

// The families. Those with a vocabulary of their own that people can get become
// exact with it; see Library.
const (
	OpenAI       Family = "openai"
	ClaudeLegacy Family = "claude-2"    // Claude 2 and before
	Claude3      Family = "claude-3"    // Claude 3 to 4.6
	Claude47     Family = "claude-4.7"  // Opus 4.7 and later, and the 5 family
	Gemini       Family = "gemini"      // Gemini and Gemma 3
	Llama3       Family = "llama-3"     // Llama 3 to 3.3
	Qwen         Family = "qwen"        // Qwen 2 to 3
	Tekken       Family = "tekken"      // Mistral since Nemo
	DeepSeek     Family = "deepseek-v3" // DeepSeek V3 and R1
	Unmeasured   Family = "other"       // nothing measured: a wide range
)

// Addable are the families that a vocabulary file makes exact.
func Addable() []Family { return []Family{Llama3, Qwen, Tekken, DeepSeek} }

// Method says how the tokens of a model are counted.
type Method struct {
	Family   Family
	Encoding string // the exact encoding, or the one that estimates start from
	Exact    bool
	Assumed  bool   // the family or encoding is likely, not known
	Why      string // the rule that decided, in a few words
}

// String says the method as it is shown beside a figure.
func (m Method) String() string {
	switch {
	case m.Exact:
		return "exact, " + m.Encoding
	case m.Assumed:
		return "estimate, assumed " + m.Why
	}
	return "estimate, " + m.Why
}

// For returns how to count for a model. Names are read by fixed rules: routing
// prefixes and suffixes are taken off (openai/…, us.anthropic.…, ft:…:…, …:free,
// …@date), and what is left must be a known name, or a known name followed by a
// dash, which is how dated and smaller versions are called. A name that no rule
// knows is Unmeasured, whatever it contains. The provider helps where a name
// alone says nothing.
func For(provider, model string) Method {
	vendor, name := bare(model)
	if vendor == "" {
		vendor = strings.ToLower(provider)
	}
	if m, ok := openAI(name); ok {
		return m
	}
	for _, rule := range families {
		if rule.matches(name) {
			return Method{Family: rule.family, Encoding: O200K, Assumed: rule.assumed, Why: rule.why}
		}
	}
	if f, ok := claude(name, vendor); ok {
		return f
	}
	return Method{Family: Unmeasured, Encoding: O200K, Why: "no measurement for this model: a wide range around o200k_base"}
}

// bare takes routing off a model's name and returns who made it, when the name
// says so.
func bare(model string) (vendor, name string) {
	name = strings.ToLower(strings.TrimSpace(model))
	if tuned, ok := strings.CutPrefix(name, "ft:"); ok {
		name, _, _ = strings.Cut(tuned, ":")
	}
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		vendor = name[:i]
		vendor = vendor[strings.LastIndexByte(vendor, '/')+1:]
		name = name[i+1:]
	}
	name, _, _ = strings.Cut(name, ":")
	name, _, _ = strings.Cut(name, "@")
	for _, region := range []string{"us.", "eu.", "apac.", "global.", "us-gov."} {
		name = strings.TrimPrefix(name, region)
	}
	for _, v := range []string{"anthropic", "meta", "mistral", "openai", "deepseek", "qwen", "google"} {
		if rest, ok := strings.CutPrefix(name, v+"."); ok {
			return v, rest
		}
	}
	return vendor, name
}

// rule matches a name that is one of the stems, or goes on after a dash, or
// after a point or digit where versions are written without one.
type rule struct {
	family  Family
	stems   []string
	assumed bool
	why     string
}

func (r rule) matches(name string) bool {
	for _, s := range r.stems {
		if follows(name, s) {
			return true
		}
	}
	return false
}

func follows(name, stem string) bool {
	rest, ok := strings.CutPrefix(name, stem)
	return ok && (rest == "" || rest[0] == '-')
}

// encodings are OpenAI's models, after the table of its tokenizer library
// (tiktoken 0.14, model.py) and the models it lists by prefix. A stem covers the
// name itself and the name followed by a dash.
var encodings = []struct {
	encoding string
	stems    []string
}{
	{O200K, []string{"gpt-4o", "chatgpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "o1", "o3", "o4-mini", "codex-mini"}},
	{O200KHarmony, []string{"gpt-oss"}},
	{CL100K, []string{"gpt-4", "gpt-3.5", "gpt-3.5-turbo", "gpt-35-turbo", "text-embedding-3-small", "text-embedding-3-large", "text-embedding-ada-002", "davinci-002", "babbage-002"}},
	{P50KEdit, []string{"text-davinci-edit-001", "code-davinci-edit-001"}},
	{P50K, []string{"text-davinci-003", "text-davinci-002", "code-davinci-002", "code-davinci-001", "code-cushman-002", "code-cushman-001", "davinci-codex", "cushman-codex"}},
	{R50K, []string{"text-davinci-001", "text-curie-001", "text-babbage-001", "text-ada-001", "davinci", "curie", "babbage", "ada"}},
}

func openAI(name string) (Method, bool) {
	if v, ok := strings.CutPrefix(name, "gpt-5."); ok && v != "" && v[0] >= '0' && v[0] <= '9' {
		name = "gpt-5-" + v // 5.1, 5.6-luna, …: one line in the library's table
	}
	for _, e := range encodings {
		for _, stem := range e.stems {
			if follows(name, stem) {
				return Method{Family: OpenAI, Encoding: e.encoding, Exact: true, Why: "OpenAI's table: " + stem}, true
			}
		}
	}
	for _, stem := range []string{"gpt-6", "gpt-realtime", "gpt-audio", "computer-use-preview", "o4", "o5"} {
		if follows(name, stem) || strings.HasPrefix(name, stem+".") {
			return Method{Family: OpenAI, Encoding: O200K, Assumed: true, Why: "o200k_base: " + stem + " is in no table"}, true
		}
	}
	return Method{}, false
}

// families are the other models by name, the more special first.
var families = []rule{
	{Llama3, []string{"deepseek-r1-distill-llama"}, false, "Llama 3 ratios"},
	{Qwen, []string{"deepseek-r1-distill-qwen"}, false, "Qwen 2.5 ratios"},
	{DeepSeek, []string{"deepseek-v3", "deepseek-v3.1", "deepseek-v3.2", "deepseek-r1", "deepseek-chat", "deepseek-reasoner"}, false, "DeepSeek V3 ratios"},
	{Llama3, []string{"llama-3", "llama-3.1", "llama-3.2", "llama-3.3", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama3-1", "llama3-2", "llama3-3", "meta-llama-3", "meta-llama-3.1", "meta-llama-3.2", "meta-llama-3.3"}, false, "Llama 3 ratios"},
	{Qwen, []string{"qwen2", "qwen2.5", "qwen3", "qwen-2", "qwen-2.5", "qwen-3", "qwq", "qwen2-5"}, false, "Qwen 2.5 ratios"},
	{Qwen, []string{"qwen", "qwen-max", "qwen-plus", "qwen-turbo", "qwen-flash", "qwen3.5", "qwen3.6"}, true, "Qwen 2.5 ratios"},
	{Tekken, []string{"mistral-nemo", "open-mistral-nemo", "ministral", "pixtral-12b", "magistral", "devstral"}, false, "Mistral tekken ratios"},
	{Tekken, []string{"mistral-small", "mistral-medium", "mistral-large", "pixtral", "codestral"}, true, "Mistral tekken ratios (older versions differ)"},
	{Gemini, []string{"gemma-3", "gemma3", "gemini-2.0", "gemini-2.5", "gemini-1.5"}, false, "Gemma 3 ratios"},
	{Gemini, []string{"gemini", "gemini-3", "gemini-3.1", "gemini-3.5", "gemini-flash", "gemini-pro"}, true, "Gemma 3 ratios"},
}

// claude reads the generation out of a name such as claude-3-5-sonnet-20241022,
// claude-sonnet-4-5, claude-opus-4.7 or claude-instant-1.2.
func claude(name, vendor string) (Method, bool) {
	rest, ok := strings.CutPrefix(name, "claude-")
	if !ok {
		if name != "claude" && !(vendor == "anthropic" && name != "") {
			return Method{}, false
		}
		rest = ""
	}
	major, minor := version(rest)
	m := Method{Encoding: O200K}
	switch {
	case major == 0:
		m.Family, m.Assumed, m.Why = Claude47, true, "the current Claude tokenizer: the name has no version"
	case major < 3:
		m.Family, m.Why = ClaudeLegacy, "Claude 2 ratios"
	case major > 4 || major == 4 && minor >= 7:
		m.Family, m.Why = Claude47, "published ratios of Claude since Opus 4.7"
	default:
		m.Family, m.Why = Claude3, "published ratios of Claude 3 to 4.6"
	}
	return m, true
}

// version returns the first version in a name's parts: 3-5 and 3.5 are both 3, 5.
// Numbers of more than two digits are dates.
func version(name string) (major, minor int) {
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '.' })
	for i, p := range parts {
		n := small(strings.TrimPrefix(p, "v"))
		if n < 0 {
			continue
		}
		if i+1 < len(parts) {
			return n, max(small(parts[i+1]), 0)
		}
		return n, 0
	}
	return 0, 0
}

// small reads a number of one or two digits; -1 if it is none.
func small(s string) int {
	if len(s) == 0 || len(s) > 2 {
		return -1
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}
