package bpe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// trained makes a vocabulary as training does: from the single bytes, again and
// again the commonest pair of a text. Some tokens that merging does not reach are
// added at random ranks, if odd.
func trained(r *rand.Rand, text string, size int, odd bool) [][]byte {
	tokens := make([][]byte, 0, size)
	for _, b := range r.Perm(256) {
		tokens = append(tokens, []byte{byte(b)})
	}
	parts := strings.Split(text, "")
	var words [][]string
	for len(parts) > 0 { // pairs do not cross words
		n := min(len(parts), 1+r.IntN(30))
		var w []string
		for _, c := range strings.Join(parts[:n], "") {
			for _, b := range []byte(string(c)) {
				w = append(w, string([]byte{b}))
			}
		}
		words, parts = append(words, w), parts[n:]
	}
	known := make(map[string]bool)
	for len(tokens) < size {
		counts := make(map[[2]string]int)
		var best [2]string
		for _, w := range words {
			for i := 1; i < len(w); i++ {
				k := [2]string{w[i-1], w[i]}
				counts[k]++
				if counts[k] > counts[best] || counts[k] == counts[best] && k[0]+"\x00"+k[1] < best[0]+"\x00"+best[1] {
					best = k
				}
			}
		}
		if counts[best] == 0 {
			break
		}
		joined := best[0] + best[1]
		if !known[joined] {
			known[joined] = true
			tokens = append(tokens, []byte(joined))
		}
		for k, w := range words {
			out := w[:0:0]
			for i := 0; i < len(w); i++ {
				if i+1 < len(w) && w[i] == best[0] && w[i+1] == best[1] {
					out = append(out, joined)
					i++
				} else {
					out = append(out, w[i])
				}
			}
			words[k] = out
		}
		if odd && r.IntN(8) == 0 {
			at := r.IntN(len(text) - 9)
			if t := text[at : at+2+r.IntN(7)]; !known[t] {
				known[t] = true
				tokens = append(tokens, []byte(t))
			}
		}
	}
	return tokens
}

// byDefinition merges the lowest rank, leftmost first, until nothing merges.
func byDefinition(ranks map[string]uint32, piece string) []uint32 {
	var parts []string
	for i := range len(piece) {
		parts = append(parts, piece[i:i+1])
	}
	for {
		best, at := None, -1
		for i := 1; i < len(parts); i++ {
			if r, ok := ranks[parts[i-1]+parts[i]]; ok && r < best {
				best, at = r, i-1
			}
		}
		if at < 0 {
			break
		}
		parts[at] += parts[at+1]
		parts = slices.Delete(parts, at+1, at+2)
	}
	var ids []uint32
	for _, p := range parts {
		ids = append(ids, ranks[p])
	}
	return ids
}

