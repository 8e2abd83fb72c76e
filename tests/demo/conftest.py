"""The demo's own server with the embedded voice, and visitors to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

# What a busy machine may take for a page to come, or for a sentence.
PATIENCE_MS = 120_000


@pytest.fixture(scope="session")
def context(browser: Any) -> Any:
    """Where the scripts that all pages share are loaded once."""
    return browser.new_context(viewport={"width": 1100, "height": 900})


@pytest.fixture
def visit(browser: Any, context: Any) -> Iterator[Callable[..., Any]]:
    """`visit(url, **look)`: a new visitor's page; whatever fails in its scripts fails the test."""
    pages, failures = [], []

    def open_page(url: str, **look: Any) -> Any:
        page = browser.new_page(**look) if look else context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(url)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not failures


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve a page as the command does, in this process; return where."""
    from smf_tts.demo.app import launch

    served = []

    def start(page: Any) -> str:
        served.append(page)
        return launch(page, prevent_thread_lock=True, quiet=True)[1]

    yield start
    for page in served:
        page.close(verbose=False)


@pytest.fixture(scope="session")
def embedded() -> Any:
    from smf_tts import Synthesizer

    return Synthesizer.from_pretrained(threads=1)


@pytest.fixture(scope="session")
def url(serve: Callable[[Any], str], embedded: Any) -> str:
    from smf_tts.demo.app import voice_page
    from smf_tts.demo.speaking import VoiceDemo

    return serve(voice_page(VoiceDemo(embedded)))
