package store

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"tokpit/budget"
)

// FuzzDelivery: a delivery comes back as it was kept, whatever is in it; and no
// bytes that are none do more than be refused.
func FuzzDelivery(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add(bytes.Repeat([]byte("\x81abc\x02de\x00\x07\xc3"), 30))
	f.Fuzz(func(t *testing.T, data []byte) {
		key := deliveryKey(time.UnixMilli(1_795_000_000_000), "k")
		for version := range byte(3) {
			_, err := decodeDelivery(key, sealed(version, data, placeOfDelivery(key)))
			if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) || version == 2 && !errors.Is(err, ErrNewer) {
				t.Fatal(err)
			}
		}
		src := &source{data}
		at := func() time.Time {
			if src.byte()%3 == 0 {
				return time.Time{}
			}
			return time.Unix(src.int(1<<40), src.int(1e9))
		}
		d := budget.Delivery{Key: "k", Channel: src.text(), To: src.text(), Subject: src.text(), Attempts: int(src.int(1 << 30)), Claimed: src.text(),
			LastErr: src.text(), Created: at(), NextTry: at(), Lease: at(), Done: at(), GaveUp: at(),
			Body: budget.Body{Kind: src.text(), Level: src.text(), Text: string(data)}}
		for range src.byte() % 4 {
			d.Body.Fields = append(d.Body.Fields, budget.Field{Name: src.text(), Label: src.text(), Value: src.text()})
		}
		d = kept(d)
		value := encodeDelivery(&d, key)
		got, err := decodeDelivery(key, value)
		if err != nil || !reflect.DeepEqual(got, d) {
			t.Fatalf("%v\n%+v, want\n%+v", err, got, d)
		}
		if _, err := decodeDelivery(deliveryKey(time.UnixMilli(1_795_000_000_001), "k"), value); !errors.Is(err, ErrCorrupt) {
			t.Errorf("read under another key: %v", err)
		}
		if at := deliveryKey(time.UnixMilli(-1), "k"); bytes.Compare(at, key) >= 0 || string(deliveryName(at)) != "k" {
			t.Errorf("%x does not come before %x", at, key)
		}
	})
}
