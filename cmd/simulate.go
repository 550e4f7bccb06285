package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/config"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/usage"
)

const simulateHelp = `Recomputes your own usage with other models, shorter prompts, more caching,
batches or other prices, and compares it exactly with what it was. However they
are given, levers apply in one fixed order (traffic, route, prompt, output, cache,
tier, price), and each one's contribution adds up to the difference.

  --growth 2x, +20%            all traffic
  --choices 3                  n or best_of of every request
  --swap gpt-5=gpt-5-mini:60%  a share of a model's usage to another (repeat it)
  --fine-tune "gpt-5=gpt-4.1-mini:50% training=300 rate=2x saved=40%"
  --input -20%                 shorter prompts
  --output -10%                shorter answers
  --output-cap 800             max_tokens
  --effort -50%                tokens spent thinking
  --cache-hit 0.7              share of input that a cache serves
  --batch 0.3, --flex 0.3      share of the traffic in that tier
  --price "gpt-5 -15%"         other prices (repeat it)
  --prices-at 2027-01-01       prices of another day, scheduled changes included
  --lever "input -20% @project=web"   any of them, for a part of the usage

A factor may be a range, low..likely..high: --input -30%..-20%..-10%. Where a lever
or a token ratio is a range, so is the result. What has no price gives no figure.`

type simulateOptions struct {
	spanFlags
	swaps, tunes, prices, levers                                                 []string
	growth, choices, input, output, outputCap, effort, cacheHit, batch, flex, at string
	use, save, note, by                                                          string
	out                                                                          outputForm
}

// spanFlags choose the usage that a simulation is about.
type spanFlags struct{ since, until, scope string }

func (o *spanFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.since, "since", "", "first `time`, inclusive (default: 30d)")
	f.StringVar(&o.until, "until", "", "last `time`, exclusive (default: now)")
	f.StringVar(&o.scope, "scope", "", "the usage that it is about, `dimension=value,…` (default: everything)")
}

// outputForm is how an answer is written.
type outputForm struct{ json, csv, md bool }

func (o *outputForm) register(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.csv, "csv", false, "print CSV")
	f.BoolVar(&o.md, "md", false, "print a Markdown summary, to paste into a ticket")
}

func (o *outputForm) check() error {
	n := 0
	for _, on := range []bool{o.json, o.csv, o.md} {
		if on {
			n++
		}
	}
	if n > 1 {
		return hint(errors.New("--json, --csv and --md exclude each other"), "choose one")
	}
	return nil
}

func newSimulate(a *app) *cobra.Command {
	var o simulateOptions
	c := &cobra.Command{
		Use:   "simulate",
		Short: "See what your usage would cost with other models, prompts or prices",
		Long:  simulateHelp,
		Example: `  tokpit simulate rank
  tokpit simulate --swap gpt-5=gpt-5-mini:60% --input -20% --cache-hit 0.7 --batch 0.3
  tokpit simulate --swap claude-opus-4-8=claude-sonnet-4-6 --scope project=web --since 30d --save sonnet-for-web
  tokpit simulate check sonnet-for-web
  tokpit simulate traffic --users 500 --words 120 --model gpt-5`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.out.check(); err != nil {
				return err
			}
			if o.by != "" && o.by != "model" {
				return hint(fmt.Errorf("rows by %s", clean.Text(clip(o.by))), "rows are by model; --scope limits a simulation to a project, a key, …")
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.runSimulate(c, &o)
		},
	}
	o.register(c)
	o.out.register(c)
	f := c.Flags()
	f.StringArrayVar(&o.swaps, "swap", nil, "`from=to[:share]`: another model (may be repeated)")
	f.StringArrayVar(&o.tunes, "fine-tune", nil, "`from=base[:share] training=… rate=… saved=…` (may be repeated)")
	f.StringVar(&o.growth, "growth", "", "traffic: a `change` or multiple")
	f.StringVar(&o.choices, "choices", "", "completions of every request, a `number`")
	f.StringVar(&o.input, "input", "", "input: a `change` such as -20%")
	f.StringVar(&o.output, "output", "", "output: a `change` such as -10%")
	f.StringVar(&o.outputCap, "output-cap", "", "the longest answer, `tokens`")
	f.StringVar(&o.effort, "effort", "", "tokens spent thinking: a `change` such as -50%")
	f.StringVar(&o.cacheHit, "cache-hit", "", "`share` of input that a cache serves")
	f.StringVar(&o.batch, "batch", "", "`share` of the traffic in batches")
	f.StringVar(&o.flex, "flex", "", "`share` of the traffic as flex")
	f.StringArrayVar(&o.prices, "price", nil, "other `prices`: \"gpt-5 -15%\" or gpt-5=input:1,output:8 (may be repeated)")
	f.StringVar(&o.at, "prices-at", "", "prices of this `day`")
	f.StringArrayVar(&o.levers, "lever", nil, "any lever as `text`, with @scope at the end (may be repeated)")
	f.StringVar(&o.use, "use", "", "levers and scope of a saved scenario, by `name`")
	f.StringVar(&o.by, "by", "", "what rows are by: model")
	f.StringVar(&o.save, "save", "", "keep the scenario under this `name`")
	f.StringVar(&o.note, "note", "", "your own `words` about it, with --save")
	c.AddCommand(newSimulateRank(a), newSimulateFrontier(a), newSimulateTraffic(a), newSimulateList(a), newSimulateShow(a), newSimulateCompare(a), newSimulateAdopt(a), newSimulateCheck(a), newSimulateRemove(a))
	return c
}

