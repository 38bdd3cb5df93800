#!/usr/bin/env bash
# Runs the gate from the inputs of a CI job; everything comes in as environment variables, so that no input is code.
set -euo pipefail

folder=${GATE_FOLDER:?}
mkdir -p "$folder"
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  echo "folder=$folder" >>"$GITHUB_OUTPUT"
fi

options=(
  --suite "${GATE_SUITE:-default}"
  --link "${GATE_LINK:-}"
  --comment "$folder/comment.md"
  --report "$folder/report.json"
  --junit "$folder/junit.xml"
  --sarif "$folder/report.sarif"
  --html "$folder/report.html"
)
if [ -n "${GITHUB_ACTIONS:-}" ]; then options+=(--github); fi
if [ "${GATE_POST:-true}" = true ]; then options+=(--post); fi
# Words of the options input are split at spaces, as on a command line without quotes.
read -r -a more <<<"${GATE_OPTIONS:-}"

if [ -n "${GATE_COMMAND:-}" ]; then
  if [ -n "${GATE_SETUP:-}" ]; then options+=(--setup "$GATE_SETUP"); fi
  exec "${SPANLEDGER:-spanledger}" gate run --repeats "${GATE_REPEATS:-3}" --keep "$folder/recordings" \
    "${options[@]}" ${more[@]+"${more[@]}"} -- bash -c "$GATE_COMMAND"
fi
exec "${SPANLEDGER:-spanledger}" gate --base "${GATE_BASE:?say command, or base and head}" --head "${GATE_HEAD:?}" \
  "${options[@]}" ${more[@]+"${more[@]}"}
