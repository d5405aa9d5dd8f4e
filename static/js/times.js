// Times as the reader's own clock tells them. Fragments carry UTC.

const YEAR = 60 * 60 * 24 * 365;

/** The page's language as the reader's region writes it: a British clock has no "PM". */
function language() {
  const page = document.documentElement.lang;
  return navigator.languages.find((each) => each.split("-")[0] === page) ?? page;
}

/**
 * The reader's calendar day of a moment, as YYYY-MM-DD.
 * @param {string} moment ISO 8601
 */
export function dayOf(moment) {
  const date = new Date(moment);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * A day in words.
 * @param {string} day YYYY-MM-DD
 */
export function dayInWords(day) {
  const [year, month, date] = day.split("-").map(Number);
  return new Intl.DateTimeFormat(language(), { dateStyle: "long" }).format(new Date(year, month - 1, date));
}

/**
 * Show every time within `root` by the reader's clock.
 * @param {ParentNode} root
 */
export function localise(root) {
  const clock = new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit" });
  const whole = new Intl.DateTimeFormat(language(), { dateStyle: "long", timeStyle: "short" });
  for (const time of root.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    time.textContent = clock.format(date);
    time.title = whole.format(date);
  }
}

/** @param {Document} root */
export function attach(root) {
  // The server renders the next page in this zone, with or without script.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  root.cookie = `timezone=${encodeURIComponent(zone)}; path=/; max-age=${YEAR}; samesite=lax`;
  const messages = root.getElementById("messages");
  if (messages) localise(messages);
}
