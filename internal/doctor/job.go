package doctor

import "slices"

// jobDifferences lists how the job differs from the one that may publish. It leaves out differences that follow from a wider one: another
// organisation always has other projects, pipelines and contexts.
func (v view) jobDifferences() []Cause {
	var differ, follow []string
	for _, d := range v.provider.Differences(v.claims, v.want) {
		differ = append(differ, d.Claim)
		follow = append(follow, v.provider.Facts().Follows[d.Claim]...)
	}
	causes := v.barred()
	for _, claim := range v.wanted() {
		if slices.Contains(differ, claim) && !slices.Contains(follow, claim) {
			causes = append(causes, v.difference(claim))
		}
	}
	return causes
}

// barred lists why npm refuses the job whatever else fits.
func (v view) barred() (causes []Cause) {
	for _, bar := range v.provider.Bars(v.claims) {
		if bar.Cause != nil {
			causes = append(causes, Cause(*bar.Cause))
		}
	}
	return causes
}

// difference explains a claim that differs.
func (v view) difference(claim string) Cause {
	return Cause(v.provider.Explain(claim, v.claims, v.want, v.moved()))
}

// moved returns the end of a sentence: how the state file follows the job.
func (v view) moved() string {
	return "put its values into the state file, then a human runs: " + v.calling.command("apply --only trust")
}

// onRunner tells whether the job seems to run on a self-hosted runner.
func (v view) onRunner() bool { return v.provider.SelfHosted(v.claims, nil) != "" }

// hosted tells whether the ID token says that the provider owns the machine.
func (v view) hosted() bool {
	claim := v.provider.Facts().Runner
	return claim != "" && len(v.claims.Job.Values(claim)) > 0 && !v.onRunner()
}

// doubts lists possible causes of a refusal where nothing differs.
func (v view) doubts() (causes []Cause) {
	for _, doubt := range v.provider.Doubts(v.claims, v.want, v.moved()) {
		causes = append(causes, Cause(doubt))
	}
	return causes
}

// runner is a cause that cannot be checked here: npm's documentation says that it takes ID tokens of cloud-hosted runners only.
func (v view) runner() Cause {
	what := "the job runs on a self-hosted runner"
	if sign := v.provider.SelfHosted(v.claims, nil); sign != "" {
		what = "the job seems to run on a self-hosted runner (" + sign + ")"
	}
	return Cause{What: what + ": " + v.contradicted(), Next: v.provider.Facts().OwnRunner}
}

func (v view) contradicted() string {
	const text = "npm's documentation says that it takes none"
	if ok := v.provider.Facts().RunnersOK; ok != "" {
		return text + ", " + ok + " that they work"
	}
	return text
}
