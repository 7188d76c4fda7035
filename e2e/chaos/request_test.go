package chaos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// operation is what a request is for.
type operation string

const (
	opTags      operation = "dist-tags"
	opManifest  operation = "manifest"
	opPackument operation = "packument"
	opTarball   operation = "tarball"
	opStatus    operation = "status"
	opPublish   operation = "publish"
	opDeprecate operation = "deprecate"
	opTag       operation = "tag"
	opExchange  operation = "exchange"
	opSetting   operation = "setting"

	opStage        operation = "stage"
	opStages       operation = "stages"
	opStageTarball operation = "staged tarball"
	opApprove      operation = "approve"
	opReject       operation = "reject"

	opOther operation = "other"
)

// about reads an operation and the package that it is about from a request's path.
func about(r *http.Request) (op operation, name string) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	if rest, ok := strings.CutPrefix(path, "-/npm/v1/oidc/token/exchange/package/"); ok {
		return opExchange, rest
	}
	if rest, ok := strings.CutPrefix(path, "-/package/"); ok {
		name, rest = cutName(rest)
		switch {
		case rest == "dist-tags" && read:
			return opTags, name
		case strings.HasPrefix(rest, "dist-tags/") && r.Method == http.MethodPut:
			return opTag, name
		case rest == "access" && r.Method == http.MethodPost:
			return opSetting, name
		case strings.HasPrefix(rest, "version/") && strings.HasSuffix(rest, "/status") && read:
			return opStatus, name
		}
		return opOther, name
	}
	if rest, ok := strings.CutPrefix(path, "-/stage"); ok {
		return aboutStage(r.Method, strings.TrimPrefix(rest, "/"))
	}
	if strings.HasPrefix(path, "-/") || strings.HasPrefix(path, "github/") {
		return opOther, ""
	}
	name, rest := cutName(path)
	switch {
	case rest == "" && r.Method == http.MethodPut && r.Header.Get("npm-command") == "deprecate":
		return opDeprecate, name
	case rest == "" && r.Method == http.MethodPut:
		return opPublish, name
	case rest == "" && read:
		return opPackument, name
	case strings.HasPrefix(rest, "-/"):
		return opTarball, name
	case rest != "" && r.Method == http.MethodGet:
		return opManifest, name
	}
	return opOther, name
}

func cutName(path string) (name, rest string) {
	name, rest, _ = strings.Cut(path, "/")
	if strings.HasPrefix(name, "@") {
		var base string
		base, rest, _ = strings.Cut(rest, "/")
		name += "/" + base
	}
	return name, rest
}

// request is one request of one machine, and what became of it.
type request struct {
	number  int // in the order of their beginnings, over all machines
	machine int
	at      time.Time // simulated
	method  string
	path    string // escaped
	op      operation
	name    string
	suffix  string // of one name: what the registry's version has behind the release's
	distTag string // the same, of its dist-tags: the one that stands for latest
	bearer  bool   // it carried a credential

	length   int64  // of the body, as announced
	arrived  int64  // bytes of it
	body     []byte // of what changes the registry, as far as it came
	registry int    // what the registry itself answered; 0: it was not asked, or its answer had not begun
	answered int    // how many requests had begun by then
	status   int    // what the machine was answered; 0: nothing, or the line was cut
	answer   []byte // the beginning of the answer
	broken   bool   // the answer did not get to its end
	done     bool
}

const keptOfAnswer = 64 << 10

// published is what a publish's body says; ok is false where the body did not arrive whole.
func (q request) published() (version, integrity string, tags map[string]string, ok bool) {
	var document struct {
		Tags     map[string]string `json:"dist-tags"`
		Versions map[string]struct {
			Dist struct{ Integrity string }
		}
	}
	if !q.sends() || json.Unmarshal(q.body, &document) != nil {
		return "", "", nil, false
	}
	for v, m := range document.Versions {
		version, integrity = strings.TrimSuffix(v, q.suffix), m.Dist.Integrity
	}
	return version, integrity, document.Tags, version != ""
}

// of tells whether a manifest or a status was asked for of this version.
func (q request) of(version string) bool {
	return strings.HasSuffix(strings.TrimSuffix(q.path, "/status"), "/"+version+q.suffix)
}

// writes tells whether the request changes what the registry shows.
func (q request) writes() bool {
	return q.sends() || q.decides() || q.op == opDeprecate || q.op == opTag || q.op == opSetting
}

