package github

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"

	"github.com/google/go-github/v60/github"
)

// ErrUnavailable says that GitHub could not be asked: it was not reached, does not work, or its rate limit is used up. So nothing is
// known of the repository.
var ErrUnavailable = errors.New("GitHub cannot be asked for now")

// unavailable tells whether an error of the API tells nothing about the repository.
func unavailable(err error) bool {
	var limit *github.RateLimitError
	var abuse *github.AbuseRateLimitError
	if errors.As(err, &limit) || errors.As(err, &abuse) {
		return true
	}
	var answer *github.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		status := answer.Response.StatusCode
		return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
	}
	var sending *url.Error
	var network *net.OpError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.As(err, &sending) || errors.As(err, &network) || errors.As(err, &syntax) || errors.As(err, &kind)
}
