package pricing

import (
	"sync"
	"sync/atomic"
)

// cacheLimit bounds what a book remembers: distinct names, and distinct
// combinations of name, tier, region and band. Real usage has a few hundred.
const cacheLimit = 8192

// frontSize is the number of places of a cache's front, a power of two.
const frontSize = 512

// cache remembers results for its book's lifetime. When it is full it starts
// again, which changes nothing but speed. Its front holds one recent result for
// each value of a cheap hash and is read without a lock: usage asks for the
// same few keys again and again.
type cache[K comparable, V any] struct {
	front [frontSize]atomic.Pointer[cached[K, V]]
	mu    sync.RWMutex
	m     map[K]*cached[K, V]
}

type cached[K comparable, V any] struct {
	key   K
	value *V
}

// get returns what is remembered for k, whose cheap hash is h.
func (c *cache[K, V]) get(k *K, h uint32) *V {
	place := &c.front[h%frontSize]
	if e := place.Load(); e != nil && e.key == *k {
		return e.value
	}
	c.mu.RLock()
	e := c.m[*k]
	c.mu.RUnlock()
	if e == nil {
		return nil
	}
	place.Store(e)
	return e.value
}

// put keeps v, and returns what another goroutine may have put first.
func (c *cache[K, V]) put(k K, v *V) *V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.m[k]; old != nil {
		return old.value
	}
	if c.m == nil || len(c.m) >= cacheLimit {
		c.m = make(map[K]*cached[K, V])
		for i := range c.front {
			c.front[i].Store(nil)
		}
	}
	c.m[k] = &cached[K, V]{k, v}
	return v
}

// mix is a cheap hash of what mostly tells names apart: their length and ends.
func mix(h uint32, s string) uint32 {
	n := len(s)
	h = h*31 + uint32(n)
	if n >= 4 {
		h = h*31 + uint32(s[n-1]) + uint32(s[n-2])<<3 + uint32(s[n-4])<<6 + uint32(s[n/2])<<9 + uint32(s[0])<<12
	}
	return h ^ h>>9
}

func (k *tariffKey) hash() uint32 {
	h := uint32(k.band.Lo)*2654435761 ^ uint32(k.band.End)*40503
	return mix(mix(h>>7, k.model), k.tier)
}

func (k *nameKey) hash() uint32 { return mix(mix(0, k.provider), k.model) }
