#!/usr/bin/env bash
# LibriTTS, or a corpus like it, to a voice and a report on it. Started again, it goes on where it
# was; each stage can be run alone.
#
#   recipes/libritts/run.sh --corpus-dir data/LibriTTS_R --size base
#
#   stage  0 download    what is missing, if the folder's name is LibriTTS or LibriTTS_R
#          1 prepare     phonemes, mels and their statistics
#          2 statistics  what the corpus holds
#          3 teacher     text encoder, durations and decoder, by flow matching
#          4 student     the decoder's average velocities, by SplitMeanFlow
#          5 vocoder     Vocos
#          6 export      the voice package
#          7 synthesize  held-out sentences, by the voice at 1, 2 and 4 steps and by the teacher
#          8 evaluate    against their recordings
#          9 report      corpus, training and evaluation on one page
#
#   --stage N, --stop-stage N  first and last stage
#   --corpus-dir DIR           in LibriTTS's layout, or a metadata.csv beside a folder wavs
#   --subsets "NAME ..."       as "train-clean-100 train-clean-360"; by default, of LibriTTS what
#                              the size asks for, of another corpus all that is there
#   --speakers FILE            YAML: speaker id to {name, language}
#   --size small|base|large    which of configs/
#   --run-dir, --prepared-dir DIR
#   --shards                   prepare tar archives (Lhotse Shar) instead of a file for each array
#   --jobs N                   processes that prepare
#   --launcher COMMAND         what starts a training, as "accelerate launch --num_processes 8"
#   --from-scratch             a student without a teacher
#   --vocoder NAME             a published Vocos, by name or folder, instead of training one
#   --sentences N              how many to test with
#   --whisper NAME             faster-whisper model or CTranslate2 folder that listens
#   --metrics LIST             which to compute
#   --set STAGE.NAME=VALUE     change a training's setting, as teacher.optimizer.steps=8000
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")

stage=0
stop_stage=9
corpus_dir=$root/data/LibriTTS_R
subsets=
size=small
run_dir=$root/runs/libritts
prepared_dir=
launcher=python
from_scratch=
published=
sentences=24
whisper=large-v3
metrics=wer,utmos,dnsmos,acoustics
prepare_options=()
sets=()

fail() { echo "run.sh: $1" >&2; exit 2; }

while (($#)); do
  case $1 in
    -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit ;;
    --shards) prepare_options+=(--shards); shift; continue ;;
    --from-scratch) from_scratch=yes; shift; continue ;;
  esac
  (($# > 1)) || fail "$1 needs a value"
  case $1 in
    --stage) stage=$2 ;;
    --stop-stage) stop_stage=$2 ;;
    --corpus-dir) corpus_dir=$2 ;;
    --subsets) subsets=$2 ;;
    --speakers) prepare_options+=(--speakers "$2") ;;
    --size) size=$2 ;;
    --run-dir) run_dir=$2 ;;
    --prepared-dir) prepared_dir=$2 ;;
    --jobs) prepare_options+=(--jobs "$2") ;;
    --launcher) launcher=$2 ;;
    --vocoder) published=$2 ;;
    --sentences) sentences=$2 ;;
    --whisper) whisper=$2 ;;
    --metrics) metrics=$2 ;;
    --set) [[ $2 =~ ^(teacher|student|vocoder)\..+= ]] || fail "--set takes STAGE.NAME=VALUE, got $2"
      sets+=("$2") ;;
    *) fail "unknown option $1, see --help" ;;
  esac
  shift 2
done
[[ $stage$stop_stage =~ ^[0-9]+$ ]] || fail "stages are numbers from 0 to 9"
[[ $size =~ ^(small|base|large)$ ]] || fail "--size is small, base or large, got $size"
configs=$root/configs/$size
libritts=
if [[ $(basename "$corpus_dir") =~ ^LibriTTS(_R)?$ ]]; then
  libritts=yes
  case $size in
    small) subsets=${subsets:-train-clean-100} ;;
    base) subsets=${subsets:-train-clean-100 train-clean-360} ;;
    large) subsets=${subsets:-train-clean-100 train-clean-360 train-other-500} ;;
  esac
fi
prepared_dir=${prepared_dir:-$run_dir/prepared}
vocoder=${published:-$run_dir/vocoder}
voice_dir=$run_dir/voice
test_dir=$run_dir/test

