package chaos_test

import (
	"cmp"
	"encoding/json"
	"net/http"
)

// restrict keeps the packages from everybody who is not let in.
func (p *play) restrict() error {
	for _, name := range p.packages() {
		if !p.restricted || p.settings.access == "restricted" {
			continue
		}
		err := rewrite(p.stage.dir, p.home(name), func(document map[string]any) error {
			document["access"] = "restricted"
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// access is the one that a publish orders; "" where it leaves the package's as it is.
func (q request) access() string {
	var document struct{ Access string }
	_ = json.Unmarshal(q.body, &document) // null, and what did not arrive whole, orders nothing
	return document.Access
}

// checkAccess: no publish orders an access but the first of a name. In the sandbox every name is there; at another registry it is for
// its sender what that has been shown by the registry itself: an empty list that a fault put in its place shows no name.
func (p *play) checkAccess(requests []request, all records) {
	type sight struct {
		machine int
		name    string
	}
	shown := map[sight]bool{}
	for _, q := range requests {
		switch seen := (sight{q.machine, q.name}); q.op {
		case opTags, opManifest, opPackument:
			shown[seen] = shown[seen] || q.registry == http.StatusOK && q.shows()
		case opPublish, opStage:
			if access := q.access(); access != "" && (p.stage != nil || shown[seen]) {
				p.problem("m%d published %s (request %d) with the access %q, which is there", q.machine, q.name, q.number, access)
			}
		}
	}
	want := "public"
	if p.restricted {
		want = cmp.Or(p.settings.access, "restricted")
	}
	for _, name := range p.packages() {
		if have := all[name].Access; p.stage != nil && have != want && have != "" {
			p.problem("%s is %s in the end, and was %s", name, have, want)
		}
	}
}
