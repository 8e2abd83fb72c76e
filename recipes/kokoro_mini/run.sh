#!/usr/bin/env bash
# Make the embedded voice, from texts to package. Started again, it goes on where it was.
#
#   recipes/kokoro_mini/run.sh --texts LibriTTS/train-clean-100
#   recipes/kokoro_mini/run.sh --corpus-dir DIR
#
#   stage  0 make     Kokoro-82M reads the texts; nothing to do where there is a corpus
#          1 prepare  phonemes and mels
#          2 teacher  text encoder, durations and decoder, by flow matching
#          3 student  the decoder's average velocities, by SplitMeanFlow
#          4 vocoder  Vocos by spectral losses, then against discriminators
#          5 export   the voice package
#          6 evaluate the voice on held-out sentences, at 1, 2, 4 and 10 steps, beside the recordings
#                     and the teacher at 10 guided steps; the report goes to RUN_DIR/report (needs
#                     the extra eval)
#
#   --stage N, --stop-stage N        first and last stage
#   --texts PATH                     LibriTTS's transcripts, or a file of id<TAB>text
#   --corpus-dir, --prepared-dir, --run-dir, --voice-dir DIR
#   --set STAGE.NAME=VALUE           change a training's setting, as teacher.optimizer.steps=8000;
#                                    vocoder and vocoder_adversarial are those of stage 4
#   --whisper MODEL                  that hears the voice: a faster-whisper model's name or folder
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
configs=$root/configs/kokoro_mini

stage=0
stop_stage=6
texts=
corpus_dir=$root/data/kokoro_mini_corpus
prepared_dir=$root/data/kokoro_mini
run_dir=$root/runs/kokoro_mini
voice_dir=$root/smf_tts/voices/kokoro-mini
whisper=base
sets=()

fail() { echo "run.sh: $1" >&2; exit 2; }

while (($#)); do
  case $1 in -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit ;; esac
  (($# > 1)) || fail "$1 needs a value"
  case $1 in
    --stage) stage=$2 ;;
    --stop-stage) stop_stage=$2 ;;
    --texts) texts=$2 ;;
    --corpus-dir) corpus_dir=$2 ;;
    --prepared-dir) prepared_dir=$2 ;;
    --run-dir) run_dir=$2 ;;
    --voice-dir) voice_dir=$2 ;;
    --whisper) whisper=$2 ;;
    --set) [[ $2 =~ ^(teacher|student|vocoder(_adversarial)?)\..+= ]] ||
        fail "--set takes STAGE.NAME=VALUE, got $2"
      sets+=("$2") ;;
    *) fail "unknown option $1, see --help" ;;
  esac
  shift 2
done
[[ $stage$stop_stage =~ ^[0-9]+$ ]] || fail "stages are numbers from 0 to 6"

# begin N NAME: is the stage wanted? Says so.
begin() {
  ((stage <= $1 && $1 <= stop_stage)) || return 1
  echo "== $1 $2"
}

# train NAME [SETTING ...]: with the --set of that stage last.
train() {
  local name=$1 settings=("${@:2}") setting
  for setting in ${sets[@]+"${sets[@]}"}; do
    [[ $setting == "$name".* ]] && settings+=("${setting#"$name".}")
  done
  smf-tts train "$configs/$name.yaml" \
    run="$run_dir/$name" data.prepared="$prepared_dir" "${settings[@]}"
}

if begin 0 make; then
  # Written last, SPEAKERS.txt says that a corpus is complete.
  if [[ -n $texts && ! -e $corpus_dir/SPEAKERS.txt ]]; then
    python "$here/make_corpus.py" "$texts" "$corpus_dir" --cache "$root/data/kokoro-82m"
  elif [[ -d $corpus_dir ]]; then
    echo "$corpus_dir is there"
  else
    fail "no corpus in $corpus_dir: give --corpus-dir, or --texts to make one"
  fi
fi

if begin 1 prepare; then
  if [[ -e $prepared_dir/prepared.json ]]; then
    echo "$prepared_dir is there"
  else
    smf-tts prepare "$corpus_dir" "$prepared_dir" --speakers "$configs/speakers.yaml"
  fi
fi

if begin 2 teacher; then
  train teacher
fi

if begin 3 student; then
  train student teacher="$run_dir/teacher"
fi

if begin 4 vocoder; then
  train vocoder
  train vocoder_adversarial start_from="$run_dir/vocoder"
fi

if begin 5 export; then
  smf-tts export "$run_dir/student" "$run_dir/vocoder_adversarial" "$voice_dir" --temperature 0.2 \
    --description "Four English speakers (US, British), trained on Kokoro-82M's speech" \
    --model-card "$here/model_card.md"
  echo "$voice_dir is the voice"
fi

if begin 6 evaluate; then
  list=$run_dir/held_out
  python "$here/held_out.py" "$corpus_dir" "$configs/speakers.yaml" "$list"
  smf-tts synthesize --file "$list/list.tsv" --output-dir "$list/teacher" \
    --checkpoint "$run_dir/teacher" --vocoder "$run_dir/vocoder_adversarial" \
    --steps 10 --guidance 2 --temperature 0.8
  smf-tts evaluate "$list/list.tsv" "$run_dir/report" --voice "$voice_dir" --steps 1,2,4,10 \
    --system recordings="$corpus_dir" --system teacher="$list/teacher" \
    --prompts "$list/prompts" --speaker-model ge2e \
    --whisper "$whisper" --metrics wer,dnsmos,similarity --jobs 2
  python "$root/recipes/text/check.py" edges "$run_dir/report" recordings
fi
