package ingest_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/ingest"
	"tokpit/money"
	"tokpit/usage"
)

// one runs a single batch through the door.
func one(t *testing.T, b usage.Batch) usage.Batch {
	t.Helper()
	dst := &sink{}
	if _, err := ingest.Run(context.Background(), &source{batches: []usage.Batch{b}}, dst, ingest.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	return dst.committed[0]
}

func midnight(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

// An attack in every text of a batch that is no record.
func TestAccountsAreMadeHarmless(t *testing.T) {
	const evil = "a\x1b]52;c;eA==\x07b\u202e\xffc\n"
	const harmless = "ab\uFFFDc "
	entities := []usage.Entity{{Kind: usage.ByProject, ID: evil, Name: evil, Parent: evil, Hint: evil, Created: midnight(1), LastUsed: midnight(2), Archived: true}}
	standing := &usage.Standing{At: midnight(3), Currency: "usd\u200b", Used: money.FromUnits(2), Limits: []usage.SpendLimit{
		{Scope: usage.ByProject, ID: evil, Amount: money.FromUnits(1), Currency: " eur", Interval: evil, Note: evil}}}
	b := one(t, usage.Batch{
		Covered:  []usage.Coverage{{Provider: evil, Account: evil, Basis: usage.Reported, Span: usage.Span{Since: midnight(1), Until: midnight(21)}}},
		Entities: entities, NamedAt: midnight(4), Standing: standing,
	})
	if len(b.Quarantined) > 0 {
		t.Errorf("%+v", b.Quarantined)
	}
	if len(b.Covered) != 1 || b.Covered[0].Provider != harmless || b.Covered[0].Account != harmless {
		t.Errorf("%+v", b.Covered)
	}
	want := usage.Entity{Kind: usage.ByProject, ID: harmless, Name: harmless, Parent: harmless, Hint: harmless, Created: midnight(1), LastUsed: midnight(2), Archived: true}
	if len(b.Entities) != 1 || b.Entities[0] != want || !b.NamedAt.Equal(midnight(4)) {
		t.Errorf("%+v at %v", b.Entities, b.NamedAt)
	}
	wantStanding := &usage.Standing{At: midnight(3), Currency: "USD", Used: money.FromUnits(2), Limits: []usage.SpendLimit{
		{Scope: usage.ByProject, ID: harmless, Amount: money.FromUnits(1), Currency: "EUR", Interval: harmless, Note: harmless}}}
	if !reflect.DeepEqual(b.Standing, wantStanding) {
		t.Errorf("%+v", b.Standing)
	}
	if entities[0].Name != evil || standing.Limits[0].Note != evil {
		t.Error("what the source holds was changed")
	}
	for _, file := range b.Reread {
		if strings.ContainsAny(file, "\x1b\u202e\n") {
			t.Errorf("%q", file)
		}
	}
}

// What cannot be true of an account is named, and the rest comes in.
func TestAccountsThatCannotBeTrue(t *testing.T) {
	span := func(since, until time.Time) usage.Coverage {
		return usage.Coverage{Provider: "openai", Account: "acme", Basis: usage.Reported, Span: usage.Span{Since: since, Until: until}}
	}
	noBasis, unknown := span(midnight(1), midnight(2)), span(midnight(1), midnight(2))
	noBasis.Basis, unknown.Basis = 0, 99
	usd := func(a money.Amount) usage.SpendLimit {
		return usage.SpendLimit{Scope: usage.ByOrganization, ID: "org", Amount: a, Currency: "USD", Interval: "month"}
	}
	noScope, noCode := usd(money.FromUnits(1)), usd(money.FromUnits(1))
	noScope.Scope, noCode.Currency = "week", "dollars"
	for name, c := range map[string]struct {
		batch  usage.Batch
		reason string
	}{
		"half a day":       {usage.Batch{Covered: []usage.Coverage{span(midnight(1), midnight(1).Add(time.Hour)), span(midnight(1), midnight(2))}}, "whole UTC days"},
		"backwards":        {usage.Batch{Covered: []usage.Coverage{span(midnight(3), midnight(1)), span(midnight(1), midnight(2))}}, "whole UTC days"},
		"open":             {usage.Batch{Covered: []usage.Coverage{span(time.Time{}, midnight(1)), span(midnight(1), midnight(2))}}, "whole UTC days"},
		"no basis":         {usage.Batch{Covered: []usage.Coverage{noBasis, span(midnight(1), midnight(2))}}, "no basis"},
		"unknown basis":    {usage.Batch{Covered: []usage.Coverage{unknown, span(midnight(1), midnight(2))}}, "no basis"},
		"next week":        {usage.Batch{Covered: []usage.Coverage{span(midnight(1), midnight(27)), span(midnight(1), midnight(2))}}, "in the future"},
		"1999":             {usage.Batch{Covered: []usage.Coverage{span(time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), midnight(1)), span(midnight(1), midnight(2))}}, "before any model API"},
		"no id":            {usage.Batch{Entities: []usage.Entity{{Kind: usage.ByKey, Name: "x"}, {Kind: usage.ByKey, ID: "k"}}}, "no id"},
		"id of nothing":    {usage.Batch{Entities: []usage.Entity{{Kind: usage.ByKey, ID: "\u200b"}, {Kind: usage.ByKey, ID: "k"}}}, "no id"},
		"no kind":          {usage.Batch{Entities: []usage.Entity{{ID: "x"}, {Kind: usage.ByKey, ID: "k"}}}, "belongs to"},
		"a day":            {usage.Batch{Entities: []usage.Entity{{Kind: usage.ByDay, ID: "x"}, {Kind: usage.ByKey, ID: "k"}}}, "belongs to"},
		"limit of a week":  {usage.Batch{Standing: &usage.Standing{Limits: []usage.SpendLimit{noScope, usd(money.FromUnits(3))}}}, "belongs to"},
		"limit in dollars": {usage.Batch{Standing: &usage.Standing{Limits: []usage.SpendLimit{noCode, usd(money.FromUnits(3))}}}, "ISO 4217"},
		"limitless limit":  {usage.Batch{Standing: &usage.Standing{Limits: []usage.SpendLimit{usd(money.Max()), usd(money.FromUnits(3))}}}, "implausible amount"},
		"credit of nobody": {usage.Batch{Standing: &usage.Standing{Granted: money.FromUnits(5), Limits: []usage.SpendLimit{usd(money.FromUnits(3))}}}, "ISO 4217"},
	} {
		t.Run(name, func(t *testing.T) {
			b := one(t, c.batch)
			if len(b.Quarantined) != 1 || !strings.Contains(b.Quarantined[0].Reason, c.reason) || b.Quarantined[0].Source != "fake" {
				t.Errorf("%+v", b.Quarantined)
			}
			left := len(b.Covered) + len(b.Entities)
			if b.Standing != nil {
				left += len(b.Standing.Limits)
				if !b.Standing.At.Equal(clock()) || !b.Standing.Granted.IsZero() {
					t.Errorf("%+v", b.Standing)
				}
			}
			if left != 1 {
				t.Errorf("%+v", b)
			}
			if !slices.Contains(b.Reread, b.Quarantined[0].File) {
				t.Errorf("%q is not forgotten when it is right: %q", b.Quarantined[0].File, b.Reread)
			}
		})
	}
}

// Instants that mean "never", names of no time, and keys in full are put right.
func TestNamesArePutRight(t *testing.T) {
	const key = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"
	b := one(t, usage.Batch{Entities: []usage.Entity{
		{Kind: usage.ByKey, ID: "a", Hint: key, Created: time.Unix(0, 0), LastUsed: clock().AddDate(1, 0, 0)},
		{Kind: usage.ByKey, ID: "b", Hint: "sk-proj-0123456789…wxyz-and-more", LastUsed: midnight(5)},
		{Kind: usage.ByUser, ID: "c", Hint: "a.very.long.address@department.example.com"},
	}})
	if !b.NamedAt.Equal(clock()) || len(b.Entities) != 3 {
		t.Fatalf("%+v at %v", b.Entities, b.NamedAt)
	}
	e := b.Entities
	if e[0].Hint != "sk-p…wxyz" || !e[0].Created.IsZero() || !e[0].LastUsed.IsZero() {
		t.Errorf("%+v", e[0])
	}
	if e[1].Hint != "sk-proj-0123456789…wxyz-and-more" || !e[1].LastUsed.Equal(midnight(5)) || e[2].Hint != "a.very.long.address@department.example.com" {
		t.Errorf("%+v, %+v", e[1], e[2])
	}
	if far := one(t, usage.Batch{Entities: e, NamedAt: clock().AddDate(1, 0, 0)}); !far.NamedAt.Equal(clock()) {
		t.Errorf("named at %v", far.NamedAt)
	}
}

// A provider with very many limits does not fill the store.
func TestLimitsAreBounded(t *testing.T) {
	var s usage.Standing
	for i := range 5000 {
		s.Limits = append(s.Limits, usage.SpendLimit{Scope: usage.ByProject, ID: fmt.Sprint(i), Amount: money.FromUnits(1), Currency: "USD"})
	}
	if b := one(t, usage.Batch{Standing: &s}); len(b.Standing.Limits) != 1000 || len(b.Quarantined) != 1 {
		t.Errorf("%d limits, %+v", len(b.Standing.Limits), b.Quarantined)
	}
}

// Amounts need a currency, and a believable size.
func TestAmounts(t *testing.T) {
	charged := func(id, currency string, a money.Amount) usage.Record {
		r := good(id)
		r.Currency, r.Reported = currency, a
		return r
	}
	b := one(t, usage.Batch{Records: []usage.Record{
		charged("right", "usd", money.FromUnits(-3)), charged("free", "USD", money.Amount{}), charged("none", "", money.Amount{}),
		charged("bare", "", money.FromUnits(1)), charged("dollars", "US$", money.FromUnits(1)), charged("evil", "\x1b[2J", money.FromUnits(1)),
		charged("rich", "USD", money.Max()), charged("in debt", "USD", money.Min()),
	}})
	var kept, refused []string
	for _, r := range b.Records {
		kept = append(kept, r.ID+" "+r.Currency)
	}
	for _, q := range b.Quarantined {
		refused = append(refused, q.File)
	}
	if want := []string{"right USD", "free USD", "none "}; !slices.Equal(kept, want) {
		t.Errorf("kept %q", kept)
	}
	if want := []string{"record bare", "record dollars", "record evil", "record rich", "record in debt"}; !slices.Equal(refused, want) {
		t.Errorf("refused %q", refused)
	}
}

// A bucket that cannot be is named as a whole; in the others every record that
// cannot be is named by its place, once for each time the bucket is read.
func TestBuckets(t *testing.T) {
	bad := good("bad")
	bad.Output = -1
	at := midnight(5)
	b := one(t, usage.Batch{Slices: []usage.Slice{
		{Kind: "completions/1h", Start: at, Records: []usage.Record{good("a"), bad, good("a"), good("b")}},
		{Kind: "completions/1h", Start: at.Add(time.Hour)},
		{Kind: "\u200b", Start: at, Records: []usage.Record{good("a")}},
		{Kind: "costs/1d", Records: []usage.Record{good("a")}},
		{Kind: "costs/1d", Start: time.Unix(0, 0)},
		{Kind: "costs\x1b[2J/1d", Start: clock().AddDate(0, 1, 0)},
	}})
	if len(b.Slices) != 2 || len(b.Slices[0].Records) != 2 || b.Slices[0].Records[1].ID != "b" || len(b.Slices[1].Records) != 0 {
		t.Errorf("%+v", b.Slices)
	}
	var got []string
	for _, q := range b.Quarantined {
		got = append(got, fmt.Sprintf("%s:%d %.8s", q.File, q.Line, q.Reason))
	}
	want := []string{"completions/1h 2026-11-05T00:00:00Z:2 implausi", "completions/1h 2026-11-05T00:00:00Z:3 its id s",
		" 2026-11-05T00:00:00Z:0 a bucket", "costs/1d 0001-01-01T00:00:00Z:0 no times", "costs/1d 1970-01-01T00:00:00Z:0 timestam",
		"costs/1d 2026-12-20T15:00:00Z:0 timestam"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, file := range []string{"completions/1h 2026-11-05T00:00:00Z", "completions/1h 2026-11-05T01:00:00Z"} {
		if !slices.Contains(b.Reread, file) {
			t.Errorf("%q is not read again: %q", file, b.Reread)
		}
	}
}
