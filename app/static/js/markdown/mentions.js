// Mentions in what a person typed: @ and a name that is known. The twin is app/markdown/mentions.py.

const BEGINNING = /(?<![\p{L}\p{M}\p{N}_.+/@-])@/gu;
const LONGER = /[-./:+]?[\p{L}\p{M}\p{N}_]/uy; // the name goes on: it is another one
const MOST_MENTIONS = 100; // in a text

/** Returns where these names are mentioned, in upper or lower case, as [start, end, name]; of several the longest. */
export function mentions(text, names) {
  const known = new Map(names.map((name) => [name.toLowerCase(), name]));
  const lengths = [...new Set([...known.values()].map(({ length }) => length))].sort((one, other) => other - one);
  const found = [];
  for (const { index } of text.matchAll(BEGINNING)) {
    const mention = mentionAt(text, index + 1, known, lengths);
    if (mention) found.push(mention);
    if (found.length === MOST_MENTIONS) break;
  }
  return found;
}

/** Returns all names that can be mentioned. Nobody takes a model's by being called like it. */
export function mentionable(handles, people) {
  return [...handles, ...people.filter((name) => mentions(`@${name}`, handles).length === 0)];
}

function mentionAt(text, start, known, lengths) {
  for (const length of lengths) {
    const written = text.slice(start, start + length);
    const name = known.get(written.toLowerCase());
    if (name?.length === written.length && !goesOn(text, start + length)) return [start - 1, start + length, name];
  }
}

function goesOn(text, end) {
  LONGER.lastIndex = end;
  return LONGER.test(text);
}
