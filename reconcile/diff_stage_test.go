package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// held is a version that waits for approval.
func held(shape ...func(*spec.Stage)) func(*observed.Package) {
	return func(p *observed.Package) {
		state(observed.Staged)(p)
		tagged("0.9.0")(p)
		p.Stage = &spec.Stage{ID: "id-of-" + string(p.Name), Name: p.Name, Version: "1.0.0", DistTag: "latest", Status: spec.StatusStaged}
		for _, s := range shape {
			s(p.Stage)
		}
	}
}

func older(p *observed.Package) {
	p.Beside = []spec.Stage{{ID: "id-of-older", Name: p.Name, Version: "0.8.0"}, {ID: "id-of-next", Name: p.Name, Version: "1.1.0"}}
}

func TestAStagedReleaseIsApprovedAsAWhole(t *testing.T) {
	absent := []func(*observed.Package){state(observed.Absent), tagged("0.9.0")}
	other := reconcile.Reviewed{ID: "id-of-cli-linux", Err: fmt.Errorf("index.js: %w", reconcile.ErrDiffers)}
	approve, reject := reconcile.Policy{Actions: []reconcile.Action{reconcile.Approve}}, reconcile.Policy{Actions: []reconcile.Action{reconcile.Reject}}
	nextStage := func(s *spec.Stage) { s.DistTag = "next" }
	for _, c := range []struct {
		name     string
		is       []observed.Package
		given    bool
		policy   reconcile.Policy
		reviewed reconcile.Reviewed
		text     []string
		exit     int
		next     string // of the first finding
	}{
		{
			name: "all is staged at once, the entry too", exit: reconcile.ExitPending,
			is: []observed.Package{is("cli", absent...), is("cli-linux", absent...), is("cli-mac", absent...)},
			text: []string{
				"cli Staged=False/Absent Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +stage(ci)",
				"cli-linux Staged=False/Absent Published=False/Absent Served=False/Absent Tagged=False/NotServed +stage(ci)",
				"cli-mac Staged=False/Absent Published=False/Absent Served=False/Absent Tagged=False/NotServed +stage(ci)",
			},
		},
		{
			name: "what is scanned keeps the others waiting", exit: reconcile.ExitHuman,
			is: []observed.Package{is("cli", held()), is("cli-linux", state(observed.Validating), tagged("0.9.0")), is("cli-mac", held())},
			text: []string{
				"cli Published=False/Staged Served=False/Staged Tagged=False/NotServed Complete=False/NotServed +approve(human)[cli-linux: Staged, cli-linux: Served, cli-mac: Served]",
				"cli-linux Staged=False/Validating Published=False/Validating Served=False/Validating Tagged=False/NotServed +wait(registry)",
				"cli-mac Published=False/Staged Served=False/Staged Tagged=False/NotServed +approve(human)[cli-linux: Staged]",
			},
		},
		{
			name: "the platforms first", exit: reconcile.ExitHuman,
			is: []observed.Package{is("cli", held()), is("cli-linux", held()), is("cli-mac", held())},
			text: []string{
				"cli Published=False/Staged Served=False/Staged Tagged=False/NotServed Complete=False/NotServed +approve(human)[cli-linux: Served, cli-mac: Served]",
				"cli-linux Published=False/Staged Served=False/Staged Tagged=False/NotServed +approve(human)",
				"cli-mac Published=False/Staged Served=False/Staged Tagged=False/NotServed +approve(human)",
			},
		},
		{
			name: "then the entry", exit: reconcile.ExitHuman,
			is: []observed.Package{is("cli", held()), is("cli-linux"), is("cli-mac")},
			text: []string{
				"cli Published=False/Staged Served=False/Staged Tagged=False/NotServed Complete=False/NotServed +approve(human)",
			},
		},
		{
			name: "a platform that was rejected by hand stops all", exit: reconcile.ExitPending, policy: approve,
			is: []observed.Package{is("cli", held()), is("cli-linux", absent...), is("cli-mac")},
			text: []string{
				"cli Published=False/Staged Served=False/Staged Tagged=False/NotServed Complete=False/NotServed +approve(human)[cli-linux: Staged, cli-linux: Served]",
				"cli-linux Staged=False/Absent Published=False/Absent Served=False/Absent Tagged=False/NotServed +stage(ci)",
			},
		},
		{
			name: "an entry that was approved by hand is torn, and its platforms wait for nothing", exit: reconcile.ExitPending, policy: approve,
			is: []observed.Package{is("cli", lists("cli-linux", "cli-mac")), is("cli-linux", held()), is("cli-mac", absent...)},
			text: []string{
				"cli Complete=False/PlatformsMissing",
				"cli-linux Published=False/Staged Served=False/Staged Tagged=False/NotServed +approve(human)",
				"cli-mac Staged=False/Absent Published=False/Absent Served=False/Absent Tagged=False/NotServed +stage(ci)",
				"error Torn cli",
			},
		},
		{
			name: "other bytes are to be rejected", exit: reconcile.ExitPending, policy: approve, reviewed: other,
			is: []observed.Package{is("cli", held()), is("cli-linux", held()), is("cli-mac", held())},
			text: []string{
				"cli Published=False/Staged Served=False/Staged Tagged=False/NotServed Complete=False/NotServed " +
					"+approve(human)[cli-linux@1.0.0 to be rejected, and staged again, cli-linux: Served, cli-mac: Served]",
				"cli-linux Staged=False/Conflict Published=False/Conflict Served=False/Conflict Tagged=False/NotServed",
				"cli-mac Published=False/Staged Served=False/Staged Tagged=False/NotServed +approve(human)[cli-linux@1.0.0 to be rejected, and staged again]",
				"error Conflict cli-linux",
			},
			next: "facets-reconcile apply --only reject",
		},
		{
			name: "so is another dist-tag, which nobody can change", exit: reconcile.ExitPending, policy: reject,
			is: []observed.Package{is("cli", absent...), is("cli-linux", held(nextStage)), is("cli-mac", held())},
			text: []string{
				"cli Staged=False/Absent Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed",
				"cli-linux Staged=False/Conflict Published=False/Conflict Served=False/Conflict Tagged=False/NotServed +reject(human)",
				"cli-mac Published=False/Staged Served=False/Staged Tagged=False/NotServed",
				"error Conflict cli-linux",
			},
		},
		{
			name: "nothing else is rejected unless a release is named", exit: reconcile.ExitHuman, policy: reject, given: true,
			is: []observed.Package{is("cli", absent...), is("cli-linux", held()), is("cli-mac")},
			text: []string{
				"cli Staged=False/Absent Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed",
				"cli-linux Published=False/Staged Served=False/Staged Tagged=False/NotServed +reject(human)",
			},
		},
		{
			name: "an approval that would move the dist-tag back waits for a human", exit: reconcile.ExitHuman,
			is: []observed.Package{is("cli", held(), tagged("2.0.0")), is("cli-linux"), is("cli-mac")},
			text: []string{
				"cli Published=False/Staged Served=False/Staged Tagged=True/Superseded Complete=False/NotServed " +
					"+approve(human)[--only reject, then --dist-tag NAME: latest points at 2.0.0, which is higher]",
			},
		},
		{
			name: "what was left of older releases is found", exit: reconcile.ExitPending,
			is:   []observed.Package{is("cli", older, lists("cli-linux", "cli-mac")), is("cli-linux"), is("cli-mac")},
			text: []string{"warning StagedLeftover cli"}, next: "reject",
		},
		{
			name: "blocked stops the approvals of its release", exit: reconcile.ExitHuman,
			is: []observed.Package{is("cli", held()), is("cli-linux", state(observed.Blocked), tagged("0.9.0")), is("cli-mac", held())},
			text: []string{
				"cli Published=False/Staged Served=False/Staged Tagged=False/NotServed Complete=False/NotServed +approve(human)[cli-linux: Served, cli-mac: Served]",
				"cli-linux Served=False/Blocked Tagged=False/NotServed +wait(registry)",
				"cli-mac Published=False/Staged Served=False/Staged Tagged=False/NotServed +approve(human)[cli-linux: Served]",
				"warning Stuck cli-linux",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			snapshot := observed.Snapshot{}
			for _, p := range c.is {
				snapshot[p.Name] = p
			}
			release := cli()
			release.Staged, release.Given = true, c.given
			want := reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1",
				Reviews: map[spec.Name]reconcile.Reviewed{"cli-linux": c.reviewed}}
			plan := reconcile.Diff(want, snapshot, c.policy)
			g.Expect(strings.Split(text(plan), "\n")).To(Equal(c.text))
			g.Expect(plan.ExitCode()).To(Equal(c.exit))
			if c.next != "" {
				g.Expect(plan.Findings[0].Next).To(ContainSubstring(c.next))
			}
		})
	}
}

