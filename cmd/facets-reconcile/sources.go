package main

import (
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// scan looks for packages that the state file does not declare. That not all of the workspace could be read is no reason to
// hold up what is declared.
func (u *setup) scan() {
	undeclared, err := u.state.Undeclared(u.root)
	u.want.Undeclared, u.want.Unscanned = undeclared, err != nil
	if err == nil || errors.Is(err, desired.ErrNoWorkspace) {
		return
	}
	if !u.shared.everything {
		u.log.Warn("not all of the workspace could be read, so undeclared packages may be missed", "error", err)
		return
	}
	u.blind = append(u.blind, reconcile.FailedSource{
		Message: fmt.Sprintf("not all of the workspace could be read, so undeclared packages may be missed: %v", err),
		Next:    "mend what it says, and run again",
	})
}

// without goes on without a part of npm's configuration, in a check of everything. Where that part might name the registry,
// it cannot: another one would be looked at.
func (u *setup) without(unread error) error {
	named, _ := u.npmrc.EnvironmentRegistry()
	if !u.shared.everything || u.shared.registry == "" && named == "" && u.state.Spec.Registry == "" {
		return unread
	}
	u.blind = append(u.blind, reconcile.FailedSource{
		Message: fmt.Sprintf("whatever credential is there is not used, so restricted packages and trusted publishers may be missed: %v", unread),
		Next:    "let this user read the file, and run again",
	})
	return nil
}
