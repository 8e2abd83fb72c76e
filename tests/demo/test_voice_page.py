"""What a visitor of the voice demo does and hears, in chromium."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

from smf_tts import Synthesizer
from smf_tts.demo.speaking import LONGEST_TEXT

TEXT = "Four hours of the steady work. It is in the well!"
Visit = Callable[..., Any]


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def write(page: Any, text: str, **choices: Any) -> None:
    """Type a text, and choose."""
    page.get_by_label("Text, up to").fill(text)
    for label, value in choices.items():
        if label == "speaker":
            page.get_by_label("Speaker").click()
            page.get_by_role("option", name=re.compile(value)).click()
        else:
            field = page.get_by_role("spinbutton", name=re.compile(label, re.IGNORECASE)).first
            if label in ("speed", "temperature", "seed") and not field.is_visible():
                page.get_by_role("button", name="Speed, temperature, seed").click()
                field.wait_for()
                # A field that has just appeared may yet be given its default again.
                page.wait_for_timeout(500)
            field.fill(str(value))
            page.keyboard.press("Tab")
            assert field.input_value() == str(value)


def speak(page: Any, text: str, **choices: Any) -> None:
    """Type a text, choose, press Speak."""
    write(page, text, **choices)
    press(page, "Speak")


def heard(page: Any, player: str) -> tuple[np.ndarray, int]:
    """The WAV that a player's download gives."""
    with page.expect_download() as download:
        page.locator(f"{player} a[download]").first.click()
    samples, rate = soundfile.read(io.BytesIO(download.value.path().read_bytes()), dtype="float32")
    return samples, rate


def sentences(page: Any) -> int:
    """How many the page has so far."""
    return page.evaluate("document.querySelector('#spoken speech-player').pieces.length")


def wait_for_sentences(page: Any, count: int, player: str = "#spoken speech-player") -> None:
    page.wait_for_function(
        f"document.querySelector('{player}')?.pieces.length == {count}", polling=100
    )


def same(samples: np.ndarray, expected: np.ndarray) -> bool:
    return len(samples) == len(expected) and np.abs(samples - expected).max() < 2 / 32767


def test_a_text_is_spoken_streamed_followed_and_downloaded(
    visit: Visit, url: str, embedded: Synthesizer
):
    page = visit(url)
    speak(page, TEXT)
    # It starts with the first sentence, by itself, whatever has come by then.
    page.wait_for_function("document.querySelector('#spoken speech-player')?.audio.currentTime > 0")
    wait_for_sentences(page, 2)
    words = page.locator("#spoken [data-start]")
    assert " ".join(words.all_inner_texts()) == TEXT
    # It goes on into the second sentence, and to the end.
    page.wait_for_function(
        "(player => player.audio.ended && player.loaded === player.seconds)"
        "(document.querySelector('#spoken speech-player'))"
    )
    wanted = embedded.synthesize(TEXT)
    end = page.evaluate("document.querySelector('#spoken speech-player').audio.currentTime")
    assert end == pytest.approx(wanted.seconds, abs=0.05)

    # The word that is being said stands out.
    for word in (wanted.words[2], wanted.words[-1]):
        page.evaluate(
            "seconds => document.querySelector('#spoken speech-player').seek(seconds)",
            (word.start + word.end) / 2,
        )
        assert page.locator("#spoken .now").all_inner_texts() == [word.text]

    samples, rate = heard(page, "#spoken")
    assert rate == wanted.sample_rate
    assert same(samples, wanted.samples)
    assert samples.std() > 0.01  # audible

    figures = page.locator("#spoken-line").inner_text()
    assert re.search(r"1\s+NFE", figures)
    assert f"{wanted.seconds:.2f} s" in figures
    assert "real-time factor" in figures
    mels = page.locator("#spoken img")
    assert "Four hours" in mels.first.get_attribute("alt")
    width, height = mels.first.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert height == embedded.voice.mel.n_mels
    assert width > 50


