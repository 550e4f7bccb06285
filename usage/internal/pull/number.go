package pull

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tokpit/money"
	"tokpit/usage/internal/jsonl"
)

// ErrNumber is wrapped by the errors of numbers that are none.
var ErrNumber = errors.New("not a number")

// Number is a number as a provider writes it: a JSON number, a string that
// holds one, or null. It keeps the text, so amounts stay exact.
type Number string

// UnmarshalJSON takes anything; whether it is a number shows when it is read,
// so that one bad field does not cost a whole page.
func (n *Number) UnmarshalJSON(raw []byte) error {
	*n = ""
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] != '"' {
		*n = Number(raw)
		return nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	*n = Number(strings.TrimSpace(s))
	return err
}

// Given reports whether there is a value.
func (n Number) Given() bool { return n != "" }

// Int returns a whole number; 0 if there is none. 12.0 and 1.2e1 are whole. It
// returns an error that wraps [ErrNumber] for fractions and for anything else.
func (n Number) Int() (int64, error) {
	if n == "" {
		return 0, nil
	}
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i, nil
	}
	a, err := n.Amount()
	if err != nil {
		return 0, err
	}
	i, err := strconv.ParseInt(a.String(), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %.40q is not whole", ErrNumber, string(n))
	}
	return i, nil
}

// Amount returns the exact decimal; 0 if there is none. What is finer than
// money's 18 decimals is rounded half to even there.
func (n Number) Amount() (money.Amount, error) {
	if n == "" {
		return money.Amount{}, nil
	}
	a, ok := jsonl.Decimal([]byte(strings.TrimPrefix(string(n), "+")))
	if !ok || strings.Trim(string(n), "+-.0123456789eE") != "" {
		return money.Amount{}, fmt.Errorf("%w: %.40q", ErrNumber, string(n))
	}
	return a, nil
}
