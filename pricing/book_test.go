package pricing

import (
	"bytes"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tokpit/usage"
)

func table(t testing.TB) *Table {
	t.Helper()
	tab, err := ReadTable(os.DirFS("table"))
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestTheTableIsSound(t *testing.T) {
	if err := table(t).Check(); err != nil {
		t.Error(err)
	}
}

func TestTheEmbeddedBookIsTheTable(t *testing.T) {
	data, err := table(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, embedded) {
		t.Error("book.bin is not what the table compiles to: run go generate ./pricing")
	}
	if NewBook(table(t)).Version() != Embedded().Version() || !strings.HasPrefix(Embedded().Version(), "20") {
		t.Errorf("version %s is not the table's", Embedded().Version())
	}
}

func TestTheEmbeddedBookIsSmallAndQuick(t *testing.T) {
	if len(embedded) > 150<<10 {
		t.Errorf("%d bytes", len(embedded))
	}
	best := time.Hour
	for range 20 {
		start := time.Now()
		tab, err := Decode(embedded)
		if err != nil {
			t.Fatal(err)
		}
		compile(tab, "")
		best = min(best, time.Since(start))
	}
	if best > 5*time.Millisecond && !raceEnabled {
		t.Errorf("decoding takes %s", best)
	}
}

func TestEncodingKeepsEverything(t *testing.T) {
	want := table(t)
	got, err := Decode(embedded)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got.Rows, want.Rows, func(a, b Row) bool {
		same := a.From.Equal(b.From) && a.To.Equal(b.To) && a.Learned.Equal(b.Learned)
		a.From, a.To, a.Learned, b.From, b.To, b.Learned = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
		return same && a == b
	}) {
		t.Error("rows differ")
	}
	if !slices.Equal(got.Providers, want.Providers) || !slices.Equal(got.Names, want.Names) ||
		!slices.Equal(got.Meters, want.Meters) || !slices.Equal(got.Regions, want.Regions) || !reflect.DeepEqual(got.Lives, want.Lives) {
		t.Error("names, providers, meters or regions differ")
	}
}

func TestTheOrderOfTheTableDoesNotMatter(t *testing.T) {
	shuffled := shuffledTable(t, 1)
	data, err := shuffled.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, embedded) {
		t.Error("a shuffled table compiles to other bytes")
	}
}

func shuffledTable(t testing.TB, seed uint64) *Table {
	tab, r := table(t), rand.New(rand.NewPCG(seed, 1))
	r.Shuffle(len(tab.Rows), func(i, j int) { tab.Rows[i], tab.Rows[j] = tab.Rows[j], tab.Rows[i] })
	r.Shuffle(len(tab.Names), func(i, j int) { tab.Names[i], tab.Names[j] = tab.Names[j], tab.Names[i] })
	r.Shuffle(len(tab.Providers), func(i, j int) { tab.Providers[i], tab.Providers[j] = tab.Providers[j], tab.Providers[i] })
	r.Shuffle(len(tab.Meters), func(i, j int) { tab.Meters[i], tab.Meters[j] = tab.Meters[j], tab.Meters[i] })
	r.Shuffle(len(tab.Regions), func(i, j int) { tab.Regions[i], tab.Regions[j] = tab.Regions[j], tab.Regions[i] })
	return tab
}

func TestEdges(t *testing.T) {
	if got, want := Embedded().Edges(), (usage.Edges{100000, 128000, 200000, 272000, 512000}); !got.Equal(want) {
		t.Errorf("edges %v, want %v", got, want)
	}
}

func TestHistory(t *testing.T) {
	rows := Embedded().History("openai", "O3")
	if len(rows) != 2 || rows[0].Rates.Input.PerMillion() != "10" || rows[1].Rates.Input.PerMillion() != "2" ||
		rows[1].Confidence != Exact || rows[1].Source == "" || !rows[1].To.IsZero() || rows[1].Window != 200000 {
		t.Errorf("o3 is %+v", rows)
	}
	if rows := Embedded().History("openai", "o3-"); rows != nil {
		t.Errorf("a part of a name has %d rows", len(rows))
	}
	rows[0].Model = "changed"
	if Embedded().History("openai", "o3")[0].Model != "o3" {
		t.Error("a caller can change the book")
	}
	if n := len(Embedded().Refinements("openai", "o3")); n != 5 {
		t.Errorf("o3 has %d refinements, want batch and flex twice and priority once", n)
	}
	models := Embedded().Models()
	if len(models) < 300 || !slices.Contains(models, ModelRef{"minimax", "MiniMax-M2"}) {
		t.Errorf("%d models", len(models))
	}
}

