package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// is builds what is read of a package, from the usual case: it exists, at 1.0.0, served and tagged.
func is(name spec.Name, shape ...func(*observed.Package)) observed.Package {
	p := observed.Package{
		Name: name, Existence: observed.Exists, Version: "1.0.0", State: observed.Served,
		DistTags: map[spec.DistTag]spec.Version{"latest": "1.0.0"},
		Manifest: &spec.Manifest{Name: name, Version: "1.0.0"},
		Trust:    observed.Trust{Exchange: observed.ExchangeTaken},
	}
	for _, s := range shape {
		s(&p)
	}
	return p
}

func state(s observed.State) func(*observed.Package) {
	return func(p *observed.Package) {
		p.State = s
		if s != observed.Served {
			p.Manifest, p.DistTags = nil, map[spec.DistTag]spec.Version{}
		}
	}
}

func missing(p *observed.Package) {
	state(observed.Absent)(p)
	p.Existence, p.DistTags, p.Trust = observed.Missing, nil, observed.Trust{}
}

func tagged(version spec.Version) func(*observed.Package) {
	return func(p *observed.Package) { p.DistTags = map[spec.DistTag]spec.Version{"latest": version} }
}

// others is what was looked up of a platform that the entry lists beyond its release's.
func others(name spec.Name, wanted string, state observed.State) func(*observed.Package) {
	return func(p *observed.Package) { p.Others = []observed.Component{{Name: name, Wanted: wanted, State: state}} }
}

func lists(names ...string) func(*observed.Package) {
	return func(p *observed.Package) {
		p.Manifest.OptionalDependencies = map[string]string{}
		for _, name := range names {
			name, version, _ := strings.Cut(name, "=")
			if version == "" {
				version = "1.0.0"
			}
			p.Manifest.OptionalDependencies[name] = version
		}
	}
}

func trust(t observed.Trust) func(*observed.Package) {
	return func(p *observed.Package) { p.Trust = t }
}

func failing(message string) func(*observed.Package) {
	return func(p *observed.Package) {
		p.State, p.Manifest, p.Err = observed.Unknown, nil, errors.New(message)
	}
}

// circle is the trusted publisher that the tests want.
func circle(organization string) spec.TrustedPublisher {
	return spec.TrustedPublisher{
		Type: circleci.Type, Permissions: []string{spec.PermissionPublish},
		Claims: spec.Claims{circleci.ClaimOrganization: organization, circleci.ClaimVCSOrigin: "github.com/o/r"},
	}
}

// cli is a release of the entry "cli" with two platforms.
func cli() desired.Release {
	packages := []desired.Package{
		{Name: "cli", Role: desired.RoleEntry, Group: "cli"},
		{Name: "cli-linux", Role: desired.RolePlatform, Group: "cli"},
		{Name: "cli-mac", Role: desired.RolePlatform, Group: "cli"},
	}
	return desired.Release{
		Group: "cli", Version: "1.0.0", DistTag: "latest", Tag: "cli@1.0.0", Commit: strings.Repeat("a", 40),
		Selected: true, Packages: packages, PlatformForms: []string{"cli-{target}"},
	}
}

// fallback makes cli-mac a package that the entry does not list.
func fallback(r *desired.Release) { r.Packages[2].ListedUnder = desired.UnderNothing }

// text is a plan's short form: what is not as it should be, and what is to be done.
// blockedBy are the blockers of a change as reports write them.
func blockedBy(c reconcile.Change) (texts []string) {
	for _, b := range c.BlockedBy {
		texts = append(texts, b.String())
	}
	return texts
}

func text(p reconcile.Plan) string {
	var lines []string
	for _, pkg := range p.Packages() {
		var parts []string
		for _, c := range pkg.Conditions {
			if c.Status != reconcile.True || c.Reason == reconcile.ReasonSuperseded {
				parts = append(parts, fmt.Sprintf("%s=%s/%s", c.Type, c.Status, c.Reason))
			}
		}
		for _, c := range pkg.Changes {
			change := fmt.Sprintf("+%s(%s)", c.Action, c.Actor)
			if len(c.BlockedBy) > 0 {
				change += "[" + strings.Join(blockedBy(c), ", ") + "]"
			}
			parts = append(parts, change)
		}
		if len(parts) > 0 {
			lines = append(lines, string(pkg.Name)+" "+strings.Join(parts, " "))
		}
	}
	for _, f := range p.Findings {
		lines = append(lines, fmt.Sprintf("%s %s %s", f.Severity, f.Type, f.Package))
	}
	return strings.Join(lines, "\n")
}