func open(t testing.TB, tokens [][]byte) *Table {
	t.Helper()
	block, err := Build(tokens)
	if err != nil {
		t.Fatal(err)
	}
	table, err := Open(block, true)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func randomWord(r *rand.Rand, set []rune, n int) string {
	var b strings.Builder
	for b.Len() < n {
		c := set[r.IntN(len(set))]
		for range 1 + r.IntN(4)*r.IntN(2) {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// TestMergeByDefinition compares with the definition on vocabularies that were
// trained on small alphabets, where everything interferes with everything.
func TestMergeByDefinition(t *testing.T) {
	rounds := 28
	if testing.Short() {
		rounds = 12
	}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		set := [][]rune{[]rune("ab"), []rune("abc "), []rune("aé中文字"), []rune("のがをー、カキ"), []rune("xyz=中é"), []rune("ЖяЮ🙂🙃"), []rune("一丁七万丈三上下")}[round%7]
		tokens := trained(r, randomWord(r, set, 4000), 256+20+r.IntN(150), round%3 == 0)
		ranks := make(map[string]uint32)
		for id, tok := range tokens {
			ranks[string(tok)] = uint32(id)
		}
		table := open(t, tokens)
		m := Merger{Table: table}
		for range 25 {
			n := 1 + r.IntN(150)
			if r.IntN(8) == 0 {
				n = 1000 + r.IntN(1500)
			}
			piece := randomWord(r, set, n)
			want := byDefinition(ranks, piece)
			got := m.Append(nil, []byte(piece))
			if !slices.Equal(got, want) {
				t.Fatalf("round %d: %q gives %v, want %v", round, piece, got, want)
			}
			if c := m.Count([]byte(piece)); c != len(want) {
				t.Fatalf("round %d: %q counts %d, want %d", round, piece, c, len(want))
			}
		}
		for id, tok := range tokens {
			if got := table.Find(tok); got != uint32(id) || !bytes.Equal(table.Bytes(got), tok) || table.Size(got) != len(tok) {
				t.Fatalf("token %d, %q, is found as %d", id, tok, got)
			}
			if got := table.Find(append(slices.Clone(tok), "?!"...)); got != None {
				t.Fatalf("%q and more is token %d", tok, got)
			}
		}
	}
}

// TestInfluenceOverDistance: where each merge depends on the one to its right,
// a window is not enough and grows.
func TestInfluenceOverDistance(t *testing.T) {
	// Characters c0 c1 c2 …: the pair further right has the lower rank.
	const n = 700
	r := rand.New(rand.NewPCG(9, 9))
	tokens := make([][]byte, 256)
	for i := range tokens {
		tokens[i] = []byte{byte(i)}
	}
	var chars []string
	for i := range n {
		chars = append(chars, string([]byte{byte(1 + i/250), byte(1 + i%250)}))
	}
	for _, c := range chars {
		tokens = append(tokens, []byte(c))
	}
	for i := n - 2; i >= 0; i-- {
		tokens = append(tokens, []byte(chars[i]+chars[i+1]))
	}
	ranks := make(map[string]uint32)
	for id, tok := range tokens {
		ranks[string(tok)] = uint32(id)
	}
	m := Merger{Table: open(t, tokens)}
	for range 4 {
		k := n - r.IntN(5)
		piece := strings.Join(chars[:k], "") + strings.Join(chars[:n/2], "")
		if got, want := m.Append(nil, []byte(piece)), byDefinition(ranks, piece); !slices.Equal(got, want) {
			t.Fatalf("%d tokens, want %d", len(got), len(want))
		}
	}
	m.Reset()
}

func TestBuildRefuses(t *testing.T) {
	bytesOnly := make([][]byte, 256)
	for i := range bytesOnly {
		bytesOnly[i] = []byte{byte(i)}
	}
	if _, err := Build(bytesOnly); err != nil {
		t.Errorf("single bytes: %v", err)
	}
	for what, tokens := range map[string][][]byte{
		"nothing": nil, "no bytes": {[]byte("ab")}, "a byte less": bytesOnly[1:], "a token twice": append(slices.Clone(bytesOnly), []byte("a")),
		"a long token": append(slices.Clone(bytesOnly), make([]byte, MaxTokenLen+1)), "too many": make([][]byte, MaxTokens+1),
	} {
		if _, err := Build(tokens); !errors.Is(err, ErrVocabulary) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestFirst: a table cut short is the table of the shorter vocabulary.
func TestFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	set := []rune("abc中é")
	tokens := trained(r, randomWord(r, set, 4000), 400, false)
	n := 330
	a, b := Merger{Table: open(t, tokens).First(n)}, Merger{Table: open(t, tokens[:n])}
	if a.Table.Len() != n || a.Table.MaxLen() != b.Table.MaxLen() {
		t.Errorf("%d tokens to %d bytes", a.Table.Len(), a.Table.MaxLen())
	}
	for range 200 {
		piece := []byte(randomWord(r, set, 1+r.IntN(200)))
		if got, want := a.Append(nil, piece), b.Append(nil, piece); !slices.Equal(got, want) {
			t.Fatalf("%q gives %v, want %v", piece, got, want)
		}
	}
	for id, tok := range tokens {
		if got := a.Table.Find(tok); (got == uint32(id)) != (id < n) {
			t.Fatalf("token %d is found as %d", id, got)
		}
	}
}

// TestForgedBlocks: a block that was changed is refused, also by someone who knows
// the checksum; and whatever is not refused is safe to use.
func TestForgedBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	set := []rune("ab中é")
	block, err := Build(trained(r, randomWord(r, set, 3000), 380, true))
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(randomWord(r, set, 3000))
	used := 0
	for round := range 300 {
		forged := bytes.Clone(block)
		for range 1 + r.IntN(3) {
			at := r.IntN(len(forged))
			if round%2 == 0 { // the lists of zeros and ones are long, the rest is not
				at = []int{r.IntN(headerSize), headerSize + r.IntN(4000), len(forged) - 1 - r.IntN(3000)}[r.IntN(3)]
			}
			forged[at] ^= byte(1 << r.IntN(8))
		}
		if _, err := Open(forged, true); !bytes.Equal(forged, block) && !errors.Is(err, ErrFormat) {
			t.Fatalf("a changed block: %v", err)
		}
		binary.LittleEndian.PutUint32(forged[8:], crc32.Checksum(forged[12:], crc32.MakeTable(crc32.Castagnoli)))
		if table, err := Open(forged, true); err == nil {
			used++
			m := Merger{Table: table}
			m.Append(nil, text)
			m.Append(nil, text[:50])
			table.Find(text[:7])
		}
		if _, err := Open(forged[:r.IntN(len(forged))], true); err == nil {
			t.Fatal("a block cut short is used")
		}
	}
	if used == 0 {
		t.Error("no forged block was used: the test says nothing")
	}
}

func FuzzMerge(f *testing.F) {
	r := rand.New(rand.NewPCG(11, 12))
	set := []rune("abcdé中文ー= ")
	tokens := trained(r, randomWord(r, set, 6000), 420, true)
	ranks := make(map[string]uint32)
	for id, tok := range tokens {
		ranks[string(tok)] = uint32(id)
	}
	table := open(f, tokens)
	f.Add("abc", uint8(3))
	f.Add("中文ー中", uint8(90))
	f.Fuzz(func(t *testing.T, text string, repeat uint8) {
		piece := strings.Repeat(strings.ToValidUTF8(text, "中"), 1+int(repeat))
		if len(piece) > 3000 {
			for piece = piece[:3000]; !utf8.ValidString(piece); {
				piece = piece[:len(piece)-1]
			}
		}
		m := Merger{Table: table}
		if got, want := m.Append(nil, []byte(piece)), byDefinition(ranks, piece); !slices.Equal(got, want) {
			t.Fatalf("%q gives %v, want %v", piece, got, want)
		}
	})
}
