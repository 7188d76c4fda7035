package manifest

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// A form is how a repository was written: by which protocol, or as a shortcut like gist:1234.
type form int

const (
	httpsURL form = iota
	gitURL
	sshURL
	shortcut
)

// repository is one on a host that npm knows.
type repository struct {
	host       host
	form       form
	auth       string // user:password, where a URL has them
	owner      string
	project    string
	committish string // a branch, tag or commit
}

// host is what npm knows of a host of Git repositories.
type host struct {
	name, domain, tree string // tree is the folder of its pages that show a branch
	protocols          []string
}

// hosts lists them anew, as a package holds no state.
func hosts() []host {
	return []host{
		{"github", "github.com", "tree", []string{"git", "http", "git+ssh", "git+https", "ssh", "https"}},
		{"bitbucket", "bitbucket.org", "src", []string{"git+ssh", "git+https", "ssh", "https"}},
		{"gitlab", "gitlab.com", "tree", []string{"git+ssh", "git+https", "ssh", "https"}},
		{"gist", "gist.github.com", "", []string{"git", "git+ssh", "git+https", "ssh", "https"}},
		{"sourcehut", "git.sr.ht", "tree", []string{"git+ssh", "https"}},
	}
}

// parseRepository reads a URL, an address as ssh takes it, owner/name or a shortcut, if the host is a known one.
func parseRepository(s string) (repository, bool) {
	if isOwnerAndName(s) {
		s = "github:" + s
	}
	at, ok := parseGitURL(s)
	if !ok {
		return repository{}, false
	}
	all := hosts()
	if i := slices.IndexFunc(all, func(h host) bool { return h.name == at.scheme }); i >= 0 {
		return fromShortcut(all[i], at)
	}
	domain := strings.TrimPrefix(at.host, "www.")
	i := slices.IndexFunc(all, func(h host) bool { return h.domain == domain })
	if i < 0 || !slices.Contains(all[i].protocols, at.scheme) {
		return repository{}, false
	}
	r := repository{host: all[i]}
	switch at.scheme {
	case "https", "git+https":
		r.form = httpsURL
	case "git":
		r.form = gitURL
	default: // http has no form of its own, so npm falls back to this one
		r.form = sshURL
	}
	if r.auth = at.username; at.password != "" {
		r.auth += ":" + at.password
	}
	if r.owner, r.project, r.committish, ok = all[i].parts(at); !ok {
		return repository{}, false
	}
	return r, decodeAll(&r.owner, &r.project, &r.committish)
}

// parts finds the repository in a URL's path.
func (h host) parts(at address) (owner, project, committish string, ok bool) {
	committish = at.fragment
	segments := strings.Split(at.path, "/")
	part := func(i int) string {
		if i < len(segments) {
			return segments[i]
		}
		return ""
	}
	owner, project = part(1), part(2)
	further, isArchive := part(3), false
	switch h.name {
	case "github":
		isArchive = further != "" && further != "tree"
		if further == "tree" {
			committish = part(4)
			if len(segments) < 5 {
				committish = "undefined" // npm's own word for a branch that is not named
			}
		}
	case "bitbucket":
		isArchive = further == "get"
	case "sourcehut":
		isArchive = further == "archive"
	case "gist":
		isArchive = further == "raw"
		if project == "" {
			owner, project = "", owner
		}
	case "gitlab": // has groups within groups
		whole := strings.TrimPrefix(at.path, "/")
		isArchive = strings.Contains(whole, "/-/") || strings.Contains(whole, "/archive.tar.gz")
		cut := strings.LastIndexByte(whole, '/')
		owner, project = whole[:max(cut, 0)], whole[cut+1:]
	}
	if isArchive || project == "" {
		return "", "", "", false
	}
	project = strings.TrimSuffix(project, ".git")
	return owner, project, committish, h.name == "gist" || owner != "" && project != ""
}

func fromShortcut(h host, at address) (repository, bool) {
	r := repository{host: h, form: shortcut, committish: at.fragment}
	whole := strings.TrimPrefix(at.path, "/")
	if _, behind, found := strings.Cut(whole, "@"); found {
		whole = behind
	}
	cut := strings.LastIndexByte(whole, '/')
	r.owner, r.project = whole[:max(cut, 0)], whole[cut+1:]
	ok := decodeAll(&r.owner, &r.project, &r.committish)
	r.project = strings.TrimSuffix(r.project, ".git")
	return r, ok
}

// decodeAll takes percent signs away. What they do not spell is no repository.
func decodeAll(parts ...*string) bool {
	for _, part := range parts {
		decoded, err := url.PathUnescape(*part)
		if err != nil || !utf8.ValidString(decoded) {
			return false
		}
		*part = decoded
	}
	return true
}
