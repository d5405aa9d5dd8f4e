// Everything that a page can do beyond links and forms, one behaviour a file. Each is attached to a page with a signal,
// and is gone without a trace when that is aborted: a call is kept while other pages come and go (voice/walk.js).
import { attach as attachAnnounce } from "./announce.js";
import { attach as attachComposer } from "./composer.js";
import { attach as attachConnection } from "./connection.js";
import { attach as attachGo } from "./go.js";
import { attach as attachKeyboard } from "./keyboard.js";
import { attach as attachLive } from "./live.js";
import { attach as attachMembers } from "./members.js";
import { attach as attachMenu } from "./menu.js";
import { attach as attachPanels } from "./panels.js";
import { attach as attachRoster } from "./roster.js";
import { attach as attachScroll } from "./scroll.js";
import { attach as attachStanding } from "./standing.js";
import { attach as attachTimeline } from "./timeline.js";
import { attach as attachTimes } from "./times.js";
import { attach as attachTyping } from "./typing.js";
import { attach as attachUnread } from "./unread.js";
import { attach as attachViewport } from "./viewport.js";
import { attach as attachVoice } from "./voice.js";
import { attach as attachWords } from "./words.js";

let page = new AbortController();

function start() {
  page = new AbortController();
  for (const attach of [
    attachWords,
    attachTimes,
    attachTimeline,
    attachScroll,
    attachUnread,
    attachTyping,
    attachComposer,
    attachAnnounce,
    attachMembers,
    attachRoster,
    attachStanding,
    attachMenu,
    attachPanels,
    attachKeyboard,
    attachViewport,
    attachConnection,
    attachGo,
    attachVoice,
  ]) {
    attach(document, page.signal);
  }
  // Now that there is somebody to listen. Scripts come in any order: htmx has looked at the page, or will.
  htmx.process(document.body);
  document.getElementById("live")?.dispatchEvent(new Event("connect"));
}

attachLive();
start();
document.addEventListener("page:left", () => page.abort());
document.addEventListener("page:came", start);