def test_speaker_steps_and_seed_are_those_that_were_chosen(
    visit: Visit, url: str, embedded: Synthesizer
):
    page = visit(url)
    speak(page, "Yes, please.", speaker="george", steps=3, seed=7)
    wait_for_sentences(page, 1)
    wanted = embedded.synthesize("Yes, please.", speaker="george", steps=3, seed=7)
    assert same(heard(page, "#spoken")[0], wanted.samples)
    assert re.search(r"3\s+NFE", page.locator("#spoken-line").inner_text())

    press(page, "⚄ New seed")
    seed = page.get_by_role("spinbutton", name=re.compile("Seed"))
    page.wait_for_function("element => element.value !== '7'", arg=seed.element_handle())
    first = page.evaluate("document.querySelector('#spoken speech-player').take")
    press(page, "Speak")
    page.wait_for_function(
        "take => document.querySelector('#spoken speech-player').take !== take", arg=first
    )
    wanted = embedded.synthesize(
        "Yes, please.", speaker="george", steps=3, seed=int(seed.input_value())
    )
    assert same(heard(page, "#spoken")[0], wanted.samples)


def test_four_step_counts_are_compared(visit: Visit, url: str, embedded: Synthesizer):
    page = visit(url)
    page.get_by_label("Text, up to").fill("Oh, no!")
    page.get_by_role("tab", name="Compare").click()
    press(page, "Compare")
    page.wait_for_function("document.querySelectorAll('#compared speech-player').length == 4")
    for i, steps in enumerate((1, 2, 4, 10)):
        card = f"#compared section:nth-of-type({i + 1})"
        name = page.locator(f"{card} h3").inner_text()
        assert name == ("1 step" if steps == 1 else f"{steps} steps")
        wanted = embedded.synthesize("Oh, no!", steps=steps)
        assert same(heard(page, card)[0], wanted.samples)
        assert re.search(rf"^{steps}\s+NFE", page.locator(f"{card} .figures").inner_text())
        assert page.locator(f"{card} figure img").count() == (0 if steps == 10 else 1)
    decibels = [
        float(re.match(r"[\d.]+", text)[0])
        for text in page.locator("#compared figcaption").all_inner_texts()
    ]
    # More steps are nearer to ten, and none is the same as ten.
    assert decibels == sorted(decibels, reverse=True)
    assert min(decibels) > 0


def test_how_it_works_shows_every_state_and_every_phoneme(visit: Visit, url: str):
    page = visit(url)
    page.get_by_label("Text, up to").fill("Oh, no! And more.")
    page.get_by_role("tab", name="How it works").click()
    press(page, "Show")
    page.wait_for_selector("#shown svg[role=img]")
    captions = page.locator("#shown .path figcaption").all_inner_texts()
    assert [caption[:8] for caption in captions] == [
        "t = 1.00",
        "t = 0.75",
        "t = 0.50",
        "t = 0.25",
        "t = 0.00",
    ]
    sources = [image.get_attribute("src") for image in page.locator("#shown .path img").all()]
    assert len(set(sources)) == 5
    phonemes = page.locator("#shown .phonemes").inner_text()
    drawn = page.locator("#shown svg[role=img] g").count()
    assert drawn == len(phonemes) + 2  # the silence at either end
    assert page.locator("#shown speech-player").count() == 1


