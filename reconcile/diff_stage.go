package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Reviewed is what was found in a staged version when it was read.
type Reviewed struct {
	ID string // of the staged version that was read: another one of the same number is not known
	Review
	Err error // wraps ErrDiffers: it has other contents than the artifact
}

// Sent is what a run has sent for approval.
type Sent struct {
	Version   spec.Version   `json:"version"`
	Integrity spec.Integrity `json:"integrity"`
	Commit    string         `json:"commit"` // of its git tag; "" where that was not known
}

// knows tells whether it says which bytes the version has.
func (s Sent) knows(version spec.Version) bool { return s.Version == version && s.Integrity != "" }

// settleScanned settles a version of a staged release that the registry scans before it can be approved.
func (d *releaseDiff) settleScanned(p *Package, set func(published, served Status, reason, message string)) {
	set(False, False, ReasonValidating, "the registry says that it is being scanned, after which a human can approve it")
	p.Changes = append(p.Changes, Change{Action: Wait, Actor: Registry, Reason: ReasonValidating,
		Message: "npm scans a version before it can be approved, typically for 5 minutes"})
}

// settleStaged settles a version of a staged release that waits for its approval, and plans that; or its rejection, where it is not what
// this release is.
func (d *releaseDiff) settleStaged(p *Package, set func(published, served Status, reason, message string)) {
	id := p.ID()
	stage := d.is[p.Name].Stage
	p.Stage = stageOf(stage, d.want.Reviews[p.Name], d.want.Sent[p.Name])
	wrong := d.wrongStage(p)
	if wrong != "" {
		set(False, False, ReasonConflict, wrong)
		d.addFinding(Conflict, Error, p.Name, fmt.Sprintf("%s is staged, and %s", id, wrong),
			fmt.Sprintf("reject it: %s --only reject; then run the release's pipeline again", d.apply()))
	} else {
		set(False, False, ReasonStaged, "the registry holds it until a human approves or rejects it")
	}
	asked := d.policy.names(Reject) && (d.release.Given || len(d.policy.Packages) > 0)
	switch reason := ReasonStaged; {
	case wrong != "", asked:
		if wrong != "" {
			reason = ReasonConflict
		}
		p.Changes = append(p.Changes, Change{Action: Reject, Actor: Human, Reason: reason, Message: "reject " + id + ", which is staged"})
	default:
		p.Changes = append(p.Changes, Change{Action: Approve, Actor: Human, Reason: reason, Message: "approve " + id + ", which is staged"})
	}
}

// wrongStage tells why what is staged is not this release's, or "". Neither bytes nor dist-tag of a staged version can be changed.
func (d *releaseDiff) wrongStage(p *Package) string {
	stage, review, sent := d.is[p.Name].Stage, d.want.Reviews[p.Name], d.want.Sent[p.Name]
	switch {
	case stage == nil:
		return ""
	case stage.DistTag != "" && stage.DistTag != p.DistTagOnNpm():
		return fmt.Sprintf("its approval would move the dist-tag %s instead of %s", stage.DistTag, p.DistTagOnNpm())
	case review.ID != stage.ID:
	case sent.knows(p.Version) && sent.Integrity != review.Integrity:
		return "it has other bytes than its pipeline has sent, by the report of that"
	case !sent.knows(p.Version) && review.Err != nil: // a build on this machine may differ from that of the pipeline
		return "it is not what this release is: " + review.Err.Error()
	}
	return ""
}

// stages settles the condition Staged, keeps approvals back until their whole release can be approved, and finds what was left of older
// releases.
func (d *releaseDiff) stages() {
	if !d.release.Staged {
		return
	}
	gate := d.approvalGate()
	for i := range d.packages {
		p := &d.packages[i]
		d.staged(p)
		p.block(Approve, slices.DeleteFunc(slices.Clone(gate), func(b Blocker) bool { return b.Name == p.Name })...)
		d.leftovers(p)
		if err := d.is[p.Name].StageErr; err != nil && d.policy.names(Approve, Reject) && !p.is(Served, True) {
			d.addFinding(Unreadable, Error, p.Name, fmt.Sprintf("what is staged of %s could not be listed: %v", p.Name, err),
				"nothing is approved or rejected of it; see to what is said, and run again")
		}
	}
}

