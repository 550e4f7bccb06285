package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tokpit/internal/clean"
	"tokpit/store"
	"tokpit/usage"
)

// read brings in what is new from the sources whose turn it is.
func (s *sentry) read(ctx context.Context) error {
	sources, err := s.due(ctx)
	if err != nil {
		return s.failing(ctx, "error", "", err)
	}
	out, err := s.app.sync(ctx, sources, nil)
	if err != nil {
		return s.failing(ctx, "error", "", err)
	}
	for i := range out.results {
		s.came(out, i)
	}
	return out.failure()
}

// came tells what came of reading one source, where that is news.
func (s *sentry) came(out *outcome, i int) {
	r, err := out.results[i], s.app.keys.clear(out.errs[i])
	if out.remote[i] {
		s.pass(sourceName(out, i), err != nil)
	}
	name := sourceName(out, i)
	if err != nil {
		news := s.failed[name] != err.Error()
		s.failed[name] = err.Error()
		if news && (!s.o.once || s.o.json) {
			s.log.fail("sync", name, err)
		}
		return
	}
	_, failed := s.failed[name]
	delete(s.failed, name)
	if failed || s.o.once || r.Added+r.Replaced > 0 {
		text := "nothing new"
		if r.Added+r.Replaced > 0 {
			text = fmt.Sprintf("%s read, %s added, %s updated", count(r.Rows, "row"), group(r.Added), group(r.Replaced))
		}
		if failed {
			text = "it works again: " + text
		}
		s.log.say(event{What: "sync", Name: name, Text: text})
	}
}

func sourceName(out *outcome, i int) string { return clean.Text(out.results[i].Name) }

// pass says when a provider is asked next.
func (s *sentry) pass(name string, failed bool) {
	wait := s.o.every
	if failed {
		wait = min(max(2*s.turns[name].wait, 2*s.o.every), max(maxPull, s.o.every))
	}
	s.turns[name] = turn{s.app.now().Add(wait - wait/20), wait} // turns do not drift apart
}

// due lists the sources to be read now: the logs always, and connections unless
// they failed a short while ago or another process has just read them.
func (s *sentry) due(ctx context.Context) ([]usage.Source, error) {
	if s.o.once {
		all, err := s.app.everything(ctx, nil)
		if err != nil {
			return nil, err
		}
		return s.app.worthwhile(ctx, all)
	}
	all, err := s.app.connections(ctx)
	if err != nil {
		return nil, err
	}
	status, err := s.app.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	now := s.app.now()
	all = slices.DeleteFunc(all, func(c connection) bool {
		if t, ok := s.turns[c.Name]; ok && now.Before(t.next) && t.next.Sub(now) <= t.wait {
			return true
		}
		i := slices.IndexFunc(status.Connections, func(x store.ConnectionStatus) bool { return x.Name == c.Name })
		return i >= 0 && s.turns[c.Name].wait == 0 && now.Sub(status.Connections[i].Sync.At).Abs() < s.o.every/2
	})
	return s.app.worthwhile(ctx, append(s.app.local(nil), s.app.remote(all, nil)...))
}

// look sees where the budgets stand, and tells what has become news.
func (s *sentry) look(ctx context.Context) error {
	e, err := s.app.evaluate(ctx)
	for i := range e.Fired {
		x := &e.Fired[i]
		s.log.say(event{What: "alert", Name: clean.Text(x.Budget), Text: alertText(x, e.Budgets), Level: "warn"})
	}
	for _, text := range e.Notes {
		s.log.say(event{What: "note", Text: text})
	}
	var out []error
	for _, broken := range e.Broken {
		out = append(out, s.failing(ctx, "error", "", broken))
	}
	if missing := s.app.unserved(s.app.targets(e.Budgets)...); missing != nil {
		s.untold(missing)
	}
	return errors.Join(append(out, s.failing(ctx, "error", "", err))...)
}

// untold says once of each target that nothing serves it.
func (s *sentry) untold(missing error) {
	for _, one := range unjoin(missing) {
		if key := "target\x00" + one.Error(); s.failed[key] == "" {
			s.failed[key] = "told"
			s.log.fail("target", "", one)
		}
	}
}

// deliver sends what is due.
func (s *sentry) deliver(ctx context.Context) error {
	if s.app.demo {
		return nil // what it says about the budgets is all that demo data is for
	}
	failed := 0
	err := s.app.deliver(ctx, s.ch, func(try attempt) {
		e := event{Name: targetOf(&try.Delivery), Key: try.Key}
		if try.Err != nil {
			failed++
			e.What, e.Err = "untold", try.Err
			e.Text = "not told: " + clean.Limit(try.Subject, 200)
		} else {
			e.What, e.Text = "told", clean.Limit(try.Subject, 200)
		}
		s.log.say(e)
	})
	if err = s.failing(ctx, "error", "", err); err != nil || failed == 0 || !s.o.once {
		return err
	}
	return hint(fmt.Errorf("%s could not be handed over", count(int64(failed), "message")), "tokpit budget alerts says why, and when each is tried again")
}

func unjoin(err error) []error {
	if several := sideBySide(err); several != nil {
		return several
	}
	return []error{err}
}
