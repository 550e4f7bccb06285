package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tokpit/money"
)

// Points is a score, in millionths of whatever its metric counts: 35.6 percent
// is 35_600_000, 0.8321 is 832_100. Means and intervals are computed in whole
// numbers, so they are the same on every machine.
type Points int64

// String is the score without needless zeros: "35.6".
func (p Points) String() string { return p.Format(6) }

// Format rounds the score, half to even, to at most that many decimals (0 to 6).
func (p Points) Format(decimals int) string {
	unit := Points(1)
	for range 6 - decimals {
		unit *= 10
	}
	n := divide(p, unit) * unit
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	frac := strings.TrimRight(fmt.Sprintf("%06d", n%1_000_000), "0")
	if frac != "" {
		frac = "." + frac
	}
	return fmt.Sprintf("%s%d%s", sign, n/1_000_000, frac)
}

// Short is the score for a person: at most three decimals, fewer where it is
// large.
func (p Points) Short() string {
	switch n := max(p, -p); {
	case n >= 1000_000_000:
		return p.Format(0)
	case n >= 1_000_000:
		return p.Format(1)
	}
	return p.Format(3)
}

// Float is for drawing.
func (p Points) Float() float64 { return float64(p) / 1e6 }

// divide returns a/b rounded half to even; b is above zero.
func divide(a, b Points) Points {
	q, r := a/b, a%b
	if r < 0 {
		q, r = q-1, r+b
	}
	if twice := 2 * r; twice > b || twice == b && q%2 != 0 {
		q++
	}
	return q
}

// Interval is the 95 % interval of a mean, by bootstrap.
type Interval struct {
	Low  Points `json:"low"`
	High Points `json:"high"`
}

// Score is what a model reached on one metric. Scores of different metrics say
// nothing about each other and are never compared.
type Score struct {
	// Provider and Model are as the source of the score names them; what they
	// mean is decided when a [Scoreboard] is made, by the book of that day.
	Provider string `json:"provider,omitempty"`
	Model    string `json:"model"`
	Metric   string `json:"metric"`           // with all that makes it another metric: version, harness, data set
	Effort   string `json:"effort,omitempty"` // the reasoning effort it was run at, "" if that is not said
	Mean     Points `json:"mean_e6"`
	// Interval is nil where the score is one figure: nobody can say how far chance
	// moved it.
	Interval   *Interval     `json:"interval_e6,omitempty"`
	Items      int           `json:"items"` // single results behind the mean; 0 is not known
	Cost       money.Amount  `json:"cost"`  // US dollars for one item, if HasCost
	HasCost    bool          `json:"has_cost"`
	Latency    time.Duration `json:"latency_ns"` // of one item, on average, if HasLatency
	HasLatency bool          `json:"has_latency"`
	AsOf       time.Time     `json:"as_of,omitzero"`   // when it was measured or published
	Origin     string        `json:"origin,omitempty"` // an address, or the name of the import
	License    string        `json:"license,omitempty"`
}

// name is the model as the source wrote it.
func (s *Score) name() string {
	if s.Provider == "" {
		return s.Model
	}
	return s.Provider + "/" + s.Model
}

// Contender is one side of a paired comparison: a model as its source names it.
type Contender struct {
	Provider string `json:"provider,omitempty"`
	Model    string `json:"model"`
	Effort   string `json:"effort,omitempty"`
}

// Paired is how much more B reached than A on the items that both were given: a
// sharper comparison than two intervals side by side.
type Paired struct {
	Metric   string    `json:"metric"`
	A        Contender `json:"a"`
	B        Contender `json:"b"`
	Delta    Points    `json:"delta_e6"` // the mean of B − A
	Interval Interval  `json:"interval_e6"`
	Items    int       `json:"items"`
}

// ScoreSet is the scores of one import.
type ScoreSet struct {
	Name     string    `json:"name"`
	File     string    `json:"file,omitempty"` // base name of what was read
	Imported time.Time `json:"imported"`
	BadRows  int       `json:"bad_rows,omitempty"`
	Scores   []Score   `json:"scores"`
	Pairs    []Paired  `json:"pairs,omitempty"`
}

// ScoreKind is the kind of document that score sets are stored under.
const ScoreKind = "score"

// scoreFormat is the version of the stored form. Fields may be added to it.
const scoreFormat = 1

// ErrDocument is wrapped by the errors of stored bytes that cannot be read, and
// ErrNewer by those of a later version of tokpit: reading them in part would
// lose the rest when they are written again.
var (
	ErrDocument = errors.New("damaged document")
	ErrNewer    = errors.New("written by a newer version of tokpit")
)

type storedScores struct {
	Version int `json:"version"`
	ScoreSet
}

// Encode returns the set as bytes that [DecodeScores] reads.
func (s *ScoreSet) Encode() ([]byte, error) { return json.Marshal(storedScores{scoreFormat, *s}) }

// DecodeScores reads a stored set. Its errors wrap [ErrDocument] or [ErrNewer].
func DecodeScores(data []byte) (ScoreSet, error) {
	var d storedScores
	if err := decodeDocument(data, scoreFormat, &d); err != nil {
		return ScoreSet{}, fmt.Errorf("scores: %w", err)
	}
	return d.ScoreSet, nil
}

// decodeDocument reads JSON whose field "version" is at most the newest known.
func decodeDocument(data []byte, newest int, into any) error {
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if v.Version > newest {
		return fmt.Errorf("%w (version %d)", ErrNewer, v.Version)
	}
	if v.Version < 1 {
		return fmt.Errorf("%w: no version", ErrDocument)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %w", ErrDocument, err)
	}
	return nil
}

// fault is something that a person wrote and that means nothing, with advice.
type fault struct{ what, advice string }

func (f *fault) Error() string { return f.what }

// Hint says what to do next.
func (f *fault) Hint() string { return f.advice }
