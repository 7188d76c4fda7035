package doctor

import "slices"

// job lists in what the job differs from the one that may publish. A difference that follows from a wider one is left out: another
// organisation always has other projects, pipelines and contexts.
func (v view) job() []Cause {
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

// difference explains a claim in which the ID token is not as wanted.
func (v view) difference(claim string) Cause {
	return Cause(v.provider.Explain(claim, v.claims, v.want,
		"put its values into the state file, then a human runs: "+v.calling.command("apply --only trust")))
}

// onRunner tells whether the job seems to run on a machine of its owner's.
func (v view) onRunner() bool { return v.provider.SelfHosted(v.claims, nil) != "" }

// runner is what cannot be told from here: npm's documentation says that it takes ID tokens of cloud-hosted runners only,
// the provider's guide that self-hosted ones work.
func (v view) runner() Cause {
	what := "the job runs on a self-hosted runner"
	if sign := v.provider.SelfHosted(v.claims, nil); sign != "" {
		what = "the job seems to run on a self-hosted runner (" + sign + ")"
	}
	return Cause{What: what + ": " + v.contradicted(), Next: v.provider.Facts().OwnRunner}
}

func (v view) contradicted() string {
	return "npm's documentation says that it takes none, " + v.provider.Facts().Name + "'s that they work"
}
