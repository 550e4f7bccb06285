package columns

import (
	"strings"
	"time"
)

// timeFormat returns the form that most of the values have, "" for none, and
// whether month and day may be taken for each other.
func timeFormat(values []string) (format string, open bool) {
	votes := make(map[string]int)
	best := 0
	for _, v := range values {
		f := formOf(v)
		if f == "" {
			continue
		}
		if votes[f]++; votes[f] > best {
			best, format = votes[f], f
		}
	}
	if !strings.Contains(format, "D") {
		return format, false
	}
	// 13/11 settles it for all: a file has one order.
	first, second := 0, 0
	for _, v := range values {
		if formOf(v) != format {
			continue
		}
		a, b := leading(v)
		first, second = max(first, a), max(second, b)
	}
	switch {
	case first > 12 && second > 12:
		return "", false
	case first > 12:
		return format, false
	case second > 12:
		return strings.Replace(format, "D/M/", "M/D/", 1), false
	}
	return format, strings.Contains(format, "/")
}

// formOf returns the form of one value; of dates that begin with a day or a month
// the day-first one.
func formOf(v string) string {
	iso := clock{zone: time.UTC}
	if _, bad := iso.iso([]byte(v)); bad == fine {
		return "iso"
	}
	whole, _, _ := strings.Cut(v, ".")
	if strings.Trim(v, "0123456789.") == "" && strings.Count(v, ".") <= 1 {
		switch len(whole) {
		case 10:
			return "unix"
		case 13:
			return "unix-ms"
		case 16:
			return "unix-us"
		case 19:
			return "unix-ns"
		}
	}
	for _, mark := range []string{"/", ".", "-"} {
		for _, tail := range []string{"", " hh:mm", " hh:mm:ss", ", hh:mm:ss", " h:mm AM", " h:mm:ss AM", ", h:mm:ss AM"} {
			f := "D" + mark + "M" + mark + "YYYY" + tail
			for _, try := range []string{f, "M" + mark + "D" + mark + "YYYY" + tail} {
				c, err := newClock(try, time.UTC)
				if err != nil {
					continue
				}
				if _, bad := c.read([]byte(v)); bad == fine {
					return f
				}
			}
		}
	}
	return ""
}

// leading returns the first two numbers of a date.
func leading(v string) (a, b int) {
	parts := strings.FieldsFunc(v, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) < 2 {
		return 0, 0
	}
	x, ok1 := number([]byte(parts[0]), 0, len(parts[0]))
	y, ok2 := number([]byte(parts[1]), 0, len(parts[1]))
	if !ok1 || !ok2 {
		return 0, 0
	}
	return x, y
}
