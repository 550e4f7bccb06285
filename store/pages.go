package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// bbolt trusts its pages: a damaged page number makes it follow a wild pointer,
// go round in circles until the stack is full, or give away a page that is in
// use. None of that can be caught, so the tree of pages is looked through before
// bbolt opens a file. That reads the head of every page and no values, a fraction
// of a millisecond for a store of a million records; values have checksums of
// their own.
//
// The format is bbolt's, version 2, in the byte order of the machine. A page
// starts with its number (8 bytes), flags (2), element count (2) and the number
// of pages that it overflows into (4).

const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10
	flagBucket   = 0x01 // of a leaf element

	pageHeader    = 16
	elementSize   = 16 // of branches and leaves
	bucketHeader  = 16
	metaChecked   = 56 // bytes of a meta page under its checksum
	noFreelist    = ^uint64(0)
	headSize      = 1024 // read at once: nearly always all elements of a page
	largestPage   = 16 << 20
	pageProblems  = 20
	freelistLarge = 0xFFFF
)

var order = binary.NativeEndian

// boltMeta is the root of one committed state.
type boltMeta struct {
	pageSize                    int64
	root, freelist, pages, txid uint64
}

// parseMeta reads a meta page; ok is false if it is not one or its checksum is
// wrong.
func parseMeta(page []byte) (m boltMeta, ok bool) {
	if len(page) < pageHeader+metaChecked+8 {
		return m, false
	}
	b := page[pageHeader:]
	if order.Uint32(b) != boltMagic || order.Uint32(b[4:]) != boltVersion || order.Uint64(b[metaChecked:]) != metaSum(b) {
		return m, false
	}
	m = boltMeta{int64(order.Uint32(b[8:])), order.Uint64(b[16:]), order.Uint64(b[32:]), order.Uint64(b[40:]), order.Uint64(b[48:])}
	return m, m.pageSize >= 1024 && m.pageSize <= largestPage && m.pageSize&(m.pageSize-1) == 0
}

func metaSum(b []byte) uint64 {
	sum := fnv.New64a()
	sum.Write(b[:metaChecked])
	return sum.Sum64()
}

// pages is a walk over the pages of a file.
type pages struct {
	file     io.ReaderAt
	meta     boltMeta
	keys     bool     // look at the order of keys too
	used     []uint64 // bits, one a page
	heads    [][]byte // buffers, by depth in the tree
	depth    int
	problems []string
}

// checkPages looks through the tree of pages. With all it goes on after the
// first problem, checks the order of keys, and finds pages that are lost. An
// error says that the file cannot be a store at all, or cannot be read.
func checkPages(path string, all bool) (problems []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	meta, damaged, err := readMeta(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrForeign, path, err)
	}
	if info.Size() < int64(meta.pages)*meta.pageSize {
		return nil, fmt.Errorf("%w: %s is %d bytes long and should be %d", ErrCorrupt, path, info.Size(), int64(meta.pages)*meta.pageSize)
	}
	p := &pages{file: f, meta: meta, keys: all, used: make([]uint64, meta.pages/64+1)}
	if all && damaged {
		p.problem("one of the two root pages is damaged: the last change may be missing")
	}
	p.mark(0, 2)
	p.tree(meta.root, nil, nil)
	p.freelist(all)
	return p.problems, nil
}

var errNoMeta = errors.New("it has no valid root page")

// readMeta returns the newest valid meta page, as bbolt would choose it, and
// whether the other one is damaged.
func readMeta(f io.ReaderAt) (meta boltMeta, damaged bool, err error) {
	buf := make([]byte, pageHeader+metaChecked+8)
	at := func(offset int64) (boltMeta, bool) {
		if _, err := f.ReadAt(buf, offset); err != nil {
			return boltMeta{}, false
		}
		return parseMeta(buf)
	}
	first, ok := at(0)
	if ok {
		second, ok := at(first.pageSize)
		if !ok || second.txid < first.txid {
			return first, !ok, nil
		}
		return second, false, nil
	}
	for size := int64(1024); size <= largestPage; size *= 2 {
		if second, ok := at(size); ok && second.pageSize == size {
			return second, true, nil
		}
	}
	return boltMeta{}, true, errNoMeta
}

