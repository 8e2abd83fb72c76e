"""The demo's pages in Gradio, and the server: see `speaking` and `listening` for what they do."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from importlib.resources import files
from typing import Any

import gradio as gr

from smf_tts.demo import fragments
from smf_tts.demo.listening import SCALE, ListeningTest, Preference, Trial, check_listener
from smf_tts.demo.speaking import LARGEST_SEED, LONGEST_TEXT, VoiceDemo
from smf_tts.errors import UserError
from smf_tts.runtime.synthesizer import SPEED_RANGE, TEMPERATURE_RANGE

MOST_STEPS = 16
EXAMPLES = (
    "The quick brown fox jumps over the lazy dog.",
    "Dr. Lee paid $4.50 for 2 kg of apples on May 3rd, 2021. Was that cheap? She thought so!",
    "It was a bright cold day in April. The clocks were striking thirteen, and nobody minded.",
    "Say [[ təmˈɑːtoʊ ]], wait for it, [pause 600ms] and listen again.",
)
# Requests that run at once; the others wait in turn, up to the queue's length.
_RUNNING, _WAITING = 2, 100
_JOINED = "${value.join('')}"

Page = gr.Blocks


def voice_page(demo: VoiceDemo) -> Page:
    """The pages Speak, Compare and How it works, under one text and its settings."""
    voice = demo.student.voice
    with gr.Blocks(title="smf-tts: speech in one step", analytics_enabled=False) as page:
        gr.HTML(
            "<h1>Speech in one step</h1><p class='lead'>Type a text and press Speak. Then press "
            "Compare: can you hear what ten steps add?</p>"
        )
        text = gr.Textbox(
            EXAMPLES[0],
            label=f"Text, up to {LONGEST_TEXT:,} characters",
            lines=2,
            max_lines=8,
            elem_id="text",
        )
        gr.Examples(
            [[example] for example in EXAMPLES],
            text,
            label="Or try one of these",
            api_visibility="private",
        )
        speakers = [(f"{s.name} ({s.language})", s.name) for s in voice.speakers]
        speaker = gr.Dropdown(speakers, value=speakers[0][1], label="Speaker")
        with gr.Accordion("Speed, temperature, seed", open=False):
            with gr.Row(equal_height=True):
                speed = _slider("Speed", *SPEED_RANGE, 1.0, 0.05)
                temperature = _slider("Temperature", *TEMPERATURE_RANGE, voice.temperature, 0.05)
            with gr.Row(equal_height=True):
                seed = gr.Number(0, label="Seed of the noise", precision=0, minimum=0)
                dice = gr.Button("⚄ New seed", min_width=130, scale=0, elem_classes="dice")
        settings = [text, speaker, speed, temperature, seed]
        dice.click(
            lambda: secrets.randbelow(LARGEST_SEED + 1), None, seed, api_visibility="private"
        )
        with gr.Tab("Speak", id="speak"):
            with gr.Row(equal_height=True):
                steps = _slider("Steps: how often the network is evaluated", 1, MOST_STEPS, 1, 1)
                button = gr.Button("Speak", variant="primary", min_width=140, elem_id="speak")
            template = fragments.player(_JOINED, "the speech", autoplay=True)
            _connect(demo.speak, button, [*settings, steps], template, "spoken", text.submit)
        with gr.Tab("Compare", id="compare"):
            gr.HTML(
                "<p class='hint'>The same text from the same noise, in 1, 2, 4 and 10 steps.</p>"
            )
            button = gr.Button("Compare", variant="primary", elem_id="compare")
            template = f'<div class="columns">{_JOINED}</div>'
            _connect(demo.compare, button, settings, template, "compared")
        with gr.Tab("How it works", id="how"):
            gr.HTML(
                "<p class='hint'>Speech starts as noise, at t = 1. A step subtracts the average "
                "velocity over its interval, which one evaluation of the network predicts, however "
                "long the interval is. At t = 0 it is a mel spectrogram. This is the way of your "
                "text's first sentence.</p>"
            )
            with gr.Row(equal_height=True):
                steps = _slider("Steps from noise to mel", 1, MOST_STEPS, 4, 1)
                button = gr.Button("Show", variant="primary", min_width=140, elem_id="show")
            _connect(demo.explain, button, [*settings, steps], f"<div>{_JOINED}</div>", "shown")
    return page


def listening_page(test: ListeningTest) -> Page:
    """The blind test: a name, then pair after pair, then what all listeners preferred.

    The browser is told sounds and the listener's own choices, never the name of a system or a
    file, until the last pair is judged.
    """
    with gr.Blocks(title="Listening test", analytics_enabled=False) as page:
        gr.HTML(
            "<h1>Which sounds better?</h1><p class='lead'>You hear the same sentence twice. Listen "
            "to both, with headphones if you can, as often as you like; then say which sounds more "
            "natural. Your choices are kept under the name that you type.</p>"
        )
        name, trials = gr.State(""), gr.State([])
        with gr.Column() as welcome:
            typed = gr.Textbox(label="Your name, or a number of your choice", elem_id="listener")
            start = gr.Button("Start", variant="primary", elem_id="start")
        sounds = gr.HTML([], html_template=f"<div>{_JOINED}</div>", elem_id="pair")
        with gr.Column(visible=False) as judge:
            choice = gr.Radio(
                [(label, key) for key, label in SCALE.items()],
                label="Your choice",
                elem_id="choice",
            )
            save = gr.Button("Save and go on", variant="primary", elem_id="save")
        status = gr.HTML(elem_id="status")
        outputs = [name, trials, welcome, sounds, judge, choice, status]

        def show(listener: str, waiting: list[Trial]) -> dict[Any, Any]:
            body = [_pair(test, waiting)] if waiting else [_summary(test.preferences())]
            return {
                name: listener,
                trials: waiting,
                welcome: gr.Column(visible=False),
                sounds: body,
                judge: gr.Column(visible=bool(waiting)),
                choice: None,
                status: "",
            }

        def begin(typed_name: str) -> dict[Any, Any]:
            listener = check_listener(typed_name)
            return show(listener, test.trials(listener))

        def judged(listener: str, waiting: list[Trial], chosen: int | None) -> dict[Any, Any]:
            if not waiting:
                raise UserError("this test is over; thank you")
            if chosen is None:
                raise UserError("please choose one of the seven answers first")
            test.save(listener, waiting[0], chosen)
            return show(listener, waiting[1:])

        def problem(message: str) -> dict[Any, Any]:
            return {status: fragments.problem(message)}

        ways = ((begin, [typed], start.click), (begin, [typed], typed.submit))
        for action, inputs, event in (*ways, (judged, [name, trials, choice], save.click)):
            event(_friendly(action, problem), inputs, outputs, api_visibility="private")
    return page


def launch(page: Page, port: int | None = None, share: bool = False, **more: Any) -> Any:
    """Serve a page until it is interrupted.

    Args:
        page: see `voice_page` and `listening_page`.
        port: the first free one from 7860 on by default.
        share: also make a public link, through Gradio's servers.
        more: of `gradio.Blocks.launch`.

    Raises:
        UserError: the port is taken or not allowed.
    """
    own = files("smf_tts.demo")
    # The semibold that Gradio ships has few letters, so bold stands for it.
    font = gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700))
    page.queue(max_size=_WAITING, default_concurrency_limit=_RUNNING)
    theme = gr.themes.Default(primary_hue="teal", neutral_hue="slate", font=(font, "sans-serif"))
    # Dark enough for the white on it to be read, in both looks.
    theme.set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
    )
    try:
        return page.launch(
            server_port=port,
            share=share,
            theme=theme,
            css=(own / "style.css").read_text(encoding="utf-8"),
            head=f"<script>{(own / 'player.js').read_text(encoding='utf-8')}</script>",
            # Nothing is uploaded, sounds and pictures are in the page: no file is ever served.
            allowed_paths=[],
            max_file_size=1,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            **more,
        )
    except OSError as error:
        taken = f"port {port} is" if port else "the ports from 7860 on are"
        raise UserError(f"{taken} taken or not allowed: choose another with --port") from error


def _slider(label: str, low: float, high: float, value: float, step: float) -> gr.Slider:
    return gr.Slider(
        low, high, value=value, step=step, label=label, min_width=180, scale=2, buttons=[]
    )


def _connect(
    action: Callable[..., Iterator[tuple[list[str], str]]],
    button: gr.Button,
    inputs: Sequence[Any],
    template: str,
    elem_id: str,
    *events: Callable[..., Any],
) -> None:
    """A place for what an action shows, under its button."""
    shown = gr.HTML([], html_template=template, elem_id=elem_id)
    line = gr.HTML(elem_id=f"{elem_id}-line")

    def problem(message: str) -> tuple[list[str], str]:
        return [], fragments.problem(message)

    gr.on(
        [button.click, *events],
        _friendly(action, problem),
        list(inputs),
        [shown, line],
        show_progress="minimal",
        concurrency_id="voice",
        concurrency_limit=_RUNNING,
        api_visibility="private",
    )


def _friendly(action: Callable[..., Any], problem: Callable[[str], Any]) -> Callable[..., Any]:
    """The action with its errors as messages in the page."""

    @wraps(action)
    def guarded(*arguments: Any) -> Iterator[Any]:
        try:
            result = action(*arguments)
            yield from result if isinstance(result, Iterator) else [result]
        except UserError as error:
            yield problem(str(error))
        except Exception:
            logging.getLogger(__name__).exception("the demo failed")
            yield problem("something went wrong here, not with your text. Please try again")

    return guarded


def _pair(test: ListeningTest, waiting: Sequence[Trial]) -> str:
    cards = "".join(
        f'<section class="take" aria-label="{side}"><h3>{side}</h3>'
        + fragments.player(fragments.sound(samples, rate, secrets.token_hex(4)), side)
        + "</section>"
        for side, (samples, rate) in zip("AB", test.sounds(waiting[0]), strict=True)
    )
    left = "the last pair" if len(waiting) == 1 else f"{len(waiting)} pairs to go"
    return f'<p class="hint">{left.capitalize()}.</p><div class="columns">{cards}</div>'


def _summary(preferences: Sequence[Preference]) -> str:
    rows = []
    for one in preferences:
        interval = "" if one.low is None else f" [{one.low:+.2f}, {one.high:+.2f}]"
        counts = [str(count) for count in (one.for_first, one.equal, one.for_second)]
        heard = f"{one.sentences} sentences, {one.listeners} listeners"
        rows.append([one.first, one.second, f"{one.score:+.2f}{interval}", *counts, heard])
    header = ["X", "Y", "Y over X [95 %]", "X better", "the same", "Y better", "of"]
    return (
        "<h3>Thank you! That was the last pair.</h3><p class='hint'>What all listeners preferred "
        "so far: the mean choice, from -3 (X is much better) to 3 (Y is), with a 95 % bootstrap "
        f"interval over sentences.</p><div class='wide'>{fragments.table(header, rows)}</div>"
    )
