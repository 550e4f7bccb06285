package openai

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	openaisdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"

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
const listed = 100

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

// list reads the pages of a list: next gets the cursor of a page and returns its
// entries, its last id, and whether there are more.
func list[T any](next func(after param.Opt[string]) (entries []T, last string, more bool, err error), id func(*T) string, use func([]T) error) error {
	return pull.Pages(func(cursor string) (string, error) {
		var after param.Opt[string]
		if cursor != "" {
			after = openaisdk.String(cursor)
		}
		entries, last, more, err := next(after)
		if err != nil {
			return "", plainly(err)
		}
		if err := use(entries); err != nil {
			return "", &emitError{err}
		}
		if !more || len(entries) == 0 {
			return "", nil
		}
		return cmp.Or(last, id(&entries[len(entries)-1])), nil
	})
}

// projects lists all projects, archived ones included, and reports whether all
// of them have been read.
func (p *puller) projects(ctx context.Context) (out []project, complete bool, err error) {
	err = list(func(after param.Opt[string]) ([]openaisdk.Project, string, bool, error) {
		got, err := p.org.Projects.List(ctx, openaisdk.AdminOrganizationProjectListParams{
			After: after, IncludeArchived: openaisdk.Bool(true), Limit: openaisdk.Int(listed)})
		if err != nil {
			return nil, "", false, err
		}
		return got.Data, got.LastID, got.HasMore, nil
	}, func(x *openaisdk.Project) string { return x.ID }, func(page []openaisdk.Project) error {
		var found []usage.Entity
		for _, x := range page {
			archived := x.ArchivedAt > 0 || x.Status == "archived"
			out = append(out, project{x.ID, archived})
			found = append(found, usage.Entity{Kind: usage.ByProject, ID: x.ID, Name: x.Name, Created: instant(x.CreatedAt), Archived: archived})
		}
		return p.named(found)
	})
	complete, err = p.tolerate(ctx, "projects", err)
	return out, complete, err
}

func (p *puller) users(ctx context.Context) error {
	return list(func(after param.Opt[string]) ([]openaisdk.OrganizationUser, string, bool, error) {
		got, err := p.org.Users.List(ctx, openaisdk.AdminOrganizationUserListParams{After: after, Limit: openaisdk.Int(listed)})
		if err != nil {
			return nil, "", false, err
		}
		return got.Data, got.LastID, got.HasMore, nil
	}, func(x *openaisdk.OrganizationUser) string { return x.ID }, func(page []openaisdk.OrganizationUser) error {
		var found []usage.Entity
		for _, x := range page {
			found = append(found, usage.Entity{Kind: usage.ByUser, ID: x.ID, Name: cmp.Or(x.Name, x.User.Name, x.Email, x.User.Email), Hint: cmp.Or(x.Email, x.User.Email),
				Created: instant(cmp.Or(x.AddedAt, x.Created)), LastUsed: instant(x.APIKeyLastUsedAt), Archived: x.User.Banned})
		}
		return p.named(found)
	})
}

func (p *puller) adminKeys(ctx context.Context) error {
	return list(func(after param.Opt[string]) ([]openaisdk.AdminAPIKey, string, bool, error) {
		got, err := p.org.AdminAPIKeys.List(ctx, openaisdk.AdminOrganizationAdminAPIKeyListParams{After: after, Limit: openaisdk.Int(listed)})
		if err != nil {
			return nil, "", false, err
		}
		return got.Data, "", got.HasMore, nil
	}, func(x *openaisdk.AdminAPIKey) string { return x.ID }, func(page []openaisdk.AdminAPIKey) error {
		var found []usage.Entity
		for _, x := range page {
			found = append(found, usage.Entity{Kind: usage.ByKey, ID: x.ID, Name: x.Name, Hint: x.RedactedValue,
				Created: instant(x.CreatedAt), LastUsed: instant(x.LastUsedAt), Archived: p.expired(x.ExpiresAt)})
		}
		return p.named(found)
	})
}

// projectKeys lists the keys of every project, and names the service accounts
// that own some of them.
func (p *puller) projectKeys(ctx context.Context, projects []project) error {
	for _, of := range projects {
		err := list(func(after param.Opt[string]) ([]openaisdk.ProjectAPIKey, string, bool, error) {
			got, err := p.org.Projects.APIKeys.List(ctx, of.id, openaisdk.AdminOrganizationProjectAPIKeyListParams{After: after, Limit: openaisdk.Int(listed),
				OwnerProjectAccess: openaisdk.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccessAny})
			if err != nil {
				return nil, "", false, err
			}
			return got.Data, got.LastID, got.HasMore, nil
		}, func(x *openaisdk.ProjectAPIKey) string { return x.ID }, func(page []openaisdk.ProjectAPIKey) error {
			var found []usage.Entity
			for _, x := range page {
				found = append(found, usage.Entity{Kind: usage.ByKey, ID: x.ID, Name: x.Name, Parent: of.id, Hint: x.RedactedValue,
					Created: instant(x.CreatedAt), LastUsed: instant(x.LastUsedAt), Archived: of.archived || p.expired(x.ExpiresAt)})
				if robot := x.Owner.ServiceAccount; robot.ID != "" {
					found = append(found, usage.Entity{Kind: usage.ByUser, ID: robot.ID, Name: robot.Name, Created: instant(robot.CreatedAt)})
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

func (p *puller) expired(at int64) bool { return at > 0 && !instant(at).After(p.now) }

// instant returns the time of a Unix second; 0, and what cannot be, is none.
func instant(at int64) time.Time {
	if at <= 0 || at > 1<<40 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}
