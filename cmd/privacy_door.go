package cmd

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tokpit/ingest"
	"tokpit/store"
	"tokpit/usage"
)

// forgetKeyFile is the name of the key of the list of what was forgotten. It lies
// beside the store, and so in none of its backups.
const forgetKeyFile = "forget.key"

func (a *app) forgetKeyPath() string {
	return filepath.Join(filepath.Dir(a.store.Path()), forgetKeyFile)
}

// hidden are the dimensions that have pseudonyms.
func (a *app) hidden() []usage.Dimension {
	var out []usage.Dimension
	if !a.demo {
		for _, name := range a.config.Privacy.Pseudonyms {
			out = append(out, usage.Dimension(name))
		}
	}
	return out
}

// privacyKeys returns the keys that there are: that of the configuration first,
// then the one beside the store.
func (a *app) privacyKeys(ctx context.Context) ([]ingest.Key, error) {
	var out []ingest.Key
	if ref := a.config.Privacy.Key; ref != "" && !a.demo {
		key, err := a.privacyKey(ctx, ref)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	path := a.forgetKeyPath()
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	key, err := a.privacyKey(ctx, "file:"+path)
	if err != nil {
		return nil, err
	}
	return append(out, key), nil
}

func (a *app) privacyKey(ctx context.Context, ref string) (ingest.Key, error) {
	secret, err := a.keys.resolve(ctx, ref)
	if err != nil {
		return ingest.Key{}, err
	}
	key, err := ingest.NewKey(secret.Reveal())
	if err != nil {
		return key, hint(fmt.Errorf("privacy: %w", err), "make one with tokpit privacy key")
	}
	return key, nil
}

// markingKey is the key that new entries of the list are made with. The one
// beside the store is made when it is first needed.
func (a *app) markingKey(ctx context.Context) (ingest.Key, error) {
	keys, err := a.privacyKeys(ctx)
	if err != nil {
		return ingest.Key{}, err
	}
	if len(keys) > 0 {
		return keys[0], nil
	}
	list, err := a.store.Forgotten(ctx)
	if err != nil {
		return ingest.Key{}, err
	}
	if len(list) > 0 {
		return ingest.Key{}, a.lostKey(ingest.ErrLostKey)
	}
	if err := makeKeyFile(a.forgetKeyPath()); err != nil && !errors.Is(err, fs.ErrExist) {
		return ingest.Key{}, err
	}
	return a.privacyKey(ctx, "file:"+a.forgetKeyPath())
}

func (a *app) lostKey(err error) error {
	return hint(err, "put %s back from where you keep it (or name the key in [privacy]); if it is lost for good, tokpit forget --allow --lost drops the entries that need it, and what they kept away may come back",
		a.forgetKeyPath())
}

// makeKeyFile writes 32 random bytes, in hexadecimal, to a new file that nobody
// else may read. It is there as a whole or not at all.
func makeKeyFile(path string) error {
	text, err := randomKey()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, there := os.Lstat(path); there == nil { // file systems without links
		return fs.ErrExist
	}
	return os.Rename(f.Name(), path)
}

// randomKey is 32 random bytes in hexadecimal.
func randomKey() (string, error) {
	var raw [32]byte
	_, err := rand.Read(raw[:])
	return hex.EncodeToString(raw[:]), err
}

// settingPseudonyms says since when sessions have pseudonyms in a store.
const settingPseudonyms = "privacy/sessions"

// door is what whatever comes in has to pass: pseudonyms, and the list of what
// was forgotten. It is nil if there is neither. A forgetting that was interrupted
// is completed first.
func (a *app) door(ctx context.Context) (*ingest.Privacy, error) {
	if _, err := a.store.FinishForgetting(ctx); err != nil {
		return nil, err
	}
	list, err := a.store.Forgotten(ctx)
	if err != nil {
		return nil, err
	}
	hidden := a.hidden()
	if err := a.checkSessions(ctx, hidden); err != nil {
		return nil, err
	}
	if len(list) == 0 && len(hidden) == 0 {
		return nil, nil
	}
	keys, err := a.privacyKeys(ctx)
	if err != nil {
		return nil, err
	}
	refusals := make([]ingest.Refusal, len(list))
	for i, r := range list {
		refusals[i] = ingest.Refusal{Key: r.Key}
		for _, t := range r.Terms {
			term := ingest.RefusedTerm{Dimension: t.Dimension}
			for _, m := range t.Marks {
				term.Marks = append(term.Marks, ingest.Mark(m))
			}
			refusals[i].Terms = append(refusals[i].Terms, term)
		}
	}
	p, err := ingest.NewPrivacy(keys, hidden, refusals)
	if errors.Is(err, ingest.ErrLostKey) {
		err = a.lostKey(err)
	}
	if err == nil && slices.Contains(hidden, usage.BySession) {
		err = a.noteSessions(ctx, keys[0])
	}
	return p, err
}

// checkSessions refuses to begin with pseudonyms of sessions, or to end with
// them, in a store that has usage: with the sessions the ids of records change,
// and what is read again would count twice.
func (a *app) checkSessions(ctx context.Context, hidden []usage.Dimension) error {
	want := slices.Contains(hidden, usage.BySession)
	noted, err := a.store.Setting(ctx, settingPseudonyms)
	if err != nil {
		return err
	}
	if want == (noted != "") {
		return nil
	}
	status, err := a.store.Status(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(status.Connections, func(c store.ConnectionStatus) bool { return c.Records > 0 }) {
		if want {
			return nil
		}
		return a.store.SetSetting(ctx, settingPseudonyms, "")
	}
	if want {
		return hint(errors.New("pseudonyms of sessions can only begin with an empty store: this one has usage whose ids name sessions, which would count twice"),
			`take "session" out of [privacy] pseudonyms, or begin a new store with --store and sync into that`)
	}
	return hint(errors.New("this store has pseudonyms of sessions, and [privacy] does not ask for them any more: what is read again would count twice"),
		`put "session" back into [privacy] pseudonyms`)
}

// noteSessions remembers the key that the pseudonyms of sessions were made with:
// under another one the same responses would have other ids.
func (a *app) noteSessions(ctx context.Context, key ingest.Key) error {
	check := key.Check()
	now := hex.EncodeToString(check[:])
	noted, err := a.store.Setting(ctx, settingPseudonyms)
	switch {
	case err != nil || noted == now:
		return err
	case noted != "":
		return hint(errors.New("the key in [privacy] is not the one that this store's sessions have their pseudonyms from: what is read again would count twice"), "put the earlier key back")
	}
	return a.store.SetSetting(ctx, settingPseudonyms, now)
}