// parse turns the flags into levers.
func (o *simulateOptions) parse() ([]scenario.Lever, error) {
	var texts []string
	add := func(kind scenario.Kind, values ...string) {
		for _, v := range values {
			if v != "" {
				texts = append(texts, string(kind)+" "+v)
			}
		}
	}
	add(scenario.Growth, o.growth)
	add(scenario.Choices, o.choices)
	add(scenario.Swap, o.swaps...)
	add(scenario.FineTune, o.tunes...)
	add(scenario.Prompt, o.input)
	add(scenario.Output, o.output)
	add(scenario.OutputCap, o.outputCap)
	add(scenario.Effort, o.effort)
	add(scenario.CacheHit, o.cacheHit)
	add("batch", o.batch)
	add("flex", o.flex)
	add(scenario.Price, o.prices...)
	add(scenario.PricesAt, o.at)
	texts = append(texts, o.levers...)
	var out []scenario.Lever
	for _, text := range texts {
		if config.LooksLikeKey(text) { // it would be stored and shown
			return nil, hint(errors.New("a lever holds what looks like a key itself, and is not repeated here"), "name keys by their id or name: tokpit report --by key lists them")
		}
		l, err := scenario.ParseLever(text)
		if err != nil {
			return nil, hint(errors.New(clean.Limit(err.Error(), 400)), "run: tokpit simulate --help")
		}
		out = append(out, l)
	}
	return out, nil
}

// settle returns the scenario that the flags describe. Names in scopes become
// ids.
func (a *app) settleScenario(ctx context.Context, o *simulateOptions, names *report.Names) (scenario.Scenario, error) {
	var s scenario.Scenario
	levers, err := o.parse()
	if err != nil {
		return s, err
	}
	if o.use != "" {
		saved, err := a.savedScenario(ctx, o.use)
		if err != nil {
			return s, err
		}
		s.Scope, s.Levers = saved.Scope, saved.Levers
	}
	if o.scope != "" {
		if s.Scope, err = a.scenarioScope(o.scope, names); err != nil {
			return s, err
		}
	}
	for i := range levers {
		if len(levers[i].Scope) > 0 {
			if levers[i].Scope, err = parseScope(levers[i].Scope.String(), names); err != nil {
				return s, err
			}
		}
	}
	s.Levers = append(slices.Clone(s.Levers), levers...)
	if err := scenario.Check(s.Levers); err != nil {
		return s, hint(errors.New(clean.Limit(err.Error(), 400)), "run: tokpit simulate --help")
	}
	s.Name = o.save
	return s, nil
}

func (a *app) scenarioScope(text string, names *report.Names) (budget.Scope, error) {
	if config.LooksLikeKey(text) {
		return nil, hint(errors.New("a scope holds what looks like a key itself, and is not repeated here"), "name keys by their id or name: tokpit report --by key lists them")
	}
	return parseScope(text, names)
}

func (a *app) runSimulate(c *cobra.Command, o *simulateOptions) error {
	ctx := c.Context()
	if config.LooksLikeKey(o.note) {
		return hint(errors.New("the note holds what looks like a key, and is not repeated here"), "leave the key out: the note is stored and shown")
	}
	if o.save != "" {
		if err := checkScenarioName(o.save); err != nil {
			return err
		}
	}
	names, err := a.names(ctx)
	if err != nil {
		return err
	}
	s, err := a.settleScenario(ctx, o, names)
	if err != nil {
		return err
	}
	m, err := a.simulate(ctx, s, o.spanFlags, names)
	if err != nil {
		return err
	}
	if o.use == "" { // what is saved may be about other times
		if err := m.strangers(a); err != nil {
			return err
		}
		if err := m.strangeTargets(a); err != nil {
			return err
		}
	}
	if len(s.Levers) == 0 && !o.out.json && !o.out.csv {
		fmt.Fprint(c.ErrOrStderr(), "tokpit: no levers, so nothing changes\nhint: tokpit simulate rank says what would save most; or try: tokpit simulate --input -20%\n")
	}
	if err := m.write(c.OutOrStdout(), o.out); err != nil {
		return err
	}
	if o.save == "" {
		return nil
	}
	return a.saveScenario(c, m, o)
}

