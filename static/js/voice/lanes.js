// Who is on which of the sections that the server sends, and what comes there: sound goes to the loudspeakers, pictures
// wait to be shown.

export class Lanes {
  /** @type {import("./protocol.js").Lane[]} */
  #lanes = [];
  /** @type {Map<string, MediaStreamTrack>} by section */
  #pictures = new Map();

  /** @param {import("./speakers.js").Speakers} speakers */
  constructor(speakers) {
    this.speakers = speakers;
  }

  /** How many pictures can come at once. */
  get pictures() {
    return this.#pictures.size;
  }

  /**
   * @param {string} mid
   * @param {MediaStreamTrack} track
   */
  receive(mid, track) {
    if (track.kind === "video") {
      this.#pictures.set(mid, track);
      return;
    }
    this.speakers.receive(mid, track);
    this.speakers.assign(this.#lanes);
  }

  /** @param {import("./protocol.js").Lane[]} lanes */
  assign(lanes) {
    this.#lanes = lanes;
    this.speakers.assign(lanes);
  }

  /**
   * The picture of this person, unless the line is too narrow for it.
   * @param {number} user
   * @param {import("./protocol.js").Source} source
   */
  pictureOf(user, source) {
    const lane = this.#lanes.find((each) => each.user === user && each.source === source);
    return (lane && !lane.paused && this.#pictures.get(lane.mid)) || null;
  }
}
