package ui

import "strings"

// BigHeight is how many lines a big figure takes.
const BigHeight = 3

// bigDigit returns the three lines of a digit, drawn with half blocks in a
// grid of 3×5, or false for another character.
func bigDigit(r rune) ([BigHeight]string, bool) {
	switch r {
	case '0':
		return [BigHeight]string{"█▀█", "█ █", "▀▀▀"}, true
	case '1':
		return [BigHeight]string{"▀█ ", " █ ", "▀▀▀"}, true
	case '2':
		return [BigHeight]string{"▀▀█", "█▀▀", "▀▀▀"}, true
	case '3':
		return [BigHeight]string{"▀▀█", " ▀█", "▀▀▀"}, true
	case '4':
		return [BigHeight]string{"█ █", "▀▀█", "  ▀"}, true
	case '5':
		return [BigHeight]string{"█▀▀", "▀▀█", "▀▀▀"}, true
	case '6':
		return [BigHeight]string{"█▀▀", "█▀█", "▀▀▀"}, true
	case '7':
		return [BigHeight]string{"▀▀█", "  █", "  ▀"}, true
	case '8':
		return [BigHeight]string{"█▀█", "█▀█", "▀▀▀"}, true
	case '9':
		return [BigHeight]string{"█▀█", "▀▀█", "▀▀▀"}, true
	case ',':
		return [BigHeight]string{" ", " ", "▞"}, true
	case '.':
		return [BigHeight]string{" ", " ", "▀"}, true
	}
	return [BigHeight]string{}, false
}

// Big draws a figure such as "$1,284.57" over three lines: whole units big,
// the currency sign before them and the cents after them small, at the top; of an
// amount under a cent all digits are big. It reports false for text that is no such figure ("unpriced"), which is better
// written plainly.
func Big(s string) ([BigHeight]string, bool) {
	start := strings.IndexAny(s, "0123456789")
	if start < 0 || strings.Count(s, " ") > 1 {
		return [BigHeight]string{}, false
	}
	head, body := s[:start], s[start:]
	whole, frac, _ := strings.Cut(body, ".")
	if whole == "0" && len(frac) > 2 { // all that matters of a small figure is there
		whole, frac = body, ""
	}
	var lines [BigHeight]strings.Builder
	pad := strings.Repeat(" ", Width(head))
	lines[0].WriteString(head)
	lines[1].WriteString(pad)
	lines[2].WriteString(pad)
	for _, r := range whole {
		d, ok := bigDigit(r)
		if !ok {
			return [BigHeight]string{}, false
		}
		for i := range lines {
			lines[i].WriteByte(' ')
			lines[i].WriteString(d[i])
		}
	}
	if frac != "" {
		lines[0].WriteString(" ." + frac)
		rest := strings.Repeat(" ", len(frac)+2)
		lines[1].WriteString(rest)
		lines[2].WriteString(rest)
	}
	return [BigHeight]string{lines[0].String(), lines[1].String(), lines[2].String()}, true
}