func checkScenarioName(name string) error {
	if clean.Text(name) != name {
		return hint(errors.New("the name of a scenario holds characters that a terminal would obey"), "use letters, digits and punctuation")
	}
	if config.LooksLikeKey(name) {
		return hint(errors.New("the name of the scenario looks like a key, and is not repeated here"), "give it another one")
	}
	return scenario.CheckName(name)
}

// simulation is a scenario with what came of it.
type simulation struct {
	scenario scenario.Scenario
	base     *scenario.Base
	result   *scenario.Result
	// planSet and subscribable say what the money is, as reports do.
	planSet, subscribable bool
	names                 *report.Names
	swaps                 []swapQuality
	zone                  *time.Location
	now                   time.Time
	book                  string
}

// swapQuality is what is known of the quality of a swap's models.
type swapQuality struct {
	lever    scenario.Lever
	from, to string
	quality  []scenario.Quality // none is unknown
}

// simulate runs a scenario over the usage that flags choose.
func (a *app) simulate(ctx context.Context, s scenario.Scenario, o spanFlags, names *report.Names) (*simulation, error) {
	m, err := a.prepare(ctx, &s, o, names)
	if err != nil {
		return nil, err
	}
	if m.result, err = m.base.Run(s.Levers); err != nil {
		return nil, hint(errors.New(clean.Limit(err.Error(), 400)), "run: tokpit simulate --help")
	}
	board, err := a.scoreboard(ctx)
	if err != nil {
		return nil, err
	}
	m.judge(a, board)
	return m, nil
}

// prepare reads the usage that flags choose, as the levers of the scenario and
// some more need it.
func (a *app) prepare(ctx context.Context, s *scenario.Scenario, o spanFlags, names *report.Names, more ...scenario.Lever) (*simulation, error) {
	since := o.since
	if since == "" && o.until == "" {
		since = "30d"
	}
	q, err := a.query(reportOptions{since: since, until: o.until, by: "model"})
	if err != nil {
		return nil, err
	}
	return a.prepareQuery(ctx, s, q, names, more...)
}

func (a *app) prepareQuery(ctx context.Context, s *scenario.Scenario, q report.Query, names *report.Names, more ...scenario.Lever) (*simulation, error) {
	q.Names, q.Filter = names, s.Scope
	levers := slices.Concat(s.Levers, more)
	fine := q.Fine()
	for i := range levers {
		fine = fine || levers[i].Fine()
	}
	read := func() (*usage.Cube, error) { return a.store.Cube(ctx, q.Cells(), fine) }
	if a.needsRecords(&q, fine) {
		read = func() (*usage.Cube, error) { return a.store.RecordsCube(ctx, q.Cells()) }
	}
	cube, err := read()
	if err != nil {
		return nil, err
	}
	cube = a.rules.Apply(cube, names)
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return nil, err
	}
	m := &simulation{scenario: *s, names: names, zone: a.zone, now: a.now(), book: a.book.Version()}
	before, err := report.Run(cube, a.book, plans, q, a.now())
	if err != nil {
		return nil, err
	}
	m.planSet, m.subscribable = before.PlanSet, before.Subscribable
	in := scenario.Input{Cube: cube, Book: a.book, Plans: plans, Query: q, AsOf: a.now()}
	var failed error
	if slices.ContainsFunc(levers, func(l scenario.Lever) bool { return l.MovesRequests() }) {
		in.Requests = a.requests(ctx, q.Cells(), names, &failed)
	}
	m.base, err = scenario.Prepare(in)
	if err = errors.Join(failed, err); errors.Is(err, scenario.ErrCurrencies) {
		return nil, hint(err, "limit it: --scope provider=…; tokpit report --by provider shows what is paid in which currency")
	}
	return m, err
}

// judge looks up what is known of the quality of every swap.
func (m *simulation) judge(a *app, board *scenario.Scoreboard) {
	for _, l := range m.scenario.Levers {
		if l.Kind != scenario.Swap && l.Kind != scenario.FineTune {
			continue
		}
		name := func(provider, model string) string { return strings.TrimPrefix(provider+"/"+model, "/") }
		q := swapQuality{lever: l, from: name(l.From.Provider, l.From.Model), to: name(l.To.Provider, l.To.Model)}
		if l.From.Model == "" {
			q.from = "every model"
		}
		from, ok := a.bookModel(l.From.Provider, l.From.Model)
		if to, known := a.bookModel(l.To.Provider, l.To.Model); ok && known && l.Kind == scenario.Swap {
			q.quality = board.Compare(from, to)
		}
		m.swaps = append(m.swaps, q)
	}
}
