package spec

import (
	"encoding/json"
	"maps"
	"slices"
)

// Manifest is what a registry says of one version: the part of GET /<package>/<version> that convergence rests on.
type Manifest struct {
	Name                 Name          `json:"name"`
	Version              Version       `json:"version"`
	Description          Prose         `json:"description,omitempty"`
	OS                   List          `json:"os,omitempty"`
	CPU                  List          `json:"cpu,omitempty"`
	Libc                 List          `json:"libc,omitempty"`
	OptionalDependencies Dependencies  `json:"optionalDependencies,omitempty"`
	Dependencies         Dependencies  `json:"dependencies,omitempty"`
	PeerDependencies     Dependencies  `json:"peerDependencies,omitempty"`
	PeerDependenciesMeta PeerMeta      `json:"peerDependenciesMeta,omitempty"`
	Bundled              Bundle        `json:"bundleDependencies,omitempty"`
	BundledOtherwise     Bundle        `json:"bundledDependencies,omitempty"` // the field's other name
	Bin                  Commands      `json:"bin,omitempty"`
	Deprecated           Text          `json:"deprecated,omitempty"`
	GitHead              string        `json:"gitHead,omitempty"`
	Repository           Repository    `json:"repository,omitempty"`
	Dist                 Dist          `json:"dist"`
	ContentPolicy        ContentPolicy `json:"contentPolicy,omitzero"`
	Publisher            *Publisher    `json:"_npmUser,omitempty"`
}

// Platform returns the fields that decide where the version installs.
func (m Manifest) Platform() Platform { return Platform{OS: m.OS, CPU: m.CPU, Libc: m.Libc} }

// Listed returns the dependencies among which an entry names its platforms: optional ones, which npm prefers where a name stands in both,
// and hard ones.
func (m Manifest) Listed() Dependencies {
	listed := Dependencies{}
	maps.Copy(listed, m.Dependencies)
	maps.Copy(listed, m.OptionalDependencies)
	return listed
}

// Brings tells whether the tarball brings the dependency along, so that no registry is asked for it.
func (m Manifest) Brings(name string) bool {
	return m.Bundled.Holds(name) || m.BundledOtherwise.Holds(name)
}

// Dependencies are names with versions, ranges or dist-tags. What is no text is left out, as npm does.
type Dependencies map[string]string

// UnmarshalJSON takes what old versions have in the place of an object for none.
func (d *Dependencies) UnmarshalJSON(data []byte) error {
	*d = nil
	var all map[string]any
	if json.Unmarshal(data, &all) != nil {
		return nil //nolint:nilerr // npm takes a list, or a text, for no dependencies
	}
	for name, wanted := range all {
		if text, ok := wanted.(string); ok {
			if *d == nil {
				*d = Dependencies{}
			}
			(*d)[name] = text
		}
	}
	return nil
}

// PeerMeta tells which peer dependencies may be missing.
type PeerMeta map[string]struct{ Optional bool }

// UnmarshalJSON takes what is no such object for none.
func (m *PeerMeta) UnmarshalJSON(data []byte) error {
	var all map[string]struct{ Optional bool }
	if json.Unmarshal(data, &all) == nil {
		*m = all
	}
	return nil
}

// Bundle names the dependencies that a tarball brings along.
type Bundle []string

// UnmarshalJSON takes a list of names, or true for all of them; what is of another form is none.
func (b *Bundle) UnmarshalJSON(data []byte) error {
	*b = nil
	if string(data) == "true" {
		*b = Bundle{"*"}
		return nil
	}
	var names []string
	if json.Unmarshal(data, &names) == nil {
		*b = names
	}
	return nil
}

// Holds tells whether the tarball brings the dependency along.
func (b Bundle) Holds(name string) bool { return slices.Contains(b, name) || slices.Contains(b, "*") }

// Dist locates and identifies a version's tarball.
type Dist struct {
	Integrity Integrity `json:"integrity,omitempty"`
	Shasum    string    `json:"shasum,omitempty"`  // sha1, hex
	Tarball   string    `json:"tarball,omitempty"` // absolute URL, on any host

	Attestations json.RawMessage `json:"attestations,omitempty"` // in whatever form; see Standing
}

// Publisher is who published a version. TrustedPublisher is there for versions published through an ID token.
type Publisher struct {
	Name             string          `json:"name,omitempty"`
	TrustedPublisher *PublishedWith  `json:"trustedPublisher,omitempty"`
	Approver         json.RawMessage `json:"approver,omitempty"` // of a staged version, in whatever form
}

// PublishedWith says with which trusted publisher of the package a version was published.
type PublishedWith struct {
	ID     string `json:"id,omitempty"`           // its CI system: "github", "gitlab", "circleci"
	Config string `json:"oidcConfigId,omitempty"` // "oidc:" and a UUID, as npm serves it
}

// List is a JSON list of strings for which registries also serve a single string.
type List []string

// UnmarshalJSON takes a list, one string, or null.
func (l *List) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = nil
		if one != "" {
			*l = List{one}
		}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return err
	}
	*l = many
	return nil
}

// Commands are those that a version has, each with its file. Registries serve them by name; what is of another form counts as none.
type Commands map[string]string

// UnmarshalJSON takes an object of strings. A path alone, as old versions have it, is no reason not to read the rest.
func (c *Commands) UnmarshalJSON(data []byte) error {
	var named map[string]Text
	*c = nil
	if json.Unmarshal(data, &named) != nil {
		return nil //nolint:nilerr // see above
	}
	for command, file := range named {
		if *c == nil {
			*c = Commands{}
		}
		(*c)[command] = string(file)
	}
	return nil
}

// Prose is a JSON string; what is of another form, on old versions, counts as none.
type Prose string

// UnmarshalJSON takes anything.
func (p *Prose) UnmarshalJSON(data []byte) error {
	*p = ""
	_ = json.Unmarshal(data, (*string)(p)) // see above
	return nil
}

// Text is a JSON string for which registries also serve a boolean; false is "", true is "true".
type Text string

// UnmarshalJSON takes a string, a boolean, or null.
func (t *Text) UnmarshalJSON(data []byte) error {
	var flag bool
	if json.Unmarshal(data, &flag) == nil {
		*t = ""
		if flag {
			*t = "true"
		}
		return nil
	}
	return json.Unmarshal(data, (*string)(t))
}
