package chaos_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

// oidcVariable names the address at which the stand-in of circleci gets ID tokens.
const oidcVariable = "CHAOS_OIDC"

// mint is what the test binary does where it is called circleci: "run oidc get --claims {…}" prints an ID token.
func mint(arguments []string) int {
	if err := printToken(arguments); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "circleci:", err)
		return 1
	}
	return 0
}

func printToken(arguments []string) error {
	if len(arguments) != 5 || arguments[3] != "--claims" {
		return fmt.Errorf("%q is not what this stand-in does", arguments)
	}
	var claims struct{ Aud string }
	if err := json.Unmarshal([]byte(arguments[4]), &claims); err != nil {
		return err
	}
	answer, err := http.Get(os.Getenv(oidcVariable) + "?" + url.Values{"aud": {claims.Aud}}.Encode())
	if err != nil {
		return err
	}
	token, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", answer.Status, token)
	}
	_, err = os.Stdout.Write(token)
	return err
}
