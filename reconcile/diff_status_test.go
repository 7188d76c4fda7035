package reconcile_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// numbered are the numbers that a package has used.
func numbered(removed ...spec.Version) func(*observed.Package) {
	return func(p *observed.Package) {
		p.Numbers = &spec.Numbers{Served: []spec.Version{"0.0.1"}, Removed: removed}
	}
}

func TestWhatTheRegistrySaysOfAVersionDecidesOverItsWholeRelease(t *testing.T) {
	absent := []func(*observed.Package){state(observed.Absent), tagged("0.9.0")}
	entry := is("cli", absent...)
	mac := is("cli-mac", absent...)
	linux := func(s observed.State) observed.Package { return is("cli-linux", state(s), tagged("0.9.0")) }
	const waits = " Tagged=False/NotServed"
	for _, c := range []struct {
		name    string
		is      []observed.Package
		text    []string
		exit    int
		message string // of the first finding
		next    string
	}{
		{
			name: "validating is a wait like any other", exit: reconcile.ExitPending,
			is: []observed.Package{entry, linux(observed.Validating), mac},
			text: []string{
				"cli Published=False/Absent Served=False/Absent" + waits + " Complete=False/NotServed +publish(ci)[cli-linux: Served, cli-mac: Served]",
				"cli-linux Served=False/Validating" + waits + " +wait(registry)",
				"cli-mac Published=False/Absent Served=False/Absent" + waits + " +publish(ci)",
			},
		},
		{
			name: "a platform of an entry that is being scanned", exit: reconcile.ExitWaiting,
			is: []observed.Package{is("cli", state(observed.Validating), tagged("0.9.0")), linux(observed.Absent), is("cli-mac")},
			text: []string{
				"cli Served=False/Validating" + waits + " Complete=False/NotServed +wait(registry)",
				"cli-linux Published=False/EntryAccepted Served=False/EntryAccepted",
			},
		},
		{
			name: "staged waits for a human, and so does all of its release", exit: reconcile.ExitPending,
			is: []observed.Package{entry, linux(observed.Staged), mac},
			text: []string{
				"cli Published=False/Absent Served=False/Absent" + waits + " Complete=False/NotServed " +
					"+publish(ci)[a human to approve or reject cli-linux@1.0.0, which is staged, cli-linux: Served, cli-mac: Served]",
				"cli-linux Published=False/Staged Served=False/Staged" + waits + " +wait(human)",
				"cli-mac Published=False/Absent Served=False/Absent" + waits + " +publish(ci)[a human to approve or reject cli-linux@1.0.0, which is staged]",
			},
		},
		{
			name: "blocked is Stuck", exit: reconcile.ExitPending,
			is: []observed.Package{entry, linux(observed.Blocked), mac},
			text: []string{
				"cli Published=False/Absent Served=False/Absent" + waits + " Complete=False/NotServed +publish(ci)[cli-linux: Served, cli-mac: Served]",
				"cli-linux Served=False/Blocked" + waits + " +wait(registry)",
				"cli-mac Published=False/Absent Served=False/Absent" + waits + " +publish(ci)[cli-linux: Served]",
				"warning Stuck cli-linux",
			},
			message: "status blocked", next: "appeal to npm's support",
		},
		{
			name: "burnt is an error", exit: reconcile.ExitError,
			is: []observed.Package{entry, is("cli-linux", state(observed.Burnt), tagged("0.9.0"), numbered("1.0.0", "1.3.0", "0.1.0")), mac},
			text: []string{
				"cli Published=False/Absent Served=False/Absent" + waits + " Complete=False/NotServed " +
					"+publish(ci)[another number: 1.0.0 of cli-linux is burnt, cli-linux: Served, cli-mac: Served]",
				"cli-linux Published=False/Burnt Served=False/Burnt" + waits,
				"cli-mac Published=False/Absent Served=False/Absent" + waits + " +publish(ci)[another number: 1.0.0 of cli-linux is burnt]",
				"error Burnt cli-linux",
			},
			message: "cli-linux@1.0.0 was deleted", next: "release 1.3.1",
		},
		{
			name: "a number is free where it is free in every package of the release", exit: reconcile.ExitError,
			is: []observed.Package{
				is("cli", state(observed.Absent), tagged("0.9.0"), numbered("1.4.0")), linux(observed.Burnt), is("cli-mac", state(observed.Absent), tagged("1.0.0-rc.1")),
			},
			text: []string{
				"cli Published=False/Absent Served=False/Absent" + waits + " Complete=False/NotServed " +
					"+publish(ci)[another number: 1.0.0 of cli-linux is burnt, cli-linux: Served, cli-mac: Served]",
				"cli-linux Published=False/Burnt Served=False/Burnt" + waits,
				"cli-mac Published=False/Absent Served=False/Absent" + waits + " +publish(ci)[another number: 1.0.0 of cli-linux is burnt]",
				"error Burnt cli-linux",
			},
			next: "release 1.4.1",
		},
		{
			name: "a platform of a served entry whose number is burnt cannot be published", exit: reconcile.ExitError,
			is: []observed.Package{is("cli", lists("cli-linux", "cli-mac")), linux(observed.Burnt), is("cli-mac")},
			text: []string{
				"cli Complete=False/PlatformsMissing", "cli-linux Published=False/Burnt Served=False/Burnt" + waits,
				"error Torn cli", "error Burnt cli-linux",
			},
			message: "lists platforms that are not served: cli-linux@1.0.0", next: "release 1.0.1",
		},
		{
			name: "of a platform that the served entry does not list nothing is said", exit: reconcile.ExitOK,
			is:   []observed.Package{is("cli", lists("cli-mac")), linux(observed.Burnt), is("cli-mac")},
			text: []string{"cli-linux Published=False/NextRelease Served=False/NextRelease"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			snapshot := observed.Snapshot{}
			for _, p := range c.is {
				snapshot[p.Name] = p
			}
			plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{cli()}, Placeholder: "0.0.1"}, snapshot, reconcile.Policy{})
			g.Expect(text(plan)).To(Equal(strings.Join(c.text, "\n")))
			g.Expect(plan.ExitCode()).To(Equal(c.exit))
			if c.message+c.next != "" {
				g.Expect(plan.Findings[0].Message).To(ContainSubstring(c.message))
				g.Expect(plan.Findings[0].Next).To(ContainSubstring(c.next))
				g.Expect(plan.Findings[0].Next).NotTo(ContainSubstring("publish what is missing"))
			}
		})
	}
}
