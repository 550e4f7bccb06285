package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// world invents batches. It draws ids, instants and names from small pools, so
// that copies, collisions and boundaries happen all the time.
type world struct {
	*rand.Rand
	ids      []string
	instants []time.Time
	fresh    int
}

func newWorld(seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 20261120))}
	for i := range 60 {
		w.ids = append(w.ids, fmt.Sprintf("msg_%02d", i))
	}
	w.ids = append(w.ids, "0", "msg_", "ünïcödé", "nul\x00inside", strings.Repeat("long", 5000))
	for _, s := range []string{
		"1971-01-01T00:00:00Z", "2019-12-31T23:59:59.999Z", "2024-02-29T12:00:00Z",
		"2026-03-29T00:59:59.999Z", "2026-03-29T01:00:00Z", // a 23-hour day in Europe
		"2026-10-31T23:59:59.999Z", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00.001Z", // and 25 hours in America
		"2026-11-01T06:14:59.999Z", "2026-11-01T06:15:00Z", "2026-11-01T18:30:00Z", "2026-11-02T03:00:00Z",
		"2026-11-20T15:00:00Z", "9999-12-31T23:59:59.999Z",
	} {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			panic(err)
		}
		w.instants = append(w.instants, t)
	}
	return w
}

func pick[T any](w *world, of ...T) T { return of[w.IntN(len(of))] }

func (w *world) chance(perCent int) bool { return w.IntN(100) < perCent }

func (w *world) id() string {
	if w.chance(25) {
		w.fresh++
		return fmt.Sprintf("fresh_%06d", w.fresh)
	}
	return pick(w, w.ids...)
}

// instant is one of the pool, or a little or far away from it.
func (w *world) instant() time.Time {
	t := pick(w, w.instants...)
	if w.chance(40) || t.Year() == 9999 || t.Year() == 1971 {
		return t
	}
	t = t.Add(pick(w, time.Duration(w.IntN(5)), time.Duration(w.IntN(90_000)), time.Duration(w.IntN(90*86_400_000))) * time.Millisecond)
	if w.chance(10) {
		t = t.Add(time.Duration(w.IntN(1_000_000))) // finer than a store keeps
	}
	if w.chance(10) {
		t = t.In(time.FixedZone("", -7*3600))
	}
	return t
}

func (w *world) dims() usage.Dims {
	d := usage.Dims{
		Source: pick(w, "claude-code", "openai"), Account: pick(w, "", "main"), Provider: pick(w, "anthropic", "openai", ""),
		Project: pick(w, "", "alpha", "beta", "gämma"), Key: pick(w, "", "key-1"), User: pick(w, "", "ann", "bo"),
		Agent: pick(w, "", "", "explore"), Session: pick(w, "", "s1", "s2", "s3", "s4"), Machine: pick(w, "", "m1"),
		Model: pick(w, "claude-opus-4-5", "gpt-5", "own", ""), Tier: pick(w, "", "", "batch"), Region: pick(w, "", "", "eu"),
		Basis: pick(w, usage.Logged, usage.Reported, usage.BasisUnknown),
	}
	if w.chance(10) {
		d.Tags = usage.NewTags(map[string]string{"team": pick(w, "a", "b"), "env": "x=y"})
	}
	if w.chance(10) {
		d.Organization, d.Environment = "org", "prod"
	}
	return d
}

func (w *world) tokens() usage.Tokens {
	n := func() int64 {
		switch w.IntN(12) {
		case 0, 1, 2:
			return 0
		case 3:
			return usage.MaxTokens
		case 4:
			return 199_990 + w.Int64N(20)
		}
		return w.Int64N(1 << (1 + w.IntN(20)))
	}
	t := usage.Tokens{Input: n(), CacheRead: n(), CacheWrite5m: n(), CacheWrite1h: n(), Output: n()}
	t.Reasoning = t.Output / 3
	if w.chance(5) {
		return usage.Tokens{}
	}
	return t
}

func (w *world) record() usage.Record {
	r := usage.Record{ID: w.id(), Start: w.instant(), Dims: w.dims(), Tokens: w.tokens(), SideChain: w.chance(20), Requests: 1}
	r.Context = r.TotalInput()
	switch w.IntN(10) {
	case 0:
		r.Context = usage.Absent
		r.Band = pick(w, usage.Band{}, usage.Band{Lo: 0, End: 200_000}, usage.Band{Lo: 200_001})
		r.Requests = w.Int64N(40)
		r.End = r.Start.Add(pick(w, time.Minute, 15*time.Minute, time.Hour, 24*time.Hour, 31*24*time.Hour))
	case 1:
		r.Context, r.Requests = w.Int64N(1e6), usage.Absent
	case 2:
		r.UsageAt = r.Start.Add(time.Duration(w.IntN(4)-1) * time.Second)
	case 3:
		r.Quantities = []usage.Quantity{{Meter: "web_search", N: 1 + w.Int64N(5)}}
		if w.chance(50) {
			r.Quantities = append([]usage.Quantity{{Meter: "audio_input", N: w.Int64N(1e6)}}, r.Quantities...)
		}
		if w.chance(20) {
			r.Quantities = append(r.Quantities, usage.Quantity{Meter: "audio_input", N: 7})
		}
	case 4:
		w.charge(&r)
	case 5:
		r.Flags = usage.Flags(w.IntN(8))
	}
	return r
}

