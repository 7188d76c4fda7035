package chaos_test

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
)

// age gives the packages what was there before: older versions, what another pipeline publishes, another trusted publisher.
func (p *play) age() error {
	var err error
	for _, name := range p.packages() {
		b, _, _ := p.find(name)
		err = errors.Join(err, rewrite(p.stage.dir, p.home(name), func(document map[string]any) (err error) {
			if b.given {
				err = release(document, b.version, p.began.Add(p.scan[name]), publisherOf(document))
			}
			if p.settings.any() {
				err = errors.Join(err, p.ageOne(document, name))
			}
			return err
		}))
		if b.given {
			err = errors.Join(err, copyTarball(p.stage.dir, name, b.version))
		}
	}
	return err
}

// ageOne gives a package older versions, to which its dist-tag points where it has no others, and another trusted publisher.
func (p *play) ageOne(document map[string]any, name string) error {
	by := ""
	switch {
	case p.settings.proven && p.settings.stranger:
		by = stranger
	case p.settings.proven:
		by = publisherOf(document)
	}
	versions := []string{tried, former}
	if name == p.entry() && p.oneName {
		versions = append(versions, elsewhere)
	}
	for _, version := range versions {
		_, number := p.onNpm(name, version)
		if err := release(document, number, p.began, by); err != nil {
			return err
		}
		if version == tried {
			inside(document, "versions", number, "manifest")["deprecated"] = triedText
		}
	}
	tags := inside(document, "tags")
	if pointed, _ := tags[p.tagOf(name)].([]any); len(pointed) == 0 || pointed[len(pointed)-1] == takenBack {
		_, number := p.onNpm(name, former)
		tags[p.tagOf(name)] = []string{number}
	}
	if !p.settings.stranger || p.home(name) != name {
		return nil
	}
	all, _ := document["trust"].([]any)
	other, err := copyOf(all[0])
	if err != nil {
		return err
	}
	config := inside(other, "config")
	config["id"], inside(config, "claims")[circleci.ClaimProject] = stranger, stranger
	document["trust"] = append(all, other)
	return nil
}

// stranger is the ID of a trusted publisher that the state file does not have.
const stranger = "0b5f0a0e-6c2f-4a1e-9d37-999999999999"

// publisherOf is the ID of the trusted publisher that a package has from the start.
func publisherOf(document map[string]any) string {
	all, _ := document["trust"].([]any)
	first, _ := all[0].(map[string]any)
	id, _ := inside(first, "config")["id"].(string)
	return id
}

// release adds a version to a package's record, like that of its placeholder, published by a trusted publisher, or "".
func release(document map[string]any, version string, served time.Time, by string) error {
	one, err := copyOf(inside(document, "versions", takenBack))
	if err != nil {
		return err
	}
	manifest := inside(one, "manifest")
	manifest["version"], one["served"] = version, served.Format(time.RFC3339Nano)
	if by != "" {
		manifest["_npmUser"] = map[string]any{"name": "ci", "trustedPublisher": map[string]any{"id": circleci.Type, "oidcConfigId": by}}
	}
	inside(document, "versions")[version] = one
	return nil
}

// inside is the object that stands at a path in a document.
func inside(document map[string]any, path ...string) map[string]any {
	for _, key := range path {
		document, _ = document[key].(map[string]any)
	}
	return document
}

func copyOf(value any) (document map[string]any, err error) {
	data, err := json.Marshal(value)
	return document, errors.Join(err, json.Unmarshal(data, &document))
}