# begin N NAME: is the stage wanted? Says so.
begin() {
  ((stage <= $1 && $1 <= stop_stage)) || return 1
  echo "== $1 $2"
}

# train STAGE CONFIG [SETTING ...]: with the --set of that stage last.
train() {
  local name=$1 settings=("${@:3}") setting
  for setting in ${sets[@]+"${sets[@]}"}; do
    [[ $setting == "$name".* ]] && settings+=("${setting#"$name".}")
  done
  # A launcher is a command with options, so it is split into words.
  # shellcheck disable=SC2086
  $launcher -m smf_tts.cli train "$configs/$2.yaml" \
    run="$run_dir/$name" data.prepared="$prepared_dir" "${settings[@]}"
}

# newer FILE FOLDER ...: is the file there, and younger than the checkpoints of the runs?
newer() {
  local folder
  [[ -e $1 ]] || return 1
  for folder in "${@:2}"; do
    [[ ! $folder/checkpoints -nt $1 ]] || return 1
  done
}

# speak NAME RUN OPTION ...: the test sentences, to test/wavs/NAME.
speak() {
  local done=$test_dir/wavs/$1.txt
  if newer "$done" "$2" "$vocoder" && [[ ! $test_dir/sentences.tsv -nt $done ]]; then
    echo "$test_dir/wavs/$1 is there"
    return
  fi
  mkdir -p "$test_dir/wavs"
  smf-tts synthesize --file "$test_dir/sentences.tsv" --output-dir "$test_dir/wavs/$1" \
    --verbose "${@:3}" 2>&1 | tee "$done.partial"
  mv "$done.partial" "$done"
}

if begin 0 download; then
  if [[ -n $libritts ]]; then
    # Subsets are separated by spaces or commas.
    # shellcheck disable=SC2086
    python "$here/download.py" "$corpus_dir" ${subsets//,/ }
  elif [[ ! -d $corpus_dir ]]; then
    fail "no corpus in $corpus_dir; to download one, name the folder LibriTTS or LibriTTS_R"
  fi
  echo "$corpus_dir is there"
fi

if begin 1 prepare; then
  smf-tts prepare "$corpus_dir" "$prepared_dir" --subsets "$subsets" \
    ${prepare_options[@]+"${prepare_options[@]}"}
fi

if begin 2 statistics; then
  python "$here/corpus_statistics.py" "$prepared_dir" "$run_dir"
fi

if begin 3 teacher; then
  if [[ -n $from_scratch ]]; then echo "none is wanted"; else train teacher teacher; fi
fi

if begin 4 student; then
  if [[ -n $from_scratch ]]; then
    train student teacher objective=split_mean_flow
  else
    train student student teacher="$run_dir/teacher"
  fi
fi

if begin 5 vocoder; then
  if [[ -n $published ]]; then echo "$published is used"; else train vocoder vocoder; fi
fi

if begin 6 export; then
  if newer "$voice_dir/voice.json" "$run_dir/student" "$vocoder"; then
    echo "$voice_dir is there"
  else
    smf-tts export "$run_dir/student" "$vocoder" "$voice_dir" --temperature 0.5
  fi
fi

if begin 7 synthesize; then
  if [[ ! $test_dir/sentences.tsv -nt $prepared_dir/prepared.json ]]; then
    python "$here/sentences.py" "$prepared_dir" "$test_dir" --count "$sentences"
  fi
  for steps in 1 2 4; do
    speak "student_$steps" "$run_dir/student" --voice "$voice_dir" --steps $steps
  done
  if [[ -z $from_scratch ]]; then
    speak teacher_10 "$run_dir/teacher" --checkpoint "$run_dir/teacher" --vocoder "$vocoder" \
      --steps 10 --guidance 2 --temperature 0.8
  fi
fi

if begin 8 evaluate; then
  systems=(--system "recordings=$test_dir/recordings")
  for folder in "$test_dir"/wavs/*/; do
    systems+=(--system "$(basename "$folder")=$folder")
  done
  smf-tts evaluate "$test_dir/sentences.tsv" "$test_dir/evaluation" "${systems[@]}" \
    --references "$test_dir/recordings" --whisper "$whisper" --metrics "$metrics"
fi

if begin 9 report; then
  python "$here/report.py" "$run_dir"
fi
