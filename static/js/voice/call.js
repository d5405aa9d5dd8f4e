// A person's presence in one call: what signalling tells, the media line, the devices and the wish to be heard, held
// together. It knows nothing of the page, which listens to its events and draws what it finds here.
import { Lanes } from "./lanes.js";
import { Line } from "./line.js";
import { Microphone } from "./microphone.js";
import { watchNetwork } from "./network.js";
import { newsOf } from "./people.js";
import { Pictures } from "./pictures.js";
import { Signalling } from "./protocol.js";
import { measure } from "./quality.js";
import { Speakers } from "./speakers.js";

/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {import("./protocol.js").Source} Source */

/**
 * What the page is told beside "changed".
 * @typedef {{ kind: "joined" | "left" | "muted" | "unmuted" | "camera" | "screen", person: Person }
 *   | { kind: "unplugged", name: string }
 *   | { kind: "refused", message: string }
 *   | { kind: "caption", person: Person, text: string, final: boolean }} News
 */

/**
 * What was before: on a page that is no more, or in a call that this one follows, which it may then take over.
 * @typedef {{ muted?: boolean, deafened?: boolean, mutedBefore?: boolean, session?: string, follows?: boolean }} Before
 */

/** A second offer is asked for where the first does not lead to a connection within this. */
const RESTART_EVERY = 6000;
const MEASURE_EVERY = 2000;
/** The server keeps the place of whoever was cut off for 15 seconds. */
const KEPT = 15000;

export class Call extends EventTarget {
  /** @type {"joining" | "elsewhere" | "in" | "over"} */
  state = "joining";
  /** @type {"connecting" | "connected" | "lost"} */
  line = "connecting";
  /** @type {import("./quality.js").Quality | null} */
  quality = null;
  /** Where the call is, and where the other one is that asks to be taken over. */
  name = "";
  elsewhere = "";
  /** Why it is over, in the person's language. */
  message = "";
  me = 0;
  /** @type {Map<number, Person>} in the order in which they came */
  people = new Map();
  /** @type {Set<number>} */
  speaking = new Set();
  /** @type {import("./protocol.js").Rights} */
  rights = { speak: true, show: true, caption: false, moderate: false, reason: "" };
  session = "";
  #askedAt = 0;
  #lostAt = 0;
  #wishes = "[]";
  /** What was told of oneself on this socket. */
  #told = "";
  #timer = 0;
  #abort = new AbortController();

  /**
   * @param {{ channel: number, url: string }} place
   * @param {Before} [before]
   */
  constructor(place, { muted = false, deafened = false, mutedBefore = false, session = "", follows = false } = {}) {
    super();
    this.channel = place.channel;
    this.url = place.url;
    this.muted = muted;
    this.deafened = deafened;
    this.mutedBefore = mutedBefore;
    this.session = session;
    this.speakers = new Speakers(() => this.changed());
    this.lanes = new Lanes(this.speakers);
    this.microphone = new Microphone({
      changed: () => this.#microphoneChanged(),
      unplugged: (name) => this.#tell({ kind: "unplugged", name }),
    });
    this.pictures = new Pictures(() => this.#picturesChanged());
    this.media = new Line({
      send: (message) => this.signalling.send(message),
      received: (mid, track) => this.lanes.receive(mid, track),
      changed: (state) => this.#lineChanged(state),
    });
    const address = new URL(`/ws/voice/${place.channel}/`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.signalling = new Signalling(address.href, {
      opened: () => this.#join(follows),
      heard: (message) => this.#heard(message),
      lost: () => this.#socketLost(),
      refused: (code) => this.#refused(code),
    });
    watchNetwork(() => this.#renew(), this.#abort.signal);
    this.#timer = setInterval(() => this.#measure(), MEASURE_EVERY);
    this.microphone.mute(muted);
    this.speakers.deafen(deafened);
  }

  changed() {
    this.dispatchEvent(new Event("changed"));
  }

  /** @param {News} news */
  #tell(news) {
    this.dispatchEvent(new CustomEvent("news", { detail: news }));
  }

  // --- What the person does --------------------------------------------------------------------------

  /** @param {boolean} muted */
  mute(muted) {
    if (!muted && !this.microphone.track) this.microphone.open();
    if (!muted && this.deafened) this.#setDeafened(false);
    this.#setMuted(muted);
  }

  /**
   * Who does not hear is not heard either; whoever hears again is as before.
   * @param {boolean} deafened
   */
  deafen(deafened) {
    if (deafened === this.deafened) return;
    const muted = deafened || this.mutedBefore;
    if (deafened) this.mutedBefore = this.muted;
    this.#setDeafened(deafened);
    this.#setMuted(muted);
  }

  /** @param {boolean} muted */
  #setMuted(muted) {
    this.muted = muted;
    this.microphone.mute(muted);
    this.#tellState();
  }

  /** @param {boolean} deafened */
  #setDeafened(deafened) {
    this.deafened = deafened;
    this.speakers.deafen(deafened);
  }

