from dataclasses import replace
from importlib.util import find_spec
from itertools import combinations

import numpy as np
import pytest
import soundfile
from transformers import Wav2Vec2FeatureExtractor, WavLMConfig, WavLMForXVector

from smf_tts.errors import UserError
from smf_tts.evaluation.inputs import Utterance
from smf_tts.evaluation.speaker import SpeakerSimilarity, load_encoder

needs_ge2e = pytest.mark.skipif(
    find_spec("resemblyzer") is None, reason="GE2E's weights: pip install --no-deps resemblyzer"
)


@needs_ge2e
def test_the_same_speaker_ranks_first(sentences, recordings):
    """Each speaker's first sentence is nearer to his or her second than to anyone else's."""
    encoder, label = load_encoder("ge2e")
    assert "GE2E" in label
    vectors = {s.id: encoder.embed(recordings[s.id].samples) for s in sentences}
    same, different = [], []
    for a, b in combinations(sentences, 2):
        (same if a.speaker == b.speaker else different).append(vectors[a.id] @ vectors[b.id])
    assert len(same) == 4
    for sentence in sentences:
        others = [s for s in sentences if s is not sentence]
        nearest = max(others, key=lambda s: vectors[s.id] @ vectors[sentence.id])
        assert nearest.speaker == sentence.speaker
    assert np.mean(same) > np.mean(different) + 0.2


@needs_ge2e
def test_prompts_come_before_the_reference(speech, sentences, recordings):
    similarity = SpeakerSimilarity("ge2e")
    own, other = sentences[0], sentences[-1]
    recording, reference = recordings[own.id], recordings[other.id]
    prompts = {own.speaker: (speech / f"{own.id}.opus",)}
    scores = similarity.score(Utterance(own, recording, reference, prompts))
    assert scores == {"similarity": pytest.approx(1, abs=1e-5)}  # one speaker: none to pick from
    to_other = similarity.score(Utterance(own, recording, reference))["similarity"]
    assert to_other < 0.9
    assert similarity.score(Utterance(own, recording)) == {}


@needs_ge2e
def test_the_right_speaker_is_picked_from_everyones_prompts(speech, sentences, recordings):
    """Each speaker's second sentence, with the first ones as prompts; then under a wrong name."""
    first = {s.speaker: s for s in reversed(sentences)}
    prompts = {speaker: (speech / f"{s.id}.opus",) for speaker, s in first.items()}
    similarity = SpeakerSimilarity("ge2e")
    seconds = [s for s in sentences if s not in first.values()]
    assert len(prompts) > 1 and seconds
    for sentence in seconds:
        recording = recordings[sentence.id]
        right = similarity.score(Utterance(sentence, recording, prompts=prompts))
        assert right["speaker_identified"] == 1
        other = next(speaker for speaker in prompts if speaker != sentence.speaker)
        renamed = replace(sentence, speaker=other)
        wrong = similarity.score(Utterance(renamed, recording, prompts=prompts))
        assert wrong["speaker_identified"] == 0
        assert wrong["similarity"] < right["similarity"]


@needs_ge2e
def test_prompts_that_hold_no_speech_are_refused(tmp_path, sentences, recordings):
    own = sentences[0]
    similarity, spoken = SpeakerSimilarity("ge2e"), recordings[own.id]
    broken, silent = tmp_path / "broken.wav", tmp_path / "silent.wav"
    broken.write_text("not audio")
    soundfile.write(silent, np.zeros(16_000), 16_000)
    with pytest.raises(UserError, match=r"broken\.wav is unreadable"):
        similarity.score(Utterance(own, spoken, prompts={own.speaker: (broken,)}))
    with pytest.raises(UserError, match="are silent"):
        similarity.score(Utterance(own, spoken, prompts={own.speaker: (silent,)}))


@needs_ge2e
def test_a_model_that_cannot_be_had_is_replaced_and_the_label_says_so(tmp_path):
    _, label = load_encoder(str(tmp_path))
    assert "GE2E" in label and f"{tmp_path} cannot be loaded" in label


def test_wavlm_from_a_folder(tmp_path, sentences, recordings):
    """A tiny WavLM with random weights: the path of the published one."""
    config = WavLMConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        tdnn_dim=(8,) * 5,
        xvector_output_dim=8,
    )
    WavLMForXVector(config).save_pretrained(tmp_path)
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    similarity = SpeakerSimilarity(str(tmp_path))
    assert similarity.label.startswith("WavLM-SV")
    recording = recordings[sentences[0].id]
    score = similarity.score(Utterance(sentences[0], recording, recording))
    assert score["similarity"] == pytest.approx(1, abs=1e-5)
