package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// steps are what is left for others to do.
type steps struct {
	seed, trust []spec.Name // for a human with a session
	denied      []spec.Name // exchanged, and refused at the upload
	others      []string    // each a line for whom, and a command
	unconfirmed bool        // somebody is logged in, and could not give a second factor
	failed      bool        // something was tried, and went wrong
}

// left collects what is left to do, without what the reader's own next call of the program does by itself.
func (d Document) left() steps {
	var s steps
	missing := d.packagesWhere(reconcile.Seeded, func(c reconcile.Condition) bool { return c.Reason == reconcile.ReasonMissing })
	// Where it is only the ID token that does not fit, which is Unknown, entering values would not help.
	untrusted := d.packagesWhere(reconcile.Trusted, func(c reconcile.Condition) bool { return c.Status == reconcile.False })
	s.trust = d.nextAfterSeeds()
	for _, p := range d.packages() {
		for _, c := range p.Changes {
			s.unconfirmed = s.unconfirmed || c.Reason == reconcile.ReasonSecondFactor
			s.failed = s.failed || c.Outcome == reconcile.Failed
			switch {
			case c.Outcome == reconcile.Done:
			case c.Action == reconcile.Seed:
				s.seed = add(s.seed, p.OnNpm())
			case c.Action == reconcile.Trust:
				s.trust = add(s.trust, p.OnNpm())
			case c.Reason == reconcile.ReasonNotPermitted:
				s.denied = add(s.denied, p.OnNpm())
			default:
				if c.Stranded() {
					s.first(c, missing, untrusted)
				}
				s.others = add(s.others, step(d.Guide, p, c))
			}
		}
	}
	for _, one := range d.decisions() {
		s.others = append(s.others, fmt.Sprintf("Next, by a human who may publish it, at a terminal: %s:\n  %s\n", one.what, one.command))
	}
	return s
}

// first collects what a human has to do before c can be made, even if that was not asked for.
func (s *steps) first(c reconcile.Change, missing, untrusted map[spec.Name]spec.Name) {
	for _, b := range c.BlockedBy {
		switch {
		case b.Condition == reconcile.Seeded && missing[b.Name] != "":
			s.seed = add(s.seed, missing[b.Name])
		case b.Condition == reconcile.Trusted && untrusted[b.Name] != "":
			s.trust = add(s.trust, untrusted[b.Name])
		}
	}
}

// packagesWhere returns the packages whose condition of type t passes the test, with npm's name for each.
func (d Document) packagesWhere(t reconcile.ConditionType, is func(reconcile.Condition) bool) map[spec.Name]spec.Name {
	names := map[spec.Name]spec.Name{}
	for _, p := range d.packages() {
		if c, ok := p.Condition(t); ok && is(c) {
			names[p.Name] = p.OnNpm()
		}
	}
	return names
}

// step returns what a publish or a dist-tag needs, in the same words for a whole release; "" where it needs nothing.
func step(g Guide, p reconcile.Package, c reconcile.Change) string {
	switch {
	case c.Action == reconcile.Settings && (errors.Is(c.Err, spec.ErrUnsupported) || c.Unprovable()):
		return "" // no command of this program helps
	case c.AwaitsProof():
		return fmt.Sprintf("Next, once its pipeline has released a version, by a human who may publish it, after npm login%s:\n  %s\n", g.Login,
			g.apply("--only settings"))
	case c.Action == reconcile.Settings:
		return fmt.Sprintf("Next, by a human who may publish it, after npm login%s:\n  %s\n", g.Login, g.apply("--only settings"))
	case c.Action == reconcile.Deprecate, c.Reason == reconcile.ReasonRollback:
		return fmt.Sprintf("Next, by a human who may publish it, after npm login%s:\n  %s\n", g.Login, g.apply("--only tag,deprecate"))
	case c.Reason == reconcile.ReasonDeprecated:
		return ""
	case c.Action == reconcile.Tag && c.Reason == reconcile.ReasonDowngrade:
		return fmt.Sprintf("Next, as the dist-tag has moved meanwhile: see where it points, and plan again\n  npm dist-tag ls %s\n", p.OnNpm())
	case c.Action == reconcile.Tag && c.Actor == reconcile.Human:
		return fmt.Sprintf("Next, by a human who may publish it:\n  npm dist-tag add %s %s\n", p.ID(), p.DistTagOnNpm())
	case c.Action == reconcile.Approve, c.Action == reconcile.Reject:
		return "" // as decisions returns these
	case c.Reason == reconcile.ReasonStaged:
		return fmt.Sprintf("Next, by a human who may publish it: look at what was staged, and approve or reject it, by the ID in the list:\n"+
			"  npm stage list %s\n  npm stage approve ID\n", p.OnNpm())
	case !reconcile.KindOf(c.Action).Uploads:
		return ""
	case c.Reason == reconcile.ReasonDowngrade:
		return fmt.Sprintf("Next, if it is meant to be released below what %s points at:\n  %s\n",
			p.DistTagOnNpm(), g.apply("--tag "+p.Tag+" --dist-tag NAME"+g.Staged))
	case c.Stranded() && !c.Barred() && p.Tag != "":
		return fmt.Sprintf("Next, in the release pipeline of %s in %s, or in a checkout of it with an ID token:\n  %s\n",
			p.Tag, providers.Names(g.TrustedPublishers), g.apply("--tag "+p.Tag+g.Staged+g.DistTag))
	}
	return ""
}

