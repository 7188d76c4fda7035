package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

// violation is an element of GitLab's Code Quality report (docs: "Code Quality report format"). A merge request shows it at the line.
type violation struct {
	Description string   `json:"description"`
	Check       string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"` // info, minor, major, critical, blocker
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"` // from the root of the repository
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}

// CodeQuality writes what is not as it should be as GitLab's Code Quality report. Where nothing is wrong it is an empty list: that tells
// GitLab that what was wrong before is mended.
func (d Document) CodeQuality(w io.Writer) error {
	all := []violation{}
	seen := map[string]int{}
	for _, c := range d.concerns() {
		v := violation{Check: c.kind, Severity: severityOf(c), Location: location{Path: d.StateFile.Path}}
		v.Description = words.OneLine(fmt.Sprintf("%s: %s", strings.TrimSuffix(c.kind+" "+c.subject(), " "), c.text))
		v.Location.Lines.Begin = c.at.Line
		// GitLab compares branches by the fingerprint, and drops all but one of the same: it says what is wrong, and not in which words, which
		// may hold times.
		what := strings.Join([]string{d.StateFile.Path, c.kind, string(c.about), string(c.version)}, "\x00")
		sum := sha256.Sum256(fmt.Append(nil, what, "\x00", seen[what]))
		seen[what]++
		v.Fingerprint = hex.EncodeToString(sum[:])
		all = append(all, v)
	}
	return encode(w, JSON, all)
}

func severityOf(c concern) string {
	return map[string]string{urgentError: "critical", urgentWarning: "major", urgentNotice: "info"}[c.urgency]
}
