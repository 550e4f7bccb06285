package bundle

import (
	"strconv"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonscan"
)

func (d *decoder) text() string {
	s, k := d.scan.Text()
	if k != jsonscan.String {
		d.fail("no text")
	}
	return string(s)
}

func (d *decoder) count() int64 {
	b, k := d.scan.Raw()
	if n, ok := digits(b); ok && k == jsonscan.Number {
		return n
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if k != jsonscan.Number || err != nil {
		d.fail("no whole number: %.40q", b)
	}
	return n
}

// optional is a count that may be absent.
func (d *decoder) optional() int64 {
	if d.scan.Kind() == jsonscan.Null {
		d.scan.Skip()
		return usage.Absent
	}
	n := d.count()
	if n == usage.Absent {
		d.fail("a count of -1")
	}
	return n
}

// digits reads a number that has few enough of them, and nothing else.
func digits(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	return n, true
}

func (d *decoder) instant() time.Time {
	s, k := d.scan.Text()
	const size = len(d.minute)
	short := k == jsonscan.String && len(s) == len(layout) && s[size] == ':' && s[size+3] == '.' && s[size+7] == 'Z'
	if short && d.minute[0] != 0 && string(s[:size]) == string(d.minute[:]) {
		seconds, ok := digits(s[size+1 : size+3])
		ms, ok2 := digits(s[size+4 : size+7])
		if ok && ok2 && seconds < 60 {
			return d.began.Add(time.Duration(1000*seconds+ms) * time.Millisecond)
		}
	}
	var t time.Time
	if err := t.UnmarshalText(s); k != jsonscan.String || err != nil {
		d.fail("no instant: %.40q", s)
		return t
	}
	t = t.UTC()
	if short {
		copy(d.minute[:], s)
		d.began = t.Truncate(time.Minute)
	}
	return t
}

func (d *decoder) date() time.Time {
	t, err := time.Parse(time.DateOnly, d.text())
	if err != nil {
		d.fail("%v", err)
	}
	return t
}
