// The socket of a voice channel: what both sides say on it, and coming back when it breaks (docs/voice-protocol.md).
// It knows neither the page nor media.

/** @typedef {"microphone" | "camera" | "screen" | "screen_sound"} Source */

/**
 * @typedef {object} Person
 * @property {number} user
 * @property {string} username
 * @property {string} name
 * @property {number} colour
 * @property {boolean} muted
 * @property {boolean} deafened
 * @property {boolean} server_muted
 * @property {boolean} server_deafened
 * @property {boolean} camera
 * @property {boolean} screen
 * @property {boolean} priority
 */

/** @typedef {{ speak: boolean, show: boolean, caption: boolean, moderate: boolean, reason: string }} Rights */
/** @typedef {{ mid: string, user: number | null, source: Source | null, paused: boolean }} Lane */
/** @typedef {{ user: number, source: Source, large: boolean }} Wish */

/**
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {string} session
 * @property {number} user
 * @property {number} channel
 * @property {string} name
 * @property {Rights} rights
 * @property {RTCIceServer[]} ice_servers
 * @property {boolean} relay_only
 * @property {number} bitrate
 * @property {number} video_bitrate
 */

/**
 * @typedef {Welcome
 *   | { type: "busy", channel: number, name: string }
 *   | { type: "offer", number: number, sdp: string }
 *   | { type: "people", people: Person[] }
 *   | Person & { type: "person" }
 *   | { type: "gone", user: number }
 *   | { type: "lanes", lanes: Lane[] }
 *   | { type: "speaking", users: number[] }
 *   | Rights & { type: "rights" }
 *   | { type: "limits", bitrate: number, video_bitrate: number }
 *   | { type: "moved", channel: number, url: string }
 *   | { type: "caption", user: number, text: string, final: boolean }
 *   | { type: "ended", reason: string, message: string }
 *   | { type: "error", code: string, message: string }} FromServer
 */

/**
 * @typedef {{ type: "join", muted: boolean, deafened: boolean, take_over?: boolean, session?: string }
 *   | { type: "answer", number: number, sdp: string }
 *   | { type: "candidate", number: number, mid: string, candidate: string }
 *   | { type: "restart" }
 *   | { type: "state", muted?: boolean, deafened?: boolean, camera?: boolean, screen?: boolean }
 *   | { type: "watch", wishes: Wish[] }
 *   | { type: "caption", text: string, final: boolean }
 *   | { type: "leave" }} FromClient
 */

/**
 * @typedef {object} Listener
 * @property {() => void} opened the socket is there, for the first time or again: say who one is
 * @property {(message: FromServer) => void} heard
 * @property {() => void} lost it will be tried again
 * @property {(code: number) => void} refused it will not
 */

/** Our own close codes (docs/architecture.md): there is no coming back from them. */
const REFUSED = 4400;
const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 5000;
/** A socket that neither opens nor fails within this is on a dead line. */
const OPENS_WITHIN = 5000;

export class Signalling {
  /** @type {WebSocket | null} */
  #socket = null;
  #timer = 0;
  #pause = FIRST_PAUSE;

  /**
   * @param {string} address
   * @param {Listener} listener
   */
  constructor(address, listener) {
    this.address = address;
    this.listener = listener;
    this.reopen();
  }

  /** Do not wait with the next attempt. */
  hurry() {
    if (!this.#socket) this.reopen();
  }

  /** Drop the socket, which may be dead without having said so, and open another now. */
  reopen() {
    this.close();
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#closed(0), OPENS_WITHIN);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#pause = FIRST_PAUSE;
      this.listener.opened();
    };
    socket.onmessage = (event) => {
      for (const line of event.data.split("\n")) {
        // What was said before may have ended the call.
        if (line && this.#socket === socket) this.listener.heard(JSON.parse(line));
      }
    };
    socket.onclose = (event) => this.#closed(event.code);
  }

  /** @param {number} code */
  #closed(code) {
    this.close();
    if (code >= REFUSED) {
      this.listener.refused(code);
      return;
    }
    this.#timer = setTimeout(() => this.reopen(), this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.listener.lost();
  }

  /**
   * Say something, if the socket is open.
   * @param {FromClient} message
   */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message) + "\n");
  }

  /** Nothing is heard or told any more. */
  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
