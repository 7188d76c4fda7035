// Package advice is the one place that says what an answer of the registry probably means, and what to do about it. internal/npm knows
// the reason (npm.Reason), but none of our commands. internal/place lets its errors end with these words (On); internal/doctor takes its
// causes from here where they follow from the answer alone (OnTrouble). Start reading with On.
package advice

import (
	"context"
	"errors"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// On returns the advice that ends the message of an error; "" where the registry's own words are enough.
func On(e *npm.Error) string {
	text, ok := onPublish()[e.Reason]
	if !ok {
		text, ok = onStaged()[e.Reason]
	}
	if !ok {
		text = onOthers()[e.Reason]
	}
	return strings.NewReplacer("{package}", e.Package.String(), "{version}", e.Version.String(), "{tag}", e.Tag.String()).Replace(text)
}

// onPublish is the advice on refused publishes.
func onPublish() map[npm.Reason]string {
	return map[npm.Reason]string{
		npm.Unsent:       "nothing was sent",
		npm.NotTaken:     "nothing was taken",
		npm.InDoubt:      "it may have landed: it is looked for, and not sent again by this run",
		npm.TakenEarlier: "the registry took it earlier: it is being scanned, or was staged and waits for a human",
		npm.Staged:       "it was staged: a human approves it or rejects it (npm stage), and nothing is sent until then",
		npm.Burnt:        "the version was deleted, and its number is never free again",
		npm.OtherVersion: "it names another version than {version}, and so says nothing of this one: it is looked for, and not sent again " +
			"by this run",
		npm.Raced: "another change of the package came in between, and it may have landed: it is looked for, and sent again " +
			"where it does not show",

		npm.NotPermitted: "the ID token was exchanged, so either its trusted publisher may only stage, or the package's own settings forbid " +
			"it: allow `npm publish` among its allowed actions, and see to the package's publishing access",
		npm.TokenBad: "the token is missing, expired or revoked: log in again with `npm login`, or run the job again for a new one",
		npm.OtherTokenWanted: "it takes a token of another kind: that of a trusted publisher, or a session with a second factor; tokens that " +
			"bypass the second factor cannot publish from January 2027 on",
		npm.MayNotPublish: "the token lacks the permission (facets-reconcile doctor tells), or the registry's scanner refuses the contents: " +
			"look through the tarball for what it can mean, and ask the registry's support",
		npm.NotFoundToPublish: "the token is bad or expired, or may not publish this package; facets-reconcile doctor tells which",
		npm.NotOwner: "the package is somebody else's, or its owners have not let this account in: have one of them run " +
			"`npm owner add`, log in as another user, or choose another name",
		npm.NoScope: "there is no such organisation or user, or this account may not publish for it: create the organisation, " +
			"have an owner invite this account, or choose another scope",
		npm.PaidPrivate: "the registry considers it private, as a scoped package is unless its first publish says access public: " +
			"have an owner make it public, or, where it is to be restricted, a plan for private packages",
		npm.Spam:        "the registry's spam filter refuses the name as new; ask its support to allow it, or choose another",
		npm.TooSimilar:  "the registry accepts no new name that is so similar to an existing one; choose another, or one in a scope of yours",
		npm.Unpublished: "the package was unpublished; run again 24 hours after that, with a version that it never had",
		npm.TooLarge: "the tarball is too large for this registry: leave out what nobody needs (`files` in its package.json), strip the " +
			"binaries, or divide the package",
		npm.AtOdds: "the registry found that the contents and the manifest differ: correct what it names, most likely `repository` " +
			"in its package.json",
		npm.Malformed: "the registry considers the package malformed: correct what it names, in its package.json or the build",
	}
}

// onStaged is the advice on staging, approving and rejecting.
func onStaged() map[npm.Reason]string {
	const none = "this registry seems to have no staged publishing"
	return map[npm.Reason]string{
		npm.NumberTaken: "its number is taken: by a version that is published, is being scanned, or is staged (npm stage list); to stage other " +
			"contents, reject that one first",
		npm.MayNotStage: "the ID token was exchanged, so its trusted publisher may not stage, or the package's own settings forbid it: " +
			"allow `npm stage publish` among its allowed actions, and see to the package's publishing access",
		npm.NoStaging: none + ": publish directly, without publish: staged and --staged",
		npm.NoStages:  none,
		npm.NotStaged: "it is not staged any more: somebody approved or rejected it, or this account may not see it; the version's status " +
			"tells which",
		npm.StageSessionWanted: "it takes the session of `npm login`, which may have expired; tokens of CI may stage, and no more",
		npm.StillScanned:       "its scan has not ended: it can be approved when its status is staged",
		npm.DecisionRaced: "its scan has not ended, or another change of the package came in between: look at its status before it is sent " +
			"again",
		npm.DecisionInDoubt: "it may have landed: look at its status before it is sent again",
		npm.NothingDecided:  "nothing was done",
	}
}

// onOthers is the advice on everything else.
func onOthers() map[npm.Reason]string {
	return map[npm.Reason]string{
		npm.Redirected: "it redirects, where no token may follow; name the registry by its final address",

		npm.FactorWanted: "a human must confirm this with a second factor",
		npm.CodeWanted:   "the registry wants a one-time password that is typed in; give a fresh one with --otp",
		npm.CodeRefused: "the code given by --otp was refused, and this account confirms on a page of npm's: run it at a terminal, " +
			"without --otp",
		npm.CodesRefused: "the code of the second factor was refused more than once; log in again with `npm login`",

		npm.NotLoggedIn: "log in with `npm login`",
		npm.LoginWanted: "the registry shows it to nobody who is not logged in: run `npm login`",
		npm.MayNotRead:  "the token has expired, or may not read it: run `npm login` as somebody who may",
		npm.Hidden: "to all who may not read it, a restricted package is as if it were not there: run `npm login` as somebody who may, or run " +
			"this where its trusted publisher is",
		npm.MayNotTag:       "these credentials may not move it; somebody with write access can, with `npm dist-tag add`",
		npm.MayNotDeprecate: "these credentials may not deprecate it; somebody with write access can, with `npm deprecate`",
		npm.TagPoints:       "move that first, with npm dist-tag add {package}@VERSION {tag}",

		npm.NoExchange: "this registry seems to offer no token exchange (OIDC); use a token that may publish",
		npm.NoneTrusted: "the package does not exist, or none of its trusted publishers fits the claims of the ID token; an expired " +
			"trusted publisher and a job rerun with SSH read the same",
		npm.IDTokenRefused: "the ID token is expired, older than about five minutes, or of another audience; mint a new one",

		npm.NoTrust:     "this registry seems to have no trusted publishers",
		npm.NoSettings:  "this registry seems to have no such setting: take it out of the state file",
		npm.TrustExists: "compare it with `npm trust list`; where there is no room, one must be deleted before another is created",
		npm.SessionWanted: "it takes the session of `npm login`, which may have expired; tokens of CI, and those that bypass the second " +
			"factor, are refused",
		npm.TwoFactorOff:  "switch on two-factor authentication for the account",
		npm.NoWriteAccess: "it takes write access to the package",
	}
}

// OnTrouble returns what an error means that tells nothing about the package, and what to do next.
func OnTrouble(err error) (what, next string) {
	_, answered := errors.AsType[*npm.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return "it was interrupted", "run it again"
	case errors.Is(err, spec.ErrNoAccess):
		return "the registry shows the package only to those who may read it, and no credential here belongs to one of them",
			"run `npm login` as somebody who may, or set the package's trusted publisher"
	case npm.ReasonOf(err) == npm.Busy:
		return "the registry wants to be asked less often", "wait, and run it again with a lower --concurrency"
	case answered:
		return "the registry is in trouble, which says nothing about the package", "run it again later"
	}
	return "the registry was not reached, which says nothing about the package", "check the network and --registry, and run it again"
}