// decision is something that a human has to decide about what is staged.
type decision struct{ what, command string }

// Decisions returns the commands by which a human finishes what is staged, for readers who see nothing else of the run.
func (d Document) Decisions() (commands []string) {
	if d.Interrupted {
		return nil // it is not known what is left
	}
	for _, one := range d.decisions() {
		commands = append(commands, one.command)
	}
	return commands
}

// decisions returns the open ones: one for all releases. It leaves releases out for which something else has to come first.
func (d Document) decisions() (open []decision) {
	for _, action := range []reconcile.Action{reconcile.Reject, reconcile.Approve} {
		var tags []string
		waits := false
		for _, p := range d.packages() {
			for _, c := range p.Changes {
				if c.Action == action && c.Outcome != reconcile.Done && !keptBack(c) {
					waits, tags = true, add(tags, p.Tag)
				}
			}
		}
		if !waits {
			continue
		}
		flags, what := "--only "+string(action), "look at what was staged, and approve it as a whole"
		if action == reconcile.Reject {
			what = "see what is wrong with what was staged, and reject it"
		}
		if len(tags) == 1 && action == reconcile.Approve { // to reject by the tag would reject the whole release
			flags += " --tag " + tags[0]
		}
		if action == reconcile.Approve {
			flags += d.Guide.DistTag
		}
		open = append(open, decision{what, d.Guide.apply(flags)})
	}
	return open
}

// keptBack tells whether something other than the platforms has to come before a staged version is approved.
func keptBack(c reconcile.Change) bool {
	return c.Barred() || slices.ContainsFunc(c.BlockedBy, func(b reconcile.Blocker) bool {
		return b.Why != "" || b.Condition == reconcile.Staged
	})
}

// add appends an element unless it is there.
func add[T ~string](all []T, one T) []T {
	if one == "" || slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

// nextSteps tells what a human has to do, by npm's pages and by this program's commands.
func (d Document) nextSteps(b *strings.Builder) {
	if d.Kind != Result && d.Guide.Sandbox {
		return // one actor does it all
	}
	if n := d.newlyTrusted(); n > 0 {
		fmt.Fprintf(b, "%s made or made anew: npm drops one with which nothing is published within two days.\n"+
			"Release the package before that, or keep its trusted publisher in CI with\n  %s\n\n",
			count(n, "trusted publisher"), d.Guide.apply("--only prove"))
	}
	if d.Interrupted {
		return // what is left shows only at the next look
	}
	s := d.left()
	if len(s.seed)+len(s.trust) > 0 {
		switch {
		case s.unconfirmed && d.Guide.OTP:
			b.WriteString("Next, at a terminal where npm's page can be opened, without --otp:\n")
		case s.unconfirmed:
			b.WriteString("Next, at a terminal where npm's page can be opened, or with --otp CODE:\n")
		case d.Guide.Sandbox:
			b.WriteString("Next, by a human who may publish these packages:\n")
		default:
			b.WriteString("Next, by a human who may publish these packages:\n  npm login" + d.Guide.Login + "\n")
		}
		only := "--only seed,trust"
		if d.Guide.Seeding && len(s.seed) == 0 {
			only = "--only trust"
		}
		fmt.Fprintf(b, "  %s\n", d.Guide.apply(only))
	}
	d.byHand(b, s.trust)
	d.permit(b, s.denied)
	for _, step := range s.others {
		b.WriteString(step)
	}
	if s.failed {
		b.WriteString("Next, when what failed is mended, as said above: the same command again. It sends nothing that is there already.\n")
	}
	if s.failed || len(s.seed)+len(s.trust)+len(s.denied)+len(s.others) > 0 {
		b.WriteString("\n")
	}
}

// apply is the command that acts, as it has to be called from where the reader is.
func (g Guide) apply(flags string) string { return "facets-reconcile apply " + flags + g.Flags }

// newlyTrusted counts the trusted publishers that this run made, of packages that were not published since.
func (d Document) newlyTrusted() int {
	n := 0
	for _, p := range d.packages() {
		made, used := false, false
		for _, c := range p.Changes {
			made = made || c.Action == reconcile.Trust && c.Outcome == reconcile.Done &&
				c.Reason != reconcile.ReasonUnlisted && c.Reason != reconcile.ReasonSurplus
			used = used || (reconcile.KindOf(c.Action).Uploads || c.Action == reconcile.Prove) && c.Outcome == reconcile.Done
		}
		if made && !used {
			n++
		}
	}
	return n
}
