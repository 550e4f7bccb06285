package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// golden compares recorded logs of the real tools: each file in a store of its
// own, families of forks together.
func (c *check) golden() {
	var golden struct {
		Claude map[string]struct {
			Input, Output int64
			CacheCreation int64 `json:"cache_creation"`
			CacheRead     int64 `json:"cache_read"`
			Unique        int64
		}
		Codex map[string]struct {
			Input     int64 `json:"input_tokens"`
			Cached    int64 `json:"cached_input_tokens"`
			Output    int64 `json:"output_tokens"`
			Reasoning int64 `json:"reasoning_output_tokens"`
		}
		Forks map[string]map[string]any
	}
	text, err := os.ReadFile(filepath.Join(c.fixtures, "GOLDEN.json"))
	if err != nil {
		fail("%v", err)
	}
	// Other tools' entries have other shapes; only ours must decode.
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		fail("%v", err)
	}
	for key, into := range map[string]any{
		"claude_code (dedupe by message.id+requestId, keep max)":                            &golden.Claude,
		"codex (sum of positive deltas of total_token_usage; per file, before fork dedupe)": &golden.Codex,
		"codex_fork_dedupe": &golden.Forks,
	} {
		if err := json.Unmarshal(raw[key], into); err != nil {
			fail("%s: %v", key, err)
		}
	}
	for _, name := range sortedKeys(golden.Claude) {
		want := golden.Claude[name]
		p := c.fresh()
		under, _ := strings.CutPrefix(name, "claude_code/")
		p.put(name, filepath.Join(".claude", under))
		p.sync()
		got := p.report().Total
		c.equal(name+" input", got.Tokens.Input, want.Input)
		c.equal(name+" output", got.Tokens.Output, want.Output)
		c.equal(name+" cache writes", got.Tokens.CacheWrite5m+got.Tokens.CacheWrite1h, want.CacheCreation)
		c.equal(name+" cache reads", got.Tokens.CacheRead, want.CacheRead)
		c.equal(name+" requests", requests(got), want.Unique)
		p.sound(name)
	}
	for _, name := range sortedKeys(golden.Codex) {
		want := golden.Codex[name]
		p := c.fresh()
		p.put(name, ".codex/sessions/2026/11/01/rollout-2026-11-01T00-00-00-"+filepath.Base(name))
		p.sync()
		got := p.report().Total
		c.equal(name+" input", got.Tokens.Input+got.Tokens.CacheRead+got.Tokens.CacheWrite5m, want.Input)
		c.equal(name+" cached", got.Tokens.CacheRead, want.Cached)
		c.equal(name+" output", got.Tokens.Output, want.Output)
		c.equal(name+" reasoning", got.Tokens.Reasoning, want.Reasoning)
		p.sound(name)
	}
	number := func(family, key string) int64 {
		n, ok := golden.Forks[family][key].(float64)
		if !ok {
			fail("GOLDEN.json has no %s of %s", key, family)
		}
		return int64(n)
	}
	for folder, want := range map[string]int64{
		"codexbar-archived-fork-33ce-3869": number("archived-fork-33ce-3869", "family"),
		"codexbar-missing-parent-siblings": number("missing-parent-siblings", "prefix_once"),
		"codexbar-harness-smoke":           17,
	} {
		c.family(folder, want)
	}
	c.flagged()
	p := c.fresh()
	p.tree("codex/genuine-0.169.0", ".codex")
	p.sync()
	total := p.report().Total
	c.equal("genuine codex requests", requests(total), 3)
	c.equal("genuine codex input", total.Tokens.Input+total.Tokens.CacheRead, 28200)
	c.equal("genuine codex output", total.Tokens.Output, 354)
	c.equal("genuine codex reasoning", total.Tokens.Reasoning, 192)
}

// family syncs a family of forks in one go, and file by file in both orders.
func (c *check) family(folder string, want int64) {
	whole := c.fresh()
	whole.tree(filepath.Join("codex", folder, "codex-home"), ".codex")
	whole.sync()
	c.equal(folder, whole.report().Total.Tokens.total(), want)
	whole.sound(folder)
	base := filepath.Join(c.fixtures, "codex", folder, "codex-home")
	var files []string
	_ = filepath.Walk(base, func(path string, info os.FileInfo, err error) error {
		if err == nil && strings.HasSuffix(path, ".jsonl") {
			files = append(files, strings.TrimPrefix(path, c.fixtures+"/"))
		}
		return nil
	})
	for _, reverse := range []bool{false, true} {
		p := c.fresh()
		for i := range files {
			name := files[i]
			if reverse {
				name = files[len(files)-1-i]
			}
			_, under, _ := strings.Cut(name, "codex-home/")
			p.put(name, filepath.Join(".codex", under))
			p.sync()
		}
		c.equal(folder+" file by file", p.report().Total.Tokens.total(), want)
		p.sound(folder)
	}
}

// flagged: what may be a copy of a log that is not there is said to be.
func (c *check) flagged() {
	p := c.fresh()
	p.tree("codex/codexbar-missing-parent-siblings/codex-home", ".codex")
	p.sync()
	var d struct{ Notes []struct{ Code, Text string } }
	p.run(&d, "report", "--json")
	found := false
	for _, n := range d.Notes {
		found = found || n.Code == "doubt" && strings.Contains(n.Text, "original log is not there")
	}
	c.equal("the missing parent is flagged", found, true)
	p = c.fresh()
	p.tree("codex/codexbar-archived-fork-33ce-3869/codex-home", ".codex")
	p.sync()
	d.Notes = nil
	p.run(&d, "report", "--json")
	c.equal("doubts about a family that is all there", len(d.Notes), 0)
}

// fresh is an empty machine under a clock later than every recorded log.
func (c *check) fresh() place {
	_ = os.RemoveAll(c.work)
	home := filepath.Join(c.work, "home")
	if err := os.MkdirAll(home, 0o755); err != nil {
		fail("%v", err)
	}
	p := c.place(home, "store.db")
	p.now = "2031-01-01T00:00:00Z"
	return p
}

func (p place) put(name, at string) {
	copyFile(filepath.Join(p.c.fixtures, name), filepath.Join(p.home, at))
}

func (p place) tree(name, at string) {
	base := filepath.Join(p.c.fixtures, name)
	err := filepath.Walk(base, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		copyFile(path, filepath.Join(p.home, at, strings.TrimPrefix(path, base)))
		return nil
	})
	if err != nil {
		fail("%v", err)
	}
}

func copyFile(from, to string) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		fail("%v", err)
	}
	in, err := os.Open(from)
	if err != nil {
		fail("%v", err)
	}
	defer in.Close()
	info, _ := in.Stat()
	out, err := os.Create(to)
	if err != nil {
		fail("%v", err)
	}
	if _, err := io.Copy(out, in); err != nil {
		fail("%v", err)
	}
	if err := out.Close(); err != nil {
		fail("%v", err)
	}
	_ = os.Chtimes(to, info.ModTime(), info.ModTime())
}
