package columns

import (
	"slices"
	"strings"
)

// byValues finds the time and the model where no column is called so, if there is
// only one whose values say it.
func (g *guesser) byValues() {
	g.onlyOne(roleTime, func(v string) bool {
		format, _ := timeFormat([]string{v})
		return format != "" && !strings.HasPrefix(format, "unix") // an id has as many digits
	})
	g.onlyOne("model", looksLikeModel)
}

// onlyOne gives a role that nobody has to the only free column that has mostly
// values which fit.
func (g *guesser) onlyOne(r role, fits func(string) bool) {
	if _, named := g.taken[r]; named {
		return
	}
	found := -1
	for i, name := range g.sample.names {
		if g.out.Columns[i].As != "" || !writable(name) || g.sample.twice(i) {
			continue
		}
		values := g.values(i)
		good := len(values) - len(slices.DeleteFunc(values, fits))
		if good == 0 || good*2 < len(values) {
			continue
		}
		if found >= 0 {
			return // either may be it
		}
		found = i
	}
	if found >= 0 {
		g.taken[r] = found
		g.out.Columns[found].As, g.out.Columns[found].Why = string(r), "by its values; its name does not say"
	}
}

// looksLikeModel reports whether a value begins as a family of models does, a
// gateway's "vendor/" aside.
func looksLikeModel(v string) bool {
	v = strings.ToLower(v[strings.LastIndexByte(v, '/')+1:])
	if len(v) > 60 || strings.ContainsAny(v, " @") {
		return false
	}
	if v == "o1" || v == "o3" {
		return true
	}
	for _, family := range []string{"gpt-", "chatgpt-", "o1-", "o3-", "o4-", "claude-", "gemini-", "gemma-", "llama-", "mistral-", "codestral", "deepseek-", "qwen", "grok-", "kimi-", "glm-",
		"command-r", "text-embedding-", "amazon.nova", "anthropic.claude"} {
		if strings.HasPrefix(v, family) {
			return true
		}
	}
	return false
}
