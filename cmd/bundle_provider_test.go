package cmd_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProviderInBundles: the figures of a provider go to machines that do not ask
// it, which show what the newest bundle says, whichever way and in whatever order
// bundles come; a machine that asks the account itself leaves them out.
func TestProviderInBundles(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	f := newFleet(t, 3)
	asks, first, second := f.machines[0], f.machines[1], f.machines[2]
	today := rowTime().AddDate(0, 0, 10).Truncate(24 * time.Hour)
	o := newOrganization(t, dice, today.AddDate(0, 0, -6), 400)
	for _, kind := range o.kinds() {
		asks.vars[variable(kind)] = types()[kind]
		asks.run("sources", "add", "my-"+kind, "--type", kind, "--key", "env:"+variable(kind), "--base-url", o.URL+"/"+kind,
			"--since", o.since.Format(time.DateOnly), "--no-test").ok()
	}
	says := func(m *machine) string {
		m.vars["TOKPIT_NOW"] = today.AddDate(0, 0, 1).Format(time.RFC3339)
		return m.run("report", "--json", "--by", "day,model,project,key,source").ok().stdout +
			m.run("report", "--json", "--basis", "billed", "--by", "day,project,line_item").ok().stdout
	}
	var truth []string
	for i := range 4 {
		if i > 0 {
			o.live()
		}
		asks.vars["TOKPIT_NOW"] = o.now.Format(time.RFC3339)
		asks.run("sync").ok()
		f.export(asks)
		truth = append(truth, says(asks))
	}
	if truth[0] == truth[3] {
		t.Fatal("the figures were not revised")
	}
	for i, want := range truth { // one after the other
		if got := says(first.bring(f.bundles[i])); got != want {
			t.Fatalf("after bundle %d:\n%s", i, firstDifference(got, want))
		}
	}
	for _, i := range dice.Perm(4) { // old ones
		first.bring(f.bundles[i])
	}
	if got := says(first); got != truth[3] {
		t.Fatalf("old bundles after new ones:\n%s", firstDifference(got, truth[3]))
	}
	revision := first.run("bundle", "export", filepath.Join(f.folder, "handed.tokpit")).ok().stdout
	for _, i := range dice.Perm(4) { // in any order, at second hand
		if i == 1 {
			second.bring(filepath.Join(f.folder, "handed.tokpit"))
		}
		second.bring(f.bundles[i])
	}
	if got := says(second); got != truth[3] {
		t.Fatalf("in any order:\n%s", firstDifference(got, truth[3]))
	}
	for _, m := range f.machines {
		rowsMatch(t, m.doctor(), nil)
	}
	asks.run("bundle", "import", filepath.Join(f.folder, "handed.tokpit")).want(0, "left out: this machine asks that account itself")
	if got := says(asks); got != truth[3] {
		t.Errorf("what was handed on comes back:\n%s\n%s", revision, firstDifference(got, truth[3]))
	}

	list := first.run("sources", "list").ok().stdout
	for _, kind := range o.kinds() {
		if !strings.Contains(list, "my-"+kind+"@m0") || !strings.Contains(list, "from bundles of m0") {
			t.Errorf("%s is not listed:\n%s", kind, list)
		}
	}
	first.run("sync").ok() // asks nobody
	if got := says(first); got != truth[3] {
		t.Error("a sync changes what came in bundles")
	}
	kind := o.kinds()[0]
	first.vars[variable(kind)] = types()[kind]
	connect := []string{"sources", "add", "my-" + kind, "--type", kind, "--key", "env:" + variable(kind), "--base-url", o.URL + "/" + kind,
		"--since", o.since.Format(time.DateOnly), "--no-test"}
	first.run(connect...).fails("from bundles of m0", "counted twice", "--purge")
	first.run("sources", "remove", "my-"+kind+"@m0", "--purge").ok()
	first.run(connect...).ok()
	first.run("sync").ok()
	first.bring(f.bundles[3])
	if got := says(first); got != truth[3] {
		t.Errorf("asked directly:\n%s", firstDifference(got, truth[3]))
	}
}

// bring brings a bundle in.
func (m *machine) bring(path string) *machine {
	m.t.Helper()
	m.run("bundle", "import", path).ok()
	return m
}