func TestDiff(t *testing.T) {
	whole := []observed.Package{is("cli", lists("cli-linux", "cli-mac")), is("cli-linux"), is("cli-mac")}
	want := circle("new")
	for _, c := range []struct {
		name    string
		is      []observed.Package
		release func(*desired.Release)
		policy  reconcile.Policy
		text    []string
		exit    int
		warns   bool // there is nothing to do but to look into a finding, for which nothing has to converge
	}{
		{name: "everything is as it should be", is: whole, exit: reconcile.ExitOK},
		{
			name: "nothing is there", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", missing), is("cli-linux", missing), is("cli-mac", missing)},
			text: []string{
				"cli Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +seed(human) +trust(human)[cli: Seeded] +publish(ci)[cli: Seeded, cli: Trusted, cli-linux: Seeded, cli-linux: Trusted, cli-mac: Seeded, cli-mac: Trusted, cli-linux: Served, cli-mac: Served]",
				"cli-linux Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed +seed(human) +trust(human)[cli-linux: Seeded] +publish(ci)[cli: Seeded, cli: Trusted, cli-linux: Seeded, cli-linux: Trusted, cli-mac: Seeded, cli-mac: Trusted]",
				"cli-mac Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed +seed(human) +trust(human)[cli-mac: Seeded] +publish(ci)[cli: Seeded, cli: Trusted, cli-linux: Seeded, cli-linux: Trusted, cli-mac: Seeded, cli-mac: Trusted]",
			},
		},
		{
			name: "a token needs neither seed nor trust", exit: reconcile.ExitPending, policy: reconcile.Policy{Token: true, Actions: []reconcile.Action{reconcile.Publish}},
			is: []observed.Package{is("cli", missing), is("cli-linux"), is("cli-mac")},
			text: []string{
				"cli Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)",
			},
		},
		{
			name: "the entry waits for its platforms", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", state(observed.Absent)), is("cli-linux", state(observed.Accepted)), is("cli-mac")},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli-linux: Served]",
				"cli-linux Served=False/Accepted Tagged=False/NotServed +wait(registry)",
			},
		},
		{
			name: "only the registry is waited for", exit: reconcile.ExitWaiting,
			is:   []observed.Package{is("cli", state(observed.Accepted)), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Served=False/Accepted Tagged=False/NotServed Complete=False/NotServed +wait(registry)"},
		},
		{
			name: "the platforms are served, the entry is free to go", exit: reconcile.ExitPending,
			is:   []observed.Package{is("cli", state(observed.Absent)), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)"},
		},
		{
			name: "what cannot be read is not published, and keeps the entry back", exit: reconcile.ExitError,
			is: []observed.Package{is("cli", state(observed.Absent)), is("cli-linux", failing("503")), is("cli-mac")},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli-linux: Served]",
				"cli-linux Published=Unknown/ReadFailed Served=Unknown/ReadFailed",
				"error Unreadable cli-linux",
			},
		},
		{
			name: "other bytes are a conflict, and keep the entry back", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", state(observed.Absent)), is("cli-linux", func(p *observed.Package) { p.State = observed.Conflict }), is("cli-mac")},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli-linux: Served]",
				"cli-linux Served=False/Conflict",
				"error Conflict cli-linux",
			},
		},
		{
			name: "another commit keeps the entry back", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", state(observed.Absent)), is("cli-linux", func(p *observed.Package) { p.Manifest.GitHead = strings.Repeat("b", 40) }), is("cli-mac")},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli-linux@1.0.0 was published from commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, the tag cli@1.0.0 is at aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]",
				"error Conflict cli-linux",
			},
		},
		{
			name: "a platform that the served entry did not have is for the next release", exit: reconcile.ExitOK,
			is:   []observed.Package{is("cli", lists("cli-linux")), is("cli-linux"), is("cli-mac", state(observed.Absent))},
			text: []string{"cli-mac Published=False/NextRelease Served=False/NextRelease"},
		},
		{
			name: "while the entry is only accepted nobody can tell", exit: reconcile.ExitWaiting,
			is: []observed.Package{is("cli", state(observed.Accepted)), is("cli-linux"), is("cli-mac", state(observed.Absent))},
			text: []string{
				"cli Served=False/Accepted Tagged=False/NotServed Complete=False/NotServed +wait(registry)",
				"cli-mac Published=False/EntryAccepted Served=False/EntryAccepted",
			},
		},
		{
			name: "a torn release", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", lists("cli-linux", "cli-mac")), is("cli-linux"), is("cli-mac", state(observed.Absent))},
			text: []string{
				"cli Complete=False/PlatformsMissing",
				"cli-mac Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)",
				"error Torn cli",
			},
		},
		{
			name: "an entry with a platform at another version, which is not served", exit: reconcile.ExitPending,
			is: []observed.Package{
				is("cli", lists("cli-linux=0.9.0", "cli-mac"), others("cli-linux", "0.9.0", observed.Absent)), is("cli-linux"), is("cli-mac"),
			},
			text: []string{"cli Complete=False/PlatformsMissing", "error Torn cli"},
		},
		{
			name: "an entry with a platform at a version of its own, which is served", exit: reconcile.ExitOK,
			is: []observed.Package{
				is("cli", lists("cli-linux=0.9.0", "cli-mac"), others("cli-linux", "0.9.0", observed.Served)), is("cli-linux"), is("cli-mac"),
			},
		},
		{
			name: "an entry with a platform at a range that something served fits: nothing is planned that it does not list",
			exit: reconcile.ExitOK,
			is: []observed.Package{
				is("cli", lists("cli-linux=^0.9.0", "cli-mac"), others("cli-linux", "^0.9.0", observed.Served)),
				is("cli-linux", state(observed.Absent)), is("cli-mac"),
			},
			text: []string{"cli-linux Published=False/NextRelease Served=False/NextRelease"},
		},
		{
			name: "an entry with a platform at another version, which could not be read", exit: reconcile.ExitError,
			is: []observed.Package{
				is("cli", lists("cli-linux=0.9.0", "cli-mac"), others("cli-linux", "0.9.0", observed.Unknown)), is("cli-linux"), is("cli-mac"),
			},
			text: []string{"cli Complete=Unknown/ReadFailed", "error Unreadable cli-linux"},
		},
		{
			name: "an undeclared platform of the served entry, which is not there", exit: reconcile.ExitPending,
			is: []observed.Package{
				is("cli", lists("cli-linux", "cli-mac", "cli-aix"), others("cli-aix", "1.0.0", observed.Absent)), is("cli-linux"), is("cli-mac"),
			},
			text: []string{"cli Complete=False/PlatformsMissing", "error Torn cli", "warning Undeclared cli-aix"},
		},
		{
			name: "an entry without platforms", exit: reconcile.ExitPending,
			is:   []observed.Package{is("cli", lists("fsevents")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Complete=False/NoPlatforms", "error Torn cli"},
		},
		{
			name: "a platform of the served entry that the state file does not have any more", warns: true, exit: reconcile.ExitPending,
			is: []observed.Package{
				is("cli", lists("cli-linux", "cli-mac", "cli-aix"), others("cli-aix", "1.0.0", observed.Served)), is("cli-linux"), is("cli-mac"),
			},
			text: []string{"warning Undeclared cli-aix"},
		},
		{
			name: "another family whose names begin alike is none of the platforms", exit: reconcile.ExitOK,
			is: []observed.Package{
				is("cli", lists("cli-linux", "cli-mac", "cli-lib-linux=7.0.0"), others("cli-lib-linux", "7.0.0", observed.Absent)),
				is("cli-linux"), is("cli-mac"),
			},
		},
		{
			name: "platforms among the hard dependencies", exit: reconcile.ExitOK,
			is: []observed.Package{
				is("cli", lists("cli-linux"), func(p *observed.Package) { p.Manifest.Dependencies = spec.Dependencies{"cli-mac": "1.0.0"} }),
				is("cli-linux"), is("cli-mac"),
			},
		},
		{
			name: "a platform that npm does not install where the state file says", exit: reconcile.ExitPending,
			release: func(r *desired.Release) { r.Packages[2].Platform = spec.Platform{OS: []string{"darwin"}} },
			is: []observed.Package{
				is("cli", lists("cli-linux", "cli-mac")), is("cli-linux"),
				is("cli-mac", func(p *observed.Package) { p.Manifest.OS = spec.List{"linux"} }),
			},
			text: []string{"cli Complete=False/PlatformsElsewhere", "error Torn cli"},
		},
		{
			name: "a fallback that the entry does not list, served", exit: reconcile.ExitOK, release: fallback,
			is: []observed.Package{is("cli", lists("cli-linux")), is("cli-linux"), is("cli-mac")},
		},
		{
			name: "a fallback that the entry does not list, and that is missing", exit: reconcile.ExitPending, release: fallback,
			is:   []observed.Package{is("cli", lists("cli-linux")), is("cli-linux"), is("cli-mac", state(observed.Absent))},
			text: []string{"cli-mac Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)"},
		},
		{
			name: "the entry waits for a fallback", exit: reconcile.ExitPending, release: fallback,
			is: []observed.Package{is("cli", state(observed.Absent)), is("cli-linux"), is("cli-mac", state(observed.Accepted))},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli-mac: Served]",
				"cli-mac Served=False/Accepted Tagged=False/NotServed +wait(registry)",
			},
		},
		{
			name: "a dist-tag that stayed behind, of a release that was asked for", exit: reconcile.ExitPending,
			release: func(r *desired.Release) { r.Given = true },
			is:      []observed.Package{is("cli", lists("cli-linux", "cli-mac"), tagged("0.9.0")), is("cli-linux"), is("cli-mac")},
			text:    []string{"cli Tagged=False/Behind +tag(ci)"},
		},
		{
			name: "a dist-tag that went on", exit: reconcile.ExitOK,
			is:   []observed.Package{is("cli", lists("cli-linux", "cli-mac"), tagged("1.0.1")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Tagged=True/Superseded"},
		},
		{
			name: "an older version is not published over a higher dist-tag", exit: reconcile.ExitHuman,
			is: []observed.Package{is("cli", state(observed.Absent), tagged("2.0.0")), is("cli-linux"), is("cli-mac", state(observed.Absent))},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=True/Superseded Complete=False/NotServed +publish(human)[--dist-tag NAME: latest points at 2.0.0, which is higher, cli-mac: Served]",
				"cli-mac Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(human)[--dist-tag NAME: latest points at 2.0.0, which is higher]",
			},
		},
		{
			name: "without a version only names and trust are desired", exit: reconcile.ExitHuman, release: func(r *desired.Release) { r.Version = "" },
			is:   []observed.Package{is("cli", trust(observed.Trust{Listed: true})), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Trusted=False/NotConfigured +trust(human)"},
		},
		{
			name: "a release that was not asked for is observed and left alone", exit: reconcile.ExitOK, release: func(r *desired.Release) { r.Selected = false },
			is: []observed.Package{is("cli", state(observed.Absent)), is("cli-linux"), is("cli-mac", missing)},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed",
				"cli-mac Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed",
			},
		},
		{
			name: "one package asked for is still held by the others", exit: reconcile.ExitPending, policy: reconcile.Policy{Packages: []spec.Name{"cli-linux"}},
			is: []observed.Package{is("cli", state(observed.Absent)), is("cli-linux", state(observed.Absent)), is("cli-mac", missing)},
			text: []string{
				"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed",
				"cli-linux Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)[cli-mac: Seeded, cli-mac: Trusted]",
				"cli-mac Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed",
			},
		},
		{
			name: "another release that cannot be read is no matter of this one", exit: reconcile.ExitOK, release: func(r *desired.Release) { r.Selected = false },
			is: []observed.Package{is("cli", lists("cli-linux", "cli-mac")), is("cli-linux", failing("503")), is("cli-mac")},
			text: []string{
				"cli Complete=Unknown/ReadFailed",
				"cli-linux Published=Unknown/ReadFailed Served=Unknown/ReadFailed",
			},
		},
		{
			name: "an ID token that is bad as such keeps everything back", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", state(observed.Absent), trust(observed.Trust{Exchange: observed.TokenRefused})), is("cli-linux"), is("cli-mac")},
			text: []string{
				"cli Trusted=Unknown/TokenRefused Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli: Trusted]",
			},
		},
		{
			name: "a trusted publisher that was never used, with a release ahead", exit: reconcile.ExitPending,
			is:   []observed.Package{is("cli", state(observed.Absent), tagged("0.0.1")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)"},
		},
		{
			name: "a trusted publisher that was never used, with no release in sight", warns: true, exit: reconcile.ExitHuman, release: func(r *desired.Release) { r.Version = "" },
			is:   []observed.Package{is("cli", state(""), tagged("0.0.1")), is("cli-linux"), is("cli-mac")},
			text: []string{"warning Unproven cli"},
		},
		{
			name: "… in a name that npm itself holds", warns: true, exit: reconcile.ExitHuman, release: func(r *desired.Release) { r.Version = "" },
			is:   []observed.Package{is("cli", state(""), tagged("0.0.0-stage")), is("cli-linux"), is("cli-mac")},
			text: []string{"warning Unproven cli"},
		},
		{
			name: "… and it is to be proved", exit: reconcile.ExitPending, release: func(r *desired.Release) { r.Version = "" },
			policy: reconcile.Policy{Actions: []reconcile.Action{reconcile.Prove}},
			is:     []observed.Package{is("cli", state(""), tagged("0.0.1")), is("cli-linux"), is("cli-mac")},
			text:   []string{"cli +prove(ci)", "warning Unproven cli"},
		},
		{
			name: "a package whose trusted publisher was proved", exit: reconcile.ExitOK, release: func(r *desired.Release) { r.Version = "" },
			is: []observed.Package{is("cli", state(""), tagged("0.0.1"), func(p *observed.Package) { p.DistTags["placeholder"] = "0.0.2" }), is("cli-linux"), is("cli-mac")},
		},
		{
			name: "trusted publishers that the wanted one supersedes are removed, others stay", exit: reconcile.ExitHuman,
			is:   []observed.Package{is("cli", lists("cli-linux", "cli-mac"), trust(observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{circle("new"), circle("old"), {Type: "github"}}})), is("cli-linux"), is("cli-mac")},
			text: []string{"cli +trust(human)"},
		},
		{
			name: "others are removed when pruning", exit: reconcile.ExitHuman, policy: reconcile.Policy{Prune: true},
			is:   []observed.Package{is("cli", lists("cli-linux", "cli-mac"), trust(observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{circle("new"), {Type: "github"}}})), is("cli-linux"), is("cli-mac")},
			text: []string{"cli +trust(human)"},
		},
		{
			name: "while the entry cannot be read nobody can tell what it needs", exit: reconcile.ExitError,
			is: []observed.Package{is("cli", failing("503")), is("cli-linux"), is("cli-mac", state(observed.Absent))},
			text: []string{
				"cli Published=Unknown/ReadFailed Served=Unknown/ReadFailed Complete=Unknown/NotServed",
				"cli-mac Published=False/EntryUnreadable Served=False/EntryUnreadable",
				"error Unreadable cli",
			},
		},
		{
			name: "latest is not moved onto a torn release", exit: reconcile.ExitPending, release: func(r *desired.Release) { r.Given = true },
			is: []observed.Package{is("cli", lists("cli-linux", "cli-mac"), tagged("0.9.0")), is("cli-linux"), is("cli-mac", state(observed.Absent))},
			text: []string{
				"cli Tagged=False/Behind Complete=False/PlatformsMissing +tag(ci)[cli: Complete]",
				"cli-mac Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)",
				"error Torn cli",
			},
		},
		{
			name: "what cannot be proved is left to be done", exit: reconcile.ExitPending, release: func(r *desired.Release) { r.Version = "" },
			policy: reconcile.Policy{Actions: []reconcile.Action{reconcile.Prove}},
			is:     []observed.Package{is("cli", state(""), tagged("0.0.1"), trust(observed.Trust{Listed: true})), is("cli-linux"), is("cli-mac")},
			text:   []string{"cli Trusted=False/NotConfigured +prove(ci)[cli: Trusted]"},
		},
		{
			name: "trouble of what was not asked for is a warning", exit: reconcile.ExitOK, policy: reconcile.Policy{Groups: []string{"libraries"}},
			is: []observed.Package{is("cli", lists("fsevents")), is("cli-linux", failing("503")), is("cli-mac")},
			text: []string{
				"cli Complete=False/NoPlatforms",
				"cli-linux Published=Unknown/ReadFailed Served=Unknown/ReadFailed",
				"warning Torn cli",
			},
		},
		{
			name: "with a token, a name that is not to be had stops the release", exit: reconcile.ExitPending,
			policy: reconcile.Policy{Token: true, Actions: []reconcile.Action{reconcile.Publish}},
			is:     []observed.Package{is("cli", missing, func(p *observed.Package) { p.Existence = observed.Unpublished }), is("cli-linux", missing), is("cli-mac")},
			text: []string{
				"cli Seeded=False/Unpublished Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli: Seeded, cli-linux: Served]",
				"cli-linux Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)[cli: Seeded]",
				"error Withdrawn cli",
			},
		},
		{
			name: "a withheld release is not published", exit: reconcile.ExitPending, policy: reconcile.Policy{Withheld: map[string]string{"cli@1.0.0": "the checkout"}},
			is:   []observed.Package{is("cli", state(observed.Absent)), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[the checkout]"},
		},
		{
			name: "a name in the hands of the security team", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", lists("cli-linux", "cli-mac"), func(p *observed.Package) { p.Existence = observed.Withdrawn }), is("cli-linux"), is("cli-mac")},
			text: []string{
				"cli Seeded=False/SecurityHolding Trusted=False/NotSeeded",
				"error Withdrawn cli",
			},
		},
		{
			name: "a name that was unpublished is not vacant", exit: reconcile.ExitPending, release: func(r *desired.Release) { r.Version = "" },
			is: []observed.Package{is("cli", missing, state(""), func(p *observed.Package) { p.Existence = observed.Unpublished }), is("cli-linux"), is("cli-mac")},
			text: []string{
				"cli Seeded=False/Unpublished Trusted=False/NotSeeded",
				"error Withdrawn cli",
			},
		},
		{
			name: "a pin without its tag", warns: true, exit: reconcile.ExitPending, is: whole, release: func(r *desired.Release) { r.PinWithoutTag = true },
			text: []string{"warning PinWithoutTag cli"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			release := cli()
			if c.release != nil {
				c.release(&release)
			}
			snapshot := observed.Snapshot{}
			for _, p := range c.is {
				snapshot[p.Name] = p
			}
			plan := reconcile.Diff(reconcile.Desired{
				Releases: []desired.Release{release}, TrustedPublishers: spec.TrustedPublishers{want}, Placeholder: "0.0.1",
			}, snapshot, c.policy)
			g.Expect(text(plan)).To(Equal(strings.Join(c.text, "\n")))
			g.Expect(plan.ExitCode()).To(Equal(c.exit))
			g.Expect(plan.Summary.Converged).To(Equal(c.exit == reconcile.ExitOK || c.warns))
			for _, pkg := range plan.Packages() {
				for _, condition := range pkg.Conditions {
					g.Expect(condition.Reason).NotTo(BeEmpty(), "a condition without a reason")
					g.Expect(condition.Message).NotTo(BeEmpty(), "a condition without a message")
				}
			}
		})
	}
}

