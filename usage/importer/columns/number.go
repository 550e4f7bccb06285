package columns

import (
	"bytes"
	"strings"

	"tokpit/money"
)

// flaw is why a value cannot be taken. It never quotes the value.
type flaw string

const (
	fine          flaw = ""
	notWhole      flaw = "is not a whole number"
	negativeCount flaw = "is negative"
	tooLarge      flaw = "is too large a number"
	badGroups     flaw = "has thousands separators in odd places"
	notAmount     flaw = "is not an amount of money"
	tooExact      flaw = "has more than 18 decimals"
)

// parseCount reads a count of tokens or requests; empty is 0 and not given. Groups
// of thousands must be right, decimals must be zero, and nothing may need to be
// interpreted.
func parseCount(b []byte, decimal byte) (n int64, given bool, why flaw) {
	if len(b) == 0 {
		return 0, false, fine
	}
	if len(b) <= 12 {
		for _, c := range b {
			if c < '0' || c > '9' {
				return parseOddCount(b, decimal)
			}
			n = n*10 + int64(c-'0')
		}
		return n, true, fine
	}
	return parseOddCount(b, decimal)
}

func parseOddCount(b []byte, decimal byte) (n int64, given bool, why flaw) {
	switch string(b) {
	case "-", "–", "null", "NULL", "None", "NaN", "nan", "N/A", "n/a":
		return 0, false, fine
	}
	if b[0] == '-' {
		if parsed, _, why := parseOddCount(b[1:], decimal); why == fine && parsed > 0 {
			return 0, false, negativeCount
		}
		return 0, false, notWhole
	}
	digits, zeros, found := bytes.Cut(b, []byte{decimal})
	if found && (len(zeros) == 0 || len(bytes.TrimLeft(zeros, "0")) > 0) {
		return 0, false, notWhole
	}
	plain, why := ungroup(digits, decimal)
	if why != fine {
		return 0, false, why
	}
	if len(plain) == 0 || len(plain) > 18 {
		if len(plain) > 18 {
			return 0, false, tooLarge
		}
		return 0, false, notWhole
	}
	for _, c := range plain {
		if c < '0' || c > '9' {
			return 0, false, notWhole
		}
		n = n*10 + int64(c-'0')
	}
	return n, true, fine
}

// ungroup takes thousands separators out of the digits before the decimal mark.
// They are the other mark, an apostrophe or a space, one kind of them, every three
// digits.
func ungroup(b []byte, decimal byte) ([]byte, flaw) {
	text := string(b)
	var mark string
	for _, m := range []string{",", ".", "'", "’", " ", "\u00a0", "\u202f"} {
		if !strings.Contains(text, m) {
			continue
		}
		if mark != "" || m == string(decimal) {
			return nil, badGroups
		}
		mark = m
	}
	if mark == "" {
		return b, fine
	}
	parts := strings.Split(text, mark)
	for i, p := range parts {
		if i > 0 && len(p) != 3 || i == 0 && (len(p) == 0 || len(p) > 3 || p[0] == '0') {
			return nil, badGroups
		}
	}
	return []byte(strings.Join(parts, "")), fine
}

// currencySigns are signs that stand for one currency wherever they are used.
func currencySigns() map[string]string {
	return map[string]string{"US$": "USD", "$": "", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW"}
}

// parseAmount reads an exact amount; empty, "Included", "NaN" and the like are none.
// A sign that names a currency is returned; "$" says nothing beside it, because it
// is many countries'.
func parseAmount(b []byte, decimal byte) (a money.Amount, currency string, given bool, why flaw) {
	if plainNumber(b) {
		if a, err := money.Parse(string(b)); decimal == '.' && err == nil {
			return a, "", true, fine
		}
	}
	text := strings.TrimSpace(string(b))
	switch strings.ToLower(text) {
	case "", "-", "–", "—", "nan", "null", "none", "n/a", "included", "free", "inf":
		return a, "", false, fine
	}
	negative := false
	if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") { // as accountants write it
		negative, text = true, strings.TrimSpace(text[1:len(text)-1])
	}
	text, negative = takeSign(text, negative)
	for sign, code := range currencySigns() {
		cut, ok := strings.CutPrefix(text, sign)
		if !ok {
			cut, ok = strings.CutSuffix(text, sign)
		}
		if ok && len(sign) > len("$") || ok && !strings.HasPrefix(text, "US$") {
			text, currency = strings.TrimSpace(cut), code
			break
		}
	}
	if currency == "" && len(text) > 4 { // "12.50 EUR"
		if code := currencyCode([]byte(text[len(text)-3:])); code != "" && text[len(text)-4] == ' ' {
			text, currency = strings.TrimSpace(text[:len(text)-4]), code
		}
	}
	text, negative = takeSign(text, negative)
	plain, why := plainDecimal(text, decimal)
	if why != fine {
		return a, "", false, why
	}
	a, err := money.Parse(plain)
	if err != nil {
		return a, "", false, notAmount
	}
	if negative {
		a = a.Neg()
	}
	return a, currency, true, fine
}

// plainNumber reports whether a text is digits with at most a point among them, as
// most amounts are.
func plainNumber(b []byte) bool {
	points := 0
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
		case c == '.' && i > 0 && i < len(b)-1:
			points++
		default:
			return false
		}
	}
	return len(b) > 0 && points <= 1
}

func takeSign(text string, negative bool) (string, bool) {
	if rest, ok := strings.CutPrefix(text, "-"); ok && !negative {
		return strings.TrimSpace(rest), true
	}
	return strings.TrimPrefix(text, "+"), negative
}

// plainDecimal writes a number without groups and exponent, exactly.
func plainDecimal(text string, decimal byte) (string, flaw) {
	exponent := 0
	if i := strings.IndexAny(text, "eE"); i > 0 {
		e := text[i+1:]
		minus := strings.HasPrefix(e, "-")
		e = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(e, "-"), "+"), "0")
		if len(e) > 2 || len(text) == i+1 {
			return "", notAmount
		}
		for _, c := range []byte(e) {
			if c < '0' || c > '9' {
				return "", notAmount
			}
			exponent = exponent*10 + int(c-'0')
		}
		if minus {
			exponent = -exponent
		}
		text = text[:i]
	}
	whole, part, found := strings.Cut(text, string(decimal))
	if found && part == "" && whole == "" {
		return "", notAmount
	}
	digits, why := ungroup([]byte(whole), decimal)
	if why != fine {
		return "", why
	}
	all := string(digits) + part
	if all == "" || len(all) > 60 || strings.Trim(all, "0123456789") != "" {
		return "", notAmount
	}
	return pointAt(all, len(digits)+exponent)
}

// pointAt sets the point behind so many digits.
func pointAt(digits string, at int) (string, flaw) {
	if at <= 0 {
		digits, at = strings.Repeat("0", 1-at)+digits, 1
	}
	if at > len(digits) {
		digits += strings.Repeat("0", at-len(digits))
	}
	whole, part := strings.TrimLeft(digits[:at], "0"), strings.TrimRight(digits[at:], "0")
	if len(part) > money.Decimals {
		return "", tooExact
	}
	if len(whole) > 18 {
		return "", tooLarge
	}
	if whole == "" {
		whole = "0"
	}
	if part == "" {
		return whole, fine
	}
	return whole + "." + part, fine
}

// currencyCode returns a code of three letters in upper case, or "".
func currencyCode(b []byte) string {
	if len(b) != 3 {
		return ""
	}
	code := bytes.ToUpper(b)
	for _, c := range code {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	return string(code)
}
