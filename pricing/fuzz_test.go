package pricing

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"
	"time"

	"tokpit/usage"
)

// FuzzResolve holds that names never panic, that the order of the table does
// not matter, and that the name of a result means the same again.
func FuzzResolve(f *testing.F) {
	for _, r := range readRows(f, "testdata/names.csv") {
		f.Add(r["provider_hint"], r["raw_name"], int64(1_793_000_000))
	}
	for _, s := range []string{"[1m]", "(high)", "-fast", ":free", "ft::", "@", "claude-", "gemini-", "azure/us/", "us.", "arn:aws:bedrock:/", "publishers//models/", "-v:", "\xff", "openrouter/openrouter/openrouter/gpt-5"} {
		f.Add("", s, int64(0))
		f.Add("bedrock", s, int64(-1))
		f.Add("openrouter", "anthropic/claude-opus-4.5"+s, int64(1_700_000_000))
	}
	b, other := Embedded(), NewBook(shuffledTable(f, 99))
	f.Fuzz(func(t *testing.T, provider, name string, second int64) {
		when := time.Unix(second%(1<<36), 0).UTC()
		got := b.Resolve(provider, name, when)
		again := other.Resolve(provider, name, when)
		if !got.same(&again) {
			t.Fatalf("%q at %q: %+v in one order of the table, %+v in another", name, provider, got, again)
		}
		if (got.Priced == PricedAs) != (got.As != "") || (got.model != nil) != (got.Priced != PricedNo && !got.Free) {
			t.Fatalf("%q at %q: %+v contradicts itself", name, provider, got)
		}
		if got.model != nil {
			back := b.Resolve(got.Provider, got.Model, when)
			if back.Provider != got.Provider || back.Model != got.Model || back.Priced != got.Priced || back.As != got.As {
				t.Fatalf("%q at %q is %s/%s, which is %+v", name, provider, got.Provider, got.Model, back)
			}
		}
		d := usage.Dims{Provider: provider, Model: name, Tier: name, Region: provider}
		c := b.ChargeCell(&d, when, when.Add(time.Hour), usage.Tokens{Input: 5}, nil)
		if !c.Priced && (c.UnpricedTokens != 5 || !c.Cost.IsZero()) || c.Priced && c.Cost.IsZero() && !got.Free {
			t.Fatalf("%q at %q: %+v is nothing for something", name, provider, c)
		}
	})
}

// FuzzDecode holds that damaged books are refused or harmless.
func FuzzDecode(f *testing.F) {
	small := table(f)
	small.Rows = slices.DeleteFunc(small.Rows, func(r Row) bool { return r.Model != "deepseek-chat" && r.Model != "gpt-5.6" })
	small.Names, small.Lives = small.Names[:3], small.Lives[:3]
	data, err := small.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, 0, byte(0))
	f.Add(data[:len(data)/2], 0, byte(0))
	for i := len(magic); i < len(data); i += 13 {
		f.Add(data, i, byte(0x81))
	}
	f.Add([]byte(magic+"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0, byte(1))
	f.Fuzz(func(t *testing.T, data []byte, at int, with byte) {
		data = slices.Clone(data)
		if len(data) > 4 {
			data[uint(at)%uint(len(data))] ^= with
			if body := len(data) - 4; with != 0 { // a forged checksum too
				binary.BigEndian.PutUint32(data[body:], crc32.ChecksumIEEE(data[:body]))
			}
		}
		tab, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("%v does not wrap ErrFormat", err)
			}
			return
		}
		_ = tab.Check()
		b := NewBook(tab)
		for _, m := range b.Models() {
			d := usage.Dims{Provider: m.Provider, Model: m.Model, Tier: "flex", Region: "us"}
			b.ChargeCell(&d, time.Unix(0, 0), time.Unix(1<<33, 0), usage.Tokens{Input: 1, Output: 1}, nil)
		}
	})
}

func TestDecodeRefusesDamage(t *testing.T) {
	for i := 0; i < len(embedded); i += 97 {
		bad := slices.Clone(embedded)
		bad[i] ^= 1
		if _, err := Decode(bad); !errors.Is(err, ErrFormat) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := Decode(embedded[:i]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	newer := slices.Clone(embedded)
	newer[len(magic)-1]++
	if _, err := Decode(newer); !errors.Is(err, ErrFormat) {
		t.Errorf("a newer format: %v", err)
	}
}

func TestEncodeRefusesWhatItCannotHold(t *testing.T) {
	for name, r := range map[string]Row{
		"before 1970":     {From: time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)},
		"seconds":         {From: time.Unix(61, 0)},
		"negative window": {Window: -1},
	} {
		if _, err := (&Table{Rows: []Row{r}}).Encode(); err == nil {
			t.Errorf("%s: encoded", name)
		}
		if v := NewBook(&Table{Rows: []Row{r}}).Version(); v == "" {
			t.Errorf("%s: no version", name)
		}
	}
}
