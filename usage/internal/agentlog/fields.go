package agentlog

import (
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonscan"
)

// Fields reads the fields of a JSON text. The first that cannot be what it
// says makes the text bad; the walk goes on.
type Fields struct {
	jsonscan.Scanner
	// Bad is what is wrong with the text, or "".
	Bad string
}

// Read begins a new text.
func (f *Fields) Read(text []byte) {
	f.Bad = ""
	f.Reset(text)
}

// Lead finds a string that stands early in a text, whose end may be missing: what
// kind of row it is. It is false if there is none, or something else.
func (f *Fields) Lead(head []byte, key string) (text []byte, found bool) {
	f.Read(head)
	for ok := f.Object(); ok; ok = f.Next() {
		if string(f.Key()) == key {
			b, kind := f.Text()
			return b, kind == jsonscan.String
		}
		f.Skip()
	}
	return nil, false
}

// Members walks the object that comes next. Each is called with every key and
// must take its value and return true, or leave it and return false. Null is
// an object without members; anything else makes the text bad. It reports
// whether there was an object.
func (f *Fields) Members(name string, each func(key string) bool) bool {
	if !f.Inside(name) {
		return false
	}
	for ok := f.Object(); ok; ok = f.Next() {
		if !each(string(f.Key())) {
			f.Skip()
		}
	}
	return true
}

// Objects calls each for the members of every object in the array that comes
// next, as Members does. What is no object in it is skipped.
func (f *Fields) Objects(name string, each func(key string) bool) {
	for ok := f.Elements(); ok; ok = f.More() {
		if f.Kind() == jsonscan.Object {
			f.Members(name, each)
		} else {
			f.Skip()
		}
	}
}

// Inside reports whether an object comes next, and skips what is none.
func (f *Fields) Inside(name string) bool {
	switch f.Kind() {
	case jsonscan.Object:
		return true
	case jsonscan.Null:
	default:
		f.Slip(name, "is not an object")
	}
	f.Skip()
	return false
}

// Tokens takes a believable whole number; null is 0.
func (f *Fields) Tokens(name string) int64 {
	n, slip := f.Count()
	if slip == jsonscan.Fine && n > usage.MaxTokens {
		slip = jsonscan.TooLarge
	}
	if slip != jsonscan.Fine {
		f.Slip(name, slip.String())
		return 0
	}
	return n
}

// Strict takes a string that decides what a text means or costs; null is "".
func (f *Fields) Strict(name string) []byte {
	b, kind := f.Text()
	if kind != jsonscan.String && kind != jsonscan.Null {
		f.Slip(name, "is not a string")
	}
	return b
}

// Lenient takes a string that only describes. Anything else is as if it were
// not there.
func (f *Fields) Lenient() []byte {
	b, _ := f.Text()
	return b
}

// Decimal takes a number, and returns it as it is written; null is nil.
func (f *Fields) Decimal(name string) []byte {
	raw, kind := f.Raw()
	switch kind {
	case jsonscan.Number:
		return raw
	case jsonscan.Null:
	default:
		f.Slip(name, jsonscan.NotNumber.String())
	}
	return nil
}

// Millis takes an instant in whole milliseconds since 1970; anything else is
// the zero time.
func (f *Fields) Millis() time.Time {
	n, slip := f.Count()
	if slip != jsonscan.Fine {
		return time.Time{}
	}
	return FromMillis(n)
}

// lastSecond bounds instants in seconds: the year 9999.
const lastSecond = 253402300799

// Pair takes [seconds, nanoseconds] since 1970, as OpenTelemetry's JavaScript
// writes instants; anything else is the zero time.
func (f *Fields) Pair() time.Time {
	if f.Kind() != jsonscan.Array {
		f.Skip()
		return time.Time{}
	}
	var parts [2]int64
	n, good := 0, true
	for ok := f.Elements(); ok; ok = f.More() {
		v, slip := f.Count()
		if good = good && slip == jsonscan.Fine && n < 2; good {
			parts[n] = v
		}
		n++
	}
	if !good || n != 2 || parts[0] <= 0 || parts[0] > lastSecond || parts[1] >= 1e9 {
		return time.Time{}
	}
	return time.Unix(parts[0], parts[1]).UTC()
}

// Slip says that a field is not what it should be.
func (f *Fields) Slip(field, what string) {
	if f.Bad == "" {
		f.Bad = field + " " + what
	}
}

// lastInstant bounds what is read as milliseconds: the year 9999.
const lastInstant = 253402300799999

// FromMillis is the instant of milliseconds since 1970; the zero time where
// there is none.
func FromMillis(n int64) time.Time {
	if n <= 0 || n > lastInstant {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// FromUnix is the instant of seconds or milliseconds since 1970: some tools
// have written both into the same column.
func FromUnix(n int64) time.Time {
	if n > 0 && n < 1e11 { // as milliseconds: before March 1973
		n *= 1000
	}
	return FromMillis(n)
}
