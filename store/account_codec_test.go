package store

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/money"
	"tokpit/usage"
)

func FuzzAccounts(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte("\x81abc\x02de\x00\x07"), 9))
	f.Fuzz(func(t *testing.T, data []byte) {
		key := []byte("key\x00k")
		place := placeOfEntity("openai", key)
		if _, err := decodeEntity(sealed(entityVersion, data, place), key, place); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		src := &source{data}
		k := usage.Known{Entity: usage.Entity{Kind: usage.ByKey, ID: "k"}}
		for range 1 + src.byte()%4 {
			e := usage.Entity{Name: src.text(), Parent: src.text(), Hint: src.text(), Archived: src.byte()%2 == 1}
			e.Created, e.LastUsed = timeOf(src.int(1<<45)+1), timeOf(src.int(1<<45)+1)
			renew(&k, &e, timeOf(src.int(1<<45)+1))
		}
		if got, err := decodeEntity(encodeEntity(&k, place), key, place); err != nil || !reflect.DeepEqual(got, k) {
			t.Fatalf("%+v, want %+v; %v", got, k, err)
		}

		d := &decoder{b: data}
		d.coverage()
		if d.standing(accountsVersion); d.err != nil && !errors.Is(d.err, ErrCorrupt) {
			t.Fatal(d.err)
		}
		day := time.Unix(src.int(20_000)*daySeconds, 0).UTC()
		covered := mergeCoverage([]usage.Coverage{{Provider: src.text(), Account: src.text(), Basis: usage.Billed, Span: usage.Span{Since: day, Until: day.AddDate(0, 0, 1+int(src.byte()))}}})
		s := &usage.Standing{At: timeOf(src.int(1 << 45)), Currency: src.text(), Granted: money.FromAtto(src.int(1 << 62)), Used: money.FromAtto(-src.int(1 << 62))}
		for range src.byte() % 3 {
			s.Limits = append(s.Limits, usage.SpendLimit{Scope: usage.Dimension(src.text()), ID: src.text(), Amount: money.FromAtto(src.int(1 << 62)),
				Currency: src.text(), Interval: src.text(), Enforced: src.byte()%2 == 1, Note: src.text()})
		}
		for range src.byte() % 3 {
			w := usage.Window{Name: src.text(), Used: src.int(1 << 40), Length: time.Duration(src.int(1<<20)) * time.Second, At: timeOf(src.int(1 << 45))}
			if src.byte()%2 == 1 {
				w.Resets = timeOf(src.int(1<<45) + 1)
			}
			s.Windows = append(s.Windows, w)
		}
		var e encoder
		e.coverage(covered)
		e.standing(s)
		d = &decoder{b: e.b}
		if got := d.coverage(); !reflect.DeepEqual(got, covered) {
			t.Fatalf("%v, want %v", got, covered)
		}
		if got := d.standing(accountsVersion); !reflect.DeepEqual(got, s) || d.err != nil || len(d.b) > 0 {
			t.Fatalf("%+v, want %+v; %v", got, s, d.err)
		}
	})
}

// What a program without windows has written is read, and written anew with the
// next standing.
func TestAccountsOfBefore(t *testing.T) {
	ctx := context.Background()
	s := New(filepath.Join(t.TempDir(), "tokpit.db"), Options{})
	at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	old := usage.Standing{At: at, Currency: "USD", Granted: money.FromUnits(5), Used: money.FromUnits(2), Limits: []usage.SpendLimit{
		{Scope: usage.ByOrganization, Amount: money.FromUnits(100), Currency: "USD", Interval: "month", Enforced: true, Note: "active"}}}
	if _, err := s.Commit(ctx, "openai", usage.Batch{Standing: &old}); err != nil {
		t.Fatal(err)
	}
	if err := s.update(ctx, func(tx *bolt.Tx) error {
		e := &encoder{}
		e.byte(accountsVersionOld)
		e.uint(1)
		e.text("openai")
		e.coverage(nil)
		e.int(0)
		e.byte(1)
		e.standing(&old)
		e.b = e.b[:len(e.b)-1] // the number of windows
		return tx.Bucket(bucketMeta).Put(keyAccounts, e.sealAt(keyAccounts))
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Standings(ctx); err != nil || !reflect.DeepEqual(got, map[string]usage.Standing{"openai": old}) {
		t.Fatalf("%+v, %v", got, err)
	}
	now := usage.Standing{At: at, Windows: []usage.Window{{Name: "primary", Used: 12_345, Length: 5 * time.Hour, Resets: at.Add(time.Hour), At: at}}}
	if _, err := s.Commit(ctx, "codex", usage.Batch{Standing: &now}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Standings(ctx); err != nil || !reflect.DeepEqual(got, map[string]usage.Standing{"openai": old, "codex": now}) {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, w := range map[string]usage.Window{
		"no time":    {Name: "primary", Length: time.Hour},
		"no seconds": {Name: "primary", Length: time.Millisecond, At: at},
		"backwards":  {Name: "primary", Length: -time.Second, At: at},
	} {
		if _, err := s.Commit(ctx, "codex", usage.Batch{Standing: &usage.Standing{At: at, Windows: []usage.Window{w}}}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An amount takes as few bytes as its size needs.
func TestShortAmounts(t *testing.T) {
	for amount, size := range map[money.Amount]int{
		{}: 1, money.FromAtto(1): 2, money.FromAtto(-1): 2, money.FromAtto(127): 2, money.FromAtto(128): 3, money.FromAtto(-128): 2,
		money.FromAtto(-129): 3, money.FromAtto(5e16): 9, money.FromUnits(1): 9, money.FromUnits(100): 10, money.Max(): 17, money.Min(): 17,
	} {
		var e encoder
		e.short(amount)
		d := &decoder{b: e.b}
		if got := d.short(); got != amount || d.err != nil || len(e.b) != size {
			t.Errorf("%s takes %d bytes, want %d, and comes back as %s; %v", amount, len(e.b), size, got, d.err)
		}
	}
	d := &decoder{b: append([]byte{17}, make([]byte, 17)...)}
	if d.short(); !errors.Is(d.err, ErrCorrupt) {
		t.Errorf("17 bytes: %v", d.err)
	}
}
