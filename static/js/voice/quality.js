// How good the line is, from what the browser counts of it.

/** @typedef {{ level: "good" | "fair" | "poor", loss: number, delay: number, jitter: number }} Quality loss from 0 to 1, times in ms */

/** From here on people notice: a word is missed, they interrupt each other. */
const FAIR = { loss: 0.03, delay: 250, jitter: 40 };
/** From here on they cannot talk. */
const POOR = { loss: 0.1, delay: 500, jitter: 100 };
/** Of fewer packets, as while one is silent, a single one that is lost says little. */
const FEWEST = 25;

/** Packets so far, to compare the next count with. */
let before = { came: 0, missed: 0, sent: 0, lost: 0 };

/**
 * How the line was since this was last asked.
 * @param {RTCStatsReport | Map<string, any>} report
 * @returns {Quality}
 */
export function measure(report) {
  const now = { came: 0, missed: 0, sent: 0, lost: 0 };
  let [delay, jitter, busiest] = [0, 0, -1];
  for (const each of report.values()) {
    if (each.type === "inbound-rtp" && each.kind === "audio") {
      now.came += each.packetsReceived;
      now.missed += each.packetsLost;
      // A lane that nobody is on keeps the jitter of whoever was there last.
      if (each.audioLevel > 0) jitter = Math.max(jitter, each.jitter * 1000);
    } else if (each.type === "outbound-rtp" && each.kind === "audio") {
      now.sent += each.packetsSent;
    } else if (each.type === "remote-inbound-rtp" && each.kind === "audio") {
      now.lost += each.packetsLost;
    } else if (each.type === "candidate-pair" && each.nominated && each.bytesReceived > busiest) {
      // Several may be nominated; one is used.
      busiest = each.bytesReceived;
      delay = (each.currentRoundTripTime ?? 0) * 1000;
    }
  }
  // A fresh connection counts from nothing.
  const last = now.sent < before.sent || now.came < before.came ? { came: 0, missed: 0, sent: 0, lost: 0 } : before;
  before = now;
  const missed = Math.max(0, now.missed - last.missed);
  const down = missed / Math.max(FEWEST, now.came - last.came + missed);
  const up = Math.max(0, now.lost - last.lost) / Math.max(FEWEST, now.sent - last.sent);
  const loss = Math.max(down, up);
  const beyond = (/** @type {typeof FAIR} */ limit) => loss >= limit.loss || delay >= limit.delay || jitter >= limit.jitter;
  return { level: beyond(POOR) ? "poor" : beyond(FAIR) ? "fair" : "good", loss, delay, jitter };
}