func TestTrustedByEvidence(t *testing.T) {
	want := circle("new")
	refusal := fmt.Errorf("404: %w", spec.ErrRefused)
	for _, c := range []struct {
		name  string
		trust observed.Trust
		want  string
	}{
		{"nobody can tell", observed.Trust{}, "Unknown/NoEvidence"},
		{"asking failed", observed.Trust{Err: errors.New("503")}, "Unknown/ReadFailed"},
		{"the version was published with an ID token", observed.Trust{PublishedBy: circleci.Type}, "True/PublishedWithIDToken"},
		{"it was published by another provider", observed.Trust{PublishedBy: "github"}, "Unknown/NoEvidence"},
		{"the exchange worked", observed.Trust{Exchange: observed.ExchangeTaken}, "True/ExchangeAccepted"},
		{"the exchange was refused and the ID token fits", observed.Trust{Exchange: observed.ExchangeRefused, Refusal: refusal}, "False/ExchangeRefused"},
		{
			"the exchange was refused and the ID token is another pipeline's",
			observed.Trust{Exchange: observed.ExchangeRefused, Refusal: refusal, Differences: []spec.ClaimDifference{{Claim: "c"}}},
			"Unknown/OtherPipeline",
		},
		{"the ID token itself is bad", observed.Trust{Exchange: observed.TokenRefused, Refusal: refusal}, "Unknown/TokenRefused"},
		{"only a human may list them", observed.Trust{Err: fmt.Errorf("401: %w", spec.ErrSecondFactor)}, "Unknown/Unlisted"},
		{"the session may not list them", observed.Trust{Err: refusal}, "Unknown/Unlisted"},
		{"the list has it", observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{circle("NEW")}}, "True/Configured"},
		{"the list has another", observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{circle("old")}}, "False/ClaimsDiffer"},
		{"the list has it among others", observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{circle("old"), circle("new")}}, "True/Configured"},
		{"the list is empty", observed.Trust{Listed: true}, "False/NotConfigured"},
		{
			"the list has it and the exchange is refused, as when it has expired",
			observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{want}, Exchange: observed.ExchangeRefused, Refusal: refusal},
			"False/ExchangeRefused",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := desired.Release{
				Group: "libraries", Selected: true, DistTag: "latest", Version: "1.0.0",
				Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}},
			}
			plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}, TrustedPublishers: spec.TrustedPublishers{want}},
				observed.Snapshot{"lib": is("lib", trust(c.trust))}, reconcile.Policy{})
			condition, _ := plan.Packages()[0].Condition(reconcile.Trusted)
			NewWithT(t).Expect(fmt.Sprintf("%s/%s", condition.Status, condition.Reason)).To(Equal(c.want))
		})
	}
}

