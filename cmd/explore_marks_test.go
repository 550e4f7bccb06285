package cmd

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tokpit/tui/explore"
	"tokpit/tui/tuitest/typist"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Rows that are marked in the cockpit and looked into together cost what a report
// with the same filter says.
func TestMarkedRowsAreAFilteredReport(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	for dim, values := range map[usage.Dimension][]string{
		usage.ByModel:   {"gpt-5.4-nano", "claude-opus-5-5"},
		usage.ByProject: {"", "Website"},
	} {
		p := explore.New(explore.Options{Context: t.Context(), Actions: explorer{d}})
		x := &typist.Typist{TB: t, To: p, State: func() typist.State { return typist.State{Snapshot: s, Width: 160, Height: 50} }}
		p.SetSize(160, 50)
		p.SetSnapshot(s)
		x.Run(p.Update(ui.Look{By: []usage.Dimension{dim}}))
		for _, v := range values {
			name := v
			if v == "" {
				name = "unallocated"
			}
			x.Keys("/")
			x.Typed(name)
			x.Keys("enter", "home", "space", "/")
			for range name {
				x.Keys("backspace")
			}
			x.Keys("enter")
		}
		x.See("✓ 2 marked")
		x.Keys("=")
		filter := string(dim) + "=" + strings.Join(values, ",")
		q, err := d.app.query(reportOptions{by: string(dim), since: "2026-11-01", filter: []string{filter}})
		if err != nil {
			t.Fatal(err)
		}
		want, err := d.app.report(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		sheet := p.Sheet()()
		head, err := json.Marshal(sheet.Head)
		var total struct {
			Total struct {
				Cost     string `json:"cost"`
				Requests int64  `json:"requests"`
			} `json:"total"`
			Filter map[string][]string `json:"filter"`
		}
		if err != nil || json.Unmarshal(head, &total) != nil || len(sheet.Rows) != 2 {
			t.Fatalf("%s: %d rows, %s, %v", filter, len(sheet.Rows), head, err)
		}
		if total.Total.Cost != want.Total.Cost.String() || total.Total.Requests != want.Total.Requests || len(want.Rows) != 2 {
			t.Errorf("%s: marked rows cost %s of %d requests, a report says %s of %d", filter, total.Total.Cost, total.Total.Requests, want.Total.Cost, want.Total.Requests)
		}
		if got := total.Filter[string(dim)]; len(got) != 2 || !slices.Contains(got, values[0]) && dim == usage.ByModel {
			t.Errorf("%s: the page keeps to %q", filter, got)
		}
	}
}
