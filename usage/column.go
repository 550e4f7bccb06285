package usage

import "math"

// Column is one measure of the cells of a cube. Nearly every count of a quarter
// hour fits into 32 bits, and many measures are zero throughout, so a column
// takes four bytes a cell or none; the few counts that do not fit lie beside it.
// The zero Column is zero everywhere.
type Column struct {
	small []int32 // nil: all are zero
	large map[int]int64
}

// Beyond stands in a narrow column for a count that does not fit.
const Beyond = math.MinInt32

// NewColumn returns a column over counts that the caller gives away. Where small
// holds [Beyond] the count is in large. Without small all are zero.
func NewColumn(small []int32, large map[int]int64) Column { return Column{small, large} }

// At returns the count of cell i.
func (c *Column) At(i int) int64 {
	if c.small == nil {
		return 0
	}
	if n := c.small[i]; n != Beyond {
		return int64(n)
	}
	return c.beyond(i)
}

// addTo adds the count of every cell i to the sum at[i].
func (c *Column) addTo(sums []int64, at []uint32) {
	for i, n := range c.small {
		if n == Beyond {
			sums[at[i]] += c.beyond(i)
		} else if n != 0 {
			sums[at[i]] += int64(n)
		}
	}
}

func (c *Column) beyond(i int) int64 { return c.large[i] }

// append adds the count of cell i, which is the next one, to a column with room
// for so many.
func (c *Column) append(i int, n int64, room int) {
	if c.small == nil {
		if n == 0 {
			return
		}
		c.small = make([]int32, i, max(room, i+1))
	}
	if n > Beyond && n <= math.MaxInt32 {
		c.small = append(c.small, int32(n))
		return
	}
	if c.large == nil {
		c.large = make(map[int]int64)
	}
	c.small, c.large[i] = append(c.small, Beyond), n
}
