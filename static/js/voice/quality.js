// How good the line is, from what the browser counts of it.

/** @typedef {{ level: "good" | "fair" | "poor", loss: number, delay: number, jitter: number }} Quality loss from 0 to 1, times in ms */

/** From here on people notice: a word is missed, they interrupt each other. */
const FAIR = { loss: 0.03, delay: 250, jitter: 40 };
/** From here on they cannot talk. */
const POOR = { loss: 0.1, delay: 500, jitter: 100 };

/** Packets received and lost so far, to compare the next count with. */
let received = 0;
let lost = 0;

/**
 * How the line was since this was last asked.
 * @param {RTCStatsReport | Map<string, any>} report
 * @returns {Quality}
 */
export function measure(report) {
  const sum = { received: 0, lost: 0 };
  let [up, delay, jitter] = [0, 0, 0];
  for (const each of report.values()) {
    if (each.type === "inbound-rtp" && each.kind === "audio") {
      sum.received += each.packetsReceived;
      sum.lost += each.packetsLost;
      // A lane that nobody is on keeps the jitter of whoever was there last.
      if (each.audioLevel > 0) jitter = Math.max(jitter, each.jitter * 1000);
    } else if (each.type === "remote-inbound-rtp" && each.kind === "audio") {
      up = Math.max(up, each.fractionLost ?? 0);
    } else if (each.type === "candidate-pair" && each.nominated && each.state === "succeeded") {
      delay = (each.currentRoundTripTime ?? 0) * 1000;
    }
  }
  // A fresh connection counts from nothing.
  const [came, went] = sum.received < received ? [sum.received, sum.lost] : [sum.received - received, sum.lost - lost];
  [received, lost] = [sum.received, sum.lost];
  const loss = Math.max(up, Math.max(0, went) / Math.max(1, came + went));
  const beyond = (/** @type {typeof FAIR} */ limit) => loss >= limit.loss || delay >= limit.delay || jitter >= limit.jitter;
  return { level: beyond(POOR) ? "poor" : beyond(FAIR) ? "fair" : "good", loss, delay, jitter };
}
