// The media line to the server: one RTCPeerConnection, which the server offers and a fresh one of the server's replaces
// when the line has become bad. It knows sections and tracks; whose they are is the call's to know.

/** @typedef {import("./protocol.js").Source} Source */

/** What a client sends, in the order of the offer's first sections. */
const SOURCES = /** @type {Source[]} */ (["microphone", "camera", "screen", "screen_sound"]);
/** A short loss mends itself: a phone that goes from one mast to the next. */
const PATIENCE = 3000;
/** A screen shows text: it may take more than a camera (voice/engine.py). */
const SCREEN_TIMES = 3;

/**
 * @typedef {object} Settings
 * @property {RTCIceServer[]} ice_servers
 * @property {boolean} relay_only
 * @property {number} bitrate
 * @property {number} video_bitrate
 */

/**
 * @typedef {object} Listener
 * @property {(message: import("./protocol.js").FromClient) => void} send
 * @property {(mid: string, track: MediaStreamTrack) => void} received a section's track; a later one replaces it
 * @property {(state: "connecting" | "connected" | "lost") => void} changed
 */

/** @param {RTCPeerConnection | null} connection */
const outgoing = (connection) => connection?.getTransceivers().slice(0, SOURCES.length) ?? [];

export class Line {
  /** @type {RTCPeerConnection | null} the one that carries, or has carried */
  #current = null;
  /** @type {RTCPeerConnection | null} the one that is to replace it */
  #next = null;
  /** @type {Map<Source, MediaStreamTrack | null>} */
  #sending = new Map();
  #timer = 0;

  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    /** @type {Settings} */
    this.settings = { ice_servers: [], relay_only: false, bitrate: 40000, video_bitrate: 500000 };
  }

  get isConnected() {
    return this.#current?.connectionState === "connected";
  }

  /**
   * Answer an offer of the server's with a connection of its own.
   * @param {number} number
   * @param {string} sdp
   */
  async answer(number, sdp) {
    const connection = new RTCPeerConnection({
      iceServers: this.settings.ice_servers,
      iceTransportPolicy: this.settings.relay_only ? "relay" : "all",
    });
    this.#next?.close();
    this.#next = connection;
    if (!this.#current) this.listener.changed("connecting");
    connection.onconnectionstatechange = () => this.#stateOf(connection);
    try {
      await connection.setRemoteDescription({ type: "offer", sdp });
      for (const transceiver of outgoing(connection)) transceiver.direction = "sendonly";
      await connection.setLocalDescription();
      this.listener.send({ type: "answer", number, sdp: connection.localDescription?.sdp ?? "" });
      // Those that were found before stand in the answer.
      connection.onicecandidate = ({ candidate }) =>
        this.listener.send({ type: "candidate", number, mid: candidate?.sdpMid ?? "", candidate: candidate?.candidate ?? "" });
      for (const source of SOURCES) await this.#put(connection, source);
    } catch (error) {
      // A newer offer has closed it meanwhile, or the call ended.
      if (connection === this.#next) throw error;
    }
  }

  /** @param {RTCPeerConnection} connection */
  #stateOf(connection) {
    const state = connection.connectionState;
    if (state === "connected") this.#carries(connection);
    // One that was to replace another and failed is no loss while that one carries.
    else if (state === "failed" && (connection === this.#current || !this.isConnected)) this.#lose(0);
    else if (state === "disconnected" && connection === this.#current) this.#lose(PATIENCE);
  }

  /** @param {RTCPeerConnection} connection */
  #carries(connection) {
    clearTimeout(this.#timer);
    if (connection === this.#next) {
      this.#current?.close();
      this.#current = connection;
      this.#next = null;
      for (const { mid, receiver } of connection.getTransceivers().slice(SOURCES.length)) {
        this.listener.received(mid ?? "", receiver.track);
      }
    }
    this.listener.changed("connected");
  }

  /** @param {number} patience */
  #lose(patience) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.listener.changed("lost"), patience);
  }

  /**
   * Send this track as `source` from now on; null sends nothing.
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async put(source, track) {
    this.#sending.set(source, track);
    for (const connection of [this.#current, this.#next]) if (connection) await this.#put(connection, source);
  }

  /**
   * @param {RTCPeerConnection} connection
   * @param {Source} source
   */
  async #put(connection, source) {
    const sender = outgoing(connection)[SOURCES.indexOf(source)]?.sender;
    const track = this.#sending.get(source) ?? null;
    // The connection may have been replaced while we waited for another section of it.
    if (!sender || connection.signalingState === "closed" || sender.track === track) return;
    await sender.replaceTrack(track);
    if (track) await this.#limit(sender, source);
  }

  /** Hold every sender to the call's bit rates, which may have changed. */
  limit() {
    outgoing(this.#current).forEach(({ sender }, index) => sender.track && this.#limit(sender, SOURCES[index]));
  }

  /**
   * @param {RTCRtpSender} sender
   * @param {Source} source
   * @param {boolean} [layered] in three layers of time: the server can halve the frames for whoever's line is narrow
   */
  async #limit(sender, source, layered = source === "camera" || source === "screen") {
    const { bitrate, video_bitrate: video } = this.settings;
    const parameters = sender.getParameters();
    const [encoding] = parameters.encodings ?? [];
    if (!encoding) return;
    encoding.maxBitrate = { microphone: bitrate, camera: video, screen: video * SCREEN_TIMES, screen_sound: bitrate }[source];
    if (source === "microphone") encoding.priority = encoding.networkPriority = "high";
    if (layered) Object.assign(encoding, { scalabilityMode: "L1T3" });
    // A browser that cannot do one of them refuses all.
    await sender.setParameters(parameters).catch(() => (layered ? this.#limit(sender, source, false) : undefined));
  }

  /** What the browser counts of the connection that carries; empty without one. */
  async statistics() {
    return (await this.#current?.getStats()) ?? new Map();
  }

  close() {
    clearTimeout(this.#timer);
    for (const connection of [this.#current, this.#next]) connection?.close();
    this.#current = this.#next = null;
  }
}
