package bundle

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tokpit/usage"
)

// dimNames are the text dimensions in the order of [usage.Dims.Strings], but for
// the tags, which are a list.
var dimNames = [...]string{"source", "account", "provider", "organization", "environment", "project", "key", "user",
	"agent", "session", "machine", "model", "tier", "region"}

var classNames = [...]string{"input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"}

func classes(t *usage.Tokens) [6]*int64 {
	return [6]*int64{&t.Input, &t.CacheRead, &t.CacheWrite5m, &t.CacheWrite1h, &t.Output, &t.Reasoning}
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

func appendInstant(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), layout), '"')
}

// appendLines writes a list of texts that are the lines of one.
func appendLines(b []byte, lines string) []byte {
	first := true
	for line := range strings.SplitSeq(lines, "\n") {
		if !first {
			b = append(b, ',')
		}
		b, first = appendText(b, line), false
	}
	return b
}

// appendText writes a JSON string. What is no UTF-8 becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	plain := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			b = append(append(b, s[plain:i]...), "\uFFFD"...)
		} else if b = append(b, s[plain:i]...); c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		i++
		plain = i
	}
	return append(append(b, s[plain:]...), '"')
}
