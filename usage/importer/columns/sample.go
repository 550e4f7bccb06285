package columns

import (
	"bytes"
	"strings"

	"tokpit/usage/importer/rows"
	"tokpit/usage/internal/jsonscan"
)

// sample is the beginning of a file, by columns.
type sample struct {
	json      bool
	delimiter byte
	names     []string
	values    [][]string // of each column, a row after the other
	rows      int
}

// limits of a sample.
const (
	sampleRows   = 500
	sampleNames  = 400
	sampleDepth  = 6
	sampleLength = 80
)

// takeSample reads the beginning of a file, which may be cut anywhere.
func takeSample(head []byte) (*sample, error) {
	_, head, err := plainText(bytes.NewReader(head))
	if err != nil {
		return nil, err
	}
	if isJSON(head) {
		return sampleJSON(head)
	}
	delimiter, said := sepLine(head)
	head = head[said:]
	if delimiter == 0 {
		if delimiter, err = guessDelimiter(head); err != nil {
			return nil, err
		}
	}
	s := &sample{delimiter: delimiter, names: headerOf(head, delimiter)}
	s.values = make([][]string, len(s.names))
	r := rows.NewCSV(bytes.NewReader(head), delimiter)
	_, _, _ = r.Next() // the header
	for s.rows < sampleRows {
		fields, bad, err := r.Next()
		if err != nil {
			break
		}
		if bad != "" || len(fields) < len(s.names) {
			continue // perhaps cut off with the sample
		}
		for i := range s.names {
			s.values[i] = append(s.values[i], clip(bytes.TrimSpace(fields[i])))
		}
		s.rows++
	}
	if len(s.names) < 2 || s.rows == 0 {
		return nil, foreign("it is no table with a header and rows")
	}
	return s, nil
}

func clip(b []byte) string { return string(b[:min(len(b), sampleLength)]) }

// guessDelimiter is what cuts the header and the rows below into the same number
// of columns, of which most have names that are known.
func guessDelimiter(head []byte) (byte, error) {
	best, most, tied := byte(0), 0, false
	for i := range len(delimiters) {
		header := headerOf(head, delimiters[i])
		if len(header) < 2 {
			continue
		}
		score := len(header)
		for _, name := range header {
			for _, names := range synonyms() {
				if n, sure := callName(names, name); n > 0 && sure {
					score += 1000
				}
			}
		}
		if score > most {
			best, most, tied = delimiters[i], score, false
		} else if score == most {
			tied = true
		}
	}
	if best == 0 {
		return 0, foreign("it is no table: its first line has one column")
	}
	if tied {
		return 0, foreign("it is not clear what stands between its columns; give a map with a delimiter")
	}
	return best, nil
}

func sampleJSON(head []byte) (*sample, error) {
	s := &sample{json: true}
	places := make(map[string]int)
	r := rows.NewJSON(bytes.NewReader(head))
	for s.rows < sampleRows {
		text, bad, err := r.Next()
		if err != nil {
			break
		}
		if bad != "" {
			continue
		}
		var scan jsonscan.Scanner
		scan.Reset(text)
		if scan.Kind() != jsonscan.Object {
			continue
		}
		s.object(&scan, "", 0, places)
		s.rows++
		for i := range s.values {
			for len(s.values[i]) < s.rows {
				s.values[i] = append(s.values[i], "")
			}
		}
	}
	if s.rows == 0 || len(s.names) < 2 {
		return nil, foreign("it holds no JSON objects with fields")
	}
	return s, nil
}

// object notes the scalar fields of an object, by their paths.
func (s *sample) object(scan *jsonscan.Scanner, prefix string, depth int, places map[string]int) {
	for ok := scan.Object(); ok; ok = scan.Next() {
		path := prefix + string(scan.Key())
		var value string
		switch scan.Kind() {
		case jsonscan.Object:
			if depth < sampleDepth {
				s.object(scan, path+".", depth+1, places)
			} else {
				scan.Skip()
			}
			continue
		case jsonscan.String:
			b, _ := scan.Text()
			value = clip(b)
		case jsonscan.Number, jsonscan.Bool:
			b, _ := scan.Raw()
			value = clip(b)
		default:
			scan.Skip()
		}
		i, known := places[path]
		if !known {
			if len(s.names) >= sampleNames || strings.TrimSpace(path) == "" {
				continue
			}
			i = len(s.names)
			places[path] = i
			s.names = append(s.names, path)
			s.values = append(s.values, nil)
		}
		for len(s.values[i]) < s.rows {
			s.values[i] = append(s.values[i], "")
		}
		if len(s.values[i]) == s.rows {
			s.values[i] = append(s.values[i], value)
		}
	}
}
