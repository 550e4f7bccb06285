package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// Names says what people call what usage belongs to. Usage holds a provider's
// ids, which never change; a name is looked up when it is shown, so that a
// rename never rewrites history. A nil *Names knows nothing and may be used.
type Names struct {
	kinds map[usage.Dimension]*kindNames
}

// kindNames are the entities of one kind.
type kindNames struct {
	byID  map[string]usage.Known
	shown map[string]string // by id
	// What people may type for an entity, in lower case: what is shown, its
	// name and e-mail address, and the names that it had before.
	current, former map[string][]string
}

// NewNames returns the names of all entities, of one or several connections.
// What two connections know of one entity is joined; the later name counts.
func NewNames(all []usage.Known) *Names {
	n := &Names{kinds: make(map[usage.Dimension]*kindNames)}
	for _, k := range all {
		if k.ID == "" {
			continue
		}
		of := n.kinds[k.Kind]
		if of == nil {
			of = &kindNames{byID: make(map[string]usage.Known), shown: make(map[string]string),
				current: make(map[string][]string), former: make(map[string][]string)}
			n.kinds[k.Kind] = of
		}
		if mine, ok := of.byID[k.ID]; ok {
			k = join(mine, k)
		}
		of.byID[k.ID] = k
	}
	for _, of := range n.kinds {
		of.index()
	}
	return n
}

// join merges what two connections know of one entity.
func join(a, b usage.Known) usage.Known {
	since := func(k *usage.Known) int64 {
		if n := len(k.Names); n > 0 {
			return k.Names[n-1].Since.UnixMilli()
		}
		return 0
	}
	if c := cmp.Or(cmp.Compare(since(&a), since(&b)), strings.Compare(a.Name, b.Name)); c < 0 {
		a, b = b, a
	}
	a.Names = slices.Concat(a.Names, b.Names)
	slices.SortStableFunc(a.Names, func(x, y usage.Named) int {
		return cmp.Or(x.Since.Compare(y.Since), strings.Compare(x.Name, y.Name))
	})
	a.Names = slices.CompactFunc(a.Names, func(x, y usage.Named) bool { return x.Name == y.Name })
	if b.LastUsed.After(a.LastUsed) {
		a.LastUsed = b.LastUsed
	}
	a.Parent, a.Hint, a.Created = cmp.Or(a.Parent, b.Parent), cmp.Or(a.Hint, b.Hint), cmp.Or(a.Created, b.Created)
	return a
}

// called is what an entity is called: its name, else how the provider shows it.
func called(k *usage.Known) string { return clean.Text(cmp.Or(k.Name, k.Hint)) }

func (of *kindNames) index() {
	same := make(map[string][]string) // ids by name
	for _, id := range slices.Sorted(maps.Keys(of.byID)) {
		k := of.byID[id]
		if name := called(&k); name != "" {
			same[name] = append(same[name], id)
		}
	}
	for name, ids := range same {
		tails := tailsOf(ids)
		for i, id := range ids {
			of.shown[id] = name
			if len(ids) > 1 {
				of.shown[id] = name + " (" + clean.Text(tails[i]) + ")"
			}
		}
	}
	note := func(in map[string][]string, text, id string) {
		if text = strings.ToLower(text); text != "" && !slices.Contains(in[text], id) {
			in[text] = append(in[text], id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(of.byID)) {
		k := of.byID[id]
		for _, text := range []string{of.shown[id], clean.Text(k.Name), clean.Text(k.Hint)} {
			note(of.current, text, id)
		}
		for _, was := range k.Names {
			note(of.former, clean.Text(was.Name), id)
		}
	}
}

// shortTail is how much of an id tells two entities of one name apart, unless
// it takes more.
const shortTail = 4

// tailsOf cuts ids to ends that differ.
func tailsOf(ids []string) []string {
	longest := 0
	for _, id := range ids {
		longest = max(longest, len([]rune(id)))
	}
	out := make([]string, len(ids))
	for n := shortTail; ; n++ {
		seen := make(map[string]bool)
		for i, id := range ids {
			runes := []rune(id)
			if out[i] = id; len(runes) > n+1 {
				out[i] = "…" + string(runes[len(runes)-n:])
			}
			seen[out[i]] = true
		}
		if len(seen) == len(ids) || n >= longest {
			return out
		}
	}
}

// Of returns what people call an id: its name, followed by the end of the id
// where several have the same name; else how the provider shows it; else the
// id. The result is harmless text, "" for "".
func (n *Names) Of(kind usage.Dimension, id string) string {
	if n != nil {
		if of := n.kinds[kind]; of != nil {
			if s, ok := of.shown[id]; ok {
				return s
			}
		}
	}
	return clean.Text(id)
}

// Entity returns what is known of an id.
func (n *Names) Entity(kind usage.Dimension, id string) (usage.Known, bool) {
	if n == nil || n.kinds[kind] == nil {
		return usage.Known{}, false
	}
	k, ok := n.kinds[kind].byID[id]
	return k, ok
}

// All returns the entities of a kind, by what they are called.
func (n *Names) All(kind usage.Dimension) []usage.Known {
	if n == nil || n.kinds[kind] == nil {
		return nil
	}
	out := slices.Collect(maps.Values(n.kinds[kind].byID))
	slices.SortFunc(out, func(a, b usage.Known) int {
		return cmp.Or(strings.Compare(strings.ToLower(n.Of(kind, a.ID)), strings.ToLower(n.Of(kind, b.ID))), strings.Compare(a.ID, b.ID))
	})
	return out
}

// Find returns the ids that a text stands for: itself if it is an id, else
// those that are called so now, else those that were called so before. Case
// does not matter.
func (n *Names) Find(kind usage.Dimension, text string) []string {
	if n == nil || n.kinds[kind] == nil {
		return nil
	}
	of, low := n.kinds[kind], strings.ToLower(clean.Text(text))
	switch _, known := of.byID[text]; {
	case known:
		return []string{text}
	case len(of.current[low]) > 0:
		return slices.Clone(of.current[low])
	}
	return slices.Clone(of.former[low])
}

// ID returns the one id that a text stands for, the text itself if nothing is
// called so. The error of an ambiguous name lists the ids.
func (n *Names) ID(kind usage.Dimension, text string) (string, error) {
	switch ids := n.Find(kind, text); len(ids) {
	case 0:
		return text, nil
	case 1:
		return ids[0], nil
	default:
		for i := range ids {
			ids[i] = clean.Text(ids[i])
		}
		return "", &InputError{fmt.Sprintf("the %s name %q is ambiguous", kind, clean.Text(text)),
			"give one of the ids: " + strings.Join(ids, ", ")}
	}
}
