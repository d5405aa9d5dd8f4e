// Voice activation: an audio graph that lets sound through while somebody speaks. It runs beside the page's script,
// so that it opens in time however busy the page is, and goes on in a page that is not in front.

/** How fast loudness is followed, in Hertz. */
const FOLLOW = 50;
/** It opens at the first rise of this filter and closes at the last of its fall, 0.4 seconds later: words end softly. */
const HOLD = 3;
const FIRST_RISE = 0.005;
/** Fast enough for a first consonant, slow enough not to click. */
const FADE = 100;
/** The sound waits, in seconds, until the gate is open: no word loses its beginning. */
const DELAY = 0.015;
const STEPS = 257;

/** @param {(x: number) => number} shape */
const curve = (shape) => Float32Array.from({ length: STEPS }, (_, index) => shape((2 * index) / (STEPS - 1) - 1));
const rectify = curve(Math.abs);
const step = curve((x) => (x >= 0.5 ? 1 : 0));

/**
 * @param {BaseAudioContext} audio
 * @param {AudioNode} input
 * @param {number} threshold in decibels below full scale
 * @returns {{ output: AudioNode, setThreshold: (threshold: number) => void }}
 */
export function gate(audio, input, threshold) {
  const filter = (/** @type {number} */ frequency) => new BiquadFilterNode(audio, { type: "lowpass", frequency, Q: -6 });
  // A step stands at one half: loudness is scaled so that the threshold falls there.
  const scale = new GainNode(audio);
  const output = new GainNode(audio, { gain: 0 });
  const setThreshold = (/** @type {number} */ decibels) => {
    scale.gain.value = 0.5 / 10 ** (decibels / 20);
  };
  setThreshold(threshold);
  [
    input,
    new WaveShaperNode(audio, { curve: rectify }),
    filter(FOLLOW),
    scale,
    new WaveShaperNode(audio, { curve: step }),
    filter(HOLD),
    new GainNode(audio, { gain: 0.5 / FIRST_RISE }),
    new WaveShaperNode(audio, { curve: step }),
    filter(FADE),
  ].reduce((from, to) => from.connect(to)).connect(output.gain);
  input.connect(new DelayNode(audio, { delayTime: DELAY })).connect(output);
  return { output, setThreshold };
}
