package config

import (
	"errors"
	"strings"
)

var errQuotes = errors.New("a quote is not closed")

// splitWords splits a command line into words as a POSIX shell does, without
// expanding anything: single quotes keep everything, double quotes keep all but
// \" and \\, a backslash keeps the next character.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open := false // a word has begun, though it may be empty
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t':
			if open {
				words, open = append(words, word.String()), false
				word.Reset()
			}
		case '\'', '"':
			open = true
			end := quotedEnd(line, i)
			if end < 0 {
				return nil, errQuotes
			}
			word.WriteString(unescape(line[i+1:end], c))
			i = end
		case '\\':
			if i++; i == len(line) {
				return nil, errors.New("it ends in a backslash")
			}
			open = true
			word.WriteByte(line[i])
		default:
			open = true
			word.WriteByte(c)
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// quotedEnd returns where the quote at i is closed, or -1.
func quotedEnd(line string, i int) int {
	quote := line[i]
	for k := i + 1; k < len(line); k++ {
		switch {
		case line[k] == quote:
			return k
		case line[k] == '\\' && quote == '"':
			k++
		}
	}
	return -1
}

func unescape(s string, quote byte) string {
	if quote == '\'' {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s)
}
