package secret_test

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/secret"
)

// Made-up secrets: what stands in a key, and what stands behind a token's prefix.
const (
	inKey = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
	made  = "a8Kq2Zr7Xw4Tn9Lc3Vb6Hm1Pd5Gs0Yf8Je2Ku"
	auth  = "//registry.example.test/:_authToken="
)

type file struct {
	name, contents string
	kind           secret.Kind // "": it is none
}

func files() []file {
	const npm, key, values = secret.Kind("an npm credential"), secret.Kind("a private key"), secret.Kind("variables with values")
	pem := "-----BEGIN PRIVATE KEY-----\n" + inKey + "\n-----END PRIVATE KEY-----\n"
	return []file{
		{".npmrc", auth + made, npm},
		{"a/.npmrc", "# " + auth + made, npm},
		{".npmrc", "save-exact=true\r\n" + auth + "\"" + made + "\"\r\n", npm},
		{".NPMRC", "_auth = " + made, npm},
		{"etc/npmrc", "//registry.example.test/:_password=" + made, npm},
		{".npmrc", "_password[]=" + made, npm},
		{".npmrc", "https-proxy=http://me:" + made + "@proxy.example.test", npm},
		{".npmrc", "//registry.example.test/:key=\"-----BEGIN PRIVATE KEY-----\\n" + inKey, key},
		{".npmrc", auth + "${NPM_TOKEN-" + made + "}", npm},
		{".npmrc", "\xff\xfe" + wide(auth+made), npm},
		{".npmrc", "\ufeff" + auth + made, npm},
		{".npmrc", auth + "${NPM_TOKEN}", ""},
		{".npmrc", auth + "${NPM_TOKEN?}", ""},
		{".npmrc", auth + "\n_auth=", ""},
		{".npmrc", auth + "${NPM_TOKEN} # from the environment", ""},
		{".npmrc", auth + "<your token>", ""},
		{".npmrc", auth + "YOUR_TOKEN", ""},
		{".npmrc", "registry=https://registry.example.test:4873/a@b\nalways-auth=true\n//registry.example.test/:username=me", ""},
		{"npmrc.md", auth + made, ""},
		{".yarnrc.yml", "npmScopes:\n  a:\n    npmAuthToken: " + made, npm},
		{".yarnrc.yml", "npmRegistries: {//registry.example.test: {npmAuthIdent: \"me:" + made + "\"}}", npm},
		{".yarnrc.yml", "npmAuthToken: >-\n  " + made, npm},
		{".yarnrc.yml", "npmAuthToken: ${NPM_TOKEN:-" + made + "}", npm},
		{".yarnrc.yml", "a: {npmAuthToken: \"${NPM_TOKEN-}\"}\nb: {npmAuthToken: ${NPM_TOKEN}}\nnpmAuthToken:\nnpmAlwaysAuth: true", ""},
		{"bunfig.toml", "[install.scopes]\nme = { token = \"" + made + "\", url = \"https://registry.example.test\" }", npm},
		{"bunfig.toml", "[install]\nregistry = \"https://me:" + made + "@registry.example.test\"", npm},
		{"bunfig.toml", "[install.registry]\ntoken = \"$NPM_TOKEN\"\n[test]\ncoverage = true", ""},
		{".netrc", "machine a\n  login me\n  password " + made, "a password"},
		{"_netrc", "machine a login me password " + made, "a password"},
		{".netrc", "machine a login me password <password>", ""},
		{".pypirc", "[pypi]\nusername: __token__\npassword: pypi-" + made, "a PyPI credential"},
		{".git-credentials", "https://me:" + made + "@git.example.test", "a git credential"},
		{".docker/config.json", `{"auths": {"a": {"auth": "` + made + `"}}}`, "a container registry's credential"},
		{".dockercfg", `{"a": {"auth": "` + made + `"}}`, "a container registry's credential"},
		{".docker/config.json", `{"auths": {"a": {}}, "credsStore": "desktop"}`, ""},
		{"config.json", `{"auth": "` + made + `"}`, ""},
		{".aws/credentials", "[default]\naws_access_key_id = x\naws_secret_access_key = " + made, "an AWS credential"},
		{".aws/config", "[default]\nregion = x", ""},
		{".cargo/credentials.toml", "[registry]\ntoken = \"" + made + "\"", "a Cargo credential"},
		{".kube/config", "users:\n- user:\n    token: " + made, "a Kubernetes credential"},
		{"service.json", `{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\n` + inKey + `\n"}`, "a service account's key"},

		{"any.txt", pem, key},
		{"any", "\n  " + pem, key},
		{"a.js", pem, key},
		{"id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + inKey, key},
		{"id_ed25519.bak", "# mine\n" + pem, key},
		{"old.pem", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,A0\n\n" + inKey, key},
		{"both.crt", "-----BEGIN CERTIFICATE-----\n" + inKey + "\n-----END CERTIFICATE-----\n" + pem, key},
		{"bag.pem", "Bag Attributes\n    friendlyName: x\n" + pem, key},
		{"a.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none", key},
		{"my.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n" + inKey, "a PGP private key"},
		{"a.p12", "\x30\x82\x0a\x00\x02\x01\x03\x30\x82", "a PKCS #12 key store"},
		{"a.pfx", "\x00\x01\x02", ""},
		{"pub.pem", "-----BEGIN PUBLIC KEY-----\n" + inKey, ""},
		{"id_rsa.pub", "ssh-rsa " + inKey, ""},
		{"a.crt", "-----BEGIN CERTIFICATE-----\n" + inKey, ""},
		{"key.md", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", ""},
		{"a.js", "const pem = `" + pem + "`", ""},

		{".env", "# mine\nexport A='b'\n", values},
		{".env", "A=\nPORT=3000\n", values},
		{"app/.env.production", "A: b", values},
		{".env", "\xff\xfe" + wide("A=b\r\n"), values},
		{".env", "A=${B:-c}", values},
		{".env-mine", "A=b", values},
		{".env", "# A=b\n\nB=\nC=\"\"\nD=${E}\nF=$G\nH=<h>\nI=changeme\nJ=xxxx # later\nK=your-key\nL=op://vault/l", ""},
		{".env", "", ""},
		{".env.example", "A=b\nPORT=3000", ""},
		{".env.local.sample", "A=b", ""},
		{".env.template", "A=npm_" + made[:36], "an npm token"},
		{".env.d.ts", "A = 'b'", ""},
		{".env.vault", "DOTENV_VAULT=" + made, ""},
		{".environment", "A=b", ""},

		{"a.yml", "token: npm_" + made[:36], "an npm token"},
		{"a.json", `{"a": "ghp_` + made[:36] + `"}`, "a GitHub token"},
		{"a.toml", "github_pat_" + made[:22] + "_" + made + made[:22], "a GitHub token"},
		{"a.sh", "export T=glpat-" + made[:20], "a GitLab token"},
		{".toolrc", "xoxb-203984756102-" + made, "a Slack token"},
		{"a.ini", "k=sk_live_" + made[:24], "a Stripe key"},
		{"a.json", `{"accessKeyId": "AKIAQ3Z7XW4TN5LC2VB6", "secretAccessKey": "` + made + `Ab1"}`, "an AWS credential"},
		{"a.json", `{"accessKeyId": "AKIAQ3Z7XW4TN5LC2VB6"}`, ""},
		{"a.json", `{"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}`, ""},
		{"a.json", `{"a": "npm_` + strings.Repeat("x", 36) + `", "b": "npm_` + made + made + `", "c": "npm_run_build_all_of_it_now_please_thanks"}`, ""},
		{"a.json", `{"a": "npm_0123456789abcdefghijklmnopqrstuvwxyz"}`, ""},
		{"a.js", "npm_" + made[:36], ""},
	}
}

func wide(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteString(text[i:i+1] + "\x00")
	}
	return b.String()
}

func TestInspectTellsSecretsFromWhatLooksLikeThem(t *testing.T) {
	for _, f := range files() {
		t.Run(f.name, func(t *testing.T) {
			kind, err := secret.Inspect(f.name, strings.NewReader(f.contents), int64(len(f.contents)))
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			NewWithT(t).Expect(kind).To(Equal(f.kind), f.contents)
		})
	}
}

func TestInspectReadsNoMoreThanAHead(t *testing.T) {
	g := NewWithT(t)
	late := strings.Repeat("# none\n", 100_000) + auth + made
	kind, err := secret.Inspect(".npmrc", strings.NewReader(late), int64(len(late)))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(kind).To(BeEmpty())
	_, err = secret.Inspect("cut-off", strings.NewReader("short"), 1000)
	g.Expect(err).NotTo(HaveOccurred(), "another reader says so")
}

// FuzzInspect looks into any file of any name: what it says of one is words of its own.
func FuzzInspect(f *testing.F) {
	kinds := map[secret.Kind]bool{"": true}
	for _, seed := range files() {
		f.Add(seed.name, []byte(seed.contents))
		kinds[seed.kind] = true
	}
	f.Add(".env", []byte(strings.Repeat("${", 10_000)))
	f.Add(".npmrc", bytes.Repeat([]byte("_auth=\"${A:-"), 5000))
	kinds["a CircleCI token"] = true
	f.Fuzz(func(t *testing.T, name string, contents []byte) {
		kind, err := secret.Inspect(name, bytes.NewReader(contents), int64(len(contents)))
		if err != nil || !kinds[kind] {
			t.Errorf("%q, %v", kind, err)
		}
	})
}
