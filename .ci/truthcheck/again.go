package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// generate makes a tree.
func (c *check) generate(home string, flags ...string) {
	args := append([]string{"-out", home, "-size", c.size, "-seed", "7", "-context-cap", "600000"}, flags...)
	if out, err := exec.Command(c.loggen, args...).CombinedOutput(); err != nil {
		fail("loggen: %v: %s", err, out)
	}
}

// logs lists the tree's files relative to home.
func logs(home string) []string {
	var out []string
	for _, root := range []string{".claude", ".codex"} {
		_ = filepath.WalkDir(filepath.Join(home, root), func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".jsonl") {
				rel, _ := filepath.Rel(home, path)
				out = append(out, rel)
			}
			return nil
		})
	}
	return out
}

// again reads one tree in every way that must not matter.
func (c *check) again() {
	_ = os.RemoveAll(c.work)
	full := filepath.Join(c.work, "full")
	c.generate(full)
	want := readTruth(full)
	files := logs(full)

	p := c.place(full, "twice.db")
	for range 3 {
		p.sync()
	}
	c.againstTruth(p, want)
	p.sound("three syncs")

	// In two halves, and file by file in random order.
	for _, steps := range []int{2, 17} {
		home := filepath.Join(c.work, fmt.Sprint("parts", steps))
		p := c.place(home, fmt.Sprint("parts", steps, ".db"))
		r := rand.New(rand.NewPCG(1, uint64(steps)))
		order := r.Perm(len(files))
		for i, k := range order {
			copyFile(filepath.Join(full, files[k]), filepath.Join(home, files[k]))
			if (i+1)%(len(order)/steps+1) == 0 {
				p.sync()
			}
		}
		p.sync()
		c.againstTruth(p, want)
		p.sound(fmt.Sprint("in ", steps, " parts"))
	}

	c.growing(full, files, want)
	c.grown(full)
	c.sideBySide(full, want)
	c.killed(full, want)
	c.gone(full, want)
}

// growing writes every file byte by byte, as it were: cut at random places,
// lines half written, synced in between.
func (c *check) growing(full string, files []string, want truth) {
	home := filepath.Join(c.work, "growing")
	p := c.place(home, "growing.db")
	r := rand.New(rand.NewPCG(2, 2))
	const rounds = 5
	for round := 1; round <= rounds; round++ {
		for _, name := range files {
			text, err := os.ReadFile(filepath.Join(full, name))
			if err != nil {
				fail("%v", err)
			}
			to := filepath.Join(home, name)
			have, _ := os.Stat(to)
			size := int64(0)
			if have != nil {
				size = have.Size()
			}
			end := int64(len(text))
			if round < rounds {
				end = size + r.Int64N(end-size+1)
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				fail("%v", err)
			}
			f, err := os.OpenFile(to, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
			if err == nil {
				_, err = f.Write(text[size:end])
				f.Close()
			}
			if err != nil {
				fail("%v", err)
			}
		}
		p.sync()
	}
	c.againstTruth(p, want)
	p.sound("growing files")
}

// grown appends turns to the newest files, the way a working day does.
func (c *check) grown(full string) {
	home := filepath.Join(c.work, "grown")
	c.generate(home)
	p := c.place(home, "grown.db")
	p.sync()
	before := p.report().Total.Tokens
	out, err := exec.Command(c.loggen, "-out", home, "-append-files", "5", "-append-turns", "20", "-seed", "7", "-context-cap", "600000").Output()
	if err != nil {
		fail("loggen: %v", err)
	}
	var added struct{ Source map[string]counts }
	if err := json.Unmarshal(out, &added); err != nil {
		fail("loggen: %v", err)
	}
	for s := range added.Source {
		before.add(added.Source[s].tokens())
	}
	p.sync()
	c.equal("after appending", p.report().Total.Tokens, before)
	p.sound("appended")
}

// sideBySide runs two syncs at once while reports are read.
func (c *check) sideBySide(full string, want truth) {
	p := c.place(full, "beside.db")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { p.sync() })
	}
	for range 10 {
		p.report()
		time.Sleep(5 * time.Millisecond)
	}
	wg.Wait()
	p.sync()
	c.againstTruth(p, want)
	p.sound("two syncs at once")
}

// killed kills syncs at random moments, then lets one finish.
func (c *check) killed(full string, want truth) {
	r := rand.New(rand.NewPCG(3, 3))
	begin := time.Now()
	c.place(full, "timing.db").sync()
	whole := time.Since(begin)
	p := c.place(full, "killed.db")
	landed := 0
	for i := range c.kills {
		if i%5 == 0 {
			if time.Since(begin) > c.within {
				break
			}
			c.equal("store before a new round of kills", os.RemoveAll(p.store), nil)
		}
		cmd := p.command("sync")
		if err := cmd.Start(); err != nil {
			fail("%v", err)
		}
		time.Sleep(time.Duration(r.Int64N(int64(whole) + 1)))
		if cmd.Process.Kill() == nil {
			landed++
		}
		_ = cmd.Wait()
		if i%5 == 4 || i == c.kills-1 {
			p.sync()
			c.againstTruth(p, want)
			p.sound("after kills")
		}
	}
	fmt.Println("    killed", landed, "syncs")
}

func (c *check) kill() {
	_ = os.RemoveAll(c.work)
	full := filepath.Join(c.work, "full")
	c.generate(full)
	c.killed(full, readTruth(full))
}

// gone deletes the logs: what was stored stays.
func (c *check) gone(full string, want truth) {
	home := filepath.Join(c.work, "gone")
	for _, name := range logs(full) {
		copyFile(filepath.Join(full, name), filepath.Join(home, name))
	}
	p := c.place(home, "gone.db")
	p.sync()
	if err := os.RemoveAll(filepath.Join(home, ".claude")); err != nil {
		fail("%v", err)
	}
	p.sync()
	c.againstTruth(p, want)
	p.sound("deleted logs")
}