func TestWhatIsStagedIsComparedWithWhatWasSent(t *testing.T) {
	differs := fmt.Errorf("index.js: %w", reconcile.ErrDiffers)
	for name, c := range map[string]struct {
		sent     reconcile.Sent
		reviewed reconcile.Reviewed
		reported bool
		wrong    string
	}{
		"the same":                          {reconcile.Sent{Version: "1.0.0", Integrity: "a"}, reconcile.Reviewed{Review: reconcile.Review{Integrity: "a"}}, true, ""},
		"the same, another build here":      {reconcile.Sent{Version: "1.0.0", Integrity: "a"}, reconcile.Reviewed{Review: reconcile.Review{Integrity: "a"}, Err: differs}, true, ""},
		"others":                            {reconcile.Sent{Version: "1.0.0", Integrity: "b"}, reconcile.Reviewed{Review: reconcile.Review{Integrity: "a"}}, false, "other bytes than its pipeline"},
		"of another version":                {reconcile.Sent{Version: "0.9.0", Integrity: "b"}, reconcile.Reviewed{Review: reconcile.Review{Integrity: "a"}}, false, ""},
		"nothing is known of what was sent": {reconcile.Sent{}, reconcile.Reviewed{Review: reconcile.Review{Integrity: "a"}, Err: differs}, false, "not what this release is"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.sent.Commit, c.reviewed.ID = "c0ffee", "id-of-cli-linux"
			release := cli()
			release.Staged = true
			plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1",
				Reviews: map[spec.Name]reconcile.Reviewed{"cli-linux": c.reviewed}, Sent: map[spec.Name]reconcile.Sent{"cli-linux": c.sent}},
				observed.Snapshot{"cli": is("cli", held()), "cli-linux": is("cli-linux", held()), "cli-mac": is("cli-mac", held())}, reconcile.Policy{})
			p := plan.Packages()[1]
			g.Expect(p.Stage.Reported).To(Equal(c.reported))
			g.Expect(p.Stage.Commit == "c0ffee").To(Equal(c.reported))
			staged, _ := p.Condition(reconcile.Staged)
			if c.wrong == "" {
				g.Expect(staged.Status).To(Equal(reconcile.True))
			} else {
				g.Expect(staged).To(And(HaveField("Status", reconcile.False), HaveField("Message", ContainSubstring(c.wrong))))
			}
		})
	}
}
