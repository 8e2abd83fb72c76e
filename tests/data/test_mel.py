"""Log mels are those that a published Vocos was trained on."""

import soundfile
import torch
from tiny import SPEECH
from vocos.feature_extractors import MelSpectrogramFeatures

from smf_tts.config import MelConfig
from smf_tts.data.mel import LogMel


def test_mels_of_speech_are_those_of_vocos():
    samples, rate = soundfile.read(next(SPEECH.glob("*.opus")), dtype="float32")
    config = MelConfig()
    assert rate == config.sample_rate_hz
    samples = torch.from_numpy(samples)[None]
    theirs = MelSpectrogramFeatures(
        sample_rate=24_000, n_fft=1024, hop_length=256, n_mels=100, padding="center"
    )(samples)
    ours = LogMel(config)(samples)
    assert ours.shape == (1, 1 + samples.shape[1] // 256, 100)
    torch.testing.assert_close(ours, theirs.transpose(1, 2), rtol=0, atol=1e-5)


def test_silence_has_the_floor_and_a_second_its_frames():
    mel = LogMel(MelConfig())(torch.zeros(24_000))
    torch.testing.assert_close(mel, torch.full((94, 100), 1e-7).log())
    assert MelConfig().frames_per_second == 93.75