func (p *pages) problem(format string, args ...any) {
	if len(p.problems) < pageProblems {
		p.problems = append(p.problems, fmt.Sprintf(format, args...))
	}
}

// done reports whether to stop: at the first problem unless all are wanted.
func (p *pages) done() bool {
	return len(p.problems) > 0 && !p.keys || len(p.problems) >= pageProblems
}

// mark takes n pages and reports whether they exist and were not taken before.
func (p *pages) mark(id, n uint64) bool {
	if id >= p.meta.pages || n > p.meta.pages-id {
		p.problem("page %d lies outside the file", id)
		return false
	}
	for i := id; i < id+n; i++ {
		if p.used[i/64]&(1<<(i%64)) != 0 {
			p.problem("page %d is used twice", i)
			return false
		}
		p.used[i/64] |= 1 << (i % 64)
	}
	return true
}

// extent is the bytes of one page with what it overflows into, or of a small
// bucket that lies inside its parent's page.
type extent struct {
	flags, count uint16
	head         []byte // the beginning
	size         int64
	read         func(b []byte, offset int64) error // beyond head
}

// bytes returns n bytes at offset, which must lie inside.
func (x *extent) bytes(offset, n int64) ([]byte, error) {
	if offset+n <= int64(len(x.head)) {
		return x.head[offset : offset+n], nil
	}
	b := make([]byte, n)
	return b, x.read(b, offset)
}

// load reads the head of page id and marks it.
func (p *pages) load(id uint64) (x extent, ok bool) {
	if id < 2 || id >= p.meta.pages {
		p.problem("page %d lies outside the file", id)
		return x, false
	}
	base := int64(id) * p.meta.pageSize
	if p.depth == len(p.heads) {
		p.heads = append(p.heads, make([]byte, min(p.meta.pageSize, headSize)))
	}
	x.head = p.heads[p.depth]
	if _, err := p.file.ReadAt(x.head, base); err != nil {
		p.problem("page %d: %v", id, err)
		return x, false
	}
	x.flags, x.count = order.Uint16(x.head[8:]), order.Uint16(x.head[10:])
	overflow := uint64(order.Uint32(x.head[12:]))
	if self := order.Uint64(x.head); self != id {
		p.problem("page %d says that it is page %d", id, self)
		return x, false
	}
	x.size = int64(overflow+1) * p.meta.pageSize
	x.read = func(b []byte, offset int64) error {
		_, err := p.file.ReadAt(b, base+offset)
		return err
	}
	return x, p.mark(id, overflow+1)
}

