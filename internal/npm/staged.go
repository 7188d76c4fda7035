package npm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	stagesPerPage   = 100
	maxStagePages   = 100
	stageListTries  = 3       // where something is staged or decided between two pages
	maxStageTarball = 2 << 30 // bytes; npm takes nothing of that size
)

// Stages returns what waits for a human's approval, of one package or, where the name is "", of all that the session's user may see. What
// was approved or rejected is not among it. spec.ErrRefused when there is no session or the registry refuses it, ErrUnsupported when the
// registry has no staged publishing.
func (c *Client) Stages(ctx context.Context, name spec.Name) ([]spec.Stage, error) {
	k := stageCall("listing what is staged", http.MethodGet, spec.Stage{Name: name})
	if name != "" {
		k.operation = "listing what is staged of"
	}
	k.meaning = func(a answer) Reason {
		if a.status == http.StatusNotFound { // a list may be empty, and is never missing
			return NoStages
		}
		return meaningOfStage(a)
	}
	for range stageListTries {
		list, settled, err := c.listStages(ctx, k)
		if err != nil || settled {
			return list, err
		}
	}
	return nil, fmt.Errorf("%s: it changed each time while it was read; run again", subject(k.operation, name, ""))
}

// listStages reads all pages. It tells whether they fit together: what is staged or decided between two of them moves the rest.
func (c *Client) listStages(ctx context.Context, k call) (list []spec.Stage, settled bool, err error) {
	seen, total := map[string]bool{}, 0
	for page := range maxStagePages {
		query := url.Values{"page": {strconv.Itoa(page)}, "perPage": {strconv.Itoa(stagesPerPage)}}
		if k.name != "" {
			query.Set("package", k.name.String())
		}
		k.query = query.Encode()
		a, err := c.asHuman(ctx, c.calls, k)
		if err != nil {
			return nil, false, err
		}
		var said struct {
			Items []stageJSON `json:"items"`
			Total int         `json:"total"`
		}
		if err := a.decode(k, &said); err != nil {
			return nil, false, err
		}
		if page > 0 && said.Total != total {
			return nil, false, nil
		}
		total = said.Total
		for _, item := range said.Items {
			if seen[item.ID] {
				return nil, false, nil
			}
			seen[item.ID] = true
			stage, ours, err := item.stage()
			if err != nil {
				return nil, false, k.failed(err)
			}
			if ours && (k.name == "" || stage.Name == k.name) {
				list = append(list, stage)
			}
		}
		if len(seen) >= total || len(said.Items) == 0 {
			return list, len(seen) >= total, nil
		}
	}
	return nil, false, k.failed(errors.New("there are too many"))
}

// StageTarball downloads a staged version's tarball. The caller closes it. It is not asked for again when it breaks off; ctx bounds its
// time, and no more is read than a registry can have taken.
func (c *Client) StageTarball(ctx context.Context, s spec.Stage) (io.ReadCloser, error) {
	k := stageCall("downloading the staged tarball of", http.MethodGet, s)
	if err := checkStage(k.operation, s); err != nil {
		return nil, err
	}
	if c.options.Session.Empty() {
		return nil, c.unasked(k, NotLoggedIn, "nobody is logged in")
	}
	k.path, k.token = k.path+"/tarball", c.options.Session
	req, err := c.request(ctx, k)
	if err != nil {
		return nil, k.failed(err)
	}
	req.Header.Set("Accept", "*/*")
	body, err := c.stream(k, req)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{&bounded{body: body, left: maxStageTarball, most: maxStageTarball}, body}, nil
}

// stageJSON is a staged version on the wire.
type stageJSON struct {
	ID        string `json:"id"`
	Name      string `json:"packageName"`
	Version   string `json:"version"`
	Tag       string `json:"tag"`
	CreatedAt string `json:"createdAt"`
	Actor     string `json:"actor"`
	ActorType string `json:"actorType"`
	Access    string `json:"access"`
	Shasum    string `json:"shasum"`
	Status    string `json:"status"`
}

// stage reads it. One whose name nobody can declare is not ours, and no error: old packages have such names.
func (j stageJSON) stage() (s spec.Stage, ours bool, err error) {
	name, err := spec.ParseName(j.Name)
	if err != nil {
		return spec.Stage{}, false, nil //nolint:nilerr // as said above
	}
	version, err := spec.ParseVersion(j.Version)
	if err != nil {
		return spec.Stage{}, false, errors.New("what is staged of " + name.String() + " has no version")
	}
	if !isStageID(j.ID) {
		return spec.Stage{}, false, errors.New("what is staged of " + name.String() + " has no ID")
	}
	told := func(text string) string { return shorten(words.OneLine(text)) }
	s = spec.Stage{ID: j.ID, Name: name, Version: version, DistTag: spec.DistTag(told(j.Tag)), Actor: told(j.Actor),
		Kind: told(j.ActorType), Shasum: told(j.Shasum), Status: spec.Status(told(j.Status))}
	s.Since, _ = time.Parse(time.RFC3339, j.CreatedAt) // zero: it does not say
	switch j.Access {
	case "public":
		s.Access = spec.AccessPublic
	case "private", "restricted":
		s.Access = spec.AccessRestricted
	}
	return s, true, nil
}

// stageCall is a call about a staged version, or about all of them.
func stageCall(operation, method string, s spec.Stage) call {
	path := "-/stage"
	if s.ID != "" {
		path += "/" + url.PathEscape(s.ID)
	}
	return call{operation: operation, name: s.Name, version: s.Version, method: method, path: path, command: "stage",
		meaning: meaningOfStage}
}
