package chaos_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
)

// takenBack is what a human points latest at again, where it is taken back: all that there is besides the release.
const takenBack = "0.0.1"

// takeBack has a human take the last release back when all is done, on every fourth stage: they deprecate the entry and move its
// latest. The release's own pipeline runs once more then, and is to leave that as it is.
func (p *play) takeBack(ctx context.Context, r run) {
	if p.stage == nil || p.seed%4 != 0 || p.quiet.code != 0 {
		return
	}
	version := strings.TrimPrefix(r.tag, "v")
	if err := withdraw(p.stage.dir, p.entry(), version); err != nil {
		p.problem("taking %s back: %v", version, err)
		return
	}
	p.taken = p.round(ctx, []run{r})[0]
}

// checkTakenBack: no dist-tag is pointed at a deprecated version by our hand.
func (p *play) checkTakenBack(requests []request, all records) {
	if p.taken == nil {
		return
	}
	for _, q := range requests {
		if q.machine == p.taken.id && q.method != http.MethodGet && q.method != http.MethodHead && q.op != opExchange {
			p.problem("m%d sent %s %s although a human had taken the release back", q.machine, q.method, q.path)
		}
	}
	if latest := all[p.entry()].latest(); latest != takenBack {
		p.problem("latest of %s points at %s, which a human had taken back", p.entry(), latest)
	}
	if p.taken.ends() && p.taken.code != 3 {
		p.problem("m%d ended with %d although a human has to decide", p.taken.id, p.taken.code)
	}
}

// withdraw deprecates a version and moves latest away from it. Nobody else may change the sandbox meanwhile.
func withdraw(dir, name, version string) error {
	var document map[string]any
	data, err := os.ReadFile(recordFile(dir, name))
	if err := errors.Join(err, json.Unmarshal(data, &document)); err != nil {
		return err
	}
	versions, _ := document["versions"].(map[string]any)
	release, _ := versions[version].(map[string]any)
	manifest, ok := release["manifest"].(map[string]any)
	tags, tagged := document["tags"].(map[string]any)
	if !ok || !tagged || versions[takenBack] == nil {
		return errors.New("it is not in the sandbox's record")
	}
	manifest["deprecated"] = "taken back"
	tags["latest"] = []string{takenBack}
	if data, err = json.Marshal(document); err != nil {
		return err
	}
	return os.WriteFile(recordFile(dir, name), data, 0o600)
}
