package report

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// company is a year of records, summed as the store sums them: quarter hours
// without sessions and users, and days with them. Three of five requests come
// from 50 services through a gateway, two from the agents of 20 people in
// sessions of about 40.
type company struct{ coarse, fine *usage.Cube }

type benchCell struct {
	slot usage.Slot
	set  uint32
}

func newCompany(records int) company {
	r := rand.New(rand.NewPCG(3, 4))
	coarse, fine := usage.NewBuilder(records/2), usage.NewBuilder(records/8)
	first := usage.SlotOf(time.Date(2025, 11, 21, 0, 0, 0, 0, time.UTC))
	sessions := 0
	for day := range 365 {
		quarters, days := make(map[benchCell]usage.Measures), make(map[benchCell]usage.Measures)
		midnight := first + usage.Slot(day*96)
		add := func(slot usage.Slot, d usage.Dims, m usage.Measures) {
			c, f := benchCell{slot, coarse.Set(d.Coarse())}, benchCell{midnight, fine.Set(d)}
			quarters[c], days[f] = quarters[c].Add(m), days[f].Add(m)
		}
		for range records / 365 * 3 / 5 {
			add(midnight+usage.Slot(r.IntN(96)), service(r), request(r))
		}
		for left := records / 365 * 2 / 5; left > 0; sessions++ {
			d, from := agent(r, sessions), r.IntN(72)
			for range min(left, 1+r.IntN(80)) {
				left--
				d := d
				if r.IntN(5) == 0 {
					d.Model = "claude-haiku-4-5"
				}
				d.Band = benchBand(r)
				add(midnight+usage.Slot(from+r.IntN(12)), d, request(r))
			}
		}
		flushCells(coarse, quarters, 1)
		flushCells(fine, days, 96)
	}
	return company{coarse.Cube(), fine.Cube()}
}

func flushCells(b *usage.Builder, cells map[benchCell]usage.Measures, width uint8) {
	order := make([]benchCell, 0, len(cells))
	for c := range cells {
		order = append(order, c)
	}
	slices.SortFunc(order, func(x, y benchCell) int { return cmp.Or(cmp.Compare(x.slot, y.slot), cmp.Compare(x.set, y.set)) })
	for _, c := range order {
		b.Add(c.slot, width, c.set, cells[c])
	}
}

func benchBand(r *rand.Rand) usage.Band {
	bands := []usage.Band{{Lo: 0, End: 32_000}, {Lo: 32_001, End: 128_000}, {Lo: 128_001, End: 200_000}, {Lo: 200_001, End: 256_000}}
	return bands[min(r.IntN(3), r.IntN(5), r.IntN(4))]
}

func service(r *rand.Rand) usage.Dims {
	models := []usage.Dims{{Provider: "openai", Model: "gpt-5.6-sol"}, {Provider: "deepseek", Model: "deepseek-v4-flash"}, {Provider: "openai", Model: "gpt-5.4-mini"},
		{Provider: "anthropic", Model: "claude-sonnet-5-5"}, {Provider: "google", Model: "gemini-3.1-pro-preview"}, {Provider: "xai", Model: "grok-4.7"},
		{Provider: "openai", Model: "text-embedding-3-small"}, {Provider: "self-hosted", Model: "ours"}, {Provider: "openai", Model: "gpt-5"}}
	key := r.IntN(50)
	d := models[(key+min(r.IntN(4), r.IntN(4)))%len(models)]
	d.Source, d.Account, d.Basis, d.Key, d.Project = "litellm", "gateway", usage.Metered, fmt.Sprintf("sk-%02d", key), fmt.Sprintf("project-%02d", key%40)
	d.Band = benchBand(r)
	return d
}

func agent(r *rand.Rand, session int) usage.Dims {
	models := []string{"claude-opus-5", "claude-sonnet-5-5", "claude-opus-4-5"}
	user := r.IntN(20)
	return usage.Dims{Source: "claude-code", Provider: "anthropic", Basis: usage.Logged, User: fmt.Sprintf("user-%02d", user), Machine: fmt.Sprintf("machine-%02d", user),
		Project: fmt.Sprintf("project-%02d", (user*3+r.IntN(4))%40), Session: fmt.Sprintf("0b6e2f4c-%08d", session), Agent: "main", Model: models[min(r.IntN(3), r.IntN(3))]}
}

