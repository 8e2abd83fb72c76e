"""Take the pictures of docs/demo.md: `python demo/screenshots.py`.

Needs chromium, and the extras `test` and `train`: the teacher of the recipe is compared as well.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import soundfile
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from smf_tts import Synthesizer
from smf_tts.demo.app import EXAMPLES, launch, listening_page, voice_page
from smf_tts.demo.listening import ListeningTest
from smf_tts.demo.speaking import COMPARED_STEPS, VoiceDemo
from smf_tts.training.runs import load_synthesizer

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "demo"
TEACHER = ROOT / "recipes" / "kokoro_mini" / "weights" / "teacher"
# Name, width, colours. A page is as high as what is on it, and this at least.
LOOKS = (("light", 1100, "light"), ("dark", 1100, "dark"), ("phone", 390, "light"))
LOWEST = 480
SLOW_MS = 180_000
WIDEST = 800  # pixels of a picture


def take(page: Page, name: str) -> None:
    """Take a page's picture in every look."""
    page.mouse.move(0, 0)  # no button looks pointed at
    for look, width, colours in LOOKS:
        page.set_viewport_size({"width": width, "height": LOWEST})
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        page.wait_for_timeout(1000)  # for what moves or fades
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        picture.thumbnail((WIDEST, picture.height))
        picture.save(PICTURES / f"{name}-{look}.jpg", quality=65, optimize=True, progressive=True)
        print(f"{name}-{look}.jpg", picture.size)


def show_voice(page: Page) -> None:
    """A sentence that is being played, four step counts and the teacher, and the way to a mel."""
    page.get_by_role("button", name="Speak", exact=True).click()
    player = "document.querySelector('#spoken speech-player')"
    page.wait_for_function(f"{player}?.pieces.length")
    page.evaluate(f"{player}.audio.pause(); {player}.seek(1)")
    take(page, "speak")

    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("button", name="Compare", exact=True).click()
    cards = len(COMPARED_STEPS) + 1
    page.wait_for_function(
        f"document.querySelectorAll('#compared speech-player').length == {cards}"
    )
    take(page, "compare")

    page.get_by_role("tab", name="How it works").click()
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator("#shown svg[role=img]").wait_for()
    take(page, "how")


def show_listening(page: Page) -> None:
    """The first pair of a listening test."""
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Start").click()
    page.wait_for_function("document.querySelectorAll('#pair speech-player').length == 2")
    take(page, "listen")


def make_systems(voice: Synthesizer, folder: Path) -> dict[str, Path]:
    """Two folders of wavs to compare: the voice in one step, and in ten."""
    systems = {"one": 1, "ten": 10}
    for name, steps in systems.items():
        (folder / name).mkdir()
        for i, text in enumerate(EXAMPLES[:3]):
            speech = voice.synthesize(text, steps=steps)
            soundfile.write(folder / name / f"{i}.wav", speech.samples, speech.sample_rate)
    return {name: folder / name for name in systems}


def main() -> None:
    """Serve both pages, and photograph them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    student, teacher = Synthesizer.from_pretrained(), load_synthesizer(TEACHER, guidance=2.0)
    for voice in (student, teacher):
        voice.synthesize(EXAMPLES[0])  # the first sentence of a process is slow
    # Chromium refuses its sandbox to root.
    options: dict[str, Any] = {"args": ["--no-sandbox"] if os.geteuid() == 0 else []}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        test = ListeningTest(make_systems(student, Path(folder)), Path(folder) / "results.csv")
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), **options)
        for served, show in (
            (voice_page(VoiceDemo(student, teacher, 2)), show_voice),
            (listening_page(test), show_listening),
        ):
            _, url, _ = launch(served, prevent_thread_lock=True, quiet=True)
            page = chromium.new_page(
                viewport={"width": 1100, "height": LOWEST}, color_scheme="light", locale="en"
            )
            page.set_default_timeout(SLOW_MS)
            page.goto(url)
            show(page)
            page.close()
            served.close(verbose=False)
        chromium.close()


if __name__ == "__main__":
    main()
