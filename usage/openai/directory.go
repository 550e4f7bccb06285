package openai

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// How long names and limits are taken as they are. Each project costs requests
// of its own, so they are not asked for with every pull.
const (
	namesLast  = time.Hour
	limitsLast = 6 * time.Hour
)

// The cursors that remember when they were read.
const (
	cursorNames  = "names"
	cursorLimits = "limits"
)

// listed is how many entries of a list one page may have.
const listed = "100"

// directory reads names and limits if it is time. It returns an error only if
// the pull cannot go on.
func (p *puller) directory(ctx context.Context) error {
	names, limits := p.due(cursorNames, namesLast), p.due(cursorLimits, limitsLast)
	if !names && !limits {
		return nil
	}
	projects, complete, err := p.projects(ctx)
	if err != nil {
		return err
	}
	if names {
		for _, list := range []struct {
			name string
			read func(context.Context) error
		}{
			{"users", p.users},
			{"admin_api_keys", p.adminKeys},
			{"project_api_keys", func(ctx context.Context) error { return p.projectKeys(ctx, projects) }},
		} {
			ok, err := p.tolerate(ctx, list.name, list.read(ctx))
			if err != nil {
				return err
			}
			complete = complete && ok
		}
		if complete {
			if err := p.emit(usage.Batch{Cursors: p.stamp(cursorNames)}); err != nil {
				return err
			}
		}
	}
	if !limits {
		return nil
	}
	_, err = p.tolerate(ctx, "spend_limits", p.limits(ctx, projects))
	return err
}

// due reports whether a list was read too long ago. A clock that was set back
// makes it due as well.
func (p *puller) due(cursor string, last time.Duration) bool {
	at, err := time.Parse(time.RFC3339, string(p.cursors[cursor]))
	return err != nil || p.now.Sub(at) >= last || at.After(p.now)
}

func (p *puller) stamp(cursor string) usage.Cursors {
	return usage.Cursors{cursor: []byte(p.now.Format(time.RFC3339))}
}

// tolerate notes that a list is not to be had, or failed, and reports whether
// it need not be tried again soon. It returns an error only if the pull cannot
// go on.
func (p *puller) tolerate(ctx context.Context, what string, err error) (bool, error) {
	var broken *emitError
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &broken):
		return false, broken.err
	case context.Cause(ctx) != nil:
		return false, context.Cause(ctx)
	case missing(err):
		p.note(what, err)
		return true, nil
	}
	p.failed(what, err)
	return false, nil
}

// missing reports whether an error says that something is not there, or not for
// this key.
func missing(err error) bool {
	e := pull.AsError(err)
	return e != nil && (e.Status == http.StatusNotFound || e.Status == http.StatusForbidden)
}

// project is what the directory needs to know of a project.
type project struct {
	id       string
	archived bool
}

// path is where a project has something of its own.
func (p project) path(what string) string {
	id := url.PathEscape(p.id)
	if strings.Trim(id, ".") == "" { // would lead to another path
		id = strings.ReplaceAll(id, ".", "%2E")
	}
	return "organization/projects/" + id + "/" + what
}

// list reads the pages of a list and hands over the entries of each.
func (p *puller) list(ctx context.Context, path string, more url.Values, use func([]entry) error) error {
	q := url.Values{"limit": {listed}}
	maps.Copy(q, more)
	return pull.Pages(func(cursor string) (string, error) {
		if cursor != "" {
			q.Set("after", cursor)
		}
		var got entries
		if err := p.client.Get(ctx, path, q, &got); err != nil {
			return "", err
		}
		if err := use(got.Data); err != nil {
			return "", &emitError{err}
		}
		if got.HasMore != "true" || len(got.Data) == 0 {
			return "", nil
		}
		return cmp.Or(string(got.LastID), string(got.Data[len(got.Data)-1].ID)), nil
	})
}

// projects lists all projects, archived ones included, and reports whether all
// of them have been read.
func (p *puller) projects(ctx context.Context) (out []project, complete bool, err error) {
	err = p.list(ctx, "organization/projects", url.Values{"include_archived": {"true"}}, func(page []entry) error {
		var found []usage.Entity
		for _, x := range page {
			if x.ID == "" {
				continue
			}
			archived := !instant(x.ArchivedAt).IsZero() || x.Status == "archived"
			out = append(out, project{string(x.ID), archived})
			found = append(found, x.entity(usage.ByProject, archived))
		}
		return p.named(found)
	})
	complete, err = p.tolerate(ctx, "projects", err)
	return out, complete, err
}

func (p *puller) users(ctx context.Context) error {
	return p.list(ctx, "organization/users", nil, func(page []entry) error {
		var found []usage.Entity
		for _, x := range page {
			e := x.entity(usage.ByUser, x.User.Banned == "true")
			e.Hint = string(cmp.Or(x.Email, x.User.Email))
			e.Name = cmp.Or(string(x.Name), string(x.User.Name), e.Hint)
			e.Created, e.LastUsed = instant(cmp.Or(x.AddedAt, x.Created)), instant(x.KeyLastUsedAt)
			found = append(found, e)
		}
		return p.named(found)
	})
}

func (p *puller) adminKeys(ctx context.Context) error {
	return p.list(ctx, "organization/admin_api_keys", nil, func(page []entry) error {
		var found []usage.Entity
		for _, x := range page {
			found = append(found, x.entity(usage.ByKey, p.expired(x.ExpiresAt)))
		}
		return p.named(found)
	})
}

// projectKeys lists the keys of every project, and names the service accounts
// that own some of them.
func (p *puller) projectKeys(ctx context.Context, projects []project) error {
	for _, of := range projects {
		// Keys of people who have left the project are listed too.
		err := p.list(ctx, of.path("api_keys"), url.Values{"owner_project_access": {"any"}}, func(page []entry) error {
			var found []usage.Entity
			for _, x := range page {
				key := x.entity(usage.ByKey, of.archived || p.expired(x.ExpiresAt))
				key.Parent = of.id
				found = append(found, key)
				if robot := x.Owner.ServiceAccount; robot.ID != "" {
					found = append(found, usage.Entity{Kind: usage.ByUser, ID: string(robot.ID), Name: string(robot.Name), Created: instant(robot.CreatedAt)})
				}
			}
			return p.named(found)
		})
		// An archived project may have taken its keys with it.
		if err != nil && !(of.archived && missing(err)) {
			return err
		}
	}
	return nil
}

// named emits what things are called.
func (p *puller) named(found []usage.Entity) error {
	kept := found[:0]
	for _, e := range found {
		for _, s := range []*string{&e.ID, &e.Name, &e.Parent, &e.Hint} {
			*s = clean.Text(*s)
		}
		if e.ID != "" {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return p.emit(usage.Batch{Entities: kept, NamedAt: p.now})
}

func (p *puller) expired(at pull.Number) bool {
	t := instant(at)
	return !t.IsZero() && !t.After(p.now)
}
