"""Take the pictures of docs/demo.md: `python demo/screenshots.py`.

Needs chromium, and the extras `demo` and `train`: the teacher of the recipe is compared as well.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import soundfile
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from smf_tts import Synthesizer
from smf_tts.demo.app import EXAMPLES, launch, listening_page, voice_page
from smf_tts.demo.listening import ListeningTest
from smf_tts.demo.speaking import VoiceDemo
from smf_tts.training.runs import load_synthesizer

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "demo"
TEACHER = ROOT / "recipes" / "kokoro_mini" / "weights" / "teacher"
# Name, width, height, colours.
LOOKS = (("light", 1100, 800, "light"), ("dark", 1100, 800, "dark"), ("phone", 390, 780, "light"))
SLOW_MS = 180_000
WIDEST = 800  # pixels of a picture


def speak(page: Page) -> None:
    """Show a sentence that is being played."""
    page.get_by_role("button", name="Speak", exact=True).click()
    page.wait_for_function(
        "document.querySelector('#spoken speech-player').audio.currentTime > 0.9", timeout=SLOW_MS
    )
    page.evaluate("document.querySelector('#spoken speech-player').audio.pause()")


def compare(page: Page) -> None:
    """Show four step counts and the teacher."""
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_function(
        "document.querySelectorAll('#compared speech-player').length == 5", timeout=SLOW_MS
    )


def explain(page: Page) -> None:
    """Show the way from noise to mel."""
    page.get_by_role("tab", name="How it works").click()
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator("#shown svg[role=img]").wait_for(timeout=SLOW_MS)


def listen(page: Page) -> None:
    """Show the first pair of a listening test."""
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Start").click()
    page.wait_for_function(
        "document.querySelectorAll('#pair speech-player').length == 2", timeout=SLOW_MS
    )


def take(browser: Browser, url: str, name: str, show: Callable[[Page], None]) -> None:
    """Take a page's picture in every look."""
    for look, width, height, colours in LOOKS:
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=colours, locale="en"
        )
        page.goto(url)
        page.get_by_role("button", name="Start" if name == "listen" else "Speak").wait_for()
        show(page)
        page.wait_for_timeout(1500)
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        picture.thumbnail((WIDEST, picture.height))
        picture.save(PICTURES / f"{name}-{look}.jpg", quality=65, optimize=True, progressive=True)
        page.close()


def main() -> None:
    """Serve both pages, and photograph them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    student = Synthesizer.from_pretrained()
    demo = VoiceDemo(student, load_synthesizer(TEACHER, guidance=2.0), 2)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        systems = {"one": Path(folder) / "one", "ten": Path(folder) / "ten"}
        for system, steps in zip(systems.values(), (1, 10), strict=True):
            system.mkdir()
            for i, text in enumerate(EXAMPLES[:3]):
                speech = student.synthesize(text, steps=steps)
                soundfile.write(system / f"{i}.wav", speech.samples, speech.sample_rate)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        voice = voice_page(demo)
        _, url, _ = launch(voice, prevent_thread_lock=True, quiet=True)
        for name, show in (("speak", speak), ("compare", compare), ("how", explain)):
            take(browser, url, name, show)
        voice.close()
        test = listening_page(ListeningTest(systems, Path(folder) / "results.csv"))
        _, url, _ = launch(test, prevent_thread_lock=True, quiet=True)
        take(browser, url, "listen", listen)
        test.close()
        browser.close()


if __name__ == "__main__":
    main()
