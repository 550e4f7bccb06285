package agentlog

import (
	"os"
	"path/filepath"
	"strings"
)

// Present knows which conversations have a log of their own, <Dir>/<id>/<File>,
// so that another account of them is left alone. The zero Present knows none. It
// is used by one goroutine.
type Present struct {
	Dir, File string
	known     map[string]bool
}

// maxPresent bounds how many conversations are remembered.
const maxPresent = 4096

// Has reports whether there is a log of a conversation.
func (p *Present) Has(id string) bool {
	if p.Dir == "" || id == "" || id == "." || id == ".." || strings.ContainsAny(id, "/\\\x00") {
		return false
	}
	there, ok := p.known[id]
	if !ok {
		_, err := os.Stat(filepath.Join(p.Dir, id, p.File))
		if there = err == nil; p.known == nil || len(p.known) >= maxPresent {
			p.known = map[string]bool{}
		}
		p.known[id] = there
	}
	return there
}
