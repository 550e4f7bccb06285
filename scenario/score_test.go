package scenario

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/pricing"
)

var scoreDay = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)

func importText(t *testing.T, text string) *ImportedScores {
	t.Helper()
	got, err := ImportScores(strings.NewReader(text), ScoreImport{Name: "mine", File: "mine.csv", Now: scoreDay})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPoints(t *testing.T) {
	for _, c := range []struct {
		p            Points
		text, short  string
		oneDecimal   string
		readsBackTo  Points
		readsBackStr string
	}{
		{35_600_000, "35.6", "35.6", "35.6", 35_600_000, "35.6"},
		{832_100, "0.8321", "0.832", "0.8", 832_100, "0.8321"},
		{-1, "-0.000001", "0", "0", -1, "-0.000001"},
		{1342_500_000, "1342.5", "1342", "1342.5", 1342_500_000, "1342.5"},
		{0, "0", "0", "0", 0, "0"},
		{-2_550_000, "-2.55", "-2.6", "-2.6", -2_550_000, "-2.55"},
	} {
		if c.p.String() != c.text || c.p.Short() != c.short || c.p.Format(1) != c.oneDecimal {
			t.Errorf("%d: %q %q %q", c.p, c.p.String(), c.p.Short(), c.p.Format(1))
		}
		if back, ok := readPoints(c.readsBackStr); !ok || back != c.readsBackTo {
			t.Errorf("%q reads as %d", c.readsBackStr, back)
		}
	}
	for text, want := range map[string]Points{"true": 1_000_000, "fail": 0, "1e-3": 1000, "8.5E1": 85_000_000, "72 %": 72_000_000, "0.83333333333333337034": 833_333, ".5": 500_000, "+2": 2_000_000} {
		if got, ok := readPoints(text); !ok || got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{"", "-", ".", "e5", "1e999999999", "NaN", "Inf", "0x10", "1/3", "99999999999999", "1e19", "1.2.3", strings.Repeat("9", 200)} {
		if got, ok := readPoints(text); ok {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestImportedRowsBecomeMeans(t *testing.T) {
	got := importText(t, "\xef\xbb\xbfModel,metric,id,score,cost,latency_ms,date,comment\n"+
		"openai/gpt-5,exact match,1,1,0.01,1500,2026-11-01,a\n"+
		"openai/gpt-5,exact match,2,0,0.03,2500,2026-11-02,b\n"+
		"openai/gpt-5,exact match,3,true,1.2e-05,,,\n"+
		"gpt-5-mini,exact match,1,0,,,,\n"+
		"gpt-5-mini,exact match,2,0,,,,\n"+
		"gpt-5-mini,exact match,3,1,,,,\n"+
		"gpt-5-mini,arena,,1342.5,,,,\n")
	if len(got.Bad) != 0 || got.Rows != 7 || !slices.Equal(got.Ignored, []string{"comment"}) {
		t.Fatalf("%+v", got)
	}
	if len(got.Scores) != 3 || got.Scores[0].Metric != "arena" || got.Scores[0].Interval != nil || got.Scores[0].Mean != 1342_500_000 {
		t.Fatalf("%+v", got.Scores)
	}
	five := got.Scores[2]
	if five.Provider != "openai" || five.Mean != 666_667 || five.Items != 3 || five.Interval == nil || five.Latency != 2*time.Second || !five.HasLatency ||
		five.Cost.String() != "0.013337333333333333" || five.AsOf.Format(time.DateOnly) != "2026-11-02" {
		t.Errorf("%+v %s", five, five.Cost)
	}
	if five.Interval.Low > five.Mean || five.Interval.High < five.Mean {
		t.Errorf("the interval %v does not hold the mean %v", *five.Interval, five.Mean)
	}
	if len(got.Pairs) != 1 || got.Pairs[0].Items != 3 || got.Pairs[0].Delta != 333_333 {
		t.Errorf("%+v", got.Pairs)
	}
}

func TestBadScoreRowsAreNamed(t *testing.T) {
	got := importText(t, `{"model":"gpt-5","metric":"f1","score":0.8}
not json

{"model":"","metric":"f1","score":1}
{"model":"gpt-5","score":1}
{"model":"gpt-5","metric":"f1","score":"many"}
{"model":"gpt-5","metric":"f1","score":null}
{"model":"gpt-5","metric":"f1","score":1,"cost":-1}
{"model":"gpt-5","metric":"f1","score":1,"latency":1e9}
{"model":"gpt-5","metric":"f1","score":1,"date":"soon"}
[1]
{"model":"gpt-5","metric":"f1","score":0.6,"extra":{"a":1}}
`)
	var lines []int
	for _, b := range got.Bad {
		lines = append(lines, b.Line)
	}
	if !slices.Equal(lines, []int{2, 4, 5, 6, 7, 8, 9, 10, 11}) || got.BadRows != 9 || got.Rows != 2 {
		t.Errorf("%+v", got.Bad)
	}
	if got.Scores[0].Mean != 700_000 || !slices.Equal(got.Ignored, []string{"extra"}) {
		t.Errorf("%+v %v", got.Scores, got.Ignored)
	}
}

func TestScoreFilesThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"", "a,b\n1,2\n", "model,metric,score\n", "[{}]", "model,metric,score\ngpt-5,f1,x\n", "\x00\x01\x02", `{"model":"` + strings.Repeat("x", 2<<20) + `"}`} {
		_, err := ImportScores(strings.NewReader(text), ScoreImport{Name: "x", Now: scoreDay})
		var advised interface{ Hint() string }
		if !errors.As(err, &advised) || advised.Hint() == "" {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func TestHostileScoreNamesAreHarmless(t *testing.T) {
	got := importText(t, "model,metric,score\n\"gpt\x1b[31m-5\u202e\",\"f1\x07\",1\n")
	if s := got.Scores[0]; s.Model != "gpt-5" || s.Metric != "f1" {
		t.Errorf("%q %q", s.Model, s.Metric)
	}
}

// The figures were computed once and must not change: the same results always
// have the same interval.
func TestBootstrapIsDeterministic(t *testing.T) {
	values := make([]Points, 100)
	for i := range values {
		values[i] = Points(i%4/3) * 1_000_000 // 25 of 100
	}
	mean, first := bootstrap(values)
	_, again := bootstrap(slices.Clone(values))
	if mean != 250_000 || first != again {
		t.Fatalf("%d %v %v", mean, first, again)
	}
	// The normal approximation gives 0.25 ± 0.085.
	if first.Low < 150_000 || first.Low > 180_000 || first.High < 320_000 || first.High > 350_000 {
		t.Errorf("%v", first)
	}
	if got := fmt.Sprint(first); got != "{0.17 0.33}" {
		t.Errorf("the interval is %s, and was %s", got, "{0.17 0.33}")
	}
}

func TestBootstrapProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(-int64(maxPoints), int64(maxPoints)), 2, 40).Draw(t, "values")
		p := make([]Points, len(values))
		for i, v := range values {
			p[i] = Points(v)
		}
		mean, in := bootstrap(p)
		if in.Low > in.High || in.Low < slices.Min(p) || in.High > slices.Max(p) || mean < slices.Min(p) || mean > slices.Max(p) {
			t.Fatalf("%v: %d %v", p, mean, in)
		}
	})
}

func TestPairingIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) map[string]Points {
			m := make(map[string]Points)
			for item, v := range rapid.MapOfN(rapid.StringMatching(`[a-e]`), rapid.Int64Range(0, 100), 2, 5).Draw(t, name) {
				m[item] = Points(v) * 1_000_000
			}
			return m
		}
		a, b := draw("a"), draw("b")
		x, _, n, ok := paired(a, b)
		y, _, m, also := paired(b, a)
		if ok != also || n != m || x != -y {
			t.Fatalf("%d and %d over %d, %d", x, y, n, m)
		}
	})
}

