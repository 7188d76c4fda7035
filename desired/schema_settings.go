package desired

import "github.com/agent-facets/facets-reconcile/internal/npm/spec"

const ownSettings = "Each instead of that of spec."

func settingsSchema(description string) node {
	message := textOf("What npm says to whoever installs one of them, in one line; an empty one takes a warning away.", `^[^\x00-\x1f\x7f]*$`)
	message["maxLength"] = maxMessage
	return objectOf(description, nil, node{
		"access": accessSchema("Who may read it, also where it exists already. Only names with a scope can be restricted."),
		"tokens": node{"description": "Whether tokens may publish it. They are forbidden only once something was published by ID token.",
			"enum": []spec.Tokens{spec.TokensForbidden, spec.TokensAllowed}},
		"deprecated": listOf("Versions of which npm warns. Of several ranges that include a version the first counts.", 0,
			objectOf("A range of versions, and what is said of them.", []string{"versions", "message"}, node{
				"versions": textOf("As npm deprecate reads it, with prereleases: <1.4.0, 1.x, or * for all.", ""), "message": message,
			})),
	})
}
