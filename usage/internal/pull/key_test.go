package pull

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A key that cannot be right is refused before it is sent, without being
// repeated; one that says nothing of its owner is tried.
func TestKey(t *testing.T) {
	short := func(key string) string {
		if len(key) < 12 {
			return "it is short"
		}
		return ""
	}
	for _, c := range []struct{ key, owner, want string }{
		{" sk-admin-0123456789\n", "OpenAI", ""},
		{"sk-0123456789abcdef", "the proxy", ""},
		{"", "OpenAI", "the key is empty"},
		{" \t", "OpenAI", "the key is empty"},
		{"sk-ant-admin01-0123456789", "OpenAI", "a key of Anthropic, not of OpenAI"},
		{"sk-svcacct-0123456789", "OpenRouter", "a key of OpenAI, not of OpenRouter"},
		{"sk-or-v1-0123456789", "the proxy", "a key of OpenRouter, not of the proxy"},
		{"AIza0123456789012", "Anthropic", "a key of Google"},
		{"xai-0123456789012", "OpenAI", "a key of xAI"},
		{"sk-1", "OpenAI", "it is short"},
	} {
		key, err := Key(context.Background(), func(context.Context) (string, error) { return c.key, nil }, c.owner, short, "make one")
		if c.want == "" {
			if err != nil || key != strings.TrimSpace(c.key) {
				t.Errorf("%q: %q, %v", c.key, key, err)
			}
			continue
		}
		e := AsError(err)
		if e == nil || !strings.Contains(e.Message, c.want) || e.Code != CodeKey || !e.Final || e.Hint() != "make one" || key != "" {
			t.Errorf("%q: %q, %v; want %q", c.key, key, err, c.want)
		}
		if trimmed := strings.TrimSpace(c.key); trimmed != "" && strings.Contains(err.Error(), trimmed) {
			t.Errorf("%v repeats the key", err)
		}
	}
	locked := errors.New("the keyring is locked")
	if _, err := Key(context.Background(), func(context.Context) (string, error) { return "", locked }, "OpenAI", nil, ""); !errors.Is(err, locked) {
		t.Error(err)
	}
}