  #tellState() {
    const { camera, screen } = this.pictures;
    const state = { muted: this.isSilent, deafened: this.deafened, camera: camera !== null, screen: screen !== null };
    const text = JSON.stringify(state);
    if (this.state === "in" && text !== this.#told) {
      this.#told = text;
      this.signalling.send({ type: "state", ...state });
    }
    this.changed();
  }

  /**
   * Which pictures to be sent, the most wanted first.
   * @param {import("./protocol.js").Wish[]} wishes
   */
  watch(wishes) {
    const text = JSON.stringify(wishes);
    if (text === this.#wishes) return;
    this.#wishes = text;
    if (this.state === "in") this.signalling.send({ type: "watch", wishes });
  }

  /**
   * @param {string} text
   * @param {boolean} final
   */
  caption(text, final) {
    this.signalling.send({ type: "caption", text, final });
  }

  /** Have the call here, whichever page it is on. */
  takeOver() {
    this.state = "joining";
    this.#join(true);
    this.changed();
  }

  leave() {
    this.signalling.send({ type: "leave" });
    this.end("");
  }

  /** @param {string} message */
  end(message) {
    if (this.state === "over") return;
    this.state = "over";
    this.message = message;
    this.#abort.abort();
    clearInterval(this.#timer);
    this.signalling.close();
    this.media.close();
    this.microphone.close();
    this.pictures.close();
    this.speakers.close();
    if (message) this.dispatchEvent(new Event("ended"));
    this.changed();
  }

  // --- What the page shows ---------------------------------------------------------------------------

  /** Whether nothing is heard of this person, by their own doing or for want of a microphone or of the right. */
  get isSilent() {
    return this.muted || this.microphone.trouble !== null || !this.rights.speak;
  }

  /**
   * The picture of this person, if it is there.
   * @param {number} user
   * @param {Source} source
   */
  trackOf(user, source) {
    if (user === this.me) return source === "camera" ? this.pictures.camera : this.pictures.screen;
    return this.lanes.pictureOf(user, source);
  }

  // --- Signalling ------------------------------------------------------------------------------------

  #join(take_over = false) {
    const { isSilent: muted, deafened, session } = this;
    this.#told = "";
    this.signalling.send({ type: "join", muted, deafened, take_over, ...(session && { session }) });
  }

  /** @param {import("./protocol.js").FromServer} message */
  #heard(message) {
    if (message.type === "welcome") this.#welcomed(message);
    else if (message.type === "busy") this.#busy(message.name);
    else if (message.type === "offer") this.#offered(message.number, message.sdp);
    else if (message.type === "people") this.people = new Map(message.people.map((person) => [person.user, person]));
    else if (message.type === "person") this.#personChanged(message);
    else if (message.type === "gone") this.#gone(message.user);
    else if (message.type === "lanes") this.lanes.assign(message.lanes);
    else if (message.type === "speaking") this.speaking = new Set(message.users);
    else if (message.type === "rights") this.#mayNow(message);
    else if (message.type === "limits") this.#limited(message);
    else if (message.type === "moved") this.#moved(message);
    else if (message.type === "caption") this.#captioned(message);
    else if (message.type === "ended") this.#ended(message);
    else if (message.type === "error") this.#complained(message);
    this.changed();
  }

  /** @param {import("./protocol.js").Welcome} welcome */
  #welcomed(welcome) {
    this.state = "in";
    this.#lostAt = 0;
    this.me = welcome.user;
    this.name = welcome.name;
    this.session = welcome.session;
    this.#mayNow(welcome.rights);
    this.media.settings = welcome;
    this.media.limit();
    this.signalling.send({ type: "watch", wishes: JSON.parse(this.#wishes) });
  }

  /** @param {string} name */
  #busy(name) {
    // The other page is this one, before its line was cut.
    if (this.#lostAt) {
      this.#join(true);
      return;
    }
    this.state = "elsewhere";
    this.elsewhere = name;
  }

  /**
   * @param {number} number
   * @param {string} sdp
   */
  #offered(number, sdp) {
    this.media.answer(number, sdp).catch(() => this.#lineChanged("lost"));
  }

  /** @param {Person} person */
  #personChanged(person) {
    const before = this.people.get(person.user);
    this.people.set(person.user, person);
    const kind = newsOf(before, person);
    if (kind && person.user !== this.me) this.#tell({ kind, person });
  }

  /** @param {number} user */
  #gone(user) {
    const person = this.people.get(user);
    this.people.delete(user);
    this.speaking.delete(user);
    if (person) this.#tell({ kind: "left", person });
  }

  /** @param {import("./protocol.js").Rights} rights */
  #mayNow({ speak, show, caption, moderate, reason }) {
    this.rights = { speak, show, caption, moderate, reason };
    if (!show) this.pictures.close();
    if (!speak) this.microphone.close();
    else if (!this.microphone.isOpen) this.microphone.open();
    this.#tellState();
  }

  /** @param {{ bitrate: number, video_bitrate: number }} limits */
  #limited({ bitrate, video_bitrate }) {
    Object.assign(this.media.settings, { bitrate, video_bitrate });
    this.media.limit();
  }

  /** @param {{ channel: number, url: string }} place */
  #moved(place) {
    const { muted, deafened, mutedBefore } = this;
    this.end("");
    this.dispatchEvent(new CustomEvent("moved", { detail: { place, before: { muted, deafened, mutedBefore } } }));
  }

  /** @param {{ reason: string, message: string }} ended */
  #ended({ reason, message }) {
    // The server is about to start anew: the socket that it closes now will find it again.
    if (reason === "stopping") this.session = "";
    else this.end(message);
  }

  /** @param {{ code: string, message: string }} error */
  #complained({ code, message }) {
    if (code === "bad_answer") this.#lineChanged("lost");
    // It was not even let in.
    else if (this.state === "joining") this.end(message);
    // What this page asks by itself it asks again.
    else if (code === "not_allowed" || code === "filtered") this.#tell({ kind: "refused", message });
  }

  /** @param {{ user: number, text: string, final: boolean }} caption */
  #captioned({ user, text, final }) {
    const person = this.people.get(user);
    if (person) this.#tell({ kind: "caption", person, text, final });
  }

  /** @param {number} code */
  #refused(code) {
    this.dispatchEvent(new CustomEvent("refused", { detail: code }));
  }

  #socketLost() {
    if (this.state === "over") return;
    this.#lostAt ||= Date.now();
    // Whoever was away for longer begins anew.
    if (Date.now() - this.#lostAt > KEPT) this.line = "lost";
    this.changed();
  }

  // --- Devices ---------------------------------------------------------------------------------------

  #microphoneChanged() {
    this.media.put("microphone", this.microphone.track);
    this.#tellState();
  }

  #picturesChanged() {
    this.media.put("camera", this.pictures.camera);
    this.media.put("screen", this.pictures.screen);
    this.media.put("screen_sound", this.pictures.screenSound);
    this.#tellState();
  }

  // --- The line --------------------------------------------------------------------------------------

  /** @param {"connecting" | "connected" | "lost"} state */
  #lineChanged(state) {
    if (this.state === "over") return;
    this.line = state;
    if (state === "lost") this.restart();
    this.changed();
  }

  /** Ask for a fresh line; a socket that comes back brings one unasked. */
  restart() {
    this.#askedAt = Date.now();
    this.signalling.send({ type: "restart" });
    this.signalling.hurry();
  }

  /** The network changed, or the machine woke: nothing that was open can be trusted. */
  #renew() {
    if (this.state === "over") return;
    this.#lostAt ||= Date.now();
    this.#askedAt = Date.now();
    this.line = "lost";
    this.signalling.reopen();
    this.changed();
  }

  async #measure() {
    if (this.line === "connected") this.quality = measure(await this.media.statistics());
    else if (this.line === "lost" && Date.now() - this.#askedAt > RESTART_EVERY) this.#renew();
    this.changed();
  }
}