def test_friendly_errors(visit: Visit, url: str):
    page = visit(url)
    for text, part in (
        ("", "type a text"),
        ("  \n ", "type a text"),
        ("Long. " * (LONGEST_TEXT // 6 + 1), f"up to {LONGEST_TEXT:,}"),
        ("Привет", "script"),
        ("?!", "nothing to say"),
    ):
        speak(page, text)
        alert = page.get_by_role("alert").filter(has_text=re.compile(part, re.IGNORECASE))
        alert.wait_for()
        assert "Traceback" not in page.content()
        assert page.locator("#spoken speech-player").is_hidden()
    # It recovers.
    speak(page, "Yes.")
    wait_for_sentences(page, 1)
    assert page.get_by_role("alert").count() == 0


def test_what_is_typed_is_never_code(visit: Visit, url: str):
    page = visit(url)
    speak(page, "Say 5 < 6 ${alert(1)} `x` {{y}} \"q\" <b onclick='z'>bold & brave</b>.")
    wait_for_sentences(page, 1)
    text = page.locator("#spoken [slot=words]").inner_text()
    assert "${alert(1)}" in text
    assert "&" in text
    assert page.locator("#spoken [slot=words] b").count() == 0


def test_twelve_requests_at_once_and_a_slow_one_blocks_nobody(
    visit: Visit, url: str, embedded: Synthesizer
):
    # Each in a browser of its own: one browser has six connections to a server.
    slow, *pages = [visit(url, locale="en") for _ in range(5)]
    for i, page in enumerate(pages):
        write(page, f"Number {i}.", seed=i)
    # Last, as it takes seconds, and so does filling in four pages.
    write(slow, "It is a rare dish, and hard to sell. " * 26, steps=16)
    press(slow, "Speak")
    slow.wait_for_selector("#spoken img")
    for tab, button in (("Speak", "Speak"), ("Compare", "Compare"), ("How it works", "Show")):
        for page in pages:
            page.get_by_role("tab", name=tab).click()
            press(page, button)
    wait_for_sentences(pages[0], 1)
    assert sentences(slow) < 26, "the slow request was over before another's"
    for i, page in enumerate(pages):
        wanted = embedded.synthesize(f"Number {i}.", seed=i)
        page.wait_for_selector("#shown svg[role=img]")
        page.get_by_role("tab", name="Speak").click()
        wait_for_sentences(page, 1)
        assert same(heard(page, "#spoken")[0], wanted.samples)
        page.get_by_role("tab", name="Compare").click()
        page.wait_for_function("document.querySelectorAll('#compared speech-player').length == 4")
        assert same(heard(page, "#compared section:first-of-type")[0], wanted.samples)
    # Its page is free too: it can be told something else meanwhile.
    write(slow, "Yes.")
    slow.get_by_role("tab", name="How it works").click()
    press(slow, "Show")
    slow.wait_for_selector("#shown svg[role=img]")


def test_examples_fill_in_the_text(visit: Visit, url: str):
    page = visit(url)
    page.get_by_role("button", name=re.compile("^Dr. Lee paid")).click()
    page.wait_for_function("document.querySelector('#text textarea').value.startsWith('Dr. Lee')")


def test_the_keyboard_reaches_and_plays_everything(visit: Visit, url: str):
    page = visit(url)
    page.get_by_label("Text, up to").fill("Yes.")
    page.get_by_role("button", name="Speak", exact=True).focus()
    page.keyboard.press("Enter")
    wait_for_sentences(page, 1)
    page.wait_for_function("document.querySelector('#spoken speech-player').audio.ended")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(document.activeElement.shadowRoot?.activeElement ?? document.activeElement)"
                ".getAttribute('aria-label')"
            )
        )
    assert reached[:3] == ["Play the speech", "Position", "Download as WAV"]
    page.get_by_role("slider", name="Position").focus()
    page.keyboard.press("Home")
    assert page.evaluate("document.querySelector('#spoken speech-player').audio.currentTime") == 0
    page.get_by_role("button", name="Play the speech").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Pause the speech").wait_for()


def test_a_phone_shows_the_whole_width_in_its_colours(visit: Visit, url: str):
    page = visit(url, viewport={"width": 390, "height": 780})
    page.get_by_label("Text, up to").fill("Oh, no!")
    for tab, button, shown in (
        ("Speak", "Speak", "#spoken img"),
        ("Compare", "Compare", "#compared figure img"),
        ("How it works", "Show", "#shown svg[role=img]"),
    ):
        page.get_by_role("tab", name=tab).click()
        press(page, button)
        page.locator(shown).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for image in page.locator("img:visible").all():
            assert image.get_attribute("alt")
    for colours, darkest, lightest in (("light", 192, 255), ("dark", 0, 64)):
        page.emulate_media(color_scheme=colours)
        page.wait_for_function(
            "dark => document.body.classList.contains('dark') === dark", arg=colours == "dark"
        )
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness = np.mean([int(part) for part in re.findall(r"\d+", background)[:3]])
        assert darkest <= brightness <= lightest


def test_sound_starts_before_all_of_it_is_there(visit: Visit, url: str):
    page = visit(url)
    speak(page, "It is easy to tell. " * 45, steps=16)
    page.wait_for_function("document.querySelector('#spoken speech-player')?.audio.currentTime > 0")
    assert sentences(page) < 45
    position = "document.querySelector('#spoken speech-player').audio.currentTime"
    page.wait_for_function(f"{position} > 0.5")
