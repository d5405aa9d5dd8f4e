// What one shows: the camera, and the screen with its sound.
import { capture, troubleOf } from "./microphone.js";
import { preferences } from "./preferences.js";

const CAMERA = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30, max: 30 } };
const SCREEN = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 30, max: 30 } };

export class Pictures {
  /** @type {MediaStreamTrack | null} */
  camera = null;
  /** @type {MediaStreamTrack | null} */
  screen = null;
  /** @type {MediaStreamTrack | null} */
  screenSound = null;
  /** @type {import("./microphone.js").Trouble | null} why there is no camera */
  trouble = null;

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** @param {boolean} on */
  async showCamera(on) {
    this.#stop(this.camera);
    this.camera = null;
    this.trouble = null;
    if (on) {
      try {
        const [track] = (await capture("video", preferences.camera, CAMERA)).getVideoTracks();
        this.camera = track;
        track.addEventListener("ended", () => this.camera === track && this.showCamera(false));
      } catch (error) {
        this.trouble = troubleOf(error);
      }
    }
    this.changed();
  }

  /** @param {boolean} on */
  async showScreen(on) {
    this.#stop(this.screen);
    this.#stop(this.screenSound);
    this.screen = this.screenSound = null;
    if (on) {
      // Somebody who thinks better of it has not failed.
      const stream = await navigator.mediaDevices.getDisplayMedia(screenWishes()).catch(() => null);
      const [track] = stream?.getVideoTracks() ?? [];
      this.screen = track ?? null;
      this.screenSound = stream?.getAudioTracks()[0] ?? null;
      track?.addEventListener("ended", () => this.screen === track && this.showScreen(false));
    }
    this.changed();
  }

  /** @param {MediaStreamTrack | null} track */
  #stop(track) {
    track?.stop();
  }

  close() {
    for (const track of [this.camera, this.screen, this.screenSound]) this.#stop(track);
    if (!this.camera && !this.screen) return;
    this.camera = this.screen = this.screenSound = null;
    this.changed();
  }
}

/** With its sound as it is: what suits a voice would spoil music. */
function screenWishes() {
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  return /** @type {DisplayMediaStreamOptions} */ ({
    video: SCREEN, audio, systemAudio: "include", surfaceSwitching: "include", selfBrowserSurface: "exclude",
  });
}
