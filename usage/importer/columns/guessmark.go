package columns

import (
	"fmt"
	"strings"
)

// decimals finds out which mark stands before decimals, from all values that look
// like amounts.
func (g *guesser) decimals() {
	comma, dot, open := 0, 0, ""
	for i, name := range g.sample.names {
		score, _ := callName(synonyms()["amount"], name)
		if score == 0 {
			continue
		}
		for _, v := range g.values(i) {
			c, d := strings.LastIndexByte(v, ','), strings.LastIndexByte(v, '.')
			switch {
			case c > d && d >= 0, c >= 0 && d < 0 && strings.Count(v, ",") == 1 && !threeDigits(v[c+1:]), c >= 0 && d < 0 && strings.HasPrefix(v, "0,"):
				comma++
			case d > c:
				dot++
			case c >= 0 && strings.Count(v, ",") == 1:
				open = name
			}
		}
	}
	switch {
	case comma > 0 && dot == 0:
		g.out.Map.Decimal = ","
	case comma > 0 && dot > 0:
		g.out.Open = append(g.out.Open, `amounts have decimal commas and decimal points: give a map with decimal = "." or ","`)
	case open != "" && dot == 0:
		g.out.Open = append(g.out.Open, fmt.Sprintf(`amounts in %q such as 1,234 can be a thousand or one: give a map with decimal = "." or ","`, short(open)))
	}
}

func threeDigits(s string) bool {
	s = strings.TrimRight(s, " €$£)")
	return len(s) == 3 && strings.Trim(s, "0123456789") == ""
}
