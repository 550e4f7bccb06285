package cmd

import (
	"runtime/debug"
	"testing"
)

// Whatever Go and git note, a version says plainly what was built.
func TestVersions(t *testing.T) {
	const plain = "1.2.3\n$Format:%H$\n$Format:%cI$\n"
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-11-20T15:00:00Z"}, {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		what, file string
		info       debug.BuildInfo
		want       build
	}{
		{"a release", "1.2.3\nabc\n2026-11-20T15:00:00Z\n", debug.BuildInfo{Settings: vcs}, build{version: "1.2.3", commit: "abc", date: "2026-11-20T15:00:00Z"}},
		{"an installed module", plain, debug.BuildInfo{Main: debug.Module{Version: "v1.2.2"}}, build{version: "1.2.2"}},
		{"a checkout", plain, debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261120150000-0123456789ab+dirty"}, Settings: vcs},
			build{"1.2.3-dev+0123456789ab", "0123456789abcdef0123", "2026-11-20T15:00:00Z", true}},
		{"a checkout after a tag", plain, debug.BuildInfo{Main: debug.Module{Version: "v1.2.3-0.20261120150000-0123456789ab"}}, build{version: "1.2.3-dev"}},
		{"a folder", plain, debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, build{version: "1.2.3-dev"}},
		{"nothing", "", debug.BuildInfo{}, build{version: "-dev"}},
	} {
		if got := buildOf(c.file, &c.info); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
	if b := buildOf(versionFile, &debug.BuildInfo{}); len(b.version) < len("0.0.0-dev") {
		t.Errorf("the embedded version is %q", versionFile)
	}
}
