import numpy as np
import pytest
import torch

from smf_tts.evaluation.inputs import Recording, Sentence, Utterance
from smf_tts.evaluation.metric import Unavailable
from smf_tts.evaluation.naturalness import UTMOS_CHECKPOINT, Dnsmos, DnsmosP835, Utmos

HUBCONF = """
dependencies = ["torch"]
from speechmos.utmos22.strong.model import Scale

def utmos22_strong(pretrained=True):
    return Scale()
"""
MODEL = """
import torch

class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.level = torch.nn.Parameter(torch.zeros(()))

    def forward(self, wave, sr):
        return self.level.expand(len(wave))
"""


def noisy(recording, ratio_db):
    noise = np.random.default_rng(0).standard_normal(len(recording.samples)).astype(np.float32)
    level = np.sqrt(np.mean(recording.samples**2)) * 10 ** (-ratio_db / 20)
    return Recording(np.clip(recording.samples + level * noise, -1, 1))


def test_dnsmos_falls_as_noise_rises(sentences, recordings):
    clean = recordings[sentences[0].id]
    heard = [clean, *(noisy(clean, ratio_db) for ratio_db in (20, 10, 0))]
    metrics = Dnsmos(), DnsmosP835()
    overall, parts = (
        [metric.score(Utterance(sentences[0], recording)) for recording in heard]
        for metric in metrics
    )
    assert list(overall[0]) == ["dnsmos_p808"]
    assert list(parts[0]) == ["dnsmos_sig", "dnsmos_bak", "dnsmos_ovrl"]
    for scores, name in ((overall, "dnsmos_p808"), (parts, "dnsmos_ovrl"), (parts, "dnsmos_bak")):
        values = [score[name] for score in scores]
        assert values == sorted(values, reverse=True), name
    assert overall[0]["dnsmos_p808"] > 3.5 > 2.5 > overall[-1]["dnsmos_p808"]


@pytest.fixture
def clone(tmp_path):
    """A clone of a hub repository whose package has the name of PyPI's speechmos, as UTMOS's."""
    package = tmp_path / "speechmos" / "utmos22" / "strong"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").touch()
    (package / "model.py").write_text(MODEL)
    (tmp_path / "hubconf.py").write_text(HUBCONF)
    return tmp_path


def test_utmos_from_a_clone_leaves_dnsmos_usable(clone, sentences, recordings):
    torch.save({"level": torch.tensor(4.25)}, clone / UTMOS_CHECKPOINT)
    utterance = Utterance(sentences[0], recordings[sentences[0].id])
    assert Utmos(str(clone)).score(utterance) == {"utmos": 4.25}
    import speechmos.dnsmos  # still PyPI's

    assert speechmos.dnsmos.SR == 16_000


def test_utmos_without_its_checkpoint_says_why(clone):
    with pytest.raises(Unavailable, match=UTMOS_CHECKPOINT):
        Utmos(str(clone))


def test_nothing_to_hear_has_no_score():
    silence = Recording(np.zeros(16_000, np.float32))
    for metric in (Dnsmos(), DnsmosP835()):
        assert metric.score(Utterance(Sentence("a", "Hello."), silence)) == {}
