"""The averaged models of training runs, to go on with, to export and to listen to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from vocos import Vocos

from smf_tts.config import AcousticConfig, DiscriminatorConfig, MelConfig, VocoderConfig, build
from smf_tts.data.prepare import Prepared
from smf_tts.errors import UserError
from smf_tts.model.acoustic import AcousticModel
from smf_tts.model.engine import TorchEngine
from smf_tts.model.vocoder import AnyVocoder, Vocoder, make_vocoder
from smf_tts.runtime.synthesizer import Synthesizer
from smf_tts.runtime.voice import VoiceConfig
from smf_tts.training.checkpoint import latest_checkpoint, load_checkpoint


def _read(run: Path) -> tuple[dict[str, dict[str, Tensor]], Any]:
    checkpoint = latest_checkpoint(run)
    if checkpoint is None:
        raise UserError(f"{run} has no checkpoint; train it first")
    return load_checkpoint(checkpoint)


def _load(run: Path, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    groups, state = _read(run)
    if kind not in state:
        raise UserError(
            f"{run} trained a {state['config']['stage']}; give the run of another stage"
        )
    return groups["model"], state


def load_vocoder_networks(
    run: Path,
) -> tuple[VocoderConfig, DiscriminatorConfig, dict[str, Tensor]]:
    """A vocoder's run to go on from: sizes, and the networks of both sides, not averaged.

    Raises:
        UserError: the run has no checkpoint, or is of another stage.
    """
    groups, state = _read(run)
    if "discriminators" not in state:
        raise UserError(f"{run} holds no vocoder with its discriminators to start from")
    networks = {
        name: tensor
        for name, tensor in groups["task"].items()
        if name.startswith(("model.", "discriminators."))
    }
    return (
        build(VocoderConfig, state["vocoder"]),
        build(DiscriminatorConfig, state["discriminators"]),
        networks,
    )


def load_acoustic(run: Path) -> tuple[AcousticModel, Prepared, dict[str, Any]]:
    """The averaged acoustic model of a run's last checkpoint, its data and its state.

    Raises:
        UserError: the run has no checkpoint, or is a vocoder's.
    """
    weights, state = _load(run, "acoustic")
    prepared = build(Prepared, state["prepared"])
    config = build(AcousticConfig, state["acoustic"])
    model = AcousticModel(config, prepared.mel, len(prepared.symbols), len(prepared.speakers))
    model.load_state_dict(weights)
    return model.eval(), prepared, state


def load_acoustic_for(run: Path, prepared: Prepared) -> tuple[AcousticModel, dict[str, Any]]:
    """`load_acoustic` to go on with a corpus of other speakers: the model, and the run's state.

    Speakers that the run knows by name keep their rows of the table; the others start from the
    mean of all rows.

    Raises:
        UserError: as `load_acoustic`, or the corpus was prepared with other mels or symbols.
    """
    model, known, state = load_acoustic(run)
    if (known.mel, known.symbols) != (prepared.mel, prepared.symbols):
        raise UserError(f"{run} learnt from mels or symbols of other settings; prepare again")
    rows = model.encoder.embed_speakers.weight.detach()
    row_of = {speaker.name: row for speaker, row in zip(known.speakers, rows, strict=True)}
    table = torch.stack([row_of.get(s.name, rows.mean(0)) for s in prepared.speakers])
    model.encoder.embed_speakers = nn.Embedding.from_pretrained(table, freeze=False)
    return model, state


def load_vocoder(run_or_name: str, mel: MelConfig) -> AnyVocoder:
    """The averaged vocoder of a run's last checkpoint, or a published Vocos for the same mels.

    Args:
        run_or_name: a run's folder; a published Vocos's folder (config.yaml and
            pytorch_model.bin); or its name on the model hub, as "charactr/vocos-mel-24khz".
        mel: the mels it must fit.

    Raises:
        UserError: it is none of them, another version's, or cannot be downloaded.
    """
    folder = Path(run_or_name)
    if (folder / "config.yaml").is_file():
        try:
            published = Vocos.from_hparams(str(folder / "config.yaml"))
            path = folder / "pytorch_model.bin"
            published.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        except Exception as error:
            # YAML, imports, pickles and shapes each fail in their own way.
            raise UserError(
                f"the Vocos in {folder} cannot be read ({type(error).__name__}); it needs the "
                "published config.yaml and pytorch_model.bin"
            ) from error
        return _adopt(published, mel)
    if folder.is_dir():
        weights, state = _load(folder, "vocoder")
        if build(Prepared, state["prepared"]).mel != mel:
            raise UserError(f"vocoder {folder} was trained on mels of other settings")
        vocoder = make_vocoder(build(VocoderConfig, state["vocoder"]), mel)
        try:
            vocoder.load_state_dict(weights)
        except RuntimeError as error:
            raise UserError(
                f"vocoder {folder} was trained by another version; train it on, by a new run with "
                f"start_from={folder}"
            ) from error
        return vocoder.eval()
    try:
        published = Vocos.from_pretrained(run_or_name)
    except Exception as error:
        # The hub's client raises many kinds, for names as for networks.
        raise UserError(
            f"vocoder {run_or_name!r} is no folder and cannot be downloaded "
            f"({type(error).__name__}); give a run, or a name while the model hub can be reached"
        ) from error
    return _adopt(published, mel)


def _adopt(published: Vocos, mel: MelConfig) -> Vocoder:
    """A published Vocos as our module, its sizes read from its layers."""
    backbone, head = published.backbone, published.head
    config = VocoderConfig(
        dim=backbone.embed.out_channels,
        intermediate_dim=backbone.convnext[0].pwconv1.out_features,
        layers=len(backbone.convnext),
    )
    istft = head.istft
    found = (backbone.embed.in_channels, istft.n_fft, istft.hop_length, istft.padding)
    wanted = (mel.n_mels, mel.n_fft, mel.hop_length, "center")
    if found != wanted:
        names = "(n_mels, n_fft, hop_length, padding)"
        raise UserError(f"that Vocos has {names} {found}, the voice {wanted}")
    vocoder = Vocoder(config, mel)
    vocoder.backbone.load_state_dict(backbone.state_dict())
    vocoder.head.load_state_dict(head.state_dict())
    return vocoder.eval()


def voice_config(
    prepared: Prepared,
    acoustic: AcousticConfig,
    name: str,
    description: str,
    steps: int,
    temperature: float,
) -> VoiceConfig:
    """The voice that a prepared corpus and an acoustic model make."""
    return VoiceConfig(
        name=name,
        description=description,
        mel=prepared.mel,
        mel_mean=prepared.mel_mean,
        mel_deviation=prepared.mel_deviation,
        patch_frames=acoustic.patch_frames,
        symbols=prepared.symbols,
        speakers=prepared.speakers,
        steps=steps,
        temperature=temperature,
    )


def load_synthesizer(
    run: Path, vocoder: str | None = None, device: str = "cpu", guidance: float = 1.0
) -> Synthesizer:
    """A synthesizer that speaks straight from training runs, in torch.

    Args:
        run: an acoustic run; a teacher's takes Euler steps, 10 by default.
        vocoder: see `load_vocoder`; the run `vocoder` beside the acoustic one by default.
        device: torch's name of it.
        guidance: scale of classifier-free guidance.

    Raises:
        UserError: there is no such run or vocoder.
    """
    model, prepared, state = load_acoustic(run)
    is_teacher = state["config"]["stage"] == "teacher"
    networks = TorchEngine(
        model,
        load_vocoder(vocoder or str(run.parent / "vocoder"), prepared.mel),
        device,
        guidance,
        instantaneous=is_teacher,
    )
    acoustic = build(AcousticConfig, state["acoustic"])
    steps = 10 if is_teacher else 1
    return Synthesizer(voice_config(prepared, acoustic, run.name, str(run), steps, 1.0), networks)
