package reconcile

// The reasons of conditions and changes that other code tests for. All others stand only where they are set.
const (
	ReasonMissing = "Missing" // the name does not exist

	ReasonClaimsDiffer    = "ClaimsDiffer"    // a trusted publisher is configured that the desired one supersedes
	ReasonMoving          = "Moving"          // from one CI system to another: the old trusted publisher is there, alone or beside the new one
	ReasonExchangeRefused = "ExchangeRefused" // the ID token at hand fits, and is refused all the same
	ReasonOthersUnknown   = "OthersUnknown"   // the registry exchanged the ID token; of the other desired trusted publishers nobody here knows
	ReasonMayOnlyStage    = "MayOnlyStage"    // the desired trusted publisher is there, without the permission to publish
	ReasonNotPermitted    = "NotPermitted"    // the exchange was taken and the publish refused: the permission, or the package's settings
	ReasonOtherPipeline   = "OtherPipeline"   // the ID token at hand is not the desired trusted publisher's
	ReasonTokenRefused    = "TokenRefused"    // the ID token itself is not good: expired, for another audience, malformed
	ReasonUnlisted        = "Unlisted"        // this session may not list them, or not without a second factor
	ReasonSurplus         = "Surplus"         // trusted publishers are there that should not be
	ReasonUnproven        = "Unproven"        // nothing was ever published with the trusted publisher

	ReasonNotShown = "NotShown" // npm shows nobody whether it is set
	ReasonTokens   = "Tokens"   // whether tokens may publish is set, who may read it perhaps too
	ReasonAccess   = "Access"   // only who may read it is set

	ReasonBehind     = "Behind"     // the dist-tag points lower
	ReasonRolledBack = "RolledBack" // the dist-tag points lower, and the version is deprecated
	ReasonRollback   = "Rollback"   // the dist-tag goes to the version that the state file pins, even backwards
	ReasonPinBelow   = "PinBelow"   // the dist-tag points higher than the pinned version, without rollback: true
	ReasonBackwards  = "Backwards"  // the dist-tag that was asked for points higher
	ReasonDeprecated = "Deprecated" // no dist-tag is pointed at it

	ReasonNextRelease = "NextRelease" // a platform that came after the served entry
	ReasonSuperseded  = "Superseded"  // the dist-tag points higher, and may
	ReasonDowngrade   = "Downgrade"   // the dist-tag points higher than what is to be published
	ReasonReadFailed  = "ReadFailed"
	ReasonNoAccess    = "NoAccess"    // no credential at hand shows it: it may be there
	ReasonInterrupted = "Interrupted" // a run changed it and was ended before it could read it again

	ReasonStaged     = "Staged"     // the registry holds it for a human's approval
	ReasonValidating = "Validating" // the registry is scanning it
	ReasonConflict   = "Conflict"   // other bytes than this release's
	ReasonBlocked    = "Blocked"    // the registry took it and will not serve it
	ReasonBurnt      = "Burnt"      // it was deleted

	ReasonAdopted      = "Adopted"      // the registry had it already
	ReasonSecondFactor = "SecondFactor" // the registry asked for a second factor, and there was none
)
