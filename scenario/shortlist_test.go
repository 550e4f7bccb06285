package scenario

import (
	"slices"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

func TestStanding(t *testing.T) {
	better := []Quality{{Metric: "m", From: Rated{Score: Score{Mean: 1}}, To: Rated{Score: Score{Mean: 2}}}}
	worse := []Quality{{Metric: "m", From: Rated{Score: Score{Mean: 2}}, To: Rated{Score: Score{Mean: 1}}}}
	room := SwapFacts{FromWindow: 100, Window: 100, KeepsWindow: true}
	swap := func(change func(s *Saving, f *SwapFacts), codes ...string) Saving {
		f := room
		s := Saving{Contribution: Contribution{Known: true}, Swap: &f}
		for _, c := range codes {
			s.caveat(c, false, "")
		}
		change(&s, &f)
		return s
	}
	for name, c := range map[string]struct {
		s    Saving
		want Standing
	}{
		"lever":             {Saving{Contribution: Contribution{Known: true}}, Proven},
		"lever in part":     {Saving{}, Doubtful},
		"unknown quality":   {swap(func(*Saving, *SwapFacts) {}, "quality"), Untried},
		"as good":           {swap(func(_ *Saving, f *SwapFacts) { f.Quality = better }), Proven},
		"worse":             {swap(func(_ *Saving, f *SwapFacts) { f.Quality = worse }), Untried},
		"a tenth":           {swap(func(*Saving, *SwapFacts) {}, "class"), Doubtful},
		"a tenth with one":  {swap(func(_ *Saving, f *SwapFacts) { f.Quality = worse }, "class"), Untried},
		"ends":              {swap(func(_ *Saving, f *SwapFacts) { f.Quality = better; f.Ends = time.Unix(1, 0) }, "retiring"), Doubtful},
		"does not fit":      {swap(func(s *Saving, f *SwapFacts) { f.Quality, s.Misfit = better, 1 }), Doubtful},
		"window unknown":    {swap(func(_ *Saving, f *SwapFacts) { f.Quality, f.Window, f.KeepsWindow = better, 0, false }), Doubtful},
		"smaller but fits":  {swap(func(_ *Saving, f *SwapFacts) { f.Window, f.KeepsWindow = 50, false }), Untried},
		"smaller and maybe": {swap(func(s *Saving, f *SwapFacts) { f.Window, f.KeepsWindow, s.MayMisfit = 50, false, 2 }), Doubtful},
		"kept and maybe":    {swap(func(s *Saving, _ *SwapFacts) { s.MayMisfit = 2 }), Untried},
	} {
		if got := c.s.Standing(); got != c.want {
			t.Errorf("%s is %s, want %s", name, got, c.want)
		}
	}
}

// A shortlist has the savings of a ranking once, each in its section, in the order
// of the ranking; what it leaves out is counted.
func TestShortlist(t *testing.T) {
	b := prepare(t, manyModels(t, 4000, 12))
	r := ranked(t, b, RankOptions{Scores: board(t)})
	savings := make([]*Saving, len(r.Savings))
	for i := range r.Savings {
		savings[i] = &r.Savings[i]
	}
	for _, most := range []int{0, 1, 5, 10, 1000} {
		total, places := 0, 0
		for _, x := range Shortlist(savings, 2, most) {
			alike, own, last := make(map[pricing.ModelRef]int), make(map[pricing.ModelRef]int), -1
			for _, s := range x.Savings {
				at := slices.Index(savings, s)
				if s.Standing() != x.Standing || at <= last {
					t.Errorf("%s: %s is %s, at %d after %d", x.Standing, s.Title, s.Standing(), at, last)
				}
				if last = at; s.Swap != nil {
					if s.Lever.To.Provider == s.Lever.From.Provider {
						own[s.Lever.From]++
					}
					if alike[s.Lever.From]++; alike[s.Lever.From] > 2 && (alike[s.Lever.From] > 3 || own[s.Lever.From] != 1) {
						t.Errorf("%s: %s is one too many", x.Standing, s.Title)
					}
				}
			}
			total, places = total+len(x.Savings)+x.Folded, places+len(x.Savings)
		}
		if most > 0 && places > most {
			t.Errorf("%d in %d places", places, most)
		}
		if most != 1 && most != 5 && total != len(savings) {
			t.Errorf("%d of %d in %d places", total, len(savings), most)
		}
	}
	if all := Shortlist(savings, len(savings), 0); all[0].Folded != 0 || all[0].Standing != Proven || len(all) != 3 {
		t.Errorf("%+v", all)
	}
	if got := Shortlist(nil, 2, 10); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// 300 answers, 1 to 300 tokens each: 99 in 100 have up to 297, a fifth more is 357,
// which none reaches. With three of 1,000 more it is 360, and cuts 3 × 640 tokens
// at 10/M.
func TestRankCapsOutputs(t *testing.T) {
	five := model("openai", "gpt-5")
	var records []usage.Record
	for n := range int64(300) {
		records = append(records, asked(t, five, 100, 0, n+1))
	}
	r := ranked(t, preparedFrom(t, records...), RankOptions{Scores: board(t)})
	if s := r.find("gpt-5: max_tokens of 357"); s != nil {
		t.Errorf("a cap above all answers: %+v", s)
	}
	for range 3 {
		records = append(records, asked(t, five, 100, 0, 1000))
	}
	b := preparedFrom(t, records...)
	r = ranked(t, b, RankOptions{Scores: board(t)})
	i := slices.IndexFunc(r.Savings, func(s Saving) bool { return s.Lever.Kind == OutputCap })
	if i < 0 {
		t.Fatal("no cap is ranked")
	}
	s := &r.Savings[i]
	if s.Lever.String() != "output-cap 360 @model=gpt-5,provider=openai" || s.Cost.String() != "-0.0192" || s.Standing() != Proven || !s.has("cap") {
		t.Errorf("%s: %s, %+v", s.Lever.String(), s.Cost, s.Caveats)
	}
	got := run(t, b, s.Lever.String())
	if got.Delta() != s.Cost {
		t.Errorf("ranked %s, a run says %s", s.Cost, got.Delta())
	}
	for _, x := range ranked(t, prepare(t, fourO(t)), RankOptions{}).Savings {
		if x.Lever.Kind == OutputCap {
			t.Errorf("%s without records", x.Title)
		}
	}
}

func TestNotesOfASwapSayWhatIsWrong(t *testing.T) {
	to := pricing.ModelRef{Model: "gpt-4o"}
	for want, o := range map[string]Contribution{
		"1 request is longer than the context window of gpt-4o":                      {Misfit: 1},
		"2,400 requests are longer than the context window of gpt-4o":                {Misfit: 2400},
		"1 request may be longer than the context window of gpt-4o":                  {MayMisfit: 1},
		"2 requests longer than the context window of gpt-4o, and 1,000 more may be": {Misfit: 2, MayMisfit: 1000},
	} {
		o.Lever.To = to
		if got := misfits(&o); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	now := day(t, "2026-11-21T00:00:00Z")
	for want, end := range map[string]time.Time{"it is deprecated, without a date": {}, "it ends on 2026-12-01": day(t, "2026-12-01T00:00:00Z"), "it ended on 2026-11-01, and takes no requests any more": day(t, "2026-11-01T00:00:00Z")} {
		if got := ending(end, pricing.Deprecated, now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
