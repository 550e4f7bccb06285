package store

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

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
		if d.standing(); d.err != nil && !errors.Is(d.err, ErrCorrupt) {
			t.Fatal(d.err)
		}
		day := time.Unix(src.int(20_000)*daySeconds, 0).UTC()
		covered := mergeCoverage([]usage.Coverage{{Provider: src.text(), Account: src.text(), Basis: usage.Billed, Span: usage.Span{Since: day, Until: day.AddDate(0, 0, 1+int(src.byte()))}}})
		s := &usage.Standing{At: timeOf(src.int(1 << 45)), Currency: src.text(), Granted: money.FromAtto(src.int(1 << 62)), Used: money.FromAtto(-src.int(1 << 62))}
		for range src.byte() % 3 {
			s.Limits = append(s.Limits, usage.SpendLimit{Scope: usage.Dimension(src.text()), ID: src.text(), Amount: money.FromAtto(src.int(1 << 62)),
				Currency: src.text(), Interval: src.text(), Enforced: src.byte()%2 == 1, Note: src.text()})
		}
		var e encoder
		e.coverage(covered)
		e.standing(s)
		d = &decoder{b: e.b}
		if got := d.coverage(); !reflect.DeepEqual(got, covered) {
			t.Fatalf("%v, want %v", got, covered)
		}
		if got := d.standing(); !reflect.DeepEqual(got, s) || d.err != nil || len(d.b) > 0 {
			t.Fatalf("%+v, want %+v; %v", got, s, d.err)
		}
	})
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
