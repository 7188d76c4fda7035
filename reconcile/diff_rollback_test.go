package reconcile_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func deprecated(p *observed.Package) { p.Manifest.Deprecated = "broken" }

// withdrawn is what was read of versions that the state file withdraws: version, then what npm says of it.
func withdrawn(pairs ...string) func(*observed.Package) {
	return func(p *observed.Package) {
		p.Withdrawn = map[spec.Version]observed.Component{}
		for i := 0; i < len(pairs); i += 2 {
			p.Withdrawn[spec.Version(pairs[i])] = observed.Component{Name: p.Name, State: observed.Served, Deprecated: pairs[i+1]}
		}
	}
}

func entry(shape ...func(*observed.Package)) observed.Package {
	return is("cli", append([]func(*observed.Package){lists("cli-linux", "cli-mac")}, shape...)...)
}

func given(r *desired.Release) { r.Given = true }

func pinned(r *desired.Release) { r.Pinned = true }

func rollback(r *desired.Release) { r.Pinned, r.Rollback = true, true }

func withdraws(r *desired.Release) {
	rollback(r)
	r.Withdrawn = []desired.Withdrawal{{Version: "2.0.0", Message: "broken"}}
}

func TestAHumansDecisionStands(t *testing.T) {
	for _, c := range []struct {
		name    string
		release func(*desired.Release)
		policy  reconcile.Policy
		is      []observed.Package
		text    []string
		exit    int
		says    []string // what the first finding says
	}{
		{
			name: "a dist-tag that was moved back", exit: reconcile.ExitPending,
			is:   []observed.Package{entry(tagged("0.9.0")), is("cli-linux", tagged("0.9.0")), is("cli-mac", tagged("0.9.0"))},
			text: []string{"cli Tagged=False/Behind", "cli-linux Tagged=False/Behind", "cli-mac Tagged=False/Behind", "warning Behind cli"},
			says: []string{"2 other packages", "latest points at 0.9.0", "pin `version: 0.9.0` with `rollback: true`",
				"facets-reconcile apply --only tag --tag cli@1.0.0"},
		},
		{
			name: "… and the version deprecated", exit: reconcile.ExitPending,
			is:   []observed.Package{entry(tagged("0.9.0"), deprecated), is("cli-linux", tagged("0.9.0")), is("cli-mac")},
			text: []string{"cli Tagged=False/RolledBack", "cli-linux Tagged=False/RolledBack", "warning RolledBack cli"},
			says: []string{"(broken)", "pin `version: 0.9.0`", "npm deprecate cli@1.0.0 ''", "release 1.0.1"},
		},
		{
			name: "… also for who asks for it by its tag", exit: reconcile.ExitPending, release: given,
			is:   []observed.Package{entry(tagged("0.9.0"), deprecated), is("cli-linux", tagged("0.9.0")), is("cli-mac")},
			text: []string{"cli Tagged=False/RolledBack", "cli-linux Tagged=False/RolledBack", "warning RolledBack cli"},
		},
		{
			name: "a platform is deprecated", exit: reconcile.ExitPending, release: given,
			is:   []observed.Package{entry(), is("cli-linux", tagged("0.9.0"), deprecated), is("cli-mac")},
			text: []string{"cli-linux Tagged=False/RolledBack", "warning RolledBack cli-linux"},
			says: []string{"npm deprecate cli-linux@1.0.0 ''"},
		},
		{
			name: "a dist-tag that points at the placeholder", exit: reconcile.ExitPending,
			is:   []observed.Package{entry(tagged("0.0.1")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Tagged=False/Behind", "warning Behind cli"},
			says: []string{"whoever moved it decides: to go forward"},
		},
		{
			name: "there is no dist-tag", exit: reconcile.ExitPending, release: func(r *desired.Release) { r.DistTag = "next" },
			is:   []observed.Package{entry(), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Tagged=False/Behind", "cli-linux Tagged=False/Behind", "cli-mac Tagged=False/Behind", "warning Behind cli"},
		},
		{
			name: "a version that this run saw arrive", exit: reconcile.ExitPending,
			policy: reconcile.Policy{Unserved: map[spec.Name]bool{"cli": true}},
			is:     []observed.Package{entry(tagged("0.9.0")), is("cli-linux"), is("cli-mac")},
			text:   []string{"cli Tagged=False/Behind +tag(ci)"},
		},
		{
			name: "a platform's follows the entry's", exit: reconcile.ExitPending,
			is:   []observed.Package{entry(), is("cli-linux", tagged("0.9.0")), is("cli-mac")},
			text: []string{"cli-linux Tagged=False/Behind +tag(ci)"},
		},
		{
			name: "a decision is for who moves dist-tags", exit: reconcile.ExitOK, policy: reconcile.Policy{Actions: []reconcile.Action{reconcile.Seed}},
			is:   []observed.Package{entry(tagged("0.9.0")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Tagged=False/Behind", "warning Behind cli"},
		},

		{
			name: "a pin below the dist-tag", exit: reconcile.ExitPending, release: pinned,
			is:   []observed.Package{entry(tagged("2.0.0")), is("cli-linux", tagged("2.0.0")), is("cli-mac")},
			text: []string{"cli Tagged=False/PinBelow", "cli-linux Tagged=False/PinBelow", "warning PinBelow cli"},
			says: []string{"add `rollback: true` beside `version: 1.0.0`", "to go on with 2.0.0"},
		},
		{
			name: "… that is asked for by its tag", exit: reconcile.ExitOK, release: func(r *desired.Release) { pinned(r); given(r) },
			is:   []observed.Package{entry(tagged("2.0.0")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Tagged=True/Superseded"},
		},
		{
			name: "--dist-tag that points higher", exit: reconcile.ExitError, release: func(r *desired.Release) { given(r); r.OtherDistTag = true },
			is:   []observed.Package{entry(tagged("2.0.0")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Tagged=False/Backwards", "error Backwards cli"},
			says: []string{"--dist-tag latest would take the dist-tag back to cli@1.0.0", "rollback: true"},
		},
		{
			name: "… of what is not there yet", exit: reconcile.ExitError, release: func(r *desired.Release) { given(r); r.OtherDistTag = true },
			is: []observed.Package{is("cli", state(observed.Absent), tagged("2.0.0")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Published=False/Absent Served=False/Absent Tagged=False/Backwards Complete=False/NotServed " +
				"+publish(human)[--dist-tag NAME: latest points at 2.0.0, which is higher]", "error Backwards cli"},
		},

		{
			name: "back: the entry's dist-tag first", exit: reconcile.ExitHuman, release: rollback,
			is:   []observed.Package{entry(tagged("2.0.0")), is("cli-linux", tagged("2.0.0")), is("cli-mac")},
			text: []string{"cli Tagged=False/Rollback +tag(human)", "cli-linux Tagged=False/Rollback +tag(human)[cli: Tagged]"},
		},
		{
			name: "… also where it cannot be read", exit: reconcile.ExitError, release: rollback,
			is: []observed.Package{entry(func(p *observed.Package) { p.DistTags, p.Err = nil, errors.New("503") }),
				is("cli-linux", tagged("2.0.0")), is("cli-mac")},
			text: []string{"cli Tagged=Unknown/ReadFailed", "cli-linux Tagged=False/Rollback +tag(human)[cli: Tagged]", "error Unreadable cli"},
		},
		{
			name: "… then the platforms'", exit: reconcile.ExitHuman, release: rollback,
			is:   []observed.Package{entry(), is("cli-linux", tagged("2.0.0")), is("cli-mac")},
			text: []string{"cli-linux Tagged=False/Rollback +tag(human)"},
		},
		{
			name: "… and none while it cannot be read where the entry's points", exit: reconcile.ExitError, release: rollback,
			is: []observed.Package{entry(func(p *observed.Package) { p.DistTags, p.Err = nil, errors.New("503") }),
				is("cli-linux", tagged("2.0.0")), is("cli-mac")},
			text: []string{"cli Tagged=Unknown/ReadFailed", "cli-linux Tagged=False/Rollback +tag(human)[cli: Tagged]", "error Unreadable cli"},
		},
		{
			name: "forward: the entry's last", exit: reconcile.ExitHuman, release: rollback,
			is:   []observed.Package{entry(tagged("0.9.0")), is("cli-linux", tagged("0.9.0")), is("cli-mac")},
			text: []string{"cli Tagged=False/Rollback +tag(human)[cli-linux: Tagged]", "cli-linux Tagged=False/Rollback +tag(human)"},
		},
		{
			name: "not to what is torn", exit: reconcile.ExitPending, release: rollback,
			is: []observed.Package{entry(tagged("2.0.0")), is("cli-linux", tagged("2.0.0")), is("cli-mac", state(observed.Absent))},
			text: []string{"cli Tagged=False/Rollback Complete=False/PlatformsMissing +tag(human)[cli: Complete]",
				"cli-linux Tagged=False/Rollback +tag(human)[cli: Tagged]",
				"cli-mac Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)", "error Torn cli"},
		},
		{
			name: "nor to what is not there, and that is said", exit: reconcile.ExitHuman, release: rollback,
			is: []observed.Package{is("cli", state(observed.Absent), tagged("2.0.0")), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed " +
				"+publish(human)[--dist-tag NAME: latest points at 2.0.0, which is higher] +tag(human)[cli: Served, cli: Complete]"},
		},
		{
			name: "nor to what is deprecated", exit: reconcile.ExitPending, release: rollback,
			is:   []observed.Package{entry(tagged("2.0.0"), deprecated), is("cli-linux"), is("cli-mac")},
			text: []string{"cli Tagged=False/RolledBack", "warning RolledBack cli"},
			says: []string{"pin a version that is not deprecated"},
		},

		{
			name: "what is withdrawn is deprecated after all dist-tags", exit: reconcile.ExitHuman, release: withdraws,
			is: []observed.Package{entry(withdrawn("2.0.0", "")), is("cli-linux", tagged("2.0.0"), withdrawn("2.0.0", "other")),
				is("cli-mac", withdrawn("2.0.0", "broken"))},
			text: []string{"cli Retired=False/NotDeprecated +deprecate(human)[cli-linux: Tagged]",
				"cli-linux Tagged=False/Rollback Retired=False/NotDeprecated +tag(human) +deprecate(human)[cli-linux: Tagged]"},
		},
		{
			name: "a platform that came with what is withdrawn has nothing to go back to", exit: reconcile.ExitOK, release: withdraws,
			is: []observed.Package{is("cli", lists("cli-linux"), withdrawn("2.0.0", "broken")), is("cli-linux", withdrawn("2.0.0", "broken")),
				is("cli-mac", state(observed.Absent), tagged("2.0.0"), withdrawn("2.0.0", ""))},
			text: []string{"cli-mac Published=False/NextRelease Served=False/NextRelease Retired=False/NextRelease"},
		},
		{
			name: "… and where its dist-tag has another", exit: reconcile.ExitHuman, release: withdraws,
			is: []observed.Package{is("cli", lists("cli-linux"), withdrawn("2.0.0", "broken")), is("cli-linux", withdrawn("2.0.0", "broken")),
				is("cli-mac", state(observed.Absent), tagged("2.0.1"), withdrawn("2.0.0", ""))},
			text: []string{"cli-mac Published=False/NextRelease Served=False/NextRelease Retired=False/NotDeprecated +deprecate(human)"},
		},
		{
			name: "… whatever it is called", exit: reconcile.ExitHuman, release: withdraws,
			is: []observed.Package{entry(withdrawn("2.0.0", ""), func(p *observed.Package) { p.DistTags["beta"] = "2.0.0" }),
				is("cli-linux", withdrawn("2.0.0", "broken")), is("cli-mac", withdrawn("2.0.0", "broken"))},
			text: []string{"cli Retired=False/NotDeprecated +deprecate(human)[npm dist-tag add cli@VERSION beta: it points at 2.0.0]"},
		},
		{
			name: "… also where the release's own goes on to point at it", exit: reconcile.ExitHuman,
			release: func(r *desired.Release) { withdraws(r); r.Pinned, r.Rollback = false, false },
			is: []observed.Package{entry(withdrawn("2.0.0", ""), tagged("2.0.0")), is("cli-linux", withdrawn("2.0.0", "broken")),
				is("cli-mac", withdrawn("2.0.0", "broken"))},
			text: []string{"cli Tagged=True/Superseded Retired=False/NotDeprecated +deprecate(human)[npm dist-tag add cli@VERSION latest: it points at 2.0.0]"},
		},
		{
			name: "… and where that cannot be read, nothing is said", exit: reconcile.ExitError, release: withdraws,
			is: []observed.Package{entry(func(p *observed.Package) {
				p.Withdrawn = map[spec.Version]observed.Component{"2.0.0": {State: observed.Unknown, Err: errors.New("503")}}
			}), is("cli-linux", withdrawn("2.0.0", "broken")), is("cli-mac", withdrawn("2.0.0", "broken"))},
			text: []string{"cli Retired=Unknown/ReadFailed", "error Unreadable cli"},
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
			plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1"}, snapshot, c.policy)
			g.Expect(text(plan)).To(Equal(strings.Join(c.text, "\n")))
			g.Expect(plan.ExitCode()).To(Equal(c.exit))
			for _, said := range c.says {
				g.Expect(plan.Findings[0].Message + "\n" + plan.Findings[0].Next).To(ContainSubstring(said))
			}
		})
	}
}

func TestARollbackIsWrittenWithBothVersions(t *testing.T) {
	g := NewWithT(t)
	release := cli()
	rollback(&release)
	snapshot := observed.Snapshot{"cli": entry(tagged("2.0.0")), "cli-linux": is("cli-linux"), "cli-mac": is("cli-mac")}
	plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}}, snapshot, reconcile.Policy{})
	g.Expect(plan.Packages()[0].Changes[0].Message).To(Equal("2.0.0 → 1.0.0 (rollback)"))
}

// warned keeps what it was to have npm warn of.
type warned map[spec.Version]spec.Deprecation

func (w warned) Deprecate(_ context.Context, _ spec.Name, wanted map[spec.Version]spec.Deprecation) error {
	maps.Copy(w, wanted)
	return nil
}

func TestWhatADistTagHasToPointAtIsLeftOutOfADeprecation(t *testing.T) {
	g := NewWithT(t)
	release := cli()
	withdraws(&release)
	release.Withdrawn = append(release.Withdrawn, desired.Withdrawal{Version: "1.9.0", Message: "old"})
	done := withdrawn("2.0.0", "broken", "1.9.0", "old")
	f := &fitless{is: observed.Snapshot{
		"cli": is("cli", lists("cli-linux"), done), "cli-linux": is("cli-linux", done),
		"cli-mac": is("cli-mac", state(observed.Absent), tagged("2.0.0"), withdrawn("2.0.0", "", "1.9.0", "")),
	}}
	w := warned{}
	_, err := reconcile.Run(t.Context(), reconcile.World{Observer: f, Deprecator: w, Clock: &clock{}},
		reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1"}, reconcile.Policy{}, reconcile.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(w).To(Equal(warned{"1.9.0": {Message: "old"}}))
}
