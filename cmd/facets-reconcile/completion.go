package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/report"
)

// completeFlags has the shell complete the flags of all commands below c, except those that complete themselves.
func completeFlags(c *cobra.Command) {
	complete := map[string]cobra.CompletionFunc{
		"group":      fromStateFile(groupNames),
		"package":    fromStateFile(packageNames),
		"file":       stateFiles,
		"tag":        cobra.NoFileCompletions,
		"registry":   cobra.NoFileCompletions,
		"notify":     cobra.NoFileCompletions,
		"github-api": cobra.NoFileCompletions,
		"output":     oneOf(string(report.Table), string(report.JSON), string(report.YAML), string(report.Markdown)),
		"log-level":  oneOf("debug", "info", "warn", "error"),
		"log-format": oneOf("text", "json"),
		"auth": oneOf("auto\tan ID token in CI, else the session's", "oidc\tan ID token only",
			"token\tpublish with the session's token"),
		"only":   severalOf(actionWords()...),
		"report": beginnings("=", reportKinds()...),
		"fault":  beginnings(",", faultKinds()...),
		"shard":  oneOf(parallel()...),
	}
	for _, sub := range c.Commands() {
		for flag, completion := range complete {
			if _, has := sub.GetFlagCompletionFunc(flag); sub.Flag(flag) != nil && !has {
				_ = sub.RegisterFlagCompletionFunc(flag, completion) // fails for a flag that is not there, or has one
			}
		}
		completeFlags(sub)
	}
}

func oneOf(values ...cobra.Completion) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder)
}

// severalOf completes a list with commas by the values that are not in it yet.
func severalOf(values ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		before := begun[:strings.LastIndex(begun, ",")+1]
		var completions []cobra.Completion
		for _, value := range values {
			if strings.HasPrefix(before+value, begun) && !slices.Contains(strings.Split(before, ","), value) {
				completions = append(completions, before+value)
			}
		}
		return completions, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// beginnings completes the first part of a value, up to what ends it. What follows is the user's to say; behind = it is a file.
func beginnings(end string, values ...cobra.Completion) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, begun string) (completions []cobra.Completion, _ cobra.ShellCompDirective) {
		if strings.Contains(begun, end) {
			if end == "=" {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, value := range values {
			word, description, _ := strings.Cut(value, "\t")
			if end == "=" {
				word += end
			}
			if strings.HasPrefix(word, begun) {
				completions = append(completions, strings.TrimSuffix(word+"\t"+description, "\t"))
			}
		}
		return completions, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

func faultKinds() (kinds []cobra.Completion) {
	for _, kind := range fault.Kinds() {
		kinds = append(kinds, string(kind)+"\t"+kind.Describe())
	}
	return kinds
}

func stateFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// fromStateFile completes by what the state file holds that the command line names; nothing where it cannot be read.
func fromStateFile(names func(*desired.State) []cobra.Completion) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		file, err := c.Flags().GetString("file")
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		state, err := desired.Load(file)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		fits := slices.DeleteFunc(names(state), func(name string) bool { return !strings.HasPrefix(name, begun) })
		return fits, cobra.ShellCompDirectiveNoFileComp
	}
}

func groupNames(state *desired.State) (names []cobra.Completion) {
	for _, group := range state.Spec.Groups {
		names = append(names, group.Name)
	}
	return names
}

func packageNames(state *desired.State) (names []cobra.Completion) {
	for _, p := range state.Packages() {
		names = append(names, p.Name.String()+"\t"+string(p.Role)+" of "+p.Group)
	}
	return names
}
