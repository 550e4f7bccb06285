package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"
)

// dice is a reproducible stream of whole numbers for one day and one actor.
type dice struct{ r *rand.Rand }

func newDice(day time.Time, actor string) dice {
	h := fnv.New64a()
	h.Write([]byte(actor))
	return dice{rand.New(rand.NewPCG(uint64(day.Unix()/86400), h.Sum64()))}
}

// between returns lo to hi, both inside, all equally likely.
func (d dice) between(lo, hi int64) int64 {
	if hi <= lo {
		return lo
	}
	return lo + d.r.Int64N(hi-lo+1)
}

// skewed returns lo to hi, small numbers far more often than large ones, as
// the lengths of texts and conversations are.
func (d dice) skewed(lo, hi int64) int64 {
	u := d.r.Int64N(1 << 10)
	return lo + (hi-lo)*(u*u)>>20
}

// perMille reports true n times in a thousand.
func (d dice) perMille(n int64) bool { return d.r.Int64N(1000) < n }

// vary returns n give or take up to a given part of it, in thousandths.
func (d dice) vary(n, perMille int64) int64 {
	return n * (1000 + d.between(-perMille, perMille)) / 1000
}

// round returns n/1000, rounded up or down by chance so that the average holds.
func (d dice) round(n int64) int64 { return (n + d.r.Int64N(1000)) / 1000 }

// pick returns one of the choices.
func (d dice) pick(choices []string) string { return choices[d.r.IntN(len(choices))] }

// id returns prefix and 26 random characters, like the ids of the providers.
func (d dice) id(prefix string) string {
	b := append(make([]byte, 0, len(prefix)+26), prefix...)
	for range 2 {
		b = strconv.AppendUint(b, d.r.Uint64()|1<<63, 36)
	}
	return string(b)
}
