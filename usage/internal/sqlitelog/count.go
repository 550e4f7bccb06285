package sqlitelog

import (
	"math"

	"tokpit/usage"
)

// Count scans a number of tokens. What is none does not fail the query, as it is
// the fault of one row: [Slip] names it. NULL is 0, and not Valid.
type Count struct {
	N     int64
	Valid bool
	slip  string
}

// Scan implements [sql.Scanner].
func (c *Count) Scan(v any) error {
	*c = Count{}
	switch v := v.(type) {
	case nil:
		return nil
	case int64:
		c.N = v
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			c.slip = "token counts are not whole numbers"
			return nil
		}
		c.N = int64(v)
	default:
		c.slip = "token counts are not whole numbers"
		return nil
	}
	if c.Valid = true; c.N < 0 || c.N > usage.MaxTokens {
		*c = Count{slip: "token counts are negative or too large"}
	}
	return nil
}

// Slip says what is wrong with the first bad count, or "".
func Slip(counts ...Count) string {
	for _, c := range counts {
		if c.slip != "" {
			return c.slip
		}
	}
	return ""
}
