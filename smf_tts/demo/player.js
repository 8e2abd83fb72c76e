// <speech-player>: plays speech while it is still being made.
//
// Inside it: <data class="sound"> of 16-bit PCM, one for each sentence; pictures in the slot
// "mel"; words with their times in the slot "words". They may be added, and be replaced by those
// of another take, at any time. Attributes: `label` names it, `autoplay` starts the first sound.
(() => {
  const template = document.createElement("template");
  template.innerHTML = `
    <style>
      :host { display: block; color: var(--body-text-color); }
      :host([empty]) { display: none; }
      .bar { display: flex; align-items: center; gap: .75rem; }
      button, a { flex: none; display: grid; place-items: center; border-radius: 50%; cursor: pointer;
        width: 2.75rem; height: 2.75rem; border: 0; padding: 0; color: inherit; background: none; }
      button { background: var(--button-primary-background-fill); color: white; }
      a:hover { background: var(--background-fill-secondary); }
      svg { fill: currentColor; }
      button:focus-visible, a:focus-visible { outline: 3px solid var(--color-accent); outline-offset: 2px; }
      .track { position: relative; flex: 1; min-width: 4rem; height: 3.5rem; }
      .track svg { position: absolute; inset: 0; width: 100%; height: 100%; }
      .wave { color: var(--neutral-400); }
      .played { color: var(--color-accent); clip-path: inset(0 calc(100% - var(--at, 0%)) 0 0); }
      input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
      input:focus-visible ~ .ring { outline: 3px solid var(--color-accent); border-radius: 4px; }
      .ring { position: absolute; inset: 0; pointer-events: none; }
      time { flex: none; font-variant-numeric: tabular-nums; font-size: .85rem; opacity: .8; }
      .mel { position: relative; display: flex; margin-top: .75rem; height: 7.5rem; overflow: hidden;
        border-radius: 6px; }
      .mel.none { display: none; }
      .mel::after { content: ""; position: absolute; top: 0; bottom: 0; left: calc(var(--at, 0%) - 2px); width: 2px;
        background: white; mix-blend-mode: difference; }
      ::slotted(img) { flex-basis: 0; min-width: 0; height: 100%; object-fit: fill; display: block; margin: 0; }
    </style>
    <div class="bar">
      <button type="button"><svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><path/></svg></button>
      <div class="track">
        <svg class="wave" preserveAspectRatio="none" aria-hidden="true"><path/></svg>
        <svg class="wave played" preserveAspectRatio="none" aria-hidden="true"><path/></svg>
        <input type="range" min="0" max="0" step="0.01" value="0" aria-label="Position"><div class="ring"></div>
      </div>
      <time></time>
      <a download="speech.wav" aria-label="Download as WAV" title="Download as WAV"><svg width="20" height="20"
        viewBox="0 0 20 20" aria-hidden="true"><path d="M9 2h2v8h3l-4 4-4-4h3zM3 16h14v2H3z"/></svg></a>
    </div>
    <div class="mel"><slot name="mel"></slot></div>
    <slot name="words"></slot>
    <audio></audio>`;
  const PLAY = "M5 2l13 8-13 8z";
  const PAUSE = "M4 2h4v16H4zM12 2h4v16h-4z";
  const MOST_BARS = 80; // that can be told apart on a phone

  function wav(pieces, rate) {
    const bytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    const header = new DataView(new ArrayBuffer(44));
    const text = (at, letters) => [...letters].forEach((c, i) => header.setUint8(at + i, c.charCodeAt(0)));
    text(0, "RIFF"); header.setUint32(4, 36 + bytes, true); text(8, "WAVEfmt ");
    header.setUint32(16, 16, true); header.setUint16(20, 1, true); header.setUint16(22, 1, true);
    header.setUint32(24, rate, true); header.setUint32(28, 2 * rate, true);
    header.setUint16(32, 2, true); header.setUint16(34, 16, true);
    text(36, "data"); header.setUint32(40, bytes, true);
    return new Blob([header, ...pieces], { type: "audio/wav" });
  }

  class SpeechPlayer extends HTMLElement {
    words = [];
    pieces = []; // Int16Array of each sentence
    urls = []; // of all that there was when each came, as WAV
    seconds = 0; // of all that there is
    loaded = 0; // of these, in the audio element
    waiting = false; // for more, at the end of what is loaded

    connectedCallback() {
      if (!this.shadowRoot) {
        this.attachShadow({ mode: "open" }).append(template.content.cloneNode(true));
        const find = (selector) => this.shadowRoot.querySelector(selector);
        [this.button, this.slider, this.audio] = ["button", "input", "audio"].map(find);
        [this.time, this.link, this.mel] = ["time", "a", ".mel"].map(find);
        this.button.onclick = () => (this.audio.paused ? this.play() : this.audio.pause());
        this.slider.oninput = () => this.seek(Number(this.slider.value));
        this.audio.onplay = () => this.follow();
        this.audio.onpause = () => this.show();
        this.audio.onended = () => this.ended();
        this.addEventListener("click", (event) => {
          const start = event.target.dataset?.start;
          if (start) { this.seek(Number(start)); this.play(); }
        });
        this.observer = new MutationObserver(() => this.update());
      }
      this.observer.observe(this, { childList: true, subtree: true, attributeFilter: ["data-take", "data-pcm"] });
      this.update();
    }

    disconnectedCallback() { this.observer.disconnect(); this.audio.pause(); }

    // Take in what has come since.
    update() {
      const sounds = [...this.querySelectorAll("data.sound")];
      this.toggleAttribute("empty", !sounds.length);
      this.mel.classList.toggle("none", !this.querySelector("[slot=mel]"));
      this.words = [...this.querySelectorAll("[data-start]")];
      const take = sounds[0]?.dataset.take;
      const isNew = take !== this.take;
      if (isNew) {
        this.audio.pause();
        this.urls.forEach((url) => URL.revokeObjectURL(url));
        Object.assign(this, { take, pieces: [], urls: [], seconds: 0, loaded: 0, waiting: false });
      }
      if (sounds.length === this.pieces.length) return;
      for (const { dataset } of sounds.slice(this.pieces.length)) {
        const bytes = Uint8Array.from(atob(dataset.pcm), (c) => c.charCodeAt(0));
        this.rate = Number(dataset.rate);
        this.pieces.push(new Int16Array(bytes.buffer));
        this.seconds += bytes.length / 2 / this.rate;
      }
      this.urls.push(URL.createObjectURL(wav(this.pieces, this.rate)));
      this.link.href = this.urls.at(-1);
      this.slider.max = this.seconds;
      this.draw();
      if (isNew) this.load(0);
      if (isNew ? this.hasAttribute("autoplay") : this.waiting) this.play();
      this.show();
    }

    draw() {
      const step = Math.ceil(Math.max(this.rate / 40, (this.seconds * this.rate) / MOST_BARS));
      const peaks = [];
      for (const piece of this.pieces)
        for (let i = 0; i < piece.length; i += step)
          peaks.push(piece.subarray(i, i + step).reduce((top, x) => Math.max(top, Math.abs(x)), 0) / 32768);
      const loudest = Math.max(0.05, ...peaks);
      const bars = peaks.map((p, i) => `M${i} ${50 - Math.max(1, (48 * p) / loudest)}V${50 + Math.max(1, (48 * p) / loudest)}`);
      for (const svg of this.shadowRoot.querySelectorAll(".wave")) {
        svg.setAttribute("viewBox", `-0.5 0 ${peaks.length} 100`);
        svg.firstChild.setAttribute("d", bars.join(""));
        svg.firstChild.setAttribute("stroke", "currentColor");
        svg.firstChild.setAttribute("stroke-width", ".6");
      }
    }

    // Give the audio element all that there is, and go on from `seconds`.
    load(seconds) {
      this.audio.src = this.urls.at(-1);
      this.audio.currentTime = seconds;
      this.loaded = this.seconds;
      this.waiting = false;
    }

    play() {
      for (const other of document.querySelectorAll("speech-player")) if (other !== this) other.audio?.pause();
      if (this.waiting || this.loaded < this.seconds) this.load(this.audio.currentTime);
      // Some browsers play nothing that was not asked for by a touch: the button stays.
      this.audio.play().catch(() => this.show());
    }

    seek(seconds) {
      const playing = !this.audio.paused;
      if (this.loaded < this.seconds) this.load(seconds);
      this.audio.currentTime = seconds;
      if (playing) this.play();
      this.show();
    }

    // The end of what was loaded: more may be there, or still be on its way.
    ended() {
      this.waiting = true;
      if (this.loaded < this.seconds) this.play();
      this.show();
    }

    follow() {
      this.show();
      if (!this.audio.paused) requestAnimationFrame(() => this.follow());
    }

    show() {
      const now = this.audio.currentTime;
      const paused = this.audio.paused;
      this.button.setAttribute("aria-label", `${paused ? "Play" : "Pause"} ${this.getAttribute("label") ?? ""}`.trim());
      this.button.querySelector("path").setAttribute("d", paused ? PLAY : PAUSE);
      this.slider.value = now;
      this.slider.setAttribute("aria-valuetext", `${now.toFixed(1)} of ${this.seconds.toFixed(1)} seconds`);
      this.time.textContent = `${now.toFixed(1)} / ${this.seconds.toFixed(1)} s`;
      this.shadowRoot.host.style.setProperty("--at", `${(100 * now) / (this.seconds || 1)}%`);
      for (const word of this.words) {
        const { start, end } = word.dataset;
        word.classList.toggle("now", now > 0 && now >= start && now < end);
      }
    }
  }
  customElements.define("speech-player", SpeechPlayer);
})();
