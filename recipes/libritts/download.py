"""Subsets of LibriTTS or LibriTTS-R, downloaded and unpacked by Lhotse.

    python download.py data/LibriTTS_R train-clean-100 train-clean-360

The folder's name says which of the two. A subset that is there is left alone; an archive that lies
beside the folder is unpacked, without a network.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from pathlib import Path
from typing import Annotated

import typer
from lhotse.recipes.libritts import LIBRITTS, download_libritts
from lhotse.utils import safe_extract

from smf_tts.errors import UserError, one_line_errors

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
    for subset in [name for name in subsets if not (corpus / name).exists()]:
        if subset not in LIBRITTS:
            raise UserError(f"LibriTTS has no subset {subset}; it has {', '.join(LIBRITTS)}")
        download(corpus, subset)


def download(corpus: Path, subset: str) -> None:
    """Unpack a subset's archive, downloaded if it is not there: a whole subset, or none.

    Raises:
        UserError: there is no network, or the archive is not whole.
    """
    restored = corpus.name == "LibriTTS_R"
    name = subset.replace("-", "_") if restored else subset  # as on the corpus's page
    archive = corpus.parent / f"{name}.tar.gz"
    # An interrupted download goes on from here.
    unpacked = corpus.parent / f".{corpus.name}.{subset}"
    try:
        if archive.exists():
            with tarfile.open(archive) as tar:
                safe_extract(tar, path=unpacked)
        else:
            download_libritts(unpacked, use_librittsr=restored, dataset_parts=subset)
        corpus.mkdir(exist_ok=True)
        os.replace(unpacked / corpus.name / subset, corpus / subset)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        shutil.rmtree(unpacked, ignore_errors=True)
        raise UserError(
            f"the archive of {subset} is not whole ({str(error).partition(':')[0]}); "
            + (f"get {archive} again" if archive.exists() else "run this again")
        ) from error
    except OSError as error:
        reason = " ".join(str(getattr(error, "reason", error)).split())
        raise UserError(
            f"cannot get {subset} ({reason}); without a network, get {archive.name} from "
            f"{PAGES[corpus.name]} elsewhere and put it at {archive}, or its contents at "
            f"{corpus / subset}"
        ) from error
    shutil.rmtree(unpacked)


if __name__ == "__main__":
    with one_line_errors("download"):
        typer.run(main)
