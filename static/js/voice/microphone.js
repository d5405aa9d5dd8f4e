// One's own microphone: which device, how loud, and when it is heard.
import { gate } from "./gate.js";
import { preferences } from "./preferences.js";
import { graph } from "./sound.js";

/** @typedef {"insecure" | "refused" | "missing" | "taken"} Trouble why there is no microphone */

/**
 * Why a device could not be had, in one word.
 * @param {unknown} error
 * @returns {Trouble}
 */
export function troubleOf(error) {
  if (!navigator.mediaDevices) return "insecure";
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotReadableError" || name === "AbortError" ? "taken" : "missing";
}

/**
 * A device's stream; the system's own choice where the chosen one is not plugged in.
 * @param {"audio" | "video"} kind
 * @param {string} device
 * @param {MediaTrackConstraints} wishes
 */
export async function capture(kind, device, wishes) {
  const ask = (/** @type {MediaTrackConstraints} */ more) =>
    navigator.mediaDevices.getUserMedia({ [kind]: { ...wishes, ...more } });
  if (!device) return ask({});
  return ask({ deviceId: { exact: device } }).catch((error) => {
    if (troubleOf(error) === "missing") return ask({});
    throw error;
  });
}

export class Microphone {
  /** @type {MediaStream | null} */
  #raw = null;
  /** @type {{ nodes: AudioNode[], gain: GainNode, setThreshold?: (threshold: number) => void } | null} */
  #shaped = null;
  /** @type {Trouble | null} */
  trouble = null;
  /** @type {MediaStreamTrack | null} what is sent */
  track = null;
  #muted = false;
  #keyHeld = false;
  /** Counts the openings: of two at once the later one is meant. */
  #opening = 0;

  /** @param {{ changed: () => void, unplugged: (name: string) => void }} listener */
  constructor(listener) {
    this.listener = listener;
  }

  /** Whether there is a device, or has been asked for one. */
  isOpen = false;

  /** Open the chosen device anew; `trouble` says why there is none. */
  async open() {
    const opening = ++this.#opening;
    this.isOpen = true;
    let raw = null;
    let trouble = null;
    try {
      raw = await capture("audio", preferences.microphone, {
        echoCancellation: preferences.echo,
        noiseSuppression: preferences.noise,
        autoGainControl: preferences.automatic,
        channelCount: 1,
      });
    } catch (error) {
      trouble = troubleOf(error);
    }
    if (opening !== this.#opening) {
      for (const track of raw?.getTracks() ?? []) track.stop();
      return;
    }
    this.#stop();
    this.#raw = raw;
    this.trouble = trouble;
    const [track] = raw?.getAudioTracks() ?? [];
    track?.addEventListener("ended", () => this.#ended(track));
    this.shape();
  }

  /** @param {MediaStreamTrack} track */
  async #ended(track) {
    if (!this.#raw?.getTracks().includes(track)) return;
    await this.open();
    this.listener.unplugged(track.label);
  }

  /** What is chosen of gain, threshold and mode takes effect; the device stays open. */
  shape() {
    const { gain, threshold, mode } = preferences;
    const gated = mode === "voice";
    if (this.#shaped && gated === Boolean(this.#shaped.setThreshold)) {
      this.#shaped.gain.gain.value = gain;
      this.#shaped.setThreshold?.(threshold);
    } else {
      this.#unshape();
      // A browser's own track is the shortest way: the graph stands between only where it does something.
      if (this.#raw && (gain !== 1 || gated)) this.track = this.#throughGraph(this.#raw, gated);
      else this.track = this.#raw?.getAudioTracks()[0] ?? null;
    }
    this.#enable();
    this.listener.changed();
  }

  /**
   * @param {MediaStream} raw
   * @param {boolean} gated
   */
  #throughGraph(raw, gated) {
    const audio = graph();
    const source = new MediaStreamAudioSourceNode(audio, { mediaStream: raw });
    const gain = new GainNode(audio, { gain: preferences.gain });
    const destination = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
    source.connect(gain);
    const gating = gated ? gate(audio, gain, preferences.threshold) : null;
    (gating?.output ?? gain).connect(destination);
    this.#shaped = { nodes: [source, destination], gain, setThreshold: gating?.setThreshold };
    return destination.stream.getAudioTracks()[0];
  }

  #unshape() {
    for (const node of this.#shaped?.nodes ?? []) node.disconnect();
    this.#shaped = null;
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#muted = muted;
    this.#enable();
  }

  /** @param {boolean} held the key of push-to-talk */
  holdKey(held) {
    this.#keyHeld = held;
    this.#enable();
  }

  get isHeard() {
    return this.track?.enabled === true;
  }

  #enable() {
    if (this.track) this.track.enabled = !this.#muted && (preferences.mode !== "key" || this.#keyHeld);
  }

  /** A function that tells how loud the microphone is just now, in decibels below full scale; and one that ends it. */
  meter() {
    const audio = graph();
    // A copy: one that is muted can be looked at too.
    const copy = this.#raw?.clone();
    const analyser = new AnalyserNode(audio, { fftSize: 1024 });
    if (copy) new MediaStreamAudioSourceNode(audio, { mediaStream: copy }).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      level() {
        analyser.getFloatTimeDomainData(samples);
        const mean = samples.reduce((sum, sample) => sum + Math.abs(sample), 0) / samples.length;
        return 20 * Math.log10(mean * preferences.gain + 1e-5);
      },
      end() {
        for (const track of copy?.getTracks() ?? []) track.stop();
      },
    };
  }

  #stop() {
    this.#unshape();
    for (const track of this.#raw?.getTracks() ?? []) track.stop();
    this.#raw = this.track = null;
  }

  close() {
    this.#opening += 1;
    this.isOpen = false;
    this.trouble = null;
    this.#stop();
    this.listener.changed();
  }
}
