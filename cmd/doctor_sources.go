package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/config"
	"tokpit/store"
	"tokpit/usage"
)

// examineSources says what each source found when it was last read, and where
// it looks now; and of a connection whether its key can be had.
func (a *app) examineSources(ctx context.Context, d *diagnosis) error {
	s, err := a.standing(ctx)
	if err != nil {
		return err
	}
	byName := make(map[string]store.ConnectionStatus)
	for _, c := range s.status.Connections {
		byName[c.Name] = c
	}
	local := a.local(nil)
	here, err := a.worthwhile(ctx, slices.Clone(local))
	if err != nil {
		return err
	}
	var absent []string
	for _, src := range local {
		if !slices.ContainsFunc(here, func(s usage.Source) bool { return s.Name() == src.Name() }) {
			absent = append(absent, src.Name())
			continue
		}
		c := byName[src.Name()]
		delete(byName, src.Name())
		places := c.Sync.Places
		if len(places) == 0 {
			places = locate(src)
		}
		describeSource(d, src.Name(), c, places)
	}
	if len(absent) > 0 {
		d.add("other tools", true, "", "no trace of %s", strings.Join(absent, ", "))
	}
	for i := range s.connections {
		c := &s.connections[i]
		a.examineConnection(ctx, d, c, byName[c.Name])
		delete(byName, c.Name)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for _, c := range s.status.Connections {
		if _, left := byName[c.Name]; left && c.Records > 0 {
			describeSource(d, c.Name, c, nil)
		}
	}
	twins := s.twins()
	for _, name := range slices.Sorted(maps.Keys(twins)) {
		d.add(name+" twin", false, fmt.Sprintf("keep one of the two: tokpit sources remove %s --purge", name), "%s", twins[name])
	}
	return nil
}

// staleAfter is how old the last reading of a provider may be before a person
// is told: some keep their figures for a month only.
const staleAfter = 24 * time.Hour

// examineConnection looks at the settings and the key; whether the provider
// answers is for sources test.
func (a *app) examineConnection(ctx context.Context, d *diagnosis, c *connection, stored store.ConnectionStatus) {
	if c.broken != nil {
		d.add(c.Name, false, hintOf(c.broken), "%v", c.broken)
		return
	}
	describeSource(d, c.Name, stored, nil)
	name := c.Name + " key"
	if _, err := a.keys.resolve(ctx, c.KeyRef); err != nil {
		d.add(name, false, hintOf(err), "%v", a.keys.clear(err))
	} else {
		unseen := ""
		if strings.HasPrefix(c.KeyRef, "file:") && !config.PermissionsChecked() {
			unseen = "; who else may read the file is not checked on this system"
		}
		d.add(name, true, "", "%s leads to a key (tokpit sources test %s asks the provider)%s", c.KeyRef, c.Name, unseen)
	}
	if age := a.now().Sub(stored.Sync.OK); !stored.Sync.OK.IsZero() && age > staleAfter {
		d.add(c.Name+" age", true, "run: tokpit sync --source "+c.Name, "last read %s ago", count(int64(age/(24*time.Hour)), "day"))
	}
}

func describeSource(d *diagnosis, name string, c store.ConnectionStatus, places []usage.Place) {
	var b strings.Builder
	switch {
	case c.Records > 0:
		fmt.Fprintf(&b, "%s from %s to %s", count(c.Records, "record"), c.First.Format(time.DateOnly), c.Last.Format(time.DateOnly))
	case c.Sync.At.IsZero():
		b.WriteString("never read")
	default:
		b.WriteString("no usage found")
	}
	if !c.Sync.At.IsZero() {
		fmt.Fprintf(&b, "; last sync %s", stamp(c.Sync.At))
	}
	if len(places) > 0 && !c.Sync.At.IsZero() {
		fmt.Fprintf(&b, ", %s", count(c.Sync.Files, "file"))
	}
	if c.Quarantined > 0 {
		fmt.Fprintf(&b, "; %s quarantined", count(c.Quarantined, "row"))
	}
	if c.Sync.Pending > 0 {
		fmt.Fprintf(&b, "; %s pending", count(c.Sync.Pending, "unfinished line"))
	}
	for _, d := range doubts(c.Doubts) {
		b.WriteString("; " + d)
	}
	for _, p := range places {
		state := "not there"
		if p.Found {
			state = count(p.Files, "file")
		}
		if p.Err != nil {
			state = p.Err.Error()
		}
		fmt.Fprintf(&b, "; looked in %s (%s): %s", p.Path, p.Why, state)
	}
	if c.Sync.Err != "" {
		d.add(name, false, c.Sync.Hint, "last sync failed: %s; %s", c.Sync.Err, b.String())
		return
	}
	d.add(name, true, "", "%s", b.String())
}
