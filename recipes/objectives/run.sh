#!/usr/bin/env bash
# Compare the objectives:  recipes/objectives/run.sh [stage [argument ...]]
#
#   toy    points in the plane, every objective and ablation; a quarter of an hour of one free core
#   cost TEACHER PREPARED
#          seconds and memory of a training step on the mel decoder; five minutes of one free core
#   mel TEACHER PREPARED SENTENCES [--whisper MODEL] [--ablations] ...
#          every objective trained from a teacher's run, and its speech; an hour of one free core
#
# TEACHER is a teacher's run, PREPARED a folder of smf-tts prepare, SENTENCES a list of held-out
# id<TAB>text<TAB>speaker. Options: run.sh mel --help. Results go to recipes/objectives/results.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stage=${1:-toy}
shift || true

run() { PYTHONPATH=$(dirname "$(dirname "$here")") python "$here/$stage.py" "$@"; }

case "$stage" in
  toy) run "$here/results" ;;
  cost) run "${1:-}" "${2:-}" "$here/results" "${@:3}" ;;
  mel) run "${1:-}" "${2:-}" "${3:-}" "$here/results" "${@:4}" ;;
  *) echo "no stage '$stage'; the stages are: toy, cost, mel" >&2; exit 2 ;;
esac
