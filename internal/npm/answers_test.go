package npm_test

import (
	"strings"
)

// seed is an answer to begin with.
type seed struct {
	status       int
	header, body string
}

// answers are those that registries are known to give, and those that nobody should believe.
func answers() []seed {
	const (
		manifest = `{"name":"@s/p","version":"1.0.0","os":["linux"],"cpu":"x64","libc":null,"deprecated":false,` +
			`"optionalDependencies":{"@s/p-linux":"1.0.0"},"dist":{"integrity":"sha512-AA==","shasum":"a",` +
			`"tarball":"http://127.0.0.1:4873/@s/p/-/p-1.0.0.tgz"},"_npmUser":{"name":"u","trustedPublisher":{"id":"circleci"}}}`
		escape = `\u001b]0;owned\u0007\u001b[2J\u202emoc.live\u2066\u009b31m\u0000`
	)
	seeds := []seed{
		{200, "", manifest},
		{200, "", strings.Replace(manifest, "http://127.0.0.1:4873/@s", "http://user:pa\u202ess@[::1%25\\u001b]/", 1)},
		{200, "", strings.Replace(manifest, `"@s/p"`, `"@s/p`+escape+`"`, 1)},
		{200, "", strings.Replace(manifest, `"@s/p"`, `"@s/..%2f..%2fp"`, 1)},
		{200, "", strings.Replace(manifest, `"@s/p"`, `"@s/р"`, 1)}, // a Cyrillic letter
		{200, "", strings.Replace(manifest, `"1.0.0"`, `"v1.0.0"`, 1)},
		{200, "", strings.Replace(manifest, `["linux"]`, `{"a":1}`, 1)},
		{200, "", strings.Replace(manifest, `"x64"`, `[["x64"]]`, 1)},
		{200, "", strings.Replace(manifest, `"libc":null`, `"libc":1e999`, 1)},
		{200, "", strings.Replace(manifest, `"os"`, `"name":"@s/p","NAME":"@s/other","os"`, 1)},
		{200, "", `{"latest":"1.0.0","` + escape + `":"` + escape + `","__proto__":"1.0.0"}`},
		{200, "", `{"latest":1}`},
		{200, "", `{"` + strings.Repeat("\x1b", 3000) + `":"1.0.0"}`},
		{200, "", `{"latest":"` + strings.Repeat("\u202e", 3000) + `"}`},
		{200, "", strings.Repeat(`{"time":`, 12_000)},
		{200, "", strings.Repeat("[", 12_000) + strings.Repeat("]", 12_000)},
		{200, "", `{"time":{"unpublished":{"time":"2017-01-13T15:35:55.984Z"}}}`},
		{404, "", `{"time":{"unpublished":{"time":"` + escape + `"}},"versions":{}}`},
		{200, "", `{"time":{"unpublished":{"time":"` + readToken + `"}},"versions":{ }}`},
		{200, "", `{"time":{"unpublished":{"time":"` + strings.Repeat("9", 5000) + `"}}}`},
		{201, "", `{"token_type":"oidc","token":"t","created":"x","expires":"2026-10-01T12:00:00Z"}`},
		{200, "", `{"token":"","expires":{}}`},
		{200, "", `{"username":"` + escape + `"}`},
		{200, "", `[{"id":"1","type":"circleci","claims":{"a":["b"],"` + escape + `":1},"permissions":["createPackage"]}]`},
		{200, "", strings.Replace(manifest, `"@s/p"`, `"`+strings.Repeat("x", 100_000)+`"`, 1)},
		{200, "", strings.Replace(manifest, "http:", strings.Repeat("x", 100_000), 1)},
		{200, "", `{"items":[{"id":"1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f","packageName":"@s/p","version":"1.0.0","tag":"` + escape + `",` +
			`"createdAt":"` + escape + `","actor":"` + strings.Repeat("\u202e", 3000) + `","status":"` + escape + `"}],"total":1}`},
		{200, "", `{"id":"1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f","packageName":"@s/p","version":"1.0.0","shasum":"` + escape + `"}`},
		{201, "", `{"stageId":"` + escape + `"}`},
		{302, "Location: x:" + strings.Repeat("x", 100_000), ``},
		{404, "", `"Not Found"`},
		{404, "", `{"error":"` + escape + `","message":"` + escape + `"}`},
		{403, "npm-notice: \x1b[31m" + session + "\u202e", `{"error":"You cannot publish over ` + publish + `"}`},
		{401, "www-authenticate: OTP", `{"authUrl":"http://127.0.0.1:4873/a?` + "\u202e" + `","doneUrl":"http://127.0.0.1:4873/d"}`},
		{401, "www-authenticate: Bearer, otp", `{"authUrl":"javascript:alert(1)","doneUrl":"http://127.0.0.1:4873/d"}`},
		{401, "www-authenticate: otp", `{"authUrl":"https://a.test/\u001b[2J","doneUrl":"https://evil.test/d"}`},
		{401, "www-authenticate: otp", `{"authUrl":"https://r\u0435gistry.example.test/#\u2066","doneUrl":"http://127.0.0.1:4873/d"}`},
		{401, "", `{"error":"one-time pass"}`},
		{202, "Retry-After: 0", ``},
		{302, "Location: http://127.0.0.1:4873/\x1b[2J\u202e", ``},
		{307, "Location: https://" + session + "@evil.test/\u009b", `<html>`},
		{301, "Location: %zz\x1b", ``},
		{413, "", "<html><title>\x1b[31m413 &#27; &#x202e;</title>"},
		{500, "", "<\x1b" + idToken + "<" + readToken},
		{409, "", `{"message":"Failed to save packument: ` + session + `"}`},
		{501, "Content-Encoding: gzip", "\x1f\x8b\x00\x00"},
		{599, "", "\xff\xfe\xed\xa0\x80" + strings.Repeat("é", 70_000)},
	}
	for _, delay := range []string{"1", "0", "-1", "1934", "99999999999", "9223372036", "9223372037", "9223372036854775807", "1e9", "\x1b",
		"Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		seeds = append(seeds, seed{429, "Retry-After: " + delay, "<html>"}, seed{503, "retry-after: " + delay, ""},
			seed{202, "retry-after: " + delay, ""})
	}
	return seeds
}
