package tokenizer

import (
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"tokpit/tokenizer/bpe"
	"tokpit/tokenizer/split"
)

//go:embed data/o200k_base.tbl
var o200kTable []byte

//go:embed data/cl100k_base.pck
var cl100kPacked []byte

//go:embed data/p50k_base.pck
var p50kPacked []byte

// The encodings that need no file.
const (
	O200K        = "o200k_base"
	O200KHarmony = "o200k_harmony" // o200k_base with more special tokens
	CL100K       = "cl100k_base"
	P50K         = "p50k_base"
	P50KEdit     = "p50k_edit" // p50k_base with more special tokens
	R50K         = "r50k_base"
)

// r50kTokens is how many tokens r50k_base has; p50k_base only adds to them.
const r50kTokens = 50256

// ErrUnknown is returned for the name of an encoding that is not there.
var ErrUnknown = errors.New("unknown encoding")

var (
	o200k  = sync.OnceValues(func() (*Encoding, error) { return open(O200K, split.O200K, o200kTable) })
	cl100k = sync.OnceValues(func() (*Encoding, error) { return unpack(CL100K, split.CL100K, cl100kPacked) })
	p50k   = sync.OnceValues(func() (*Encoding, error) { return unpack(P50K, split.R50K, p50kPacked) })
	r50k   = sync.OnceValues(func() (*Encoding, error) {
		whole, err := p50k()
		if err != nil {
			return nil, err
		}
		return newEncoding(R50K, split.R50K, whole.table.First(r50kTokens)), nil
	})
)

// Names returns the names that Get knows, the newest first.
func Names() []string {
	return []string{O200K, O200KHarmony, CL100K, P50K, P50KEdit, R50K}
}

// Get returns an encoding by name. The first call for o200k takes less than
// a millisecond, for the older ones, which are kept packed, some tens of them.
// What it returns is shared.
func Get(name string) (*Encoding, error) {
	switch name {
	case O200K, O200KHarmony:
		return o200k()
	case CL100K:
		return cl100k()
	case P50K, P50KEdit:
		return p50k()
	case R50K:
		return r50k()
	}
	return nil, fmt.Errorf("%w %q (known: %v)", ErrUnknown, name, Names())
}

// Encoding counts and encodes text. It is safe for concurrent use.
type Encoding struct {
	name    string
	pattern split.Pattern
	table   *bpe.Table
	compose bool // bring text to NFC first

	mu   sync.Mutex
	idle []*worker // kept with warm caches
}

func open(name string, p split.Pattern, block []byte) (*Encoding, error) {
	t, err := bpe.Open(block, false)
	if err != nil {
		return nil, fmt.Errorf("open the table of %s: %w", name, err)
	}
	return newEncoding(name, p, t), nil
}

func unpack(name string, p split.Pattern, packed []byte) (*Encoding, error) {
	block, err := bpe.Unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack the table of %s: %w", name, err)
	}
	return open(name, p, block)
}

func newEncoding(name string, p split.Pattern, t *bpe.Table) *Encoding {
	return &Encoding{name: name, pattern: p, table: t}
}

// Name returns the name of the encoding.
func (e *Encoding) Name() string { return e.name }

// Size returns one more than the highest number of an ordinary token.
func (e *Encoding) Size() int { return e.table.Len() }

// Token returns the bytes of a token, nil for a number that is no ordinary
// token. It must not be changed.
func (e *Encoding) Token(id uint32) []byte { return e.table.Bytes(id) }

// Safe reports whether text may be cut before text[i] for counting with any
// encoding, whatever comes before and after: then the count of the whole is the
// sum of the counts of its parts. It looks only at the two characters there, so
// an edit elsewhere never changes the answer.
func Safe(text []byte, i int) bool { return split.SafeForAll(text, i) }

// Cut returns the last place in (from, to] where text may be cut for counting
// whatever comes before and after, or from when there is none.
func (e *Encoding) Cut(text []byte, from, to int) int { return e.pattern.Cut(text, from, to) }

// CutAfter returns the first such place in [from, to), or to.
func (e *Encoding) CutAfter(text []byte, from, to int) int {
	return e.pattern.CutAfter(text, from, to)
}

// maxWorkers bounds the goroutines that count one text, and with them the memory
// for caches: about 2 MiB each.
const maxWorkers = 8

// borrow takes an idle worker or makes one.
func (e *Encoding) borrow() *worker {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.idle); n > 0 {
		w := e.idle[n-1]
		e.idle = slices.Delete(e.idle, n-1, n)
		return w
	}
	return newWorker(e)
}

// giveBack keeps a worker for the next call.
func (e *Encoding) giveBack(w *worker) {
	w.merger.Done = nil
	w.merger.Reset()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.idle) < min(runtime.NumCPU(), maxWorkers) {
		e.idle = append(e.idle, w)
	}
}
