package sources

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"tokpit/tui/entry"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// keys are what the keys of providers look like; none of them is real.
func keys() []string {
	return []string{"sk-admin-Zx81kQw0mPl4TtYv9bNcR2dE", "sk-proj-a8K2jd0sLqPz", "sk-ant-admin01-uR3vQ7yT1xZ9", "sk-or-v1-0a1b2c3d4e5f60718293",
		"sk-1234", "AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q", "xai-Qw12Er34Ty56Ui78", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"}
}

// A key that is pasted, or typed, is refused at once: it is neither drawn nor
// kept nor handed on, whichever field the cursor is on.
func TestNoKeyIsTaken(t *testing.T) {
	for _, secret := range keys() {
		p, c := connecting(t)
		for range spots {
			p.Update(tea.PasteMsg{Content: secret + "\n"})
			if !p.form.at.choice() && !p.form.at.button() {
				want(t, strings.Join(strings.Fields(view(p)), " "), "! That looks like a key itself.")
			}
			for _, v := range p.form.fields {
				if strings.Contains(v.Text(), secret[:min(len(secret), 12)]) {
					t.Fatalf("%s is kept in a field", secret)
				}
			}
			reject(t, view(p), secret[:min(len(secret), 12)])
			press(p, "tab")
		}
		for _, s := range []spot{spotRef, spotName, spotAccount} {
			to(t, p, s)
			press(p, "ctrl+u")
			for _, r := range secret { // as a terminal without bracketed paste has it
				press(p, string(r))
			}
			if v := p.form.fields[s].Text(); len(v) > leastKey || strings.HasPrefix(secret, "sk-") && v != "" {
				t.Errorf("of %q, typed into field %d, %q is kept", secret, s, v)
			}
		}
		run(p, press(p, "ctrl+t"))
		for _, x := range c.tested {
			if strings.Contains(x.KeyRef+x.Name+x.Account+x.BaseURL, secret[:min(len(secret), 12)]) {
				t.Errorf("the key was handed on in %+v", x)
			}
		}
	}
}

// Keys with any random tail, behind anything, are recognised; names of
// variables, paths and commands are not taken for keys.
func TestLooksLikeKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tail := rapid.StringMatching(`[A-Za-z0-9]{20,80}`).Draw(t, "tail")
		prefix := rapid.SampledFrom([]string{"sk-", "sk-admin-", "sk-ant-api03-", "sk-or-v1-", "gsk_", "xai-"}).Draw(t, "prefix")
		before := rapid.SampledFrom([]string{"", "KEY=", "echo ", "https://u:", "export A='", "env:"}).Draw(t, "before")
		if !looksLikeKey(before + prefix + tail) {
			t.Fatalf("%q passes", before+prefix+tail)
		}
	})
	for _, s := range []string{"OPENAI_ADMIN_KEY", "tokpit/openai-admin", "~/.config/tokpit/openai.key", "op read op://work/openai/admin",
		"/nix/store/9f86d081884c7d659a2feaa0c55ad015/bin/pass show openai", "acme-openai", "2026-08-01", "https://eu.api.openai.com/v1",
		"ORGANIZATION_WIDE_OPENAI_ADMIN_KEY_2", "security find-generic-password -s tokpit -w"} {
		if looksLikeKey(s) {
			t.Errorf("%q is taken for a key", s)
		}
	}
}

// A whole reference may be pasted: it says where the key is as well.
func TestAReferenceCanBePasted(t *testing.T) {
	p, c := connecting(t)
	to(t, p, spotRef)
	p.Update(tea.PasteMsg{Content: "file:~/.config/tokpit/openai.key\n"})
	want(t, view(p), "‹ a file ›", "~/.config/tokpit/openai.key")
	run(p, press(p, "ctrl+s"))
	if len(c.added) != 1 || c.added[0].KeyRef != "file:~/.config/tokpit/openai.key" {
		t.Errorf("added %+v", c.added)
	}
	p, _ = connecting(t)
	to(t, p, spotRef)
	p.Update(tea.PasteMsg{Content: "env:" + keys()[0]})
	reject(t, view(p), "sk-admin-Zx")
	to(t, p, spotRef)
	press(p, "ctrl+u")
	write(p, "$")
	want(t, view(p), "Only the name of a variable belongs here")
	write(p, "MY_KEY")
	want(t, view(p), "env:MY_KEY")
}

func TestFieldEdits(t *testing.T) {
	k := entry.NewKeys()
	f := entry.Field{}
	f.Insert("one two/three")
	for _, step := range []struct{ key, want string }{
		{"ctrl+w", "one two/"}, {"ctrl+w", "one "}, {"left", "one "}, {"backspace", "on "}, {"ctrl+u", " "},
	} {
		msg := keyOf("left")
		if step.key != "left" {
			if msg = keyOf("backspace"); step.key != "backspace" {
				msg = tea.KeyPressMsg{Code: rune(step.key[5]), Mod: tea.ModCtrl}
			}
		}
		if !f.Edit(msg, &k) || f.Text() != step.want {
			t.Fatalf("%s gives %q, want %q", step.key, f.Text(), step.want)
		}
	}
	for _, name := range tuitest.HostileNames() {
		f.Set("")
		f.Insert(name)
		p := ui.NewPen(20, 1)
		f.Draw(p, ui.NewStyles(ui.Theme{}), "", true)
		p.End()
		if strings.ContainsAny(f.Text(), "\x1b\r\n\t\u202e") || len([]rune(f.Text())) > entry.Longest {
			t.Errorf("%q is kept as %q", name, f.Text())
		}
	}
}
