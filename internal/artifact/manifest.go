package artifact

import (
	"cmp"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// noReadme is what npm writes where a package has none, and what the registry knows.
const noReadme = "ERROR: No README data found!"

// manifest is the document that npm would publish for package.json: its sloppy forms made regular, and what the files
// tell added.
func (a *Artifact) manifest(pkg *packagejson.Package, gitHead string) map[string]any {
	fresh, err := packagejson.Parse(pkg.Raw) // a copy of our own to change
	if err != nil {
		return nil // it was parsed before
	}
	m := fresh.Document
	for key := range m {
		if strings.HasPrefix(key, "_") {
			delete(m, key)
		}
	}
	m["name"], m["version"] = pkg.Name.String(), pkg.Version.String()
	if delete(m, "bin"); len(pkg.Bin) > 0 {
		bin := map[string]any{}
		for command, target := range pkg.Bin {
			bin[command] = target
		}
		m["bin"] = bin
	}
	regularBundles(m)
	a.regularScripts(m)
	a.addReadme(m)
	a.addTypes(m, pkg.Main)
	regularRepository(m)
	regularLists(m)
	regularPeople(m)
	if packagejson.Text(m["gitHead"]) == "" && gitHead != "" {
		m["gitHead"] = gitHead
	}
	return m
}

func regularBundles(m map[string]any) {
	if bundled, ok := m["bundledDependencies"]; ok {
		if _, has := m["bundleDependencies"]; !has {
			m["bundleDependencies"] = bundled
		}
		delete(m, "bundledDependencies")
	}
	switch value := m["bundleDependencies"].(type) {
	case bool:
		delete(m, "bundleDependencies")
		if dependencies, ok := m["dependencies"].(map[string]any); ok && value {
			m["bundleDependencies"] = sortedKeys(dependencies)
		}
	case map[string]any:
		m["bundleDependencies"] = sortedKeys(value)
	case nil:
		delete(m, "bundleDependencies")
	}
}

// regularScripts drops what is no script and adds those that npm runs without being told: node-gyp's and server.js's.
func (a *Artifact) regularScripts(m map[string]any) {
	scripts, ok := m["scripts"].(map[string]any)
	if !ok {
		delete(m, "scripts")
		scripts = map[string]any{}
	}
	for name, script := range scripts {
		if line, isText := script.(string); isText {
			scripts[name] = regexp.MustCompile(`^(\.[/\\])?node_modules[/\\]\.bin[\\/]`).ReplaceAllString(line, "")
		} else {
			delete(scripts, name)
		}
	}
	_, isOff := m["gypfile"].(bool)
	if isOff = isOff && !packagejson.Truthy(m["gypfile"]); !isOff && packagejson.Text(scripts["install"]) == "" && packagejson.Text(scripts["preinstall"]) == "" {
		isGyp := func(f File) bool { return path.Dir(f.Path) == "." && path.Ext(f.Path) == ".gyp" }
		if slices.ContainsFunc(a.files, isGyp) {
			scripts["install"], m["gypfile"] = "node-gyp rebuild", true
		}
	}
	if packagejson.Text(scripts["start"]) == "" && a.Has("server.js") {
		scripts["start"] = "node server.js"
	}
	if ok || len(scripts) > 0 {
		m["scripts"] = scripts
	}
}

func (a *Artifact) addReadme(m map[string]any) {
	if packagejson.Text(m["readme"]) == "" {
		m["readme"] = cmp.Or(a.readme.text, noReadme)
		if a.readme.name != "" {
			m["readmeFilename"] = a.readme.name
		}
	}
	if _, isText := m["description"].(string); !isText {
		delete(m, "description")
	}
	if packagejson.Text(m["description"]) == "" && m["readme"] != noReadme {
		m["description"] = firstParagraph(packagejson.Text(m["readme"]))
	}
}

// firstParagraph is a readme's first block of text below its headings, in one line.
func firstParagraph(readme string) string {
	var paragraph []string
	for line := range strings.SplitSeq(strings.TrimSpace(readme), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case len(paragraph) == 0 && (trimmed == "" || strings.HasPrefix(trimmed, "#")):
		case trimmed == "":
			return strings.TrimSpace(strings.Join(paragraph, " "))
		default:
			paragraph = append(paragraph, line)
		}
	}
	return strings.TrimSpace(strings.Join(paragraph, " "))
}

