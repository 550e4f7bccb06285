package copilotchat

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonscan"
)

// Kinds of rows in a journal.
const (
	snapshot = 0
	set      = 1
	push     = 2
)

// maxSteps is how deep a path leads to anything that is read: requests, a
// number, result, metadata and a field.
const maxSteps = 5

// path is where a row changes a conversation, and to what. Byte slices point
// into the row.
type path struct {
	f     agentlog.Fields
	kind  int64
	steps [maxSteps][]byte // a number is an empty step
	n     int              // steps; more than maxSteps is too deep
	index int64            // the number that is the second step
	whole bool             // kind and steps are known
	value []byte
	// from is where a push cuts the list off first, or -1.
	from int64
}

// read reads a row, or the beginning of one. It stops where the row turns out
// to say nothing of tokens.
func (p *path) read(line []byte) {
	*p = path{f: p.f, kind: -1, index: -1, from: -1}
	f := &p.f
	f.Read(line)
	located := false
	for ok := f.Object(); ok; ok = f.Next() {
		switch string(f.Key()) {
		case "kind":
			if n, slip := f.Count(); slip == jsonscan.Fine {
				p.kind = n
			}
		case "k":
			located = true
			p.walk()
		case "v":
			p.whole = p.kind == snapshot || p.kind > snapshot && located
			if p.whole && !p.matters() {
				return
			}
			p.value, _ = f.Raw()
		case "i":
			if n, slip := f.Count(); slip == jsonscan.Fine {
				p.from = n
			}
		default:
			f.Skip()
		}
	}
	p.whole = p.whole || p.kind > push
}

// walk takes the steps of a path.
func (p *path) walk() {
	f := &p.f
	if f.Kind() != jsonscan.Array {
		f.Skip()
		return
	}
	for ok := f.Elements(); ok; ok = f.More() {
		var step []byte
		if f.Kind() == jsonscan.Number {
			if n, slip := f.Count(); slip == jsonscan.Fine && p.n == 1 {
				p.index = n
			}
		} else {
			step = f.Lenient()
		}
		if p.n < maxSteps {
			p.steps[p.n] = step
		}
		p.n++
	}
}

// is reports whether the path has these steps.
func (p *path) is(steps ...string) bool {
	if p.n != len(steps) {
		return false
	}
	for i, s := range steps {
		if string(p.steps[i]) != s {
			return false
		}
	}
	return true
}

// matters reports whether the row may change what is read.
func (p *path) matters() bool {
	switch {
	case p.kind == snapshot:
		return true
	case p.kind == push:
		return p.is("requests")
	case p.kind != set || p.n == 0 || p.n > maxSteps:
		return false
	case p.n == 1:
		return p.is("requests") || p.is("sessionId") || p.is("creationDate")
	case string(p.steps[0]) != "requests" || p.index < 0:
		return false
	}
	switch p.n {
	case 3:
		switch string(p.steps[2]) {
		case "requestId", "timestamp", "modelId", "promptTokens", "completionTokens", "result":
			return true
		}
		return false
	case 4, 5:
		return string(p.steps[2]) == "result" && string(p.steps[3]) == "metadata"
	}
	return true // a whole request
}

// maxWorkspace bounds what is read of a workspace's description, in bytes.
const maxWorkspace = 64 << 10

// workspace names the folder that a journal belongs to, or nothing. It stands
// in workspace.json beside the directory of the journals.
func (d *journal) workspace(journal string) string {
	dir := filepath.Dir(journal)
	if filepath.Base(dir) != "chatSessions" {
		return ""
	}
	file := filepath.Join(filepath.Dir(dir), "workspace.json")
	if fi, err := os.Stat(file); err != nil || fi.Size() > maxWorkspace || !fi.Mode().IsRegular() {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	var w struct{ Folder, Workspace string }
	if json.Unmarshal(text, &w) != nil {
		return ""
	}
	if w.Folder == "" {
		w.Folder = w.Workspace
	}
	u, err := url.Parse(w.Folder)
	if err != nil || u.Path == "" {
		return ""
	}
	name := u.Path
	if u.Scheme == "file" && len(name) > 2 && name[2] == ':' { // /c:/work
		name = strings.TrimPrefix(name, "/")
	}
	return d.projects.Of([]byte(name))
}