// tree goes through a page and all below it. Its keys must begin with low and
// end before high, where these are known.
func (p *pages) tree(id uint64, low, high []byte) {
	if p.done() {
		return
	}
	x, ok := p.load(id)
	if !ok {
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	switch x.flags {
	case flagBranch:
		p.branch(id, &x, low, high)
	case flagLeaf:
		p.leaf(id, &x, low, high)
	default:
		p.problem("page %d has the unknown kind %#x", id, x.flags)
	}
}

// key returns the key of element i, checking that it lies inside the page and
// in order: the first key of a page is the one that its parent knows it by.
// Unless everything is to be looked at, keys that would have to be read are
// passed over. end is how many bytes follow the key.
func (p *pages) key(id uint64, x *extent, i, pos, size, end int64, low, high, last []byte) (key []byte, ok bool) {
	at := pageHeader + i*elementSize + pos
	if size == 0 || at+size+end > x.size || pos < elementSize {
		p.problem("page %d has an element that is not inside it", id)
		return nil, false
	}
	if !p.keys && at+size > int64(len(x.head)) && (i > 0 || low == nil) {
		return nil, true
	}
	key, err := x.bytes(at, size)
	if err != nil {
		p.problem("page %d: %v", id, err)
		return nil, false
	}
	key = bytes.Clone(key)
	if i == 0 && low != nil && !bytes.Equal(low, key) || last != nil && bytes.Compare(last, key) >= 0 ||
		high != nil && bytes.Compare(key, high) >= 0 {
		p.problem("page %d has keys out of order", id)
		return nil, false
	}
	return key, true
}

func (p *pages) elements(id uint64, x *extent) ([]byte, bool) {
	n := int64(x.count) * elementSize
	if pageHeader+n > x.size {
		p.problem("page %d says that it has %d elements", id, x.count)
		return nil, false
	}
	b, err := x.bytes(pageHeader, n)
	if err != nil {
		p.problem("page %d: %v", id, err)
	}
	return b, err == nil
}

func (p *pages) branch(id uint64, x *extent, low, high []byte) {
	table, ok := p.elements(id, x)
	if !ok {
		return
	}
	if x.count == 0 {
		p.problem("page %d leads nowhere", id)
	}
	type child struct {
		id  uint64
		key []byte
	}
	children := make([]child, 0, x.count)
	var last []byte
	for i := range int64(x.count) {
		e := table[i*elementSize:]
		key, ok := p.key(id, x, i, int64(order.Uint32(e)), int64(order.Uint32(e[4:])), 0, low, high, last)
		if !ok {
			return
		}
		children, last = append(children, child{order.Uint64(e[8:]), key}), key
	}
	for i, c := range children {
		until := high
		if i+1 < len(children) {
			until = children[i+1].key
		}
		p.tree(c.id, c.key, until)
	}
}

func (p *pages) leaf(id uint64, x *extent, low, high []byte) {
	table, ok := p.elements(id, x)
	if !ok {
		return
	}
	if x.count == 0 && low != nil {
		p.problem("page %d is empty", id)
	}
	var last []byte
	for i := range int64(x.count) {
		e := table[i*elementSize:]
		element, pos := pageHeader+i*elementSize, int64(order.Uint32(e[4:]))
		ksize, vsize := int64(order.Uint32(e[8:])), int64(order.Uint32(e[12:]))
		key, ok := p.key(id, x, i, pos, ksize, vsize, low, high, last)
		if !ok {
			return
		}
		last = key
		if flags := order.Uint32(e); flags&flagBucket != 0 {
			p.bucket(id, x, element+pos+ksize, vsize)
		} else if flags != 0 {
			p.problem("page %d has an element of the unknown kind %#x", id, flags)
		}
	}
}

// bucket goes through a bucket: its own pages, or those elements that lie in
// the value because they are few.
func (p *pages) bucket(id uint64, x *extent, offset, size int64) {
	if size < bucketHeader {
		p.problem("page %d has a bucket of %d bytes", id, size)
		return
	}
	value, err := x.bytes(offset, bucketHeader)
	if err != nil {
		p.problem("page %d: %v", id, err)
		return
	}
	if root := order.Uint64(value); root != 0 {
		p.tree(root, nil, nil)
		return
	}
	inline, err := x.bytes(offset, size)
	if err != nil || size < bucketHeader+pageHeader {
		p.problem("page %d has a bucket of %d bytes", id, size)
		return
	}
	head := inline[bucketHeader:]
	y := extent{flags: order.Uint16(head[8:]), count: order.Uint16(head[10:]), head: head, size: int64(len(head))}
	if y.flags != flagLeaf {
		p.problem("page %d has a bucket of the unknown kind %#x", id, y.flags)
		return
	}
	p.leaf(id, &y, nil, nil)
}

// freelist checks that no free page is in use. With all it also finds pages
// that are neither.
func (p *pages) freelist(all bool) {
	if p.done() || p.meta.freelist == noFreelist {
		return
	}
	x, ok := p.load(p.meta.freelist)
	if !ok {
		return
	}
	n, at := int64(x.count), int64(pageHeader)
	if n == freelistLarge { // the count did not fit
		b, err := x.bytes(pageHeader, 8)
		if err != nil {
			p.problem("list of free pages: %v", err)
			return
		}
		n, at = int64(order.Uint64(b)), at+8
	}
	if x.flags != flagFreelist || n < 0 || n > x.size/8 || at+8*n > x.size {
		p.problem("the list of free pages is damaged")
		return
	}
	list, err := x.bytes(at, 8*n)
	if err != nil {
		p.problem("list of free pages: %v", err)
		return
	}
	for ; len(list) > 0 && !p.done(); list = list[8:] {
		p.mark(order.Uint64(list), 1)
	}
	for i := uint64(0); all && i < p.meta.pages && !p.done(); i++ {
		if p.used[i/64]&(1<<(i%64)) == 0 {
			p.problem("page %d is lost: neither used nor free", i)
		}
	}
}