// addTypes names the declarations that stand beside the main file.
func (a *Artifact) addTypes(m map[string]any, main string) {
	_, hasTypes := m["types"]
	_, hasTypings := m["typings"]
	if main == "" {
		main = "index.js"
	}
	declarations := strings.TrimSuffix(path.Clean(main), path.Ext(main)) + ".d.ts"
	if !hasTypes && !hasTypings && a.Has(declarations) {
		m["types"] = "./" + declarations
	}
}

// github takes the forms in which a repository of GitHub is written: a shorthand, or one of git's URLs.
const github = `^(?:github:|(git\+https|https?|git\+ssh|ssh|git)://(?:git@)?(?:www\.)?github\.com[/:]|(git@)github\.com:)?` +
	`([\w.-]+)/([\w.-]+?)(?:\.git)?/?(#.*)?$`

// regularRepository gives the repository its object form and, for one of GitHub, its git URL, with the issues and the
// homepage where the package names none.
func regularRepository(m map[string]any) {
	if url, ok := m["repository"].(string); ok && url != "" {
		m["repository"] = map[string]any{"type": "git", "url": url}
	}
	repository, ok := m["repository"].(map[string]any)
	if !ok {
		return
	}
	match := regexp.MustCompile(github).FindStringSubmatch(packagejson.Text(repository["url"]))
	if match == nil {
		return
	}
	scheme, scp, project, commit := match[1], match[2], match[3]+"/"+match[4], match[5]
	switch {
	case scp != "" || strings.HasSuffix(scheme, "ssh"):
		repository["url"] = "git+ssh://git@github.com/" + project + ".git" + commit
	case scheme == "git":
		repository["url"] = "git://github.com/" + project + ".git" + commit
	default:
		repository["url"] = "git+https://github.com/" + project + ".git" + commit
	}
	if !packagejson.Truthy(m["bugs"]) {
		m["bugs"] = map[string]any{"url": "https://github.com/" + project + "/issues"}
	}
	if !packagejson.Truthy(m["homepage"]) {
		m["homepage"] = "https://github.com/" + project + "#readme"
		if commit != "" {
			m["homepage"] = "https://github.com/" + project + "/tree/" + commit[1:] + "#readme"
		}
	}
}

func regularLists(m map[string]any) {
	if keywords, ok := m["keywords"].(string); ok {
		var list []any
		for _, keyword := range regexp.MustCompile(`,\s+`).Split(keywords, -1) {
			list = append(list, keyword)
		}
		m["keywords"] = list
	}
	for _, key := range []string{"keywords", "files"} {
		list, ok := m[key].([]any)
		if !ok {
			delete(m, key)
			continue
		}
		m[key] = slices.DeleteFunc(list, func(element any) bool { return packagejson.Text(element) == "" })
	}
	if url, ok := m["bugs"].(string); ok && url != "" {
		kind := "url"
		if !strings.Contains(url, "://") && strings.Contains(url, "@") {
			kind = "email"
		}
		m["bugs"] = map[string]any{kind: url}
	}
}

func regularPeople(m map[string]any) {
	if author := m["author"]; packagejson.Truthy(author) {
		m["author"] = person(author)
	}
	for _, key := range []string{"contributors", "maintainers"} {
		if people, ok := m[key].([]any); ok {
			for i := range people {
				people[i] = person(people[i])
			}
		}
	}
}

// person reads "name <email> (url)" into an object; an object keeps its name, email and url.
func person(value any) map[string]any {
	p := map[string]any{}
	set := func(key, s string) {
		if s = strings.TrimSpace(s); s != "" {
			p[key] = s
		}
	}
	switch value := value.(type) {
	case string:
		first := func(expression string) string {
			if match := regexp.MustCompile(expression).FindStringSubmatch(value); match != nil {
				return match[1]
			}
			return ""
		}
		set("name", first(`^([^(<]+)`))
		set("email", first(`<([^<>]+)>`))
		set("url", first(`\(([^()]+)\)`))
	case map[string]any:
		set("name", packagejson.Text(value["name"]))
		for _, alias := range [][2]string{{"email", "mail"}, {"url", "web"}} {
			set(alias[0], packagejson.Text(value[alias[1]]))
			set(alias[0], packagejson.Text(value[alias[0]]))
		}
	case json.Number:
		set("name", value.String())
	}
	return p
}
