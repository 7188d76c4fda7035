package npm

import (
	"errors"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Reason is why the registry did not do what it was asked to do, as far as its answer tells. What the answer surely means follows from it
// (means), and so does what to do about it, which internal/report/advice knows. "": the answer tells neither.
type Reason string

// The reasons.
const (
	Busy       Reason = "Busy"       // 429: it wants to be asked less often
	Redirected Reason = "Redirected" // where no token may follow
	Refused    Reason = "Refused"    // no more is told
	NotFound   Reason = "NotFound"

	FactorWanted Reason = "FactorWanted" // a second factor, of any kind
	CodeWanted   Reason = "CodeWanted"   // a second factor that is typed in
	CodeRefused  Reason = "CodeRefused"  // the typed code; another one of its kind would be refused, too
	CodesRefused Reason = "CodesRefused" // those of the page, more than once

	NotLoggedIn     Reason = "NotLoggedIn"     // there is no session, or it is nobody's
	LoginWanted     Reason = "LoginWanted"     // nothing is shown to nobody in particular
	MayNotRead      Reason = "MayNotRead"      // the token that was sent
	Hidden          Reason = "Hidden"          // from all credentials at hand: it may be there
	MayNotTag       Reason = "MayNotTag"       // these credentials
	MayNotDeprecate Reason = "MayNotDeprecate" // these credentials
	TagPoints       Reason = "TagPoints"       // at the version that is to be deprecated
	NoStatus        Reason = "NoStatus"        // the registry has no statuses of versions

	NoExchange       Reason = "NoExchange"       // the registry has no trusted publishing
	NoneTrusted      Reason = "NoneTrusted"      // no such package, or no trusted publisher that fits: npm does not tell which
	IDTokenRefused   Reason = "IDTokenRefused"   // whatever the package
	IDTokenMalformed Reason = "IDTokenMalformed" // or of another kind

	NoTrust       Reason = "NoTrust"       // the registry has no trusted publishers
	NoSettings    Reason = "NoSettings"    // the registry has no such settings of packages
	TrustExists   Reason = "TrustExists"   // the same, or no room for a further one
	SessionWanted Reason = "SessionWanted" // a human's, which may have expired
	TwoFactorOff  Reason = "TwoFactorOff"  // of the account
	NoWriteAccess Reason = "NoWriteAccess" // to the package

	Published    Reason = "Published"    // the version is there already
	TakenEarlier Reason = "TakenEarlier" // the version, which is not published yet
	Staged       Reason = "Staged"       // the version, for a human's approval
	Burnt        Reason = "Burnt"        // the version was deleted
	OtherVersion Reason = "OtherVersion" // another version than the one that was sent is said to be there
	Raced        Reason = "Raced"        // another change of the package came in between
	InDoubt      Reason = "InDoubt"      // the publish may have landed
	Unsent       Reason = "Unsent"       // the answer came before the body left
	NotTaken     Reason = "NotTaken"     // a publish that is one too many

	NumberTaken        Reason = "NumberTaken"        // by a version that is published, being scanned, or staged: npm does not tell which
	MayNotStage        Reason = "MayNotStage"        // a token that was exchanged
	NoStaging          Reason = "NoStaging"          // the registry takes no staged versions
	NoStages           Reason = "NoStages"           // the registry has no list of staged versions
	NotStaged          Reason = "NotStaged"          // any more, or not for this account to see
	StageSessionWanted Reason = "StageSessionWanted" // a human's, to look at staged versions and to decide
	StillScanned       Reason = "StillScanned"       // the staged version
	DecisionRaced      Reason = "DecisionRaced"      // its scan has not ended, or another change of the package came in between
	DecisionInDoubt    Reason = "DecisionInDoubt"    // an approval or a rejection may have landed
	NothingDecided     Reason = "NothingDecided"     // an approval or a rejection that is one too many

	NotPermitted      Reason = "NotPermitted"      // a token that was exchanged, to publish
	TokenBad          Reason = "TokenBad"          // missing, expired or revoked
	OtherTokenWanted  Reason = "OtherTokenWanted"  // one with a second factor, or a trusted publisher's
	MayNotPublish     Reason = "MayNotPublish"     // this token; or the contents are refused
	NotOwner          Reason = "NotOwner"          // of the package
	NoScope           Reason = "NoScope"           // no such one, or not this account's
	NotFoundToPublish Reason = "NotFoundToPublish" // npm says 404 to those who may not know more
	PaidPrivate       Reason = "PaidPrivate"       // the package counts as private, for which somebody has to pay
	Spam              Reason = "Spam"              // the name, for the registry's filter
	TooSimilar        Reason = "TooSimilar"        // the name, to another's
	Unpublished       Reason = "Unpublished"       // the package, not long ago
	TooLarge          Reason = "TooLarge"          // the tarball
	AtOdds            Reason = "AtOdds"            // the contents with the manifest
	Malformed         Reason = "Malformed"         // the package
)

// ReasonOf returns the reason of the answer that err comes of; "" where there is none.
func ReasonOf(err error) Reason {
	if answer, ok := errors.AsType[*Error](err); ok {
		return answer.Reason
	}
	return ""
}

// means returns what an answer of that reason surely means: sentinels of package spec, or nil.
func (r Reason) means() error {
	switch r {
	case NotFound, NotStaged:
		return spec.ErrNotFound
	case FactorWanted, CodeWanted, CodeRefused, CodesRefused:
		return spec.ErrSecondFactor
	case Refused, NotLoggedIn, MayNotTag, MayNotDeprecate, NoneTrusted, IDTokenRefused, IDTokenMalformed, SessionWanted, TwoFactorOff,
		NoWriteAccess, TokenBad, OtherTokenWanted, MayNotPublish, NotOwner, NoScope, NotFoundToPublish, PaidPrivate, Spam,
		TooSimilar, Unpublished, StageSessionWanted:
		return spec.ErrRefused
	case NotPermitted, MayNotStage:
		return both{spec.ErrRefused, spec.ErrNotPermitted}
	case LoginWanted, MayNotRead:
		return both{spec.ErrRefused, spec.ErrNoAccess}
	case Hidden:
		return spec.ErrNoAccess
	case NoExchange, NoStatus, NoStaging:
		return both{spec.ErrRefused, spec.ErrUnsupported}
	case NoTrust, NoStages, NoSettings:
		return spec.ErrUnsupported
	case TrustExists:
		return spec.ErrTrustExists
	case Published, NumberTaken:
		return spec.ErrAlreadyPublished
	case TakenEarlier:
		return both{spec.ErrPending, spec.ErrAlreadyPublished}
	case Staged:
		return spec.ErrStaged
	case Burnt:
		return spec.ErrBurnt
	case StillScanned:
		return spec.ErrPending
	case Raced, DecisionRaced:
		return both{spec.ErrRace, spec.ErrDoubtful}
	case OtherVersion, InDoubt, DecisionInDoubt:
		return spec.ErrDoubtful
	}
	return nil
}

// both is two meanings at once.
type both [2]error

func (b both) Error() string   { return b[0].Error() + ": " + b[1].Error() }
func (b both) Unwrap() []error { return b[:] }
