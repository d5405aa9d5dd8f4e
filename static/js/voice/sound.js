// What all of the page's sound shares: one audio graph, made when it is first needed.

/** @type {AudioContext | null} */
let context = null;

export function graph() {
  context ??= new AudioContext({ latencyHint: "interactive" });
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
}

/**
 * Play on this output device, where the browser lets a page choose.
 * @param {string} device
 */
export function route(device) {
  const audio = /** @type {any} */ (context);
  if (audio && audio.sinkId !== device) audio.setSinkId?.(device).catch(() => {});
}

/** Soft notes in Hertz, one after another. */
const TUNES = {
  joined: [392, 587],
  left: [587, 392],
  muted: [330],
  unmuted: [440],
  ended: [392, 294],
};
const NOTE_SECONDS = 0.12;
const LOUDNESS = 0.05;

/** @typedef {keyof typeof TUNES} Tune */

/** @param {Tune} tune */
export function play(tune) {
  const audio = graph();
  TUNES[tune].forEach((pitch, index) => {
    const at = audio.currentTime + index * NOTE_SECONDS;
    const note = new OscillatorNode(audio, { frequency: pitch });
    const swell = new GainNode(audio, { gain: 0 });
    swell.gain.setValueAtTime(0, at);
    swell.gain.linearRampToValueAtTime(LOUDNESS, at + NOTE_SECONDS / 4);
    swell.gain.linearRampToValueAtTime(0, at + 2 * NOTE_SECONDS);
    note.connect(swell).connect(audio.destination);
    note.start(at);
    note.stop(at + 2 * NOTE_SECONDS);
  });
}
