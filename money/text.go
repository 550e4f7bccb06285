package money

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Parse reads a plain decimal such as "-12.345". It takes an optional sign,
// digits and at most one point; no exponent, no grouping, no currency sign. It
// returns an error that wraps [ErrSyntax] or [ErrRange], never a rounded value.
func Parse(s string) (Amount, error) {
	body, negative := s, false
	if body != "" && (body[0] == '-' || body[0] == '+') {
		negative = body[0] == '-'
		body = body[1:]
	}
	whole, frac, _ := strings.Cut(body, ".")
	if whole == "" && frac == "" || !digits(whole) || !digits(frac) {
		return Amount{}, fmt.Errorf("%w: %.40q", ErrSyntax, s)
	}
	frac = strings.TrimRight(frac, "0")
	whole = strings.TrimLeft(whole, "0")
	if len(frac) > Decimals || len(whole) > 18 {
		return Amount{}, fmt.Errorf("%w: %.40q", ErrRange, s)
	}
	hi, lo := bits.Mul64(number(whole), 1e18)
	lo, carry := bits.Add64(lo, number(frac+strings.Repeat("0", Decimals-len(frac))), 0)
	return signed(negative, hi+carry, lo), nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// number reads up to 18 digits.
func number(s string) uint64 {
	var n uint64
	for i := range len(s) {
		n = n*10 + uint64(s[i]-'0')
	}
	return n
}

// String returns the exact value with as many decimals as it needs: "12.5",
// "-0.000003625", "0".
func (a Amount) String() string {
	b, _ := a.AppendText(make([]byte, 0, 24)) // which never fails
	return string(b)
}

// AppendText appends what [Amount.String] returns. The error is always nil.
func (a Amount) AppendText(b []byte) ([]byte, error) {
	if a.hi < 0 {
		b = append(b, '-')
	}
	qhi, qlo, rem := a.divided()
	if qhi == 0 {
		b = strconv.AppendUint(b, qlo, 10)
	} else {
		// qhi:qlo is below 2^127/1e18 < 1.8e20, so one more division by 1e18 does.
		top, low := bits.Div64(qhi, qlo, 1e18)
		b = append18(strconv.AppendUint(b, top, 10), low)
	}
	if rem == 0 {
		return b, nil
	}
	b = append18(append(b, '.'), rem)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b, nil
}

// append18 appends a number below 1e18 with all of its 18 digits.
func append18(b []byte, n uint64) []byte {
	var digits [Decimals]byte
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i], n = byte('0'+n%10), n/10
	}
	return append(b, digits[:]...)
}

// divided returns the whole part of |a|, of two words, and the rest in 1e-18.
func (a Amount) divided() (whi, wlo, rest uint64) {
	hi, lo := a.magnitude()
	whi, rest = bits.Div64(0, hi, 1e18)
	wlo, rest = bits.Div64(rest, lo, 1e18)
	return whi, wlo, rest
}

// Format returns a rounded half to even to the given number of decimals (0 to
// 18), always with that many. It is for people; exports use [Amount.String].
func (a Amount) Format(decimals int) string {
	decimals = min(max(decimals, 0), Decimals)
	r := a.Round(decimals)
	whole, frac := r.parts()
	if decimals > 0 {
		whole += "." + frac[:decimals]
	}
	if r.hi < 0 {
		return "-" + whole
	}
	return whole
}

// Round returns a rounded half to even to the given number of decimals.
func (a Amount) Round(decimals int) Amount {
	if decimals >= Decimals {
		return a
	}
	unit := uint64(1)
	for range Decimals - max(decimals, 0) {
		unit *= 10
	}
	hi, lo := a.magnitude()
	qhi, rem := bits.Div64(0, hi, unit)
	qlo, rem := bits.Div64(rem, lo, unit)
	if rem > unit-rem || rem == unit-rem && qlo&1 == 1 {
		var c uint64
		qlo, c = bits.Add64(qlo, 1, 0)
		qhi += c
	}
	top, lo := bits.Mul64(qlo, unit)
	return signed(a.hi < 0, qhi*unit+top, lo)
}

// parts returns the digits of |a| before and the 18 digits after the point.
func (a Amount) parts() (whole, frac string) {
	whole, frac, _ = strings.Cut(strings.TrimPrefix(a.String(), "-"), ".")
	return whole, frac + strings.Repeat("0", Decimals-len(frac))
}

// MarshalText writes the exact decimal.
func (a Amount) MarshalText() ([]byte, error) { return a.AppendText(nil) }

// UnmarshalText reads what [Parse] reads.
func (a *Amount) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err == nil {
		*a = v
	}
	return err
}

// ParsePerMillion reads a price per 1,000,000 units, such as "0.003625". It
// must not need more than 12 decimals, so that the price of one unit is exact.
func ParsePerMillion(s string) (Rate, error) {
	a, err := Parse(s)
	if err != nil {
		return Rate{}, err
	}
	hi, lo := a.magnitude()
	qhi, rem := bits.Div64(0, hi, 1e6)
	qlo, rem := bits.Div64(rem, lo, 1e6)
	if rem != 0 {
		return Rate{}, fmt.Errorf("%w: %.40q per million needs more than 18 decimals per unit", ErrRange, s)
	}
	return Rate{signed(a.hi < 0, qhi, qlo)}, nil
}

// PerMillion returns the price of 1,000,000 units as an exact decimal.
func (r Rate) PerMillion() string { return r.Times(1e6).String() }

// AppendBinary appends 16 bytes, big endian, to b.
func (a Amount) AppendBinary(b []byte) []byte {
	for i := 56; i >= 0; i -= 8 {
		b = append(b, byte(uint64(a.hi)>>i))
	}
	for i := 56; i >= 0; i -= 8 {
		b = append(b, byte(a.lo>>i))
	}
	return b
}

// FromBinary reads what [Amount.AppendBinary] wrote. It reports false when b is
// shorter than 16 bytes.
func FromBinary(b []byte) (Amount, bool) {
	if len(b) < 16 {
		return Amount{}, false
	}
	var hi, lo uint64
	for i := range 8 {
		hi = hi<<8 | uint64(b[i])
		lo = lo<<8 | uint64(b[8+i])
	}
	return Amount{int64(hi), lo}, true
}
