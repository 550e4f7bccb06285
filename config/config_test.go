package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tokpit/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	want := config.File{Timezone: "Europe/Berlin", Machine: "laptop", Cycle: config.Cycle{AnchorDay: 31}}
	got, err := config.Load(write(t, "timezone = 'Europe/Berlin'\nmachine = \"laptop\"\n[cycle]\nanchor_day = 31 # clamped\n"), true)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := config.Load(write(t, ""), true); err != nil || !reflect.DeepEqual(got, config.File{}) {
		t.Errorf("empty: %+v, %v", got, err)
	}
}

func TestAbsent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.toml")
	if got, err := config.Load(path, false); err != nil || !reflect.DeepEqual(got, config.File{}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := config.Load(path, true); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("required: %v", err)
	}
}

// TestBad: every mistake is told with the file and, where there is one, the
// line; and nothing of a bad file counts.
func TestBad(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "timezone = 'UTC'\n\ncolour = 'green'\n", "line 3: unknown key"},
		{"unknown table", "[colours]\nsky = 'blue'\n", "line 1: unknown key"},
		{"unknown key in a table", "[cycle]\nanchor = 3\n", "line 2: unknown key cycle.anchor"},
		{"number for text", "machine = 'x'\ntimezone = 3\n", "line 2: timezone cannot be of type integer; it should be text: \"…\""},
		{"truth for list", "machine = 'x'\n[privacy]\npseudonyms = true\n", "line 3: privacy.pseudonyms cannot be of type boolean; it should be a list: [\"…\"]"},
		{"text for number", "[cycle]\nanchor_day = 'first'\n", "line 2: cycle.anchor_day cannot be of type string; it should be a whole number"},
		{"fraction", "[cycle]\nanchor_day = 1.5\n", "line 2"},
		{"overflow", "[cycle]\nanchor_day = 99999999999999999999\n", "line 2"},
		{"value for a table", "cycle = 3\n", "line 1"},
		{"twice", "machine = 'a'\nmachine = 'b'\n", "line 2"},
		{"no value", "machine =\n", "line 1"},
		{"not TOML", "{\"timezone\": \"UTC\"}\n", "line 1"},
		{"not text", "machine = '\xff\xfe'\n", "line 1"},
		{"binary", "\x00\x01\x02", "config"},
		{"no such zone", "timezone = 'Mars/Base'\n", "Mars/Base"},
		{"zone of the machine", "timezone = 'Local'\n", "Local"},
		{"zone with a path", "timezone = '../../etc/passwd'\n", "etc/passwd"},
		{"negative day", "[cycle]\nanchor_day = -1\n", "between 1 and 31"},
		{"day 32", "[cycle]\nanchor_day = 32\n", "between 1 and 31"},
		{"huge", "# " + strings.Repeat("x", 2<<20), "larger than 1 MiB"},
		{"deep", "x = " + strings.Repeat("[", 100_000), "config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			got, err := config.Load(path, false)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
			if !reflect.DeepEqual(got, config.File{}) {
				t.Errorf("counts all the same: %+v", got)
			}
		})
	}
}

func TestNotAFile(t *testing.T) {
	if _, err := config.Load(t.TempDir(), false); err == nil {
		t.Error("a folder is read")
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := config.Load("/dev/zero", true); err == nil || !strings.Contains(err.Error(), "1 MiB") {
			t.Errorf("a file without an end: %v", err)
		}
	}
}

func TestPrices(t *testing.T) {
	got, err := config.Load(write(t, `
[[price]]
provider = "openai"
model = "gpt-5"
from = "2026-10-01"
input = "1.00"
output = "0"

[[discount]]
provider = "anthropic"
model = "*"
percent = "12.5"

[[alias]]
name = "prod-gpt"
provider = "azure"
model = "gpt-4o"
`), true)
	want := config.File{
		Prices:    []config.Price{{Provider: "openai", Model: "gpt-5", From: "2026-10-01", Input: "1.00", Output: "0"}},
		Discounts: []config.Discount{{Provider: "anthropic", Model: "*", Percent: "12.5"}},
		Aliases:   []config.Alias{{Name: "prod-gpt", Provider: "azure", Model: "gpt-4o"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	// A price as a number would have passed through a float: it must be text.
	if _, err := config.Load(write(t, "[[price]]\nprovider = 'a'\ninput = 0.1\n"), true); err == nil {
		t.Error("a float was accepted as a price")
	}
}
