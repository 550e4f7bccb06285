package jsonl

import (
	"strconv"
	"strings"

	"tokpit/money"
)

// Decimal reads a JSON number, with or without an exponent, as exact money.
// What is finer than money's 18 decimals (the shortest form of a double may
// be) is rounded half to even there. It returns false for anything that is no
// number or out of range.
func Decimal(raw []byte) (money.Amount, bool) {
	s := string(raw)
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil {
			return money.Amount{}, false
		}
		mantissa, exponent = s[:i], e
	}
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits := whole + frac
	if digits == "" || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return money.Amount{}, false
	}
	if exponent > 40 || exponent < -400 { // far too large, or far too small to be anything
		return money.Amount{}, exponent < 0
	}
	point := len(whole) + exponent // where the point stands in digits
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	} else if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	a, err := money.Parse(sign + round(digits, point))
	return a, err == nil
}

// round writes digits with a point, rounded half to even at money.Decimals.
func round(digits string, point int) string {
	frac := digits[point:]
	if len(frac) <= money.Decimals {
		return digits[:point] + "." + frac
	}
	kept, rest := []byte(digits[:point+money.Decimals]), frac[money.Decimals:]
	half := "5" + strings.Repeat("0", len(rest)-1)
	odd := len(kept) > 0 && (kept[len(kept)-1]-'0')%2 == 1
	if rest > half || rest == half && odd {
		i := len(kept) - 1
		for ; i >= 0 && kept[i] == '9'; i-- {
			kept[i] = '0'
		}
		if i < 0 {
			kept, point = append([]byte{'1'}, kept...), point+1
		} else {
			kept[i]++
		}
	}
	return string(kept[:point]) + "." + string(kept[point:])
}
