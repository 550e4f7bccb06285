package pricing

import "sync"

// cacheLimit bounds what a book remembers: distinct names, and distinct
// combinations of name, tier, region and band. Real usage has a few hundred.
const cacheLimit = 8192

// cache remembers results for its book's lifetime. When it is full it starts
// again, which changes nothing but speed.
type cache[K comparable, V any] struct {
	mu sync.RWMutex
	m  map[K]*V
}

func (c *cache[K, V]) get(k K) *V {
	c.mu.RLock()
	v := c.m[k]
	c.mu.RUnlock()
	return v
}

// put keeps v, and returns what another goroutine may have put first.
func (c *cache[K, V]) put(k K, v *V) *V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.m[k]; old != nil {
		return old
	}
	if c.m == nil || len(c.m) >= cacheLimit {
		c.m = make(map[K]*V)
	}
	c.m[k] = v
	return v
}
