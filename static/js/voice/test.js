// The self-test of voice: step by step, what works between this browser and the media server. The words for each outcome
// stand in the page (templates/voice/test.html); here it is found out which of them are true.
import { Line } from "./line.js";
import { capture, troubleOf } from "./microphone.js";
import { preferences } from "./preferences.js";
import { Signalling } from "./protocol.js";
import { graph } from "./sound.js";

/** How long a way to the server may take to open. */
const PATIENCE = 10000;
/** How long one may take to say something. */
const LISTENING = 30000;
/** One's own voice comes back so much later, that one can hear it beside oneself. */
const DELAY_SECONDS = 1;
/** Louder than the noise of a quiet room, as a share of full scale. */
const AUDIBLE = 0.01;
const LOOK_EVERY = 100;

const steps = /** @type {HTMLElement} */ (document.getElementById("voice-steps"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("voice-start"));

/**
 * Show a step's outcome: its words, and nothing else of it.
 * @param {HTMLElement} step
 * @param {string} outcome
 */
function tell(step, outcome) {
  step.dataset.outcome = outcome;
  for (const words of /** @type {NodeListOf<HTMLElement>} */ (step.querySelectorAll("[data-says]"))) {
    words.hidden = words.dataset.says !== outcome;
  }
}

/** @param {string} name */
const stepOf = (name) => /** @type {HTMLElement} */ (steps.querySelector(`[data-step="${name}"]`));

/**
 * Tell how loud a stream is, until the signal aborts.
 * @param {AudioNode} node
 * @param {(level: number) => void} heard between 0 and 1
 * @param {AbortSignal} signal
 */
function listen(node, heard, signal) {
  const analyser = new AnalyserNode(graph(), { fftSize: 2048 });
  node.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    heard(Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
  }, LOOK_EVERY);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    analyser.disconnect();
  });
}

/**
 * The first step: a microphone, and that something comes out of it.
 * @param {AbortSignal} signal
 * @returns {Promise<MediaStreamTrack | null>}
 */
async function tryMicrophone(signal) {
  const step = stepOf("microphone");
  let stream = null;
  try {
    stream = await capture("audio", preferences.microphone, { echoCancellation: true });
  } catch (error) {
    tell(step, troubleOf(error));
    return null;
  }
  signal.addEventListener("abort", () => stream.getTracks().forEach((track) => track.stop()));
  tell(step, "quiet");
  const meter = /** @type {HTMLMeterElement} */ (step.querySelector("meter"));
  meter.hidden = false;
  listen(
    new MediaStreamAudioSourceNode(graph(), { mediaStream: stream }),
    (level) => {
      meter.value = Math.min(1, level * 5);
      if (level > AUDIBLE) tell(step, "works");
    },
    signal,
  );
  return stream.getAudioTracks()[0];
}

/**
 * @typedef {object} Way how the media server may be reached
 * @property {RTCIceServer[]} servers
 * @property {boolean} relayed
 */

/**
 * @typedef {object} Passage a way that is open
 * @property {RTCIceServer[]} offered what the operator has set up
 * @property {Map<string, MediaStreamTrack>} tracks what comes back, by section
 */

/**
 * Try one way to the media server.
 * @param {(offered: RTCIceServer[]) => Way} choose
 * @param {MediaStreamTrack | null} track
 * @param {AbortSignal} signal it is kept until then
 * @returns {Promise<Passage & { open: boolean, told: boolean }>} `told`: whether the server could be asked at all
 */
