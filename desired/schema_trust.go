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
	n := objectOf(description, nil, node{
		"circleci": circleCISchema(), "github": gitHubSchema(), "gitlab": gitLabSchema(), "permissions": permissions,
	})
	var one []node
	for _, provider := range []string{"circleci", "github", "gitlab"} {
		one = append(one, node{"required": []string{provider}})
	}
	n["oneOf"] = one
	return n
}

func gitHubSchema() node {
	return objectOf("A workflow of GitHub Actions, by the values that its ID tokens carry.", []string{"repository", "workflow"}, node{
		"repository":  textOf("The repository, as owner/repo.", patternOwned),
		"workflow":    textOf("The name of the workflow's file in .github/workflows; of a reusable workflow, the caller's.", patternFile),
		"environment": textOf("The environment that the publishing job names, where it names one.", patternEnvironment),
	})
}

func gitLabSchema() node {
	return objectOf("A pipeline of GitLab.com, by the values that its ID tokens carry.", []string{"project", "configFile"}, node{
		"project":     textOf("The project with all its groups: group/subgroup/project.", patternProject),
		"configFile":  textOf("The name of the pipeline's file: .gitlab-ci.yml, if the project has no other.", patternFile),
		"environment": textOf("The environment that the publishing job names, where it names one.", patternEnvironment),
	})
}

func circleCISchema() node {
	id := func(description string) node { return textOf(description, patternUUID) }
	contexts := listOf("The contexts that the releasing job uses: organisation settings, contexts.", 0, id("A context's ID."))
	contexts["uniqueItems"] = true
	return objectOf("A pipeline of CircleCI, by the values that its ID tokens carry.",
		[]string{"organizationID", "projectID", "pipelineDefinitionID", "vcsOrigin"}, node{
			"organizationID":       id("In CircleCI: organisation settings."),
			"projectID":            id("In CircleCI: project settings."),
			"pipelineDefinitionID": id("In CircleCI: project settings, pipelines."),
			"contextIDs":           contexts,
			"vcsOrigin":            textOf("The repository, without a scheme: github.com/owner/repo.", patternOrigin),
		})
}