// approvalGate lists what has to come before anything of the release is approved: an approval cannot be taken back, so the others must be
// staged, too. Where the entry is served already, its platforms cannot come soon enough, and wait for nothing.
func (d *releaseDiff) approvalGate() []Blocker {
	if d.entryState() == observed.Served {
		return nil
	}
	gate := d.immovables()
	for _, p := range d.packages {
		switch state := d.is[p.Name].State; {
		case d.wrongStage(&p) != "" && state == observed.Staged:
			gate = append(gate, Blocker{Why: fmt.Sprintf("%s to be rejected, and staged again", p.ID())})
		case state == observed.Served, d.coming(state), immovable(state):
		case state == observed.Conflict:
			gate = append(gate, Blocker{Name: p.Name, Condition: Served})
		default:
			gate = append(gate, Blocker{Name: p.Name, Condition: Staged})
		}
	}
	for _, p := range d.packages {
		if current := p.DistTags[d.release.DistTag]; d.is[p.Name].State == observed.Staged && current.Compare(p.Version) > 0 {
			gate = append(gate, Blocker{Why: fmt.Sprintf("--only reject, then --dist-tag NAME: %s points at %s, which is higher",
				p.DistTagOnNpm(), p.declared.Home.Version(current))})
		}
	}
	return gate
}

// staged settles the condition Staged. It follows from Published, before which it stands.
func (d *releaseDiff) staged(p *Package) {
	at := slices.IndexFunc(p.Conditions, func(c Condition) bool { return c.Type == Published })
	if at < 0 {
		return
	}
	published := p.Conditions[at]
	c := Condition{Staged, published.Status, published.Reason, published.Message}
	switch state := d.is[p.Name].State; {
	case state == observed.Staged:
		c.Status, c.Message = True, "the registry holds it for approval"
		if published.Reason == ReasonConflict {
			c.Status, c.Message = False, published.Message
		}
	case published.Status == True:
		c.Reason, c.Message = "Published", "it is published, and needs no approval"
	}
	p.Conditions = slices.Insert(p.Conditions, at, c)
}

// leftovers finds older versions that still wait for approval: whoever approves one by mistake moves the dist-tag back.
func (d *releaseDiff) leftovers(p *Package) {
	var older []string
	for _, stage := range d.is[p.Name].Beside {
		if stage.Version.Compare(p.Version) < 0 {
			older = append(older, fmt.Sprintf("%s (npm stage reject %s)", stage.Version, stage.ID))
		}
	}
	if len(older) > 0 {
		slices.Sort(older)
		d.addFinding(StagedLeftover, Warning, p.Name,
			fmt.Sprintf("older versions of %s still wait for approval, which would move the dist-tag back: %s", p.Name, strings.Join(older, ", ")),
			"reject them")
	}
}

// StagedVersion is what is known of a version that waits for approval.
type StagedVersion struct {
	ID      string       `json:"id"`
	DistTag spec.DistTag `json:"distTag"`
	Since   string       `json:"since"`  // RFC 3339; "" where the registry does not say
	Actor   string       `json:"actor"`  // who staged it, in the registry's words
	Shasum  string       `json:"shasum"` // sha1 of the tarball, hex
	// These are known after it was read.
	Size     int64  `json:"size"`     // of the tarball, in bytes; 0: not read
	Commit   string `json:"commit"`   // from which it was built
	Compared bool   `json:"compared"` // with the artifact, and found to be the same
	Reported bool   `json:"reported"` // by the run that staged it, with these very bytes
}

// stageOf returns what is known of a staged version; nil where it was not listed.
func stageOf(s *spec.Stage, r Reviewed, sent Sent) *StagedVersion {
	if s == nil {
		return nil
	}
	v := &StagedVersion{ID: s.ID, DistTag: s.DistTag, Actor: strings.TrimSpace(s.Actor + " " + kindOfActor(s.Kind)), Shasum: s.Shasum}
	if !s.Since.IsZero() {
		v.Since = s.Since.UTC().Format("2006-01-02T15:04:05Z07:00")
	}
	if r.ID == s.ID {
		v.Size, v.Commit, v.Compared = r.Size, r.Commit, r.Compared && r.Err == nil
		if v.Reported = sent.knows(s.Version) && sent.Integrity == r.Integrity; v.Reported {
			v.Commit = cmp.Or(v.Commit, sent.Commit)
		}
	}
	return v
}

// kindOfActor is shown only where it is no human.
func kindOfActor(kind string) string {
	if kind == "" || kind == "user" {
		return ""
	}
	return "(" + kind + ")"
}
