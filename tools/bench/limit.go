package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/bench/measure"
	"github.com/agent-facets/facets-reconcile/tools/bench/page"
	"github.com/agent-facets/facets-reconcile/tools/bench/sink"
)

// allowed is how many requests a second the registry answers; what is above gets 429 with Retry-After: 1.
const allowed = 50

// limited measures how plan gets on with a registry that limits it.
func limited(ctx context.Context, b *bench) (string, error) {
	count := 1000
	if b.quick {
		count = 150
	}
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("@bench/package-%04d", i))
	}
	file, err := declare(filepath.Join(b.work, "limit"), "limit.yaml", "", "", names)
	if err != nil {
		return "", err
	}
	s := sink.New(sink.Options{Present: version, Limit: allowed})
	address, stop, err := serve(ctx, s)
	if err != nil {
		return "", err
	}
	defer stop()
	env, err := b.home(address, "not-a-secret")
	if err != nil {
		return "", err
	}
	printed, err := os.Create(filepath.Join(b.work, "limit", "plan.json"))
	if err != nil {
		return "", err
	}
	plan := command(ctx, filepath.Dir(file), env, b.program, "plan", "-f", file, "-o", "json", "--concurrency", strconv.Itoa(scaleConcurrency))
	plan.Stdout = printed
	usage, failed := measure.Run(ctx, 1, plan)
	if err := printed.Close(); err != nil {
		return "", err
	}
	served, err := countServed(printed.Name())
	if err != nil {
		return "", errors.Join(failed, err)
	}
	text := fmt.Sprintf("`plan --concurrency %d` of %d packages against a registry that answers %d requests a second, a burst of as many, "+
		"and 429 to all others: %d of %d known to be served after %s, with %s at most.\n\n",
		scaleConcurrency, count, allowed, served, count, seconds(usage.Elapsed), megabytes(usage.Peak))
	if failed != nil || served < count {
		text += fmt.Sprintf("It did not get all answers: %d packages remain unknown.\n\n", count-served)
	}
	return text + pace(s.Answers()), nil
}

// countServed returns of how many packages a plan knows that they are served.
func countServed(path string) (served int, err error) {
	var plan struct {
		Groups []struct {
			Packages []struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &plan)
	}
	for _, group := range plan.Groups {
		for _, p := range group.Packages {
			for _, c := range p.Conditions {
				if c.Type == "Served" && c.Status == "True" {
					served++
				}
			}
		}
	}
	return served, err
}

// pace shows how many requests were answered and refused a second, in ten parts of the whole time.
func pace(answers []sink.Answer) string {
	if len(answers) == 0 {
		return "No request arrived.\n"
	}
	const parts = 10
	began, whole := answers[0].At, answers[len(answers)-1].At.Sub(answers[0].At)+time.Nanosecond
	length := whole.Seconds() / parts
	var answered, refused [parts]float64
	for _, a := range answers {
		part := int(parts * a.At.Sub(began) / whole)
		if a.Refused {
			refused[part] += 1 / length
		} else {
			answered[part] += 1 / length
		}
	}
	var rows [][]string
	settled := 0.0
	for i := range parts {
		rows = append(rows, []string{fmt.Sprintf("%.0f to %.0f", float64(i)*length, float64(i+1)*length),
			fmt.Sprintf("%.1f", answered[i]), fmt.Sprintf("%.1f", refused[i])})
		if i >= parts/2 {
			settled += answered[i] / (parts / 2)
		}
	}
	return page.Table([]string{"second", "answered a second", "refused a second"}, rows) +
		fmt.Sprintf("\nIn the second half %.1f a second were answered, %.0f %% of what is allowed.\n", settled, 100*settled/allowed)
}
