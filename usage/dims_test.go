package usage

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestBands(t *testing.T) {
	e := NewEdges([]int64{272000, 200000, 200000, 0, -5})
	for _, c := range []struct {
		total int64
		want  Band
		name  string
	}{
		{0, Band{0, 200000}, "0-199999"}, {199999, Band{0, 200000}, "0-199999"}, {200000, Band{200000, 200001}, "200000-200000"},
		{200001, Band{200001, 272000}, "200001-271999"}, {272000, Band{272000, 272001}, "272000-272000"}, {272001, Band{272001, 0}, "272001-"},
		{MaxTokens, Band{272001, 0}, "272001-"}, {Absent, Band{}, "unknown"},
	} {
		if got := e.Band(c.total); got != c.want || got.String() != c.name {
			t.Errorf("Band(%d) = %v, want %v", c.total, got, c.name)
		}
	}
	if b := (Edges{}).Band(5); !b.Known() || b.Lo != 0 {
		t.Errorf("without edges: %v", b)
	}
}

// TestBandsCover: every total lies in its band, a threshold is alone in its
// own, and no band spans one.
func TestBandsCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		thresholds := rapid.SliceOf(rapid.Int64Range(1, 50)).Draw(t, "thresholds")
		e := NewEdges(thresholds)
		total := rapid.Int64Range(0, 60).Draw(t, "total")
		b := e.Band(total)
		if !b.Known() || total < b.Lo || total > b.Max() {
			t.Fatalf("%d is not in its band %v", total, b)
		}
		for _, at := range thresholds {
			if above := b.Lo > at; above != (b.Max() > at) && b.Lo != at {
				t.Fatalf("%v spans %d", b, at)
			}
			if b.Lo == at && b.Max() != at {
				t.Fatalf("%d is not alone in %v", at, b)
			}
		}
		if b.Max() != math.MaxInt64 && e.Band(b.Max()) != b || e.Band(b.Lo) != b {
			t.Fatalf("the ends of %v lie elsewhere", b)
		}
	})
}

func TestTags(t *testing.T) {
	a := NewTags(map[string]string{"team": "web", "env": "prod\nx", "a=b": "c"})
	if a != "a-b=c\nenv=prod x\nteam=web" {
		t.Errorf("%q", a)
	}
	for name, want := range map[string]string{"team": "web", "env": "prod x", "a-b": "c", "none": "", "tea": ""} {
		if got := a.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestBasis(t *testing.T) {
	for b := Billed; b <= Reported; b++ {
		if got, err := ParseBasis(b.String()); err != nil || got != b {
			t.Errorf("%v became %v, %v", b, got, err)
		}
	}
	for _, s := range []string{"", "guessed", "Logged"} {
		if _, err := ParseBasis(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
	if !(Reported > Metered && Metered > Logged && Logged > Imported) || Basis(200).String() != "" {
		t.Error("wrong ranks")
	}
}

func TestDimensions(t *testing.T) {
	got, err := ParseDimensions("day, model,tag:team,day,")
	if err != nil || !slices.Equal(got, []Dimension{ByDay, ByModel, "tag:team"}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"dai", "tag:", "model,nope"} {
		if _, err := ParseDimensions(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
	d := Dims{Source: "so", Account: "ac", Provider: "pr", Organization: "or", Environment: "en", Project: "pj", Key: "ke", User: "us",
		Agent: "ag", Session: "se", Machine: "ma", Model: "mo", Tier: "ti", Region: "re", Tags: "cost_center=cc\nline_item=li\nteam=web", Basis: Logged, Band: Band{5, 0}}
	want := map[Dimension]string{ByProvider: "pr", ByAccount: "ac", ByOrganization: "or", ByEnvironment: "en", ByProject: "pj", ByKey: "ke",
		ByUser: "us", ByAgent: "ag", BySession: "se", ByMachine: "ma", ByModel: "mo", ByTier: "ti", ByRegion: "re", ByBand: "5-", BySource: "so",
		ByBasis: "logged", "tag:team": "web", ByCostCenter: "cc", ByLineItem: "li", ByDay: "", ByPricedAs: ""}
	for dim, w := range want {
		if got := dim.Of(&d); got != w {
			t.Errorf("%s = %q, want %q", dim, got, w)
		}
	}
	for _, dim := range Dimensions() {
		if _, known := want[dim]; !known && !dim.IsTime() {
			t.Errorf("%s is not tested", dim)
		}
	}
	if c := d.Coarse(); c.Session+c.Agent+c.User != "" || c.Model != "mo" {
		t.Errorf("%+v", c)
	}
}

func TestDimsCompare(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "a", "b"})
	draw := rapid.Custom(func(t *rapid.T) Dims {
		var d Dims
		for _, s := range d.Strings() {
			*s = text.Draw(t, "text")
		}
		d.Basis, d.Band = Basis(rapid.IntRange(0, 2).Draw(t, "basis")), Band{rapid.Int64Range(0, 1).Draw(t, "lo"), rapid.Int64Range(0, 1).Draw(t, "end")}
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if c := a.Compare(b); c != -b.Compare(a) || (c == 0) != (a == b) {
			t.Fatalf("%+v and %+v compare as %d", a, b, c)
		}
	})
}
