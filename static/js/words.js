// Words in the reader's language: the page carries them (templates/_words.html), fragments that came live do not.

/** @type {Map<string, string>} */
let dictionary = new Map();

/**
 * The word for `key`, its `{placeholders}` filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function word(key, values = {}) {
  const text = dictionary.get(key) ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * The word for `key` in the form that `count` takes in this language.
 * @param {string} key
 * @param {number} count
 */
export function plural(key, count) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return word(dictionary.has(`${key}.${form}`) ? `${key}.${form}` : `${key}.other`, { count });
}

/**
 * Put the reader's language into a fragment that was rendered for everybody.
 * @param {ParentNode} root
 */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = word(/** @type {HTMLElement} */ (element).dataset.word ?? "");
  }
}

/**
 * Take in the words of a template.
 * @param {HTMLElement | null} template
 */
export function learn(template) {
  const words = /** @type {HTMLTemplateElement | null} */ (template)?.content.querySelectorAll("[data-key]") ?? [];
  for (const element of /** @type {Iterable<HTMLElement>} */ (words)) {
    dictionary.set(element.dataset.key ?? "", element.textContent ?? "");
  }
}

/** @param {Document} root */
export function attach(root) {
  learn(root.getElementById("words"));
}
