package tokenizer

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSpeed prints samples for .ci/tokens, which sets them beside those of other
// implementations: what, kind of text, value. It asserts nothing: a machine may
// be busy.
func TestSpeed(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("TOKPIT_SPEED"))
	if rounds == 0 {
		t.Skip("run .ci/tokens")
	}
	e := get(t, O200K)
	texts := corpora(t)
	var ids []uint32
	sample := func(what, kind, text string, f func()) {
		start := time.Now()
		f()
		fmt.Printf("%s\t%s\t%.2f\n", what, kind, float64(len(text))/1e6/time.Since(start).Seconds())
	}
	for range rounds {
		for kind, text := range texts {
			sample("tiktoken-go", kind, text, func() { oracle(O200K).EncodeOrdinary(text) })
			e.idle = nil
			sample("count, cold caches", kind, text, func() { e.CountString(text) })
			for range 4 { // short runs: more of them are not disturbed
				sample("count", kind, text, func() { e.CountString(text) })
				sample("encode", kind, text, func() { ids = e.AppendString(ids[:0], text) })
				sample("one core of CountAll", kind, text, func() { countWith(t, 1, text) })
				sample("two cores of CountAll", kind, text, func() { countWith(t, 2, text) })
			}
		}
	}
}

func countWith(t *testing.T, cores int, text string) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	if _, err := get(t, O200K).CountAll(context.Background(), bytesOf(text)); err != nil {
		t.Fatal(err)
	}
}

// TestNoInputIsSlow holds the promise that no megabyte takes long. The limits
// are the promise; on a busy machine the best of a few must keep them.
func TestNoInputIsSlow(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	rounds := 1
	if os.Getenv("TOKPIT_SPEED") != "" {
		rounds = 3
	}
	for kind, text := range hostile(1 << 20) {
		limit := 250 * time.Millisecond
		if len(strings.Trim(text, text[:1])) == 0 {
			limit = 100 * time.Millisecond
		}
		for _, name := range distinct {
			e := get(t, name)
			best := time.Hour
			for round := 0; round < rounds || round < 12 && best > limit; round++ {
				start := time.Now()
				e.CountString(text)
				best = min(best, time.Since(start))
			}
			if os.Getenv("TOKPIT_SPEED") != "" {
				fmt.Printf("1 MB of it, ms\t%s\t%.1f\n", kind, best.Seconds()*1000)
			}
			slack := time.Duration(8) // a guard against what grows faster than its input
			if os.Getenv("TOKPIT_SPEED") != "" {
				slack = 1
			}
			if best > limit*slowdown*slack {
				t.Errorf("%s: 1 MB of %s takes %v", name, kind, best)
			}
		}
	}
}

// TestFirstCount measures in processes of their own how long the first count
// takes and how much memory two encodings need.
func TestFirstCount(t *testing.T) {
	if os.Getenv("TOKPIT_FIRST") != "" {
		start := time.Now()
		n := get(t, O200K).CountString("The first count of a process.")
		first := time.Since(start)
		n += get(t, CL100K).CountString(strings.Repeat("Now with both encodings, and some text. ", 50_000))
		n += get(t, O200K).CountString(strings.Repeat("Now with both encodings, and some text. ", 50_000))
		fmt.Printf("first %d %d %d\n", n, first.Microseconds(), peak())
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	bestTime, bestPeak := math.MaxInt, math.MaxInt
	runs := 5
	if testing.Short() {
		runs = 2
	}
	for range runs {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFirstCount$")
		cmd.Env = append(os.Environ(), "TOKPIT_FIRST=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var n, us, kib int
		if _, err := fmt.Sscanf(string(out), "first %d %d %d", &n, &us, &kib); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		bestTime, bestPeak = min(bestTime, us), min(bestPeak, kib)
	}
	if os.Getenv("TOKPIT_SPEED") != "" {
		fmt.Printf("first count, ms\tnew process\t%.3f\npeak, MiB\ttwo encodings and 2 MB\t%.1f\n", float64(bestTime)/1000, float64(bestPeak)/1024)
	}
	if bestTime > 5000*int(slowdown) || bestPeak > 80<<10*int(slowdown) {
		t.Errorf("the first count takes %d µs, and two encodings need %d KiB", bestTime, bestPeak)
	}
}

// peak returns the most memory that the process had, in KiB.
func peak() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(fields[0])
	return n
}
