package pricing

import "strings"

// claudeSpelling brings a Claude name closer to how Anthropic writes it: dashes
// for points, the family before the version from Claude 4 on and after it
// before that, no effort, no "-latest", no "-0". "-fast" on an Opus is a
// service tier.
func claudeSpelling(_ *address, f *form) string {
	rest, ok := strings.CutPrefix(f.name, "claude-")
	if !ok {
		return ""
	}
	if s := strings.ReplaceAll(rest, ".", "-"); s != rest {
		f.name = "claude-" + s
		return "claude spelling"
	}
	if s := claudeOrder(rest); s != rest {
		f.name = "claude-" + s
		return "claude spelling"
	}
	if s, ok := strings.CutSuffix(f.name, "-fast"); ok && strings.HasPrefix(rest, "opus-") && f.tier == "" {
		f.name, f.tier = s, "fast"
		return "fast tier"
	}
	if s, ok := strings.CutSuffix(f.name, "-thinking"); ok {
		f.name = s
		return "effort"
	}
	if i := strings.LastIndexByte(f.name, '-'); isEffort(f.name[i+1:]) {
		f.name = f.name[:i]
		return "effort"
	}
	if s, ok := strings.CutSuffix(f.name, "-latest"); ok {
		f.name = s
		return "alias"
	}
	if s, ok := strings.CutSuffix(f.name, "-0"); ok && len(s) > 1 && digitsOnly(s[len(s)-1:]) && s[len(s)-2] == '-' {
		f.name = s
		return "alias"
	}
	return ""
}

// claudeOrder returns "opus-4-7…" for "4-7-opus…" and "3-5-sonnet…" for
// "sonnet-3-5…"; anything else is returned as it is.
func claudeOrder(s string) string {
	parts := strings.Split(s, "-")
	if isClaudeFamily(parts[0]) {
		n := versionLength(parts[1:])
		if n == 0 || parts[1] != "3" {
			return s
		}
		return strings.Join(append(append(append([]string{}, parts[1:1+n]...), parts[0]), parts[1+n:]...), "-")
	}
	n := versionLength(parts)
	if n == 0 || n == len(parts) || !isClaudeFamily(parts[n]) || parts[0] < "4" {
		return s
	}
	return strings.Join(append(append([]string{parts[n]}, parts[:n]...), parts[n+1:]...), "-")
}

// versionLength is how many of the parts are a version: "4", or "4" and "7".
func versionLength(parts []string) int {
	n := 0
	for n < len(parts) && n < 2 && len(parts[n]) == 1 && digitsOnly(parts[n]) {
		n++
	}
	return n
}

func isClaudeFamily(s string) bool {
	switch s {
	case "opus", "sonnet", "haiku", "fable", "mythos":
		return true
	}
	return false
}
