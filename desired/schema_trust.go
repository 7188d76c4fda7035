package desired

func trustsSchema() node {
	n := listOf("The pipelines that may publish every package here, where there are several; in the place of trustedPublisher.", 1,
		trustSchema("A pipeline that may publish."))
	n["maxItems"] = maxTrustedPublishers
	return n
}

func trustSchema(description string) node {
	permissions := listOf("What the pipeline may do. If not said: publish, or stage where every group has publish: staged.", 0,
		node{"enum": []Permission{PermissionPublish, PermissionStage}})
	return objectOf(description, []string{"circleci"}, node{"circleci": circleCISchema(), "permissions": permissions})
}

func circleCISchema() node {
	id := func(description string) node { return textOf(description, patternUUID) }
	contexts := listOf("The contexts that the releasing job uses: organisation settings, contexts.", 0, id("A context's ID."))
	contexts["uniqueItems"] = true
	return objectOf("The pipeline, by the values that its ID tokens carry.",
		[]string{"organizationID", "projectID", "pipelineDefinitionID", "vcsOrigin"}, node{
			"organizationID":       id("In CircleCI: organisation settings."),
			"projectID":            id("In CircleCI: project settings."),
			"pipelineDefinitionID": id("In CircleCI: project settings, pipelines."),
			"contextIDs":           contexts,
			"vcsOrigin":            textOf("The repository, without a scheme: github.com/owner/repo.", patternOrigin),
		})
}
