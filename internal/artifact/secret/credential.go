package secret

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// credentialFile is a file in which some program keeps what it logs in with.
type credentialFile struct {
	kind  Kind
	value string   // a regular expression whose group is what may be a credential
	paths []string // that its path, in lower case, ends in
}

const ofNPM Kind = "an npm credential"

// login is a password within a URL.
const login = `://[^\s/:@"']*:([^\s/@"']+)@`

func credentialFiles() []credentialFile {
	npmrc, bunfig := []string{".npmrc", "npmrc"}, []string{"bunfig.toml", ".bunfig.toml"}
	return []credentialFile{
		{ofNPM, `(?im)^[ \t;#]*["']?(?:[^\n=]*:)?_(?:authtoken|auth|password)["']?(?:\[\])?[ \t]*=(.*)$`, npmrc},
		{ofNPM, login, npmrc},
		{privateKey, `(?im)^[ \t]*["']?(?:[^\n=]*:)?key["']?[ \t]*=(.*-BEGIN [A-Z ]*PRIVATE KEY-.*)$`, npmrc},
		{ofNPM, `(?m)npmAuth(?:Token|Ident)["']?[ \t]*:[ \t]*(?:[>|][-+0-9]*[ \t]*\r?\n[ \t]+)?(.*)$`, []string{".yarnrc.yml"}},
		{ofNPM, `(?m)\b(?:token|password)[ \t]*=[ \t]*("[^"\n]*"|'[^'\n]*')`, bunfig},
		{ofNPM, login, bunfig},
		{"a password", `\bpassword\s+(\S+)`, []string{".netrc", "_netrc"}},
		{"a PyPI credential", `(?im)^[ \t]*password[ \t]*[=:](.*)$`, []string{".pypirc"}},
		{"a git credential", login, []string{".git-credentials"}},
		{"a container registry's credential", `"(?:auth|identitytoken|registrytoken|password)"\s*:\s*("[^"\n]*")`,
			[]string{".docker/config.json", ".dockercfg", ".dockerconfigjson"}},
		{"an AWS credential", `(?im)^[ \t]*aws_secret_access_key[ \t]*=(.*)$`, []string{".aws/credentials", ".aws/config"}},
		{"a Cargo credential", `(?m)^[ \t]*token[ \t]*=(.*)$`, []string{".cargo/credentials", ".cargo/credentials.toml"}},
		{"a Kubernetes credential", `(?m)^[ \t-]*(?:token|password|client-key-data)[ \t]*:(.*)$`, []string{".kube/config"}},
		{"a service account's key", `"private_key"\s*:\s*("-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\\n[A-Za-z0-9+/]{32}[^"\n]*")`,
			[]string{".json"}},
	}
}

// is tells whether a path, in lower case, is the file's.
func (f credentialFile) is(lower string) bool {
	return slices.ContainsFunc(f.paths, func(ending string) bool {
		return lower == ending || strings.HasSuffix(lower, "/"+ending) || ending == ".json" && strings.HasSuffix(lower, ending)
	})
}

func (f credentialFile) judge(data []byte) Kind {
	for _, match := range regexp.MustCompile(f.value).FindAllSubmatch(data, -1) {
		if isValue(string(bytes.TrimSpace(match[1]))) {
			return f.kind
		}
	}
	return ""
}
