package clean

import "testing"

func TestMentions(t *testing.T) {
	for _, c := range []struct {
		text, value string
		want        bool
	}{
		{"key=app-1,", "app-1", true}, {"/app-1/x", "app-1", true}, {"app-1", "app-1", true}, {"app-12", "app-1", false},
		{"my-app-1", "app-1", false}, {"app-1-b", "app-1", false}, {"spent by alice.", "alice", true}, {"alice@example.com", "alice", false},
		{"to alice@example.com.", "alice@example.com", true}, {"f:/x/0a1b.jsonl", "0a1b", true}, {"", "a", false}, {"a", "", false},
		{"f:/home/u/.claude/projects/-home-me-app/x.jsonl", "/home/me/app", true},
		{"f:/home/u/.claude/projects/-home-me-apple/x.jsonl", "/home/me/app", false},
		{"/home/me/app", "/home/me/app", true}, {"über-x", "ber-x", false}, {"x=日本;", "日本", true}, {"日本語", "日本", false},
	} {
		if got := Mentions(c.text, c.value); got != c.want {
			t.Errorf("Mentions(%q, %q) = %v", c.text, c.value, got)
		}
	}
	if got := ReplaceMentions("bob and bobby, bob", "bob", "X"); got != "X and bobby, X" {
		t.Errorf("got %q", got)
	}
}
