package report

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tokpit/internal/clean"
	"tokpit/money"
)

// amountText writes an amount for people: two decimals, or two significant digits
// where it is under a cent.
func amountText(a money.Amount, currency string) string {
	decimals := 2
	if whole, frac, _ := strings.Cut(a.Abs().String(), "."); whole == "0" && frac != "" {
		if zeros := len(frac) - len(strings.TrimLeft(frac, "0")); zeros >= 2 {
			decimals = min(zeros+2, money.Decimals)
		}
	}
	whole, frac, _ := strings.Cut(a.Abs().Format(decimals), ".")
	text := group(whole) + "." + frac
	if a.Sign() < 0 {
		text = "-" + text
	}
	return clean.Text(currency) + " " + text
}

// group puts commas between thousands.
func group(s string) string {
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if negative {
		return "-" + s
	}
	return s
}

// compact writes a number of tokens with three digits: "812", "12.3k", "1.32B".
func compact(n int64) string {
	if n < 0 {
		return "-" + compact(-n)
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	scale := int64(1000)
	for _, unit := range []string{"k", "M", "B", "T"} {
		for decimals := 2; decimals >= 0; decimals-- {
			step := scale
			for range decimals {
				step /= 10
			}
			if rounded := (n + step/2) / step; rounded < 1000 || unit == "T" && decimals == 0 {
				s := fmt.Sprint(rounded)
				if decimals > 0 {
					s = s[:len(s)-decimals] + "." + s[len(s)-decimals:]
				}
				return s + unit
			}
		}
		scale *= 1000
	}
	return fmt.Sprint(n)
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return group(fmt.Sprint(n)) + " " + noun + "s"
}

// uncounted says of rows in quarantine what that means.
func uncounted(rows int64) string {
	if rows == 1 {
		return "1 row could not be read and does not count"
	}
	return plural(rows, "row") + " could not be read and do not count"
}

// whereBegun says where records count that go over a boundary.
func whereBegun(records int64) string {
	if records == 1 {
		return "counts where it begins"
	}
	return "count where they begin"
}

// writeWrapped breaks a line between words; dates stay whole.
func writeWrapped(b *strings.Builder, line string, width int) {
	if width > 0 {
		used := 0
		for i, word := range strings.Split(line, " ") {
			n := ansi.StringWidth(word)
			switch {
			case i > 0 && used+1+n > width:
				b.WriteString("\n")
				used = 0
			case i > 0:
				b.WriteString(" ")
				used++
			}
			if n > width {
				word = ansi.Hardwrap(word, width, true)
				n = ansi.StringWidth(word[strings.LastIndexByte(word, '\n')+1:])
			}
			b.WriteString(word)
			used += n
		}
		line = ""
	}
	b.WriteString(line)
	b.WriteString("\n")
}
