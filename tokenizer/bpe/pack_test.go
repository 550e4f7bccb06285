package bpe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"
)

func packable(t testing.TB, seed uint64) (block, packed []byte) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	block, err := Build(trained(r, randomWord(r, []rune("ab中é"), 3000), 300+r.IntN(80), true))
	if err != nil {
		t.Fatal(err)
	}
	if packed, err = Pack(block); err != nil {
		t.Fatal(err)
	}
	return block, packed
}

// What is unpacked is what was packed, byte for byte, and much less of it.
func TestPackIsLossless(t *testing.T) {
	for seed := range uint64(20) {
		block, packed := packable(t, seed)
		back, err := Unpack(packed)
		if err != nil || !bytes.Equal(back, block) {
			t.Fatalf("vocabulary %d comes back as another one: %v", seed, err)
		}
		if len(packed) > len(block)/20 {
			t.Errorf("vocabulary %d: %d bytes are packed to %d", seed, len(block), len(packed))
		}
	}
}

// A damaged pack is refused; it never becomes another table.
func TestDamagedPacks(t *testing.T) {
	block, packed := packable(t, 1)
	for i := 0; i < len(packed); i++ {
		damaged := bytes.Clone(packed)
		damaged[i] ^= 1 << (i % 8)
		if back, err := Unpack(damaged); err == nil && !bytes.Equal(back, block) || err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if _, err := Unpack(packed[:i]); !errors.Is(err, ErrFormat) {
			t.Fatalf("%d bytes of it: %v", i, err)
		}
	}
	for _, n := range []uint32{0, 1, MaxTokens, 1 << 31, ^uint32(0)} {
		forged := bytes.Clone(packed)
		binary.LittleEndian.PutUint32(forged[12:], n)
		if _, err := Unpack(forged); !errors.Is(err, ErrFormat) {
			t.Errorf("%d tokens: %v", n, err)
		}
	}
	if _, err := Pack(block[:len(block)/2]); !errors.Is(err, ErrFormat) {
		t.Errorf("half a block is packed: %v", err)
	}
}
