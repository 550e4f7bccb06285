package cmd_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestBundleRowsOnce: a row that a retention refuses is not also one that is known.
func TestBundleRowsOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	short, other := f.machines[0], f.machines[1]
	for i := range 5 {
		other.claude("open", fmt.Sprint("old", i), "2026-08-04", 10+i)
	}
	other.claude("open", "new", "2026-11-04", 100)
	other.run("sync").ok()
	file := other.home + "/b.tokpit"
	other.run("bundle", "export", file).ok()
	short.run("bundle", "import", file).ok()
	short.run("retention", "set", "60d").ok()
	short.run("retention", "apply").ok()
	got := short.run("bundle", "import", file)
	t.Log(got)
	if text := fmt.Sprint(got); !strings.Contains(text, "0 new, 0 better, 1 known, 5 older than the retention") {
		t.Errorf("%s", text)
	}
}