func TestChangesBetween(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	var got []string
	for _, c := range Embedded().ChangesBetween(day("2026-07-30"), day("2026-08-22")) {
		arrow := "down"
		if c.Up() {
			arrow = "up"
		}
		got = append(got, c.At.Format("01-02T15:04")+" "+c.Model+" "+arrow+": "+c.Text())
	}
	want := []string{
		"07-30T00:00 gpt-5.6-luna down: input 1 → 0.2, cache read 0.1 → 0.02, cache write 5m 1.25 → 0.25, output 6 → 1.2 per 1M",
		"07-30T00:00 gpt-5.6-terra down: input 2.5 → 2, cache read 0.25 → 0.2, cache write 5m 3.125 → 2.5, output 15 → 12 per 1M",
		"08-13T00:00 gemini-3.6-flash down: input 1.5 → 0.75, cache read 0.15 → 0.075, output 7.5 → 3.75 per 1M",
		"08-16T16:00 deepseek-v4-flash up: input 0.14 → 0.22, cache read 0.0028 → 0.007, output 0.28 → 0.66 per 1M",
		"08-16T16:00 deepseek-v4-pro up: input 0.435 → 0.66, cache read 0.003625 → 0.022, output 0.87 → 1.98 per 1M",
		"08-21T00:00 gpt-5.6 down: input 5 → 4, cache read 0.5 → 0.4, cache write 5m 6.25 → 5, output 30 → 20 per 1M",
		"08-21T00:00 gpt-5.6-sol down: input 5 → 4, cache read 0.5 → 0.4, cache write 5m 6.25 → 5, output 30 → 20 per 1M",
	}
	if !slices.Equal(got, want) {
		t.Errorf("changes:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// The surcharge of claude-opus-4-6 ended on this day; its base price stayed.
	if c := Embedded().ChangesBetween(day("2026-03-13"), day("2026-03-14")); len(c) != 0 {
		t.Errorf("%d changes on a day without one", len(c))
	}
}

func TestABookIsSafeForConcurrentUse(t *testing.T) {
	b := NewBook(table(t))
	models := b.Models()
	at := time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(g)))
			for range 2000 {
				m := models[r.IntN(len(models))]
				d := usage.Dims{Provider: m.Provider, Model: m.Model, Band: b.edges.Band(r.Int64N(600000))}
				if tariff := b.Tariff(&d, at); !tariff.Priced || tariff.Model != m.Model {
					t.Errorf("%s/%s: %+v", m.Provider, m.Model, tariff)
				}
			}
		})
	}
	wg.Wait()
}

func TestWhatABookRemembersIsBounded(t *testing.T) {
	b := NewBook(&Table{})
	d := usage.Dims{Provider: "x"}
	for i := range 3 * cacheLimit {
		d.Model = strings.Repeat("m", i%300) + string(rune('a'+i%26)) + time.Unix(int64(i), 0).UTC().String()
		if b.Tariff(&d, time.Unix(0, 0)).Priced {
			t.Fatal("an empty book has a price")
		}
	}
	if n, m := len(b.tariffs.m), len(b.resolved.m); n > cacheLimit || m > cacheLimit {
		t.Errorf("it remembers %d tariffs and %d names", n, m)
	}
	d.Model = strings.Repeat("long", 1000)
	b.Tariff(&d, time.Unix(0, 0))
	for k := range b.resolved.m {
		if len(k.model) > longestName {
			t.Errorf("it remembers a name of %d bytes", len(k.model))
		}
	}
}

func TestAnUnsoundTableDoesNoHarm(t *testing.T) {
	tab := table(t)
	for i := range tab.Regions {
		tab.Regions[i].Den = 0
	}
	tab.Rows = append(tab.Rows, tab.Rows...)
	d := usage.Dims{Provider: "anthropic", Model: "claude-opus-4-6", Region: "us", Tier: "batch"}
	c := NewBook(tab).ChargeCell(&d, time.Unix(0, 0), time.Unix(1<<40, 0), usage.Tokens{Input: 1e6}, nil)
	if !c.Priced || c.Flags&FlagModifier == 0 {
		t.Errorf("got %+v", c)
	}
}
