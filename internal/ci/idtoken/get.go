package idtoken

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	getFor     = 30 * time.Second // all attempts together
	getPause   = time.Second      // before the second, and doubled
	getTries   = 3
	maxAnswers = 1 << 20 // bytes
)

// get is the default of Options.Get. It follows no redirect, because the secret is for this address alone.
func get(ctx context.Context, address string, bearer spec.Secret) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, getFor)
	defer cancel()
	for try, pause := 1, getPause; ; try, pause = try+1, 2*pause {
		body, again, err := getOnce(ctx, address, bearer)
		switch {
		case !again:
			return body, err
		case try == getTries:
			return nil, passingError{err}
		}
		select {
		case <-ctx.Done():
			return nil, passingError{err}
		case <-time.After(pause):
		}
	}
}

// passingError is a failure of the service that makes ID tokens. It may answer later.
type passingError struct{ error }

func (e passingError) Unwrap() error { return e.error }

// Passing tells whether there is no ID token because of a failure that may pass.
func Passing(err error) bool {
	_, ok := errors.AsType[passingError](err)
	return ok
}

// getOnce asks once, and tells whether another attempt may help.
func getOnce(ctx context.Context, address string, bearer spec.Secret) (body []byte, again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, words.Unaddressed(err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return nil, ctx.Err() == nil, words.Unaddressed(err)
	}
	defer func() { _ = response.Body.Close() }() // what was read counts
	if response.StatusCode != http.StatusOK {
		again = response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests
		return nil, again, fmt.Errorf("%s answered %d (%s)", request.URL.Host, response.StatusCode, http.StatusText(response.StatusCode))
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswers))
	return body, err != nil && ctx.Err() == nil, err
}
