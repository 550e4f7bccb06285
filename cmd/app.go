package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tokpit/config"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage/demo"
)

// app is what the commands share: the global flags, and what they lead to once
// [app.open] has run.
type app struct {
	env   *Env
	keys  *keys
	kinds []kind // of sources that can be connected

	storePath, configPath, zoneName, bookVersion, themeName, periodText string
	demo                                                                bool

	config config.File
	rules  *report.Rules
	store  *store.Store
	latest *pricing.Book // the newest book, which cells are cut for
	book   *pricing.Book // the one that figures are computed with: latest, unless --book names another
	now    func() time.Time
	zone   *time.Location

	shelved shelvedCells
	recall  recall
}

func newApp(env *Env) *app { return &app{env: env, keys: &keys{env: env}, kinds: kinds()} }

// open is what every command begins with: it settles everything and, for the
// demo, sees to it that there is data.
func (a *app) open(c *cobra.Command) error {
	if err := a.settle(c.Context(), c.CommandPath()); err != nil || !a.demo {
		return err
	}
	return a.seedDemo(c.Context())
}

// settle finds the store, the clock, the price book and the zone. It reads but
// does not write.
func (a *app) settle(ctx context.Context, holder string) error {
	fallback := time.Time{}
	if a.demo {
		fallback = demo.DefaultNow()
	}
	var err error
	if a.now, err = a.env.clock(fallback); err != nil {
		return err
	}
	if err := a.loadConfig(); err != nil {
		return err
	}
	path, err := a.findStore()
	if err != nil {
		return err
	}
	if err := a.loadBook(); err != nil {
		return err
	}
	a.store = store.New(path, store.Options{Edges: a.latest.Edges(), Now: a.now, Holder: holder})
	a.zone, err = a.findZone(ctx)
	return err
}

// configFile is where the configuration is, or would be; "" if there is no
// place for one. Required is false for the file that need not be there.
func (a *app) configFile() (path string, required bool) {
	if a.configPath != "" {
		return a.configPath, true
	}
	if path = a.env.Getenv("TOKPIT_CONFIG"); path != "" {
		return path, true
	}
	dir, err := a.env.configDir()
	if err != nil {
		return "", false
	}
	return filepath.Join(dir, "config.toml"), false
}

func (a *app) loadConfig() error {
	path, required := a.configFile()
	if path == "" {
		return nil // no home, no configuration: the store's path will complain if it must
	}
	var err error
	if a.config, err = config.Load(path, required); err != nil {
		var private *config.PrivacyError
		if errors.As(err, &private) {
			return hint(err, "%s", private.Advice)
		}
		return hint(err, "correct the file, or give another one with --config")
	}
	if a.rules, err = rulesOf(&a.config); err != nil {
		return hint(fmt.Errorf("config: %w", err), "correct the rule that is named")
	}
	return nil
}

func (a *app) findStore() (string, error) {
	if a.demo {
		if a.storePath != "" {
			return "", hint(fmt.Errorf("--demo and --store exclude each other"), "the demo has a store of its own")
		}
		dir, err := a.env.dataDir()
		return filepath.Join(dir, "demo.db"), err
	}
	if a.storePath != "" {
		return filepath.Abs(a.storePath)
	}
	if path := a.env.Getenv("TOKPIT_STORE"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := a.env.dataDir()
	return filepath.Join(dir, "tokpit.db"), err
}

const settingZone = "timezone"

// findZone returns the display zone: --tz, the configuration, the zone pinned
// in the store, the machine's, or UTC.
func (a *app) findZone(ctx context.Context) (*time.Location, error) {
	if a.zoneName != "" {
		return loadZone(a.zoneName)
	}
	if a.config.Timezone != "" {
		return loadZone(a.config.Timezone)
	}
	pinned, err := a.store.Setting(ctx, settingZone)
	if err != nil {
		return nil, err
	}
	if pinned != "" {
		return loadZone(pinned)
	}
	return a.homeZone()
}

// homeZone is the zone to pin: the configured one or the machine's, or UTC.
func (a *app) homeZone() (*time.Location, error) {
	name := a.config.Timezone
	if name == "" && !a.demo {
		name = a.env.LocalTZ()
	}
	if name == "" || a.demo {
		return time.UTC, nil
	}
	return loadZone(name)
}

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, hint(fmt.Errorf("time zone %q", name), "give an IANA name such as Europe/Berlin or UTC")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, hint(fmt.Errorf("unknown time zone %q", clip(name)), "give an IANA name such as Europe/Berlin or UTC")
	}
	return zone, nil
}

// pinZone fixes the zone at the first sync, so that days do not move when the
// machine does. A --tz is for one command and is not pinned.
func (a *app) pinZone(ctx context.Context) error {
	pinned, err := a.store.Setting(ctx, settingZone)
	if err != nil || pinned != "" {
		return err
	}
	zone, err := a.homeZone()
	if err != nil {
		return err
	}
	return a.store.SetSetting(ctx, settingZone, zone.String())
}

// machine is the label of usage found on this computer.
func (a *app) machine() string {
	if a.config.Machine != "" {
		return a.config.Machine
	}
	if a.demo {
		return ""
	}
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
