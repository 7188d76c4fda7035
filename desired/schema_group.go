package desired

import (
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const maxNameLength = 214 // npm's limit

func groupSchema() node {
	group := objectOf("Either an entry with its platforms, released together at one version, or packages that are released one by one.",
		[]string{"name", "tag"}, node{
			"name": textOf("Names the group on the command line (--group).", `^[a-z0-9-]+$`),
			"tag": textOf("The form of its git tags: {version} once, and {package} where each package has tags of its own. "+
				"A tag without it releases all packages whose groups have the same form.",
				patternTag),
			"version":           versionSchema("Pins the entry and its platforms to a version, before the tags on GitHub.", ""),
			"rollback":          rollbackSchema(),
			"withdrawn":         withdrawnSchema(),
			"distTag":           distTagSchema("The dist-tag of its releases.", spec.Latest),
			"prereleaseDistTag": distTagSchema("The dist-tag of its prereleases.", defaultPrereleaseDistTag),
			"prereleases":       node{"description": "The highest tag on GitHub may be a prerelease.", "type": "boolean", "default": false},
			"publish":           publishingSchema(),
			"provenance":        provenanceSchema("Instead of that of spec."),
			"entry": objectOf("The package that users install. It is published last.", []string{"package"}, node{
				"package":       nameSchema(),
				"artifact":      artifactSchema("{package} and {version}", `package|version`),
				"artifactAllow": allowSchema("the package"),
				"access":        accessSchema(ownAccess),
				"settings":      settingsSchema(ownSettings),
			}),
			"platforms": node{"description": "The entry's packages, one for each target: one block, or several.",
				"if": node{"type": "array"}, "then": listOf("Several blocks of platforms.", 1, platformsRef()), "else": platformsRef()},
			"packages": listOf("Packages with a version and a tag of their own.", 1,
				pinned("A package that is released by itself.", node{
					"package":       nameSchema(),
					"artifact":      artifactSchema("{package} and {version}", `package|version`),
					"artifactAllow": allowSchema("the package"),
					"version":       versionSchema("Pins the package to a version, before the tags on GitHub.", ""),
					"rollback":      rollbackSchema(),
					"withdrawn":     withdrawnSchema(),
					"access":        accessSchema(ownAccess),
					"settings":      settingsSchema(ownSettings),
				})),
			"workspace": objectOf("Where packages are looked for that this file should declare and does not.", nil, node{
				"root":    textOf("The workspace's folder, relative to this file.", `^([^/\\][^\\]*)?$`),
				"include": listOf("Patterns of the names to declare; all if there are none.", 0, textOf("As @scope/*.", "")),
				"exclude": listOf("Patterns of the names to leave out.", 0, textOf("As @scope/cli-*.", "")),
			}),
		})
	group["oneOf"] = []node{
		{"required": []string{"entry", "platforms"}, "properties": node{"packages": false}},
		{"required": []string{"packages"}, "properties": node{
			"entry": false, "platforms": false, "version": false, "rollback": false, "withdrawn": false,
		}},
	}
	group["allOf"] = []node{backToVersion()}
	return group
}

func platformsRef() node { return node{"$ref": "#/$defs/platforms"} }

func platformsSchema() node {
	words := func(field string, known []string) node {
		one := node{"anyOf": []node{{"enum": known}, textOf("Shut out, as !win32; or a word that no machine has.", "")}}
		return node{"description": "What npm compares with the machine's " + field + "; an empty list means any.",
			"oneOf": []node{one, listOf("Several.", 0, one)}}
	}
	n := objectOf("A block of packages, one for each target.", nil, node{
		"version": node{"description": "Pins them to a version of their own: they are released apart from the entry, which lists them at it. " +
			"Of platforms that are versions of one package: the form of these versions; " + defaultVersions + " if not said.",
			"type": "string", "pattern": patternVersion + "|" + patternVersions},
		"tag":   textOf("The form of git tags of their own: they are released apart from the entry, by these.", patternOwnTag),
		"group": textOf("They are the platforms of another group: two entries share them.", `^[a-z0-9-]+$`),

		"package": textOf("The form of their names: {target} once; or, without {target}, the one package whose versions they are.",
			patternPlatform),
		"alias": textOf("Of platforms that are versions of one package: the form of the names by which the entry lists them.", patternAlias),
		"distTag": textOf("Of platforms that are versions of one package: the form of the dist-tags of these versions, under the group's "+
			"distTag; under another one that stands before it: next-linux-x64. "+defaultDistTag+" if not said.", patternTargetTag),
		"artifact":      artifactSchema("{target}, {package} and {version}", `target|package|version`),
		"artifactAllow": allowSchema("each of them"),
		"access":        accessSchema(ownAccess),
		"settings":      settingsSchema(ownSettings),
		"listedUnder":   listingSchema("Where the entry's package.json names them."),
		"targets": listOf("The platforms, in the project's own words: linux-x64-musl.", 1, node{
			"description": "A target's name, or its fields where os and cpu cannot be told from the name.",
			"oneOf": []node{
				textOf("The name, from which os and cpu follow.", ""),
				objectOf("The name, with what does not follow from it.", []string{"name"}, node{
					"name": textOf("The target's name.", ""),
					"os":   words("process.platform", spec.Systems()),
					"cpu":  words("process.arch", spec.Processors()),
					"libc": words("C library, on linux; it is never told from the name", spec.Libcs()),

					"listedUnder": listingSchema("Where the entry's package.json names this one, if elsewhere than the others."),
				}),
			},
		}),
	})
	n["if"] = node{"required": []string{"group"}}
	n["then"] = node{"maxProperties": 1}
	n["else"] = node{"required": []string{"package", "targets"}}
	return n
}

func listingSchema(description string) node {
	return node{"description": description + " Of what stands under nothing the entry knows nothing: it is released with it all the same.",
		"enum": listings(), "default": UnderOptional}
}

const ownAccess = "Instead of that of spec. Only names with a scope can be restricted."

func accessSchema(description string) node {
	return node{"description": description, "enum": []spec.Access{spec.AccessPublic, spec.AccessRestricted}}
}

func nameSchema() node {
	n := textOf("The package's name on npm.", patternName)
	n["maxLength"] = maxNameLength
	return n
}

func artifactSchema(holes, pattern string) node {
	return textOf("Where a build leaves what is to be published: a folder or a .tgz, relative to this file. It may hold "+holes+
		", and globs. Without it the package can be planned, not published.", `^[^{]*(\{(`+pattern+`)\}[^{]*)*$`)
}

func allowSchema(of string) node {
	return listOf("Files that "+of+" may hold although a check of what must not leave is against them: patterns of paths in the package, "+
		"with ** for any number of folders; one without a slash is a name in any folder.", 0,
		textOf("As test/keys/*.pem.", `^[^/\\][^\\]*$`))
}

func distTagSchema(description string, otherwise spec.DistTag) node {
	n := textOf(description, patternDistTag)
	n["not"] = node{"pattern": patternRange}
	n["default"] = otherwise
	return n
}

// pinned is the schema of a package with a version of its own.
func pinned(description string, properties node) node {
	n := objectOf(description, []string{"package"}, properties)
	n["allOf"] = []node{backToVersion()}
	return n
}

// backToVersion requires a pinned version beside rollback: true.
func backToVersion() node {
	return node{
		"if":   node{"required": []string{"rollback"}, "properties": node{"rollback": node{"const": true}}},
		"then": node{"required": []string{"version"}},
	}
}

func rollbackSchema() node {
	return node{"description": "The dist-tag goes to the pinned version, also where it points higher. A human's apply does it.",
		"type": "boolean", "default": false}
}

func withdrawnSchema() node {
	message := textOf("What npm says to whoever installs it, in one line.", `^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$`)
	message["maxLength"] = maxMessage
	return listOf("Released versions that nobody should install any more: they are deprecated, the platforms with their entry.", 0,
		objectOf("A version, and why.", []string{"version", "message"}, node{
			"version": versionSchema("The version.", ""), "message": message,
		}))
}
