package main

import (
	"runtime/debug"
	"testing"

	. "github.com/onsi/gomega"
)

func TestCommitOf(t *testing.T) {
	for name, c := range map[string]struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		"a checkout": {"(devel)", []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}},
			"commit abc of 2026-01-02T03:04:05Z"},
		"an installed commit": {"v0.0.0-20261122132919-7aa10c731d63", nil, "commit 7aa10c731d63 of 2026-11-22T13:29:19Z"},
		"after a tag":         {"v1.2.4-0.20261122132919-7aa10c731d63", nil, "commit 7aa10c731d63 of 2026-11-22T13:29:19Z"},
		"an installed tag":    {"v1.2.3", nil, "commit unknown"},
		"neither":             {"", nil, "commit unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(commitOf(&debug.BuildInfo{Main: debug.Module{Version: c.version}, Settings: c.settings})).To(Equal(c.want))
		})
	}
}
