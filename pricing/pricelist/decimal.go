package pricelist

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tokpit/money"
)

// decimals is how many decimals of a price per million tokens are real; what
// comes after is the noise of a float.
const decimals = 6

// perMillion reads the text of a JSON number: a price of 10^-shift million
// tokens. It returns the price per token, rounded half to even to six decimals
// per million. A price that rounds to nothing is an error, zero is not.
func perMillion(text string, shift int) (money.Rate, error) {
	digits, exponent, err := scientific(text)
	if err != nil {
		return money.Rate{}, err
	}
	if digits == "" {
		return money.Rate{}, nil
	}
	units, err := rounded(digits, exponent+shift+decimals)
	if err != nil {
		return money.Rate{}, fmt.Errorf("%.40s: %w", text, err)
	}
	units = strings.Repeat("0", max(0, decimals+1-len(units))) + units
	point := len(units) - decimals
	return money.ParsePerMillion(units[:point] + "." + units[point:])
}

// scientific takes a number apart into significant digits and a power of ten.
// Zero has no digits.
func scientific(text string) (digits string, exponent int, err error) {
	if len(text) > 64 {
		return "", 0, errors.New("too long for a price")
	}
	if strings.HasPrefix(text, "-") {
		return "", 0, errors.New("below zero")
	}
	mantissa, power, ok := strings.Cut(strings.ToLower(text), "e")
	if ok {
		if exponent, err = strconv.Atoi(power); err != nil || exponent > 400 || exponent < -400 {
			return "", 0, fmt.Errorf("not a price: %.40q", text)
		}
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits = whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, fmt.Errorf("not a price: %.40q", text)
	}
	return strings.TrimLeft(digits, "0"), exponent - len(frac), nil
}

// rounded is digits × 10^power as a whole number, half to even.
func rounded(digits string, power int) (string, error) {
	if len(digits)+power > 17 {
		return "", errors.New("too large for a price")
	}
	if power >= 0 {
		return digits + strings.Repeat("0", power), nil
	}
	keep := len(digits) + power
	if keep < 0 {
		return "", errors.New("too small for a price")
	}
	n, rest := int64(0), digits[keep:]
	if keep > 0 {
		n, _ = strconv.ParseInt(digits[:keep], 10, 64) // at most 17 digits
	}
	half := "5" + strings.Repeat("0", len(rest)-1)
	if rest > half || rest == half && n%2 == 1 {
		n++
	}
	if n == 0 {
		return "", errors.New("too small for a price")
	}
	return strconv.FormatInt(n, 10), nil
}