func request(r *rand.Rand) usage.Measures {
	return usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: r.Int64N(5000), CacheRead: r.Int64N(200_000), CacheWrite5m: r.Int64N(5000), Output: r.Int64N(3000)}}
}

// companies are made when they are asked for, and once.
type companies struct {
	mu   sync.Mutex
	made map[int]company
}

func (c *companies) of(b *testing.B, records int) company {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.made[records]; !ok {
		made := newCompany(records)
		c.made[records] = made
		b.Logf("%d records: %d cells in %d sets; by the day with sessions %d in %d", records, made.coarse.Len(), len(made.coarse.Sets), made.fine.Len(), len(made.fine.Sets))
	}
	return c.made[records]
}

type keystroke struct {
	name, by, pivot string
	filter          map[usage.Dimension][]string
	compare, first  bool // first: nothing is known of the cube yet
}

func (k *keystroke) query(b *testing.B) ExploreQuery {
	by, err := usage.ParseDimensions(k.by)
	if err != nil {
		b.Fatal(err)
	}
	q := ExploreQuery{Query: Query{By: by, Zone: zone(b, "Europe/Berlin"), Filter: k.filter}, Pivot: usage.Dimension(k.pivot)}
	if k.compare { // half a year with half a year
		q.Before = usage.Span{Since: at(b, "2025-11-22"), Until: at(b, "2026-05-22")}
		q.Since, q.Until = at(b, "2026-05-22"), at(b, "2026-11-20")
	}
	return q
}

// BenchmarkExplore is what one key in the cockpit runs: at most 50 ms over a
// million records and 200 ms over ten.
func BenchmarkExplore(b *testing.B) {
	all := companies{made: make(map[int]company)}
	web := map[usage.Dimension][]string{usage.ByProject: {"project-07", "project-11"}}
	keys := []keystroke{{name: "model", by: "model"}, {name: "project,model,key", by: "project,model,key"}, {name: "model×day", by: "model", pivot: "day"},
		{name: "day×model", by: "day", pivot: "model"}, {name: "project×month", by: "project", pivot: "month"},
		{name: "filter", by: "model,key", filter: web}, {name: "compare", by: "model", compare: true},
		{name: "compare-project,model", by: "project,model", compare: true}, {name: "compare-day×model", by: "day", pivot: "model", compare: true},
		{name: "user", by: "user"}, {name: "user×day", by: "user", pivot: "day"}, {name: "user,model-compare", by: "user,model", compare: true},
		{name: "user-filter", by: "agent,model", filter: map[usage.Dimension][]string{usage.ByUser: {"user-03"}}}, {name: "session", by: "session"},
		{name: "first-model", by: "model", first: true}, {name: "first-user", by: "user", first: true}, {name: "first-session", by: "session", first: true},
		{name: "first-user,model-compare", by: "user,model", compare: true, first: true}}
	for _, records := range []int{1_000_000, 10_000_000} {
		for _, k := range keys {
			b.Run(fmt.Sprintf("%dM/%s", records/1_000_000, strings.ReplaceAll(k.name, ",", "+")), func(b *testing.B) {
				q, c := k.query(b), all.of(b, records)
				cube := c.coarse
				if q.Fine() {
					cube = c.fine
				}
				e := NewExplorer(cube, pricing.Embedded(), benchPlans())
				if _, err := e.Explore(q, at(b, "2026-11-20T15:00Z")); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if k.first {
						e = NewExplorer(cube, pricing.Embedded(), benchPlans())
					}
					if _, err := e.Explore(q, at(b, "2026-11-20T15:00Z")); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkExploreSessions is what the page of sessions shows, and what nobody
// uses.
func BenchmarkExploreSessions(b *testing.B) {
	all := companies{made: make(map[int]company)}
	for _, records := range []int{1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("%dM", records/1_000_000), func(b *testing.B) {
			e := NewExplorer(all.of(b, records).fine, pricing.Embedded(), benchPlans())
			b.ReportAllocs()
			for b.Loop() {
				if lines, _, err := e.Sessions(Query{}, 500); err != nil || len(lines) != 500 {
					b.Fatal(len(lines), err)
				}
			}
		})
	}
}