func TestClaimsThatDifferAreNamedOldToNew(t *testing.T) {
	g := NewWithT(t)
	old, wanted := circle("old"), circle("new")
	wanted.Claims[circleci.ClaimContexts] = []string{"b", "a"}
	g.Expect(reconcile.Differences(old.Differences(wanted))).To(Equal("context-ids: none → a, b; org-id: old → new"))
}

func TestHoursLeftOfAnUnprovenTrustedPublisher(t *testing.T) {
	want := circle("new")
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		created time.Time
		says    string
	}{
		{time.Time{}, "two days after it was created"},
		{now.Add(-30 * time.Hour), "in 18 hours"},
		{now.Add(-50 * time.Hour), "about now"},
	} {
		g := NewWithT(t)
		configured := want
		configured.Created = c.created
		release := desired.Release{Selected: true, Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}}}
		plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}, TrustedPublishers: spec.TrustedPublishers{want}, Placeholder: "0.0.1"},
			observed.Snapshot{"lib": is("lib", state(""), tagged("0.0.1"), trust(observed.Trust{
				Listed: true, Publishers: []spec.TrustedPublisher{configured}, At: now,
			}))}, reconcile.Policy{})
		g.Expect(plan.Findings).To(HaveLen(1))
		g.Expect(plan.Findings[0].Message).To(HaveSuffix(c.says))
	}
}
