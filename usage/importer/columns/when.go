package columns

import (
	"fmt"
	"strings"
	"time"

	"tokpit/usage"
)

// when is a point of time in a file, or a day if Day is set.
type when struct {
	at  time.Time
	day bool // at is the beginning of a day, and no time was given
}

// clock reads times of one form.
type clock struct {
	unit   time.Duration // of counted time; 0 for text
	layout string        // of Go; "" is ISO 8601
	day    bool          // the layout has no time of day
	zone   *time.Location
}

const badTime flaw = "is not a time in the form that the map says"

// Patterns explains the patterns of times.
func Patterns() string {
	return "YYYY or YY year, MM or M month, MMM its English name, DD or D day, hh or h hour (with AM: of twelve), mm minute, ss second, ZZ zone"
}

// newClock returns the reader of a format; see [Time].
func newClock(format string, zone *time.Location) (clock, error) {
	c := clock{zone: zone}
	switch format {
	case "", "iso":
		return c, nil
	case "unix":
		c.unit = time.Second
	case "unix-ms":
		c.unit = time.Millisecond
	case "unix-us":
		c.unit = time.Microsecond
	case "unix-ns":
		c.unit = time.Nanosecond
	default:
		if len(format) > 60 || !strings.Contains(format, "YY") || !strings.Contains(format, "M") || !strings.Contains(format, "D") {
			return c, fmt.Errorf("time.format is %q; it can be iso, unix, unix-ms, unix-us, unix-ns or a pattern: %s", short(format), Patterns())
		}
		hour := "15"
		if strings.Contains(format, "AM") {
			hour = "03"
		}
		c.day = !strings.Contains(format, "h")
		c.layout = strings.NewReplacer("YYYY", "2006", "YY", "06", "MMM", "Jan", "MM", "01", "DD", "02", "hh", hour, "mm", "04", "ss", "05",
			"AM", "PM", "ZZ", "-07:00", "M", "1", "D", "2", "h", strings.TrimPrefix(hour, "0")).Replace(format)
	}
	return c, nil
}

// read reads one time.
func (c *clock) read(b []byte) (when, flaw) {
	if len(b) == 0 {
		return when{}, "is empty"
	}
	switch {
	case c.unit != 0:
		return c.counted(b)
	case c.layout == "":
		return c.iso(b)
	}
	t, err := time.ParseInLocation(c.layout, string(b), c.zone)
	if err != nil {
		return when{}, badTime
	}
	if c.day {
		y, m, d := t.Date()
		return when{usage.StartOfDay(c.zone, y, m, d), true}, fine
	}
	return when{t.UTC(), false}, fine
}

// counted reads seconds or parts of them since 1970, with decimals.
func (c *clock) counted(b []byte) (when, flaw) {
	var whole, nanos int64
	i := 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		if i > 18 {
			return when{}, badTime
		}
		whole = whole*10 + int64(b[i]-'0')
	}
	if i == 0 {
		return when{}, badTime
	}
	if i < len(b) && b[i] == '.' {
		part := int64(c.unit)
		for i++; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
			part /= 10
			nanos += part * int64(b[i]-'0')
		}
	}
	if i < len(b) {
		return when{}, badTime
	}
	per := int64(time.Second / c.unit)
	if whole/per > 1<<36 { // the year 4147
		return when{}, badTime
	}
	return when{time.Unix(whole/per, whole%per*int64(c.unit)+nanos).UTC(), false}, fine
}

// iso reads 2026-11-20, 2026-11-20T15:04:05.123Z, 2026-11-20 15:04:05+01:00,
// 2026-11-20 15:04 UTC and what lies between.
func (c *clock) iso(b []byte) (when, flaw) {
	year, ok1 := number(b, 0, 4)
	month, ok2 := number(b, 5, 2)
	day, ok3 := number(b, 8, 2)
	if !ok1 || !ok2 || !ok3 || b[4] != '-' || b[7] != '-' || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return when{}, badTime
	}
	if len(b) == 10 {
		return when{usage.StartOfDay(c.zone, year, time.Month(month), day), true}, fine
	}
	hour, ok1 := number(b, 11, 2)
	minute, ok2 := number(b, 14, 2)
	if !ok1 || !ok2 || b[10] != 'T' && b[10] != 't' && b[10] != ' ' || b[13] != ':' || hour > 23 || minute > 59 {
		return when{}, badTime
	}
	second, nanos, i := 0, 0, 16
	if i < len(b) && b[i] == ':' {
		var ok bool
		if second, ok = number(b, 17, 2); !ok || second > 60 {
			return when{}, badTime
		}
		i = 19
		if i < len(b) && (b[i] == '.' || b[i] == ',') {
			unit := int(time.Second)
			for i++; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
				unit /= 10
				nanos += unit * int(b[i]-'0')
			}
		}
	}
	zone, ok := c.offset(b[i:])
	if !ok {
		return when{}, badTime
	}
	return when{time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone).UTC(), false}, fine
}

// offset reads what stands behind a time: nothing, Z, UTC, +01, +0100, +01:00.
func (c *clock) offset(b []byte) (*time.Location, bool) {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	switch string(b) {
	case "":
		return c.zone, true
	case "Z", "z", "UTC", "GMT", "+00:00", "+0000", "+00":
		return time.UTC, true
	}
	if b[0] != '+' && b[0] != '-' {
		return nil, false
	}
	hours, ok := number(b, 1, 2)
	minutes := 0
	rest := b[min(3, len(b)):]
	if len(rest) > 0 && rest[0] == ':' {
		rest = rest[1:]
	}
	if len(rest) > 0 {
		var fits bool
		minutes, fits = number(rest, 0, 2)
		ok = ok && fits && len(rest) == 2
	}
	if !ok || hours > 15 || minutes > 59 {
		return nil, false
	}
	seconds := (hours*60 + minutes) * 60
	if b[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

func number(b []byte, at, n int) (int, bool) {
	if len(b) < at+n {
		return 0, false
	}
	v := 0
	for _, c := range b[at : at+n] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// grains are how long a row without an end may be.
func grain(name string) time.Duration {
	switch name {
	case "1m":
		return time.Minute
	case "15m":
		return 15 * time.Minute
	case "1h":
		return time.Hour
	}
	return 0 // a day is not always 24 hours long
}