// sends tells whether the request carries a version, to be published or to be staged.
func (q request) sends() bool { return q.op == opPublish || q.op == opStage }

// effective tells whether the registry made the change.
func (q request) effective() bool { return q.writes() && q.registry/100 == 2 }

// settled tells whether a read said clearly that something is there, or that it is not.
func (q request) settled() bool { return q.shows() || q.status == http.StatusNotFound }

// shows tells whether a read showed what it was for.
func (q request) shows() bool {
	if !q.done || q.broken || q.status != http.StatusOK {
		return false
	}
	var document struct{ Name string }
	err := json.Unmarshal(q.answer, &document)
	switch q.op {
	case opManifest, opPackument:
		return err == nil && (document.Name == q.name || q.suffix != "" && document.Name != "")
	case opTags:
		return err == nil
	}
	return true
}

// integrity is the one that a manifest shows.
func (q request) integrity() string {
	var manifest struct {
		Dist struct{ Integrity string }
	}
	_ = json.Unmarshal(q.answer, &manifest) // shows tells whether it can be read
	return manifest.Dist.Integrity
}

// tags are those that a read of the dist-tags showed.
func (q request) tags() map[string]string {
	var tags map[string]string
	_ = json.Unmarshal(q.answer, &tags) // the same
	if q.distTag != "" && q.distTag != "latest" {
		return map[string]string{"latest": strings.TrimSuffix(tags[q.distTag], "-"+q.distTag)}
	}
	return tags
}

// taken tells whether a publish's answer leaves nothing to be sent: the version is there.
func (q request) taken() bool {
	words := bytes.ToLower(q.answer)
	return q.status/100 == 2 || bytes.Contains(q.answer, []byte("already present")) || q.status/100 == 4 &&
		(bytes.Contains(words, []byte("cannot publish over")) || bytes.Contains(words, []byte("cannot stage previously")))
}

// doubtful tells whether a publish may have landed, for all that its sender knows.
func (q request) doubtful() bool {
	if q.arrived == 0 {
		return false
	}
	return q.status == 0 || q.status >= 500 || q.status == http.StatusRequestTimeout || q.status == http.StatusConflict
}

func (q request) String() string {
	text := fmt.Sprintf("%4d %s m%-2d %-6s %s", q.number, q.at.Format("15:04:05"), q.machine, q.method, q.path)
	if q.length > 0 {
		text += fmt.Sprintf(" (%d of %d bytes)", q.arrived, q.length)
	}
	text += fmt.Sprintf(" → %d", q.status)
	switch {
	case !q.done:
		text += " (never ended)"
	case q.broken:
		text += " (cut)"
	}
	if q.registry != q.status {
		text += fmt.Sprintf(", the registry: %d", q.registry)
	}
	if q.status >= 400 || q.op == opTags {
		text += " " + strings.TrimSpace(string(q.answer[:min(len(q.answer), 90)]))
	}
	return text
}

// journal holds the requests of all machines.
type journal struct {
	now func() time.Time

	mu  sync.Mutex
	all []*request
}

func (j *journal) begin(machine int, r *http.Request) *request {
	op, name := about(r)
	j.mu.Lock()
	defer j.mu.Unlock()
	q := &request{
		number: len(j.all) + 1, machine: machine, at: j.now(), method: r.Method, path: r.URL.EscapedPath(), op: op, name: name,
		bearer: r.Header.Get("Authorization") != "", length: r.ContentLength,
	}
	j.all = append(j.all, q)
	return q
}

// change changes an entry of the journal.
func (j *journal) change(f func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f()
}

// list returns the requests so far.
func (j *journal) list() []request {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]request, len(j.all))
	for i, q := range j.all {
		list[i] = *q
	}
	return list
}

// arriving notes what of a body arrives, in small bites, so that there are moments in the midst of it.
type arriving struct {
	io.ReadCloser
	journal *journal
	entry   *request
	passing func(arrived int64)
}

const bite = 2 << 10 // bytes

func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p[:min(len(p), bite)])
	var arrived int64
	a.journal.change(func() {
		a.entry.arrived += int64(n)
		arrived = a.entry.arrived
		if a.entry.writes() {
			a.entry.body = append(a.entry.body, p[:n]...)
		}
	})
	if n > 0 {
		a.passing(arrived)
	}
	return n, err
}
