package export

import (
	"strings"
	"unicode/utf8"
)

// A spreadsheet that opens a CSV file runs cells that look like formulas, even
// quoted ones, and turns texts that look like numbers or dates into those: the id
// 00123 becomes 123, 1E5 becomes 100000, MAR1 the first of March. So texts of
// that kind get an apostrophe in front, as do texts that have one already. Who
// reads the file takes one leading apostrophe away from text cells, and has
// exactly what was written.

// Guard returns a text that no spreadsheet takes for anything else.
func Guard(s string) string {
	if risky(s) {
		return "'" + s
	}
	return s
}

// GuardFormulas is [Guard] for files that other programs join with files of their
// own, by ids that look like numbers: only what may be run is guarded.
func GuardFormulas(s string) string {
	if runs(s) {
		return "'" + s
	}
	return s
}

// Unguarded leaves texts as they are, for programs that run no formulas.
func Unguarded(s string) string { return s }

// Unguard returns what [Guard] was given.
func Unguard(s string) string { return strings.TrimPrefix(s, "'") }

func risky(s string) bool {
	return s != "" && (runs(s) || numberLike(s) || dateLike(s))
}

// runs reports whether a spreadsheet may take a text for a formula. Blanks in
// front do not keep some from it.
func runs(s string) bool {
	switch r, _ := utf8.DecodeRuneInString(s); r {
	case '=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠', ' ', '\u00a0', '\u3000':
		return true
	}
	return false
}

// numberLike reports whether a text may be read as a number, in any locale: it
// has a digit and nothing but digits, separators, a percent sign, a currency
// sign, or an exponent.
func numberLike(s string) bool {
	digits, letters := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == 'e' || r == 'E':
			if letters++; letters > 1 || digits == 0 {
				return false
			}
		case strings.ContainsRune(".,:/-+'% \u00a0\u202f$€£¥()", r):
		default:
			return false
		}
	}
	return digits > 0
}

// dateLike reports whether a text may be read as a date with a month's name:
// "MAR1", "1-Sep", "Dec 2026", and true and false, which are values too.
func dateLike(s string) bool {
	if len(s) > 20 {
		return false
	}
	low := strings.ToLower(s)
	if low == "true" || low == "false" {
		return true
	}
	word := strings.TrimFunc(low, func(r rune) bool { return r >= '0' && r <= '9' || strings.ContainsRune("-/., ", r) })
	if word == low || len(word) < 3 {
		return false
	}
	for _, month := range []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "sept"} {
		if word == month || word == month[:3] {
			return true
		}
	}
	return false
}
