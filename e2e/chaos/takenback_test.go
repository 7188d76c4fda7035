package chaos_test

import (
	"context"
	"errors"
)

// takenBack is what a human points latest at again, where it is taken back: all that there is besides the release.
const takenBack = "0.0.1"

// takeBack has a human take the last release back when all is done, in a fourth of the schedules: they deprecate the entry and move
// its latest. The pipeline of the release that is left runs once more then, and is to leave that as it is; so also behind a rollback
// that has deprecated it.
func (p *play) takeBack(ctx context.Context, r run) {
	if !p.takes || p.quiet.code != 0 {
		return
	}
	if p.sort == sortRollback {
		r = run{tag: "v" + p.rollback.from, build: 1, timeout: r.timeout, concurrency: r.concurrency}
	} else if err := withdraw(p.stage.dir, p.entry(), r.version()); err != nil {
		p.problem("taking %s back: %v", r.tag, err)
		return
	}
	p.taken = p.round(ctx, []run{r})[0]
}

// checkTakenBack: no dist-tag is pointed at a deprecated version by our hand.
func (p *play) checkTakenBack(requests []request, all records) {
	if p.taken == nil {
		return
	}
	for _, q := range p.taken.writes(requests) {
		p.problem("m%d sent %s %s although a human had taken the release back", q.machine, q.method, q.path)
	}
	kept := takenBack
	if p.sort == sortRollback {
		kept = p.rollback.to
	}
	if latest := all[p.entry()].latest(); latest != kept {
		p.problem("latest of %s points at %s, which a human had taken back", p.entry(), latest)
	}
	if p.taken.ends() && p.taken.code != 3 {
		p.problem("m%d ended with %d although a human has to decide", p.taken.id, p.taken.code)
	}
}

// withdraw deprecates a version and moves latest away from it.
func withdraw(dir, name, version string) error {
	return rewrite(dir, name, func(document map[string]any) error {
		versions, _ := document["versions"].(map[string]any)
		release, _ := versions[version].(map[string]any)
		manifest, ok := release["manifest"].(map[string]any)
		tags, tagged := document["tags"].(map[string]any)
		if !ok || !tagged || versions[takenBack] == nil {
			return errors.New("it is not in the sandbox's record")
		}
		manifest["deprecated"] = "taken back"
		tags["latest"] = []string{takenBack}
		return nil
	})
}
