// A call on a phone: the screen stays on while there are pictures, and the lock screen has its buttons.

/** @type {WakeLockSentinel | null} */
let lock = null;
let asking = false;

/** @param {import("./call.js").Call | null} call */
async function keepAwake(call) {
  const wanted = call?.state === "in" && document.visibilityState === "visible";
  if (!wanted) {
    lock?.release();
    lock = null;
  } else if ((!lock || lock.released) && !asking && "wakeLock" in navigator) {
    asking = true;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    asking = false;
  }
}

/** What the lock screen shows already. */
let shown = "";

/**
 * @param {import("./call.js").Call | null} call
 * @param {(action: string) => void} act
 */
export function drawPhone(call, act) {
  if (matchMedia("(pointer: coarse)").matches) keepAwake(call);
  const session = /** @type {any} */ (navigator.mediaSession);
  const isIn = call?.state === "in";
  const now = JSON.stringify(isIn && [call.name, call.muted, call.pictures.camera !== null]);
  if (!session || now === shown) return;
  shown = now;
  session.playbackState = isIn ? "playing" : "none";
  session.metadata = isIn ? new MediaMetadata({ title: call.name, artist: "Eclipse" }) : null;
  session.setMicrophoneActive?.(isIn && !call.muted);
  session.setCameraActive?.(isIn && call.pictures.camera !== null);
  for (const [name, action] of [["togglemicrophone", "mute"], ["togglecamera", "camera"], ["hangup", "leave"]]) {
    try {
      session.setActionHandler(name, isIn ? () => act(action) : null);
    } catch {
      // This browser has no such button.
    }
  }
}
