package sink

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// read answers dist-tags, packument, manifest and tarball.
func (s *Sink) read(rw http.ResponseWriter, r *http.Request, name, rest string) {
	v := s.find(name)
	switch {
	case v == nil:
		reply(rw, http.StatusNotFound, "Not Found")
	case rest == "dist-tags":
		reply(rw, http.StatusOK, v.tags)
	case rest == "":
		reply(rw, http.StatusOK, map[string]any{"_id": name, "name": name, "dist-tags": v.tags,
			"versions": map[string]any{v.Version: v.served(r)}})
	case rest == v.Version || v.tags[rest] == v.Version:
		reply(rw, http.StatusOK, v.served(r))
	case strings.HasPrefix(rest, "-/") && r.Method == http.MethodHead:
		rw.Header().Set("Content-Length", strconv.FormatInt(v.Size, 10))
	default:
		reply(rw, http.StatusNotFound, "version not found: "+rest)
	}
}

// find returns what is to be seen under a name, or nil.
func (s *Sink) find(name string) *Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.versions[name]; v != nil || s.options.Present == "" {
		return v
	}
	version := s.options.Present
	return &Version{Name: name, Version: version, tags: map[string]string{"latest": version}, Size: 1,
		manifest: map[string]any{"name": name, "version": version, "dist": map[string]any{
			"integrity": "sha512-" + strings.Repeat("A", 86) + "==", "shasum": strings.Repeat("0", 40)}}}
}

// served is the manifest with the tarball's address as the client reaches it.
func (v *Version) served(r *http.Request) map[string]any {
	manifest, dist := maps.Clone(v.manifest), map[string]any{}
	if given, ok := manifest["dist"].(map[string]any); ok {
		dist = maps.Clone(given)
	}
	base := v.Name[strings.Index(v.Name, "/")+1:]
	dist["tarball"] = "http://" + r.Host + "/" + v.Name + "/-/" + base + "-" + v.Version + ".tgz"
	manifest["dist"] = dist
	return manifest
}

func reply(rw http.ResponseWriter, status int, body any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(body) // a client that has gone misses its answer
}