function tryWay(choose, track, signal) {
  return new Promise((resolve) => {
    /** @type {Map<string, MediaStreamTrack>} */
    const tracks = new Map();
    /** @type {RTCIceServer[]} */
    let offered = [];
    let told = false;
    const finish = (/** @type {boolean} */ open) => {
      clearTimeout(timer);
      if (!open) close();
      resolve({ open, told, offered, tracks });
    };
    const line = new Line({
      send: (message) => signalling.send(message),
      received: (mid, received) => tracks.set(mid, received),
      changed: (state) => {
        if (state !== "connecting") finish(state === "connected");
      },
    });
    const address = new URL(steps.dataset.socket ?? "", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const signalling = new Signalling(address.href, {
      opened: () => signalling.send({ type: "join", muted: false, deafened: false }),
      heard: (message) => {
        if (message.type === "welcome") {
          told = true;
          offered = message.ice_servers;
          const { servers, relayed } = choose(offered);
          line.settings = { ...message, ice_servers: servers, relay_only: relayed };
        } else if (message.type === "offer") line.answer(message.number, message.sdp).catch(() => finish(false));
        else if (message.type === "ended") finish(false);
      },
      lost: () => {},
      refused: () => finish(false),
    });
    const close = () => {
      signalling.send({ type: "leave" });
      signalling.close();
      line.close();
    };
    const timer = setTimeout(() => finish(false), PATIENCE);
    line.put("microphone", track);
    signal.addEventListener("abort", close);
  });
}

/** @param {RTCIceServer} server */
const addressesOf = ({ urls }) => [urls].flat().filter((url) => url.startsWith("turn"));

/**
 * Try each relay, by itself.
 * @param {RTCIceServer[]} offered
 * @param {MediaStreamTrack | null} track
 * @param {AbortSignal} signal
 */
async function tryRelays(offered, track, signal) {
  const step = stepOf("relay");
  const relays = offered.flatMap((server) => addressesOf(server).map((url) => ({ ...server, urls: [url] })));
  if (!relays.length) {
    tell(step, "none");
    return null;
  }
  tell(step, "trying");
  const list = /** @type {HTMLElement} */ (step.querySelector("ul"));
  const line = /** @type {HTMLTemplateElement} */ (step.querySelector("template"));
  let best = null;
  for (const relay of relays) {
    const way = await tryWay(() => ({ servers: [relay], relayed: true }), track, signal);
    const entry = /** @type {HTMLElement} */ (/** @type {Element} */ (line.content.firstElementChild).cloneNode(true));
    /** @type {Element} */ (entry.querySelector("code")).textContent = relay.urls[0];
    list.append(entry);
    tell(entry, way.open ? "works" : "fails");
    if (way.open) best ??= way;
  }
  tell(step, best ? "works" : "fails");
  return best;
}

/**
 * The last step: what one says comes back.
 * @param {Passage} passage
 * @param {AbortSignal} signal
 * @param {AbortController} sound ends what is played
 */
function hear(passage, signal, sound) {
  const step = stepOf("echo");
  tell(step, "listening");
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      tell(step, "silent");
      resolve(undefined);
    }, LISTENING);
    for (const track of passage.tracks.values()) {
      if (track.kind !== "audio") continue;
      const stream = new MediaStream([track]);
      // Chromium gives a remote track to the graph only while an element plays it.
      const element = new Audio();
      element.muted = true;
      element.srcObject = stream;
      element.play().catch(() => {});
      const source = new MediaStreamAudioSourceNode(graph(), { mediaStream: stream });
      const delay = new DelayNode(graph(), { delayTime: DELAY_SECONDS, maxDelayTime: DELAY_SECONDS });
      source.connect(delay).connect(graph().destination);
      sound.signal.addEventListener("abort", () => {
        delay.disconnect();
        element.srcObject = null;
      });
      listen(
        source,
        (level) => {
          if (level <= AUDIBLE) return;
          clearTimeout(timer);
          tell(step, "works");
          resolve(undefined);
        },
        signal,
      );
    }
  });
}

/** @param {AbortController} all */
async function run(all) {
  const { signal } = all;
  for (const step of /** @type {HTMLCollectionOf<HTMLElement>} */ (steps.children)) tell(step, "waiting");
  stepOf("relay").querySelector("ul")?.replaceChildren();
  tell(stepOf("microphone"), "trying");
  const track = await tryMicrophone(signal);
  const direct = stepOf("direct");
  tell(direct, "trying");
  const way = await tryWay(() => ({ servers: [], relayed: false }), track, signal);
  tell(direct, way.open ? "works" : way.told ? "fails" : "unreachable");
  if (!way.told) return;
  const relay = await tryRelays(way.offered, track, signal);
  const passage = way.open ? way : relay;
  if (passage && track) await hear(passage, signal, all);
  else tell(stepOf("echo"), "impossible");
}

/** @type {AbortController | null} */
let running = null;

/** @param {boolean} isRunning */
function label(isRunning) {
  for (const words of /** @type {NodeListOf<HTMLElement>} */ (button.querySelectorAll("[data-when]"))) {
    words.hidden = (words.dataset.when === "running") !== isRunning;
  }
}

button.addEventListener("click", () => {
  const before = running;
  before?.abort();
  running = before ? null : new AbortController();
  label(running !== null);
  if (running) run(running);
});
button.hidden = false;
