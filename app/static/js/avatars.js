// Somebody as initials in a colour: as _avatar.html renders it.

const HUES = 8; // in avatars.css

/** Returns an avatar. It is hidden from screen readers: the name must be beside it, or hidden from sight. */
export function avatar({ name, sender }) {
  const element = document.createElement("span");
  element.className = "avatar";
  element.dataset.hue = hue(sender);
  element.title = name;
  element.ariaHidden = "true";
  element.textContent = initials(name);
  return element;
}

/** Returns a text for screen readers alone. */
export function hiddenText(text) {
  const element = document.createElement("span");
  element.className = "visually-hidden";
  element.textContent = text;
  return element;
}

function initials(name) {
  const words = name.split(/\s+/u).filter(Boolean);
  const letters = [...new Set([words[0], words.at(-1)])].map((word = "") => Array.from(word)[0] ?? "");
  return letters.join("").toUpperCase();
}

function hue(sender) {
  return Array.from(sender, (sign) => sign.codePointAt(0)).reduce((sum, code) => sum + code, 0) % HUES;
}
