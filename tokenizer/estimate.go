package tokenizer

import "slices"

// Estimate is a number of tokens with how it was found. Exact ones have
// Low = Point = High.
type Estimate struct {
	Low, Point, High int64
	Exact            bool
	Method           string
}

// Exactly is the estimate that is a count.
func Exactly(n int64, method string) Estimate { return Estimate{n, n, n, true, method} }

// Add returns the sum of two estimates, for parts of one request. It is exact if
// both are; the method is that of the larger.
func (e Estimate) Add(f Estimate) Estimate {
	method := e.Method
	if f.Point > e.Point || method == "" {
		method = f.Method
	}
	return Estimate{e.Low + f.Low, e.Point + f.Point, e.High + f.High, e.Exact && f.Exact, method}
}

// Ratios returns tokens of a family per o200k_base token for a kind of text.
func (f Family) Ratios(k Kind) Ratio {
	if k >= kinds {
		k = English
	}
	return ratiosOf(f)[k]
}

// Estimate returns the tokens that a text of this profile has for a method that
// is not exact. The ranges of the kinds add up: when some of a text is uncertain
// in the same direction, so is the whole.
func (m Method) Estimate(p Profile) Estimate {
	rows := ratiosOf(m.Family)
	e := Estimate{Method: m.String()}
	var low, point, high int64
	for k, n := range p.Tokens {
		low += n * rows[k].Low
		point += n * rows[k].Point
		high += n * rows[k].High
	}
	e.Low, e.Point, e.High = low/1000, (point+500)/1000, (high+999)/1000
	return e
}

// Observation is what one request really had, beside what was estimated for it.
type Observation struct {
	Estimated int64 // the point of the estimate
	Actual    int64 // as the provider counted
}

// enough is from how many observations on they say anything.
const enough = 5

// Narrow moves an estimate to what earlier requests to the same model showed: its
// range goes over from the published one to that of nineteen in twenty of the
// observations, half of the way after twenty of them. Observations without tokens
// are ignored; with fewer than five others the estimate stays as it is.
func (e Estimate) Narrow(seen []Observation) Estimate {
	if e.Exact {
		return e
	}
	var ratios []int64 // thousandths
	for _, o := range seen {
		if o.Estimated > 0 && o.Actual > 0 && o.Actual < 1<<40 {
			ratios = append(ratios, (o.Actual*1000+o.Estimated/2)/o.Estimated)
		}
	}
	n := int64(len(ratios))
	if n < enough {
		return e
	}
	slices.Sort(ratios)
	at := func(permille int64) int64 { return ratios[(n-1)*permille/1000] }
	mix := func(published, ratio int64) int64 {
		return (published*20 + n*(e.Point*ratio/1000)) / (20 + n)
	}
	low, point, high := mix(e.Low, at(25)), mix(e.Point, at(500)), mix(e.High, ratios[n-1-(n-1)*25/1000])
	e.Low, e.Point, e.High = min(low, point), point, max(high, point)
	e.Method += ", narrowed by your own requests"
	return e
}
