package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tokenizer"
)

// calibration is what providers counted, beside what had been estimated: numbers
// only, no text. It narrows later estimates of the same family.
type calibration struct {
	Schema   string                           `json:"schema"`
	Families map[tokenizer.Family][]countPair `json:"families"`
}

type countPair struct {
	Estimated int64 `json:"estimated"`
	Actual    int64 `json:"actual"`
}

const (
	calibrationSchema = "tokpit.calibration/1"
	// leastObserved is the shortest text that is remembered, in tokens: what goes
	// around a text weighs too much in shorter ones.
	leastObserved = 200
	// mostObserved is how many counts of a family are remembered.
	mostObserved = 100
	// maxCalibration bounds the file, in bytes.
	maxCalibration = 1 << 20
)

func (a *app) calibrationFile() (string, error) {
	dir, err := a.env.dataDir()
	return filepath.Join(dir, "calibration.json"), err
}

// readCalibration returns what is remembered. A file that cannot be read is one
// that says nothing: it only makes estimates narrower.
func (a *app) readCalibration() *calibration {
	none := &calibration{Schema: calibrationSchema, Families: map[tokenizer.Family][]countPair{}}
	path, err := a.calibrationFile()
	if err != nil {
		return none
	}
	f, err := os.Open(path)
	if err != nil {
		return none
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCalibration))
	var c calibration
	if err != nil || json.Unmarshal(text, &c) != nil || c.Schema != calibrationSchema || c.Families == nil {
		return none
	}
	return &c
}

func (c *calibration) observed() map[tokenizer.Family][]tokenizer.Observation {
	out := make(map[tokenizer.Family][]tokenizer.Observation, len(c.Families))
	for f, pairs := range c.Families {
		for _, p := range pairs {
			out[f] = append(out[f], tokenizer.Observation{Estimated: p.Estimated, Actual: p.Actual})
		}
	}
	return out
}

// learn remembers what providers counted for a prompt, and says how far off the
// estimate was. Not being able to remember is no failure.
func (a *app) learn(c *cobra.Command, m report.Measured, counted map[pricing.ModelRef]int64) {
	known := a.readCalibration()
	changed := false
	for ref, n := range counted {
		method := tokenizer.For(ref.Provider, ref.Model)
		guess := method.Estimate(m.Profile)
		if method.Exact {
			continue
		}
		fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s counts %s; the estimate was %s to %s\n", clean.Text(ref.Provider), count(n, "token"), group(guess.Low), group(guess.High))
		if guess.Point < leastObserved || n <= 0 {
			continue
		}
		pairs := append(known.Families[method.Family], countPair{guess.Point, n})
		known.Families[method.Family] = pairs[max(len(pairs)-mostObserved, 0):]
		changed = true
	}
	if !changed || a.demo {
		return
	}
	if err := a.writeCalibration(known); err != nil && !errors.Is(err, fs.ErrPermission) {
		fmt.Fprintf(c.ErrOrStderr(), "tokpit: the count is not remembered: %s\n", clean.Limit(err.Error(), 300))
	}
}

func (a *app) writeCalibration(c *calibration) error {
	path, err := a.calibrationFile()
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return err
	}
	return writePrivate(path, append(text, '\n'))
}
