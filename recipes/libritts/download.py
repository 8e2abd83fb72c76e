"""Subsets of LibriTTS or LibriTTS-R, downloaded and unpacked by Lhotse.

    python download.py data/LibriTTS_R train-clean-100 train-clean-360

The folder's name says which of the two. A subset that is there is left alone; without a network,
archives that lie beside the folder are unpacked.
"""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path
from typing import Annotated
from urllib.error import URLError

import typer
from lhotse.recipes.libritts import LIBRITTS, download_libritts
from lhotse.utils import safe_extract

from smf_tts.errors import UserError

PAGES = {"LibriTTS": "openslr.org/60", "LibriTTS_R": "openslr.org/141"}


def main(
    corpus: Annotated[Path, typer.Argument(help="Folder named LibriTTS or LibriTTS_R.")],
    subsets: Annotated[list[str], typer.Argument(help="As train-clean-100.")],
) -> None:
    """Download what is missing."""
    if corpus.name not in PAGES:
        raise UserError(
            f"no corpus in {corpus}; to download one, name the folder LibriTTS or LibriTTS_R"
        )
    for subset in subsets:
        if subset not in LIBRITTS:
            raise UserError(f"LibriTTS has no subset {subset}; it has {', '.join(LIBRITTS)}")
        if not any((corpus / subset).glob("*/*")):
            download(corpus, subset)


def download(corpus: Path, subset: str) -> None:
    """Download a subset, or unpack its archive if there is no network.

    Raises:
        UserError: there is no network, and no archive that is whole.
    """
    restored = corpus.name == "LibriTTS_R"
    try:
        download_libritts(corpus.parent, use_librittsr=restored, dataset_parts=subset)
        return
    except (URLError, OSError, tarfile.TarError, EOFError) as error:
        reason = " ".join(str(getattr(error, "reason", error)).split())
    names = [f"{subset}.tar.gz", f"{subset.replace('-', '_')}.tar.gz"]
    archives = [path for name in names if (path := corpus.parent / name).exists()]
    for archive in archives:
        if not archive.stat().st_size:
            archive.unlink()  # Lhotse made it before it found no network
            continue
        try:
            with tarfile.open(archive) as tar:
                safe_extract(tar, path=corpus.parent)
            return
        except (tarfile.TarError, EOFError, OSError) as error:
            reason = f"{archive} is not whole: {error}"
    raise UserError(
        f"cannot download {subset} ({reason}); get {names[restored]} from {PAGES[corpus.name]} "
        f"and put it at {corpus.parent / names[0]}, or its contents at {corpus / subset}"
    )


if __name__ == "__main__":
    try:
        typer.run(main)
    except UserError as error:
        typer.echo(f"download: {error}", err=True)
        sys.exit(2)
