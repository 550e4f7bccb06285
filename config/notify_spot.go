package config

import (
	"bytes"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// The tables of [Notify], as they are headed.
const (
	tableNotify  = "notify"
	tableMail    = "notify.mail"
	tableWebhook = "notify.webhook"
)

// spotMap knows in which lines the tables of [Notify] and their keys stand.
type spotMap map[string][]place

// line is where a key of the i-th table of a name stands, else the table; 0 if
// neither is known, as of a table that is written inline.
func (m spotMap) line(table string, i int, key string) int {
	if i >= len(m[table]) {
		return 0
	}
	p := m[table][i]
	if at := p.keys[key]; at != 0 {
		return at
	}
	return p.line
}

// spots finds the tables in a text that is known to be good TOML. A key may be
// written in the table itself or, dotted, in one above it.
func spots(text []byte) spotMap {
	out := make(spotMap)
	current := ""
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		path, offset := keyOf(e)
		if len(path) == 0 {
			continue
		}
		line := 1 + bytes.Count(text[:min(offset, len(text))], []byte("\n"))
		if e.Kind == unstable.KeyValue {
			table, key := current, strings.Join(path, ".")
			if table != "" {
				key = table + "." + key
			}
			if i := strings.LastIndexByte(key, '.'); i >= 0 {
				out.note(key[:i], key[i+1:], line)
			}
			continue
		}
		current = strings.Join(path, ".")
		if e.Kind == unstable.ArrayTable || len(out[current]) == 0 {
			out[current] = append(out[current], place{line, make(map[string]int)})
		}
	}
	return out
}

func (m spotMap) note(table, key string, line int) {
	if len(m[table]) == 0 {
		m[table] = []place{{line, make(map[string]int)}}
	}
	m[table][len(m[table])-1].keys[key] = line
}
