package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tokpit/config"
)

// A made-up key of the shape that providers give out.
const canary = "sk-admin-CANARYq8Zr2Lw5Tn7Vb4Xk9Mp3"

// TestASecretHidesItself: whatever prints or encodes it, alone or inside
// something else, exported or not.
func TestASecretHidesItself(t *testing.T) {
	s := config.NewSecret(canary)
	type holder struct {
		Open   config.Secret
		hidden config.Secret
		ptr    *config.Secret
		any    any
	}
	h := holder{s, s, &s, s}
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%b", "%60v", "%.3s", "%U"} {
		for _, x := range []any{s, &s, h, &h, []config.Secret{s}, map[string]config.Secret{"k": s}, fmt.Errorf("x: %w", fmt.Errorf("%v", s)), struct{ any }{s}} {
			fmt.Fprintf(&shown, verb+"\n", x)
		}
	}
	fmt.Fprintln(&shown, s, &s, s.String(), s.GoString())
	for _, x := range []any{s, h, map[string]any{"k": &s}, []any{s}} {
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(text)
	}
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	shown.Write(text)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(handler).Info("m", "k", s, "p", &s, "h", h, slog.Group("g", "s", s))
	}
	for _, part := range []string{"CANARY", fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(shown.String(), part) {
			t.Errorf("shows %s in:\n%s", part, shown.String())
		}
	}
	if !strings.Contains(shown.String(), "***") {
		t.Error("shows nothing in its place")
	}
	if s.Reveal() != canary || (config.Secret{}).Reveal() != "" || (config.Secret{}).String() != "***" {
		t.Error("does not tell when asked")
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s", h.hidden)
	if b.String() != "***" {
		t.Errorf("%q", b.String())
	}
}

func TestCheckRef(t *testing.T) {
	for _, ref := range []string{"env:OPENAI_ADMIN_KEY", "env:_x", "keyring:tokpit/openai", "keyring:a/b/c", "file:~/k", "file:/a b/sk-admin.key",
		"cmd:pass show openai/sk-admin", "cmd:sh -c 'cat k | head -1'", `cmd:"C:\\x y\\k.exe" a`} {
		if err := config.CheckRef(ref); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
	for ref, want := range map[string]string{
		"":                                 "there is none",
		canary:                             "looks like a key itself",
		"sk-ant-admin01-abc":               "looks like a key itself",
		"sk-or-v1-1":                       "looks like a key itself",
		"env:" + canary:                    "looks like a key itself",
		"cmd:echo " + canary:               "looks like a key itself",
		"Bearer abcdefghijklmnopqrs":       "looks like a key itself",
		"file:/tmp/" + canary:              "looks like a key itself",
		"hunter2":                          "not say where to look",
		"https://user:pw@host/":            "not say where to look",
		"OPENAI_KEY":                       "not say where to look",
		"env:":                             "name of a variable",
		"env:$KEY":                         "name of a variable",
		"env:A B":                          "name of a variable",
		"env:KEY\x1b[2J":                   "control or invisible",
		"file:/tmp/\u202egpj":              "control or invisible",
		"keyring:service":                  "keyring:service/user",
		"keyring:/user":                    "keyring:service/user",
		"keyring:service/":                 "keyring:service/user",
		"file:":                            "no path",
		"cmd:":                             "no command",
		"cmd:  ":                           "no command",
		"cmd:pass 'x":                      "not closed",
		`cmd:pass \`:                       "backslash",
		"cmd:" + strings.Repeat("a", 9999): "too long",
	} {
		err := config.CheckRef(ref)
		var told *config.SecretError
		if !errors.As(err, &told) || !strings.Contains(err.Error(), want) || told.Hint() == "" {
			t.Errorf("%.40q: %v, want %q", ref, err, want)
		}
		for _, part := range []string{"CANARY", "hunter2", "pw@", "abc", "\x1b", "\u202e", "$KEY"} {
			if err != nil && strings.Contains(err.Error()+told.Hint(), part) {
				t.Errorf("%.40q: repeats %s: %v", ref, part, err)
			}
		}
	}
}
