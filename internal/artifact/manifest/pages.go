package manifest

import (
	"net/url"
	"strings"
)

// String is the repository as npm writes it into a manifest: in the form that it was written in.
func (r repository) String() string {
	switch r.form {
	case httpsURL:
		return r.https()
	case gitURL:
		auth := r.before("@")
		if r.host.name == "gist" {
			return "git://" + r.host.domain + "/" + r.project + ".git" + r.hash()
		}
		return "git://" + auth + r.host.domain + "/" + r.path() + ".git" + r.hash()
	case sshURL:
		return "git+ssh://git@" + r.host.domain + "/" + r.path() + ".git" + r.hash()
	case shortcut:
	}
	return r.host.name + ":" + r.path() + r.hash()
}

func (r repository) https() string {
	switch r.host.name {
	case "gist":
		return "git+https://" + r.host.domain + "/" + r.path() + ".git" + r.hash()
	case "sourcehut":
		return "https://" + r.host.domain + "/" + r.path() + r.hash()
	}
	return "git+https://" + r.before("@") + r.host.domain + "/" + r.path() + ".git" + r.hash()
}

// bugs is the page of known faults, or "" on a host that has none.
func (r repository) bugs() string {
	page := "https://" + r.host.domain + "/" + r.path()
	switch r.host.name {
	case "gist":
		return page
	case "sourcehut":
		return ""
	}
	return page + "/issues"
}

// docs is the page that shows the readme.
func (r repository) docs() string {
	page := "https://" + r.host.domain + "/" + r.path()
	if r.host.name == "gist" {
		if r.committish != "" {
			page += "/" + encoded(r.committish)
		}
		return page
	}
	if r.committish != "" {
		page += "/" + r.host.tree + "/" + encoded(r.committish)
	}
	return page + "#readme"
}

func (r repository) path() string {
	switch {
	case r.host.name == "gist":
		return r.project
	case r.owner == "":
		return "null/" + r.project // as npm spells an owner who is not named
	}
	return r.owner + "/" + r.project
}

func (r repository) hash() string {
	if r.committish == "" {
		return ""
	}
	return "#" + r.committish
}

func (r repository) before(sign string) string {
	if r.auth == "" {
		return ""
	}
	return r.auth + sign
}

// encoded escapes a text as JavaScript's encodeURIComponent does.
func encoded(s string) string {
	return strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(url.QueryEscape(s))
}
