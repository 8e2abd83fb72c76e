#!/usr/bin/env bash
# Compare the objectives:  recipes/objectives/run.sh [stage ...]
#
#   toy    points in the plane, every objective and ablation; a quarter of an hour of one free core
set -euo pipefail
cd "$(dirname "$0")/../.."
here=recipes/objectives

for stage in "${@:-toy}"; do
  case "$stage" in
    toy) PYTHONPATH=. python "$here/toy.py" "$here/results" ;;
    *) echo "no stage '$stage'; the stages are: toy" >&2; exit 2 ;;
  esac
done