// charge gives a record its provider's own amount: nothing, a part of a unit, a
// credit, or the most that a store takes.
func (w *world) charge(r *usage.Record) {
	r.Currency = pick(w, "USD", "USD", "EUR", "CHF")
	r.Reported = pick(w, money.Amount{}, money.FromUnits(w.Int64N(100)), money.FromAtto(w.Int64N(1e18)), money.FromAtto(-w.Int64()),
		money.FromUnits(1e12), money.FromUnits(-1e12))
}

// slice replaces an hour of one of a few kinds. Half of the hours begin where
// records begin too.
func (w *world) slice() usage.Slice {
	s := usage.Slice{Kind: pick(w, "completions/1h", "images/1h", "completions/1d"), Start: pick(w, w.instants[6:]...)}
	long := time.Hour
	if strings.HasSuffix(s.Kind, "d") {
		long = 24 * time.Hour
	}
	if w.chance(50) {
		s.Start = s.Start.Truncate(long)
	}
	if w.chance(25) {
		return s // a deletion
	}
	seen := make(map[string]bool)
	for range w.IntN(8) {
		r := w.record()
		if seen[r.ID] {
			continue
		}
		seen[r.ID] = true
		r.Context, r.Start, r.End = usage.Absent, s.Start, s.Start.Add(long)
		if w.chance(50) {
			w.charge(&r)
		}
		s.Records = append(s.Records, r)
	}
	return s
}

// batch mixes everything that a source may say at once.
func (w *world) batch(size int) usage.Batch {
	var b usage.Batch
	if w.chance(80) {
		for range w.IntN(size + 1) {
			b.Records = append(b.Records, w.record())
		}
	}
	if len(b.Records) > 0 && w.chance(30) { // the very same rows again
		b.Records = append(b.Records, b.Records[:1+w.IntN(len(b.Records))]...)
	}
	if w.chance(40) {
		for range 1 + w.IntN(4) {
			b.Slices = append(b.Slices, w.slice())
		}
	}
	if w.chance(25) {
		for range 1 + w.IntN(6) {
			b.Removed = append(b.Removed, usage.Removed{ID: w.id(), Start: w.instant()})
		}
	}
	w.notes(&b)
	return b
}

func (w *world) notes(b *usage.Batch) {
	w.account(b)
	if w.chance(60) {
		b.Cursors = make(usage.Cursors)
		for range 1 + w.IntN(3) {
			b.Cursors[pick(w, "/logs/a.jsonl", "/logs/b.jsonl", "since", "x\x00y")] =
				pick(w, nil, []byte{}, []byte("offset 12"), []byte(fmt.Sprint(w.Uint32())))
		}
	}
	if w.chance(25) {
		b.Reread = append(b.Reread, pick(w, "/logs/a.jsonl", "/logs/a", "/logs/b.jsonl", ""))
	}
	if w.chance(35) {
		for range 1 + w.IntN(4) {
			b.Quarantined = append(b.Quarantined, usage.Quarantined{
				File: pick(w, "/logs/a.jsonl", "/logs/a", "/logs/a\x00b", "/logs/b.jsonl", ""),
				Line: w.Int64N(6), Reason: pick(w, "not JSON", "no timestamp", ""),
			})
		}
	}
}

// account says what is covered, named and known of the account.
func (w *world) account(b *usage.Batch) {
	if w.chance(40) {
		for range 1 + w.IntN(3) {
			since := time.Date(2026, 11, 1+w.IntN(20), 0, 0, 0, 0, time.UTC)
			b.Covered = append(b.Covered, usage.Coverage{Provider: pick(w, "openai", "anthropic"), Account: pick(w, "", "main"),
				Basis: pick(w, usage.Reported, usage.Billed), Span: usage.Span{Since: since, Until: since.AddDate(0, 0, 1+w.IntN(4))}})
		}
	}
	if w.chance(40) {
		b.NamedAt = w.instant()
		for range 1 + w.IntN(4) {
			e := usage.Entity{Kind: pick(w, usage.ByProject, usage.ByKey), ID: pick(w, "p1", "p2", "nul\x00inside"),
				Name: pick(w, "", "alpha", "Alpha 2", "gämma"), Parent: pick(w, "", "p1"), Hint: pick(w, "", "sk-…1"), Archived: w.chance(30)}
			if w.chance(50) {
				e.Created, e.LastUsed = w.instant(), w.instant()
			}
			b.Entities = append(b.Entities, e)
		}
	}
	if w.chance(20) {
		s := usage.Standing{At: w.instant(), Currency: pick(w, "", "USD"), Used: money.FromUnits(w.Int64N(3))}
		if w.chance(50) {
			s.Limits = []usage.SpendLimit{{Scope: usage.ByProject, ID: "p1", Amount: money.FromUnits(500), Currency: "USD",
				Interval: "month", Enforced: w.chance(50), Note: pick(w, "", "active")}}
		}
		if w.chance(50) {
			s.Windows = []usage.Window{{Name: pick(w, "primary", "secondary"), Used: w.Int64N(100_001), Length: 5 * time.Hour, At: cut(w.instant())}}
			if w.chance(50) {
				s.Windows[0].Resets = s.Windows[0].At.Add(time.Hour)
			}
		}
		b.Standing = &s
	}
}
