#!/bin/bash
# Runs "facets-reconcile $COMMAND $ARGS" and tells its exit code.
set -eo pipefail # not -u: bash 3.2 of macOS takes an empty array for an unset one

arguments=("$COMMAND")
case "$COMMAND" in
  plan | apply | wait | drift)
    if [ "$SUMMARY" = true ]; then arguments+=("--report=github=$GITHUB_STEP_SUMMARY"); fi
    if [ "$ANNOTATIONS" = true ]; then arguments+=(--annotations); fi
    ;;
  validate)
    if [ "$ANNOTATIONS" = true ]; then arguments+=(--annotations); fi
    ;;
esac

# xargs splits as a shell does, quotes included, and expands nothing.
if [ -n "${ARGS//[[:space:]]/}" ]; then
  split="$RUNNER_TEMP/facets-reconcile-arguments"
  printf '%s' "$ARGS" | xargs printf '%s\0' > "$split"
  while IFS= read -r -d '' argument; do arguments+=("$argument"); done < "$split"
fi

code=0
facets-reconcile "${arguments[@]}" || code=$?
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
exit "$code"