func TestStoredScoresReadBack(t *testing.T) {
	got := importText(t, "model,metric,item,score,cost,latency\nopenai/gpt-5,f1,a,1,0.5,1\nopenai/gpt-5,f1,b,0,,\ngpt-5-mini,f1,a,1,,\ngpt-5-mini,f1,b,1,,\n")
	data, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeScores(data)
	if err != nil || !reflect.DeepEqual(back, got.ScoreSet) {
		t.Errorf("%v\n%+v\n%+v", err, back, got.ScoreSet)
	}
	for text, want := range map[string]error{`{"version":2}`: ErrNewer, `{}`: ErrDocument, `x`: ErrDocument, ``: ErrDocument, `{"version":1,"scores":3}`: ErrDocument} {
		if _, err := DecodeScores([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPublishedScoresAreSound(t *testing.T) {
	all, err := PublishedScores()
	if err != nil {
		t.Fatal(err)
	}
	book := pricing.Embedded()
	known := make(map[pricing.ModelRef]bool)
	for _, m := range book.Models() {
		known[m] = true
	}
	seen := make(map[string]bool)
	for _, s := range all {
		if !known[pricing.ModelRef{Provider: s.Provider, Model: s.Model}] {
			t.Errorf("the book has no %s", s.name())
		}
		if s.License != "Apache-2.0" && s.License != "MIT" || !strings.HasPrefix(s.Origin, "https://") || s.AsOf.IsZero() {
			t.Errorf("%s: license %q, origin %q, date %v", s.name(), s.License, s.Origin, s.AsOf)
		}
		if key := s.name() + "\x00" + s.Metric + "\x00" + s.Effort; seen[key] {
			t.Errorf("%q is there twice", key)
		} else {
			seen[key] = true
		}
	}
	if len(all) < 150 {
		t.Errorf("only %d scores", len(all))
	}
}

func TestScoresOfDifferentMetricsAreNotCompared(t *testing.T) {
	book := pricing.Embedded()
	got := importText(t, "model,metric,item,score,effort\ngpt-5,mine,a,1,\ngpt-5,mine,b,1,\ngpt-5-mini,mine,a,1,\ngpt-5-mini,mine,b,0,\nunheard-of,mine,a,1,\ngpt-5-nano,other,a,1,\n")
	board, err := NewScoreboard(book, []ScoreSet{got.ScoreSet})
	if err != nil {
		t.Fatal(err)
	}
	ref := func(m string) pricing.ModelRef { return pricing.ModelRef{Provider: "openai", Model: m} }
	all := board.Compare(ref("gpt-5"), ref("gpt-5-mini"))
	if len(all) == 0 || all[0].Metric != "mine" || all[0].Paired == nil || all[0].Delta() != -500_000 {
		t.Fatalf("%+v", all)
	}
	for _, q := range all {
		if q.From.Metric != q.Metric || q.To.Metric != q.Metric {
			t.Errorf("%s compared with %s", q.From.Metric, q.To.Metric)
		}
	}
	if got := board.Compare(ref("gpt-5-mini"), ref("gpt-5")); got[0].Delta() != 500_000 {
		t.Errorf("turned round it is %v", got[0].Delta())
	}
	if got := board.Compare(ref("gpt-5-nano"), ref("gpt-5-mini")); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if !slices.Equal(board.Unknown, []string{"unheard-of"}) {
		t.Errorf("%v", board.Unknown)
	}
	// The published scores of gpt-5 have three efforts; gpt-4.1 has none.
	q := board.Compare(ref("gpt-5"), ref("gpt-4.1"))
	if len(q) == 0 || q[0].From.Effort != "medium" || q[0].Delta() >= 0 {
		t.Errorf("%+v", q)
	}
	if other := board.Of(pricing.ModelRef{Provider: "azure", Model: "gpt-5"}); len(other) == 0 {
		t.Error("the same model sold by another vendor has no scores")
	}
	var none *Scoreboard
	if none.Of(ref("gpt-5")) != nil {
		t.Error("no board has scores")
	}
}

// The progress of an import rises to its end.
func TestImportTellsHowFarItIs(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("model,metric,item,score\n")
	for i := range 20 {
		fmt.Fprintf(&rows, "a,m,%d,1\nb,m,%d,0\nc,other,%d,1\n", i, i, i)
	}
	last, end := int64(0), int64(0)
	_, err := ImportScores(strings.NewReader(rows.String()), ScoreImport{Name: "n", Now: time.Unix(0, 0), Progress: func(done, total int64) {
		if done <= last || end != 0 && total != end {
			t.Errorf("%d of %d after %d of %d", done, total, last, end)
		}
		last, end = done, total
	}})
	if err != nil || last != 80 || end != 80 { // three models and one pair, of 20 each
		t.Errorf("%d of %d, %v", last, end, err)
	}
}
