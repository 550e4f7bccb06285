package cmd

import (
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/tokenizer"
)

type countDocument struct {
	Schema   string       `json:"schema"`
	AsOf     string       `json:"as_of"`
	Encoding *string      `json:"encoding"` // null for an estimate
	Model    *string      `json:"model"`
	Method   string       `json:"method"`
	Exact    bool         `json:"exact"`
	Files    []countFile  `json:"files"`
	Folders  []countFile  `json:"folders"`
	Skipped  countSkipped `json:"skipped"`
	Total    countTokens  `json:"total"`
}

type countTokens struct {
	Tokens int64 `json:"tokens"` // the likeliest
	Low    int64 `json:"low"`
	High   int64 `json:"high"`
}

type countFile struct {
	Name string `json:"name"`
	countTokens
	Bytes   int64 `json:"bytes"`
	Invalid int64 `json:"invalid_bytes"`
	Files   int64 `json:"files,omitempty"` // of a folder
}

type countSkipped struct {
	Binary  int64 `json:"binary"`
	Links   int64 `json:"links"`
	Ignored int64 `json:"ignored"`
}

func (a *app) writeCounts(w io.Writer, k *counter, all []counted) error {
	now, err := a.env.clock(time.Time{})
	if err != nil {
		return err
	}
	d := countDocument{Schema: "tokpit.count/1", AsOf: stamp(now()), Model: optional(k.model), Method: k.method.String(), Exact: k.encoding != nil,
		Files: []countFile{}, Folders: []countFile{}}
	if k.encoding != nil {
		d.Encoding = optional(k.method.Encoding)
	}
	var total tally
	for _, c := range all {
		total = total.add(c.tally)
		if c.tree == nil {
			d.Files = append(d.Files, fileOf(c.name, c.tally, 0))
			continue
		}
		d.Skipped.Binary += c.tree.binary
		d.Skipped.Links += c.tree.links
		d.Skipped.Ignored += c.tree.ignored
		d.add(c.tree, strings.TrimSuffix(c.name, "/"))
	}
	d.Total = tokensOf(total.tokens)
	return writeJSON(w, d)
}

// add lists a folder and all that is below it, by name.
func (d *countDocument) add(n *node, at string) {
	d.Folders = append(d.Folders, fileOf(at, n.tally, n.files))
	slices.SortFunc(n.children, func(a, b *node) int { return strings.Compare(a.name, b.name) })
	for _, c := range n.children {
		if name := path.Join(at, c.name); c.dir {
			d.add(c, name)
		} else {
			d.Files = append(d.Files, fileOf(name, c.tally, 0))
		}
	}
}

func tokensOf(e tokenizer.Estimate) countTokens { return countTokens{e.Point, e.Low, e.High} }

func fileOf(name string, t tally, files int64) countFile {
	return countFile{clean.Limit(name, 4096), tokensOf(t.tokens), t.bytes, t.invalid, files}
}
