package desired

import (
	"bytes"
	"encoding/json"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// SchemaURL is the address of the schema on this project's main branch. Editors read it from a state file's first line.
const SchemaURL = "https://raw.githubusercontent.com/agent-facets/facets-reconcile/main/docs/desired-state.schema.json"

// SchemaComment is that line: a comment to all but editors with a YAML language server.
const SchemaComment = "# yaml-language-server: $schema=" + SchemaURL

// The schema's patterns for texts. They use only regular expressions that Go and JavaScript share.
// Where a pattern and [Parse] differ, the pattern accepts more; only an empty text, which Parse takes as left out, is refused by it.
const (
	patternUUID        = `^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$`
	patternRepository  = `^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`
	patternOrigin      = `^[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._-]+){2,}$`
	patternOwned       = `^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$`
	patternProject     = `^[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)+$`
	patternFile        = `^[^/\\\x00-\x1f\x7f]+\.ya?ml$`
	patternEnvironment = `^[^$\s\x00-\x1f\x7f]([^$\x00-\x1f\x7f]*[^$\s\x00-\x1f\x7f])?$`
	patternRegistry    = `^https?://[^/?#@]+(/[^?#]*)?$`
	patternName        = `^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$`
	patternPlatform    = `^[a-z0-9@/._-]*(\{target\}[a-z0-9@/._-]*)?$`
	patternAlias       = `^[a-z0-9@/._-]*\{target\}[a-z0-9@/._-]*$`
	patternVersions    = `^\{version\}-[0-9A-Za-z.-]*\{target\}[0-9A-Za-z.-]*$`
	patternTargetTag   = `^[A-Za-z0-9_.!~*'()-]*\{target\}[A-Za-z0-9_.!~*'()-]*$`
	patternNumber      = `(0|[1-9][0-9]*)`
	patternPrerelease  = `-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*`
	patternVersion     = `^` + patternNumber + `\.` + patternNumber + `\.` + patternNumber + `(` + patternPrerelease + `)?$`
	patternRange       = `^~?v?([0-9]+|[xX*])(\.([0-9]+|[xX*])){0,2}(` + patternPrerelease + `)?$`
	patternDistTag     = `^[A-Za-z0-9_.!~*'()-]+$`
	patternDay         = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
	patternTagText     = `[^{}\x00-\x20\x7f~^:?*\[\\]*`
	patternOwnTag      = `^` + patternTagText + `\{version\}` + patternTagText + `$`
	patternTag         = `^` + patternTagText + `(\{version\}` + patternTagText + `(\{package\}` + patternTagText + `)?|` +
		`\{package\}` + patternTagText + `\{version\}` + patternTagText + `)$`
)

// Schema returns the JSON Schema (draft 2020-12) of the state file, indented. It checks fields, kinds of values and their forms. What a
// schema cannot check is left to [Parse]: names that are declared twice, tags that would name two releases, targets whose os and cpu do
// not follow from their names, trusted publishers that may not do what a group needs.
func Schema() ([]byte, error) {
	schema := objectOf("What a project wants on npm: its packages, who may publish them, and the git tags that ask for releases.",
		[]string{"apiVersion", "kind", "spec"}, node{
			"apiVersion": node{"description": "The version of this format.", "const": APIVersion},
			"kind":       node{"description": "What this file is.", "const": Kind},
			"metadata": objectOf("Names the state, for reports.", nil, node{
				"name": textOf("The project's name.", `^[a-z0-9][a-z0-9.-]*$`),
			}),
			"spec": specSchema(),
		})
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["$id"] = SchemaURL
	schema["$defs"] = node{"platforms": platformsSchema()}
	schema["title"] = "facets-reconcile: desired state"

	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(schema)
	return out.Bytes(), err
}

// node is a schema, or a part of one.
type node map[string]any

// objectOf is the schema of a mapping: of these fields and no others.
func objectOf(description string, required []string, properties node) node {
	n := node{"description": description, "type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		n["required"] = required
	}
	return n
}

// textOf is the schema of a text; an empty pattern accepts every text but the empty one.
func textOf(description, pattern string) node {
	n := node{"description": description, "type": "string"}
	if pattern == "" {
		n["minLength"] = 1
	} else {
		n["pattern"] = pattern
	}
	return n
}

// listOf is the schema of a list with at least so many elements.
func listOf(description string, least int, items node) node {
	n := node{"description": description, "type": "array", "items": items}
	if least > 0 {
		n["minItems"] = least
	}
	return n
}

func specSchema() node {
	n := objectOf("What should be.", []string{"groups"}, node{
		"source": objectOf("The repository whose tags ask for releases. Without it only --tag, the job's tag and pinned versions do.",
			[]string{"github"}, node{"github": textOf("On GitHub, as owner/repo.", patternRepository)}),
		"registry": textOf("The registry's URL, after --registry and npm_config_registry; without it .npmrc says, "+
			"then npm config get registry. It holds no credentials.", patternRegistry),
		"trustedPublisher": trustSchema("The pipeline that may publish every package here without a stored token. Without it the " +
			"condition Trusted is left out, and apply publishes with the token of .npmrc."),
		"trustedPublishers": trustsSchema(),
		"placeholder": objectOf("What takes a name before its first release.", nil, node{
			"version": versionSchema("The placeholder's version.", defaultPlaceholder),
		}),
		"access": accessSchema("Who may read a package of this file that does not exist yet; public if not said. " +
			"That of one which exists is never changed."),
		"settings": settingsSchema("What npm keeps of every package beside its versions. A human's apply --only settings sets it, and what is " +
			"not said is left as it is."),
		"compression": node{"description": "Whether directories are packed fast or small; balanced if not said.",
			"enum": []Compression{CompressionFast, CompressionBalanced, CompressionSmall}},
		"provenance": provenanceSchema("Whether versions are published with a signed statement of where they were built: where npm would " +
			"(auto), or else not at all (required), or never (off); auto if not said."),
		"artifactAllow": allowSchema("every package"),
		"accept":        acceptSchema(),
		"groups":        listOf("The packages, in groups that share their form of tags.", 1, groupSchema()),
	})
	n["not"] = node{"required": []string{"trustedPublisher", "trustedPublishers"}}
	return n
}

func versionSchema(description string, otherwise spec.Version) node {
	n := textOf(description, patternVersion)
	if otherwise != "" {
		n["default"] = otherwise
	}
	return n
}
