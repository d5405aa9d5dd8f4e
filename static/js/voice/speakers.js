// What is heard: the server's audio lanes, each as loud as the listener likes the person who is on it.
import { preferences, volumeOf } from "./preferences.js";
import { graph, route } from "./sound.js";

/** @typedef {{ element: HTMLAudioElement, stream: MediaStream, user: number | null, boost: GainNode | null }} Lane */

/** iOS leaves an element's volume to its buttons: there the graph sets it. */
const settable = (() => {
  const element = new Audio();
  element.volume = 0.5;
  return element.volume === 0.5;
})();

export class Speakers {
  /** @type {Map<string, Lane>} */
  #lanes = new Map();
  #deafened = false;
  /** The browser plays nothing before the page has been pressed. */
  isBlocked = false;

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /**
   * @param {string} mid
   * @param {MediaStreamTrack} track
   */
  receive(mid, track) {
    const user = this.#lanes.get(mid)?.user ?? null;
    this.#end(mid);
    const lane = { element: new Audio(), stream: new MediaStream([track]), user, boost: null };
    lane.element.srcObject = lane.stream;
    this.#lanes.set(mid, lane);
    this.#loudness(lane);
    this.#route(lane);
    this.#play(lane);
  }

  /** @param {import("./protocol.js").Lane[]} lanes */
  assign(lanes) {
    for (const { mid, user } of lanes) {
      const lane = this.#lanes.get(mid);
      if (!lane || lane.user === user) continue;
      lane.user = user;
      this.#loudness(lane);
    }
  }

  /** What is chosen of volumes and of the output device takes effect. */
  apply() {
    for (const lane of this.#lanes.values()) {
      this.#loudness(lane);
      this.#route(lane);
    }
  }

  /** @param {boolean} deafened */
  deafen(deafened) {
    this.#deafened = deafened;
    this.apply();
  }

  /** @param {Lane} lane */
  #loudness(lane) {
    const volume = volumeOf(lane.user);
    const boosted = volume > 1 || (!settable && volume !== 1);
    if (boosted && !lane.boost) {
      const audio = graph();
      lane.boost = new GainNode(audio);
      new MediaStreamAudioSourceNode(audio, { mediaStream: lane.stream }).connect(lane.boost).connect(audio.destination);
    }
    // The graph makes it louder than an element can; the element plays on, without which Chromium's graph hears nothing.
    if (lane.boost) lane.boost.gain.value = boosted && !this.#deafened ? volume : 0;
    lane.element.muted = this.#deafened || boosted;
    lane.element.volume = Math.min(volume, 1);
  }

  /** @param {Lane} lane */
  #route(lane) {
    lane.element.setSinkId?.(preferences.speaker).catch(() => {});
    route(preferences.speaker);
  }

  /** @param {Lane} lane */
  #play(lane) {
    lane.element.play().catch((error) => {
      if (error.name !== "NotAllowedError" || this.isBlocked) return;
      this.isBlocked = true;
      this.changed();
    });
  }

  /** Somebody has pressed the page: play what was held back. */
  start() {
    this.isBlocked = false;
    graph();
    for (const lane of this.#lanes.values()) this.#play(lane);
    this.changed();
  }

  /** @param {string} mid */
  #end(mid) {
    const lane = this.#lanes.get(mid);
    lane?.boost?.disconnect();
    if (lane) lane.element.srcObject = null;
    this.#lanes.delete(mid);
  }

  close() {
    for (const mid of [...this.#lanes.keys()]) this.#end(mid);
  }
}
