// Emphasis beside Chinese, Japanese and Korean, which put no spaces around it.
//
// CommonMark's rule for what opens and closes emphasis, amended as in
// https://github.com/tats-u/markdown-cjk-friendly: a character of these languages counts neither as a letter
// that continues a word nor as punctuation that stands apart from it.

const CJK = new RegExp(
  "^[\\u1100-\\u11ff\\u2e80-\\u2fff\\u3001-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7ff" +
    "\\uf900-\\ufaff\\ufe30-\\ufe4f\\uff00-\\uffef\\u{16fe0}-\\u{18dff}" +
    "\\u{1aff0}-\\u{1b2ff}\\u{20000}-\\u{3ffff}]",
  "u",
);

/** Uses this rule for all marks of emphasis. */
export function cjk(markdown) {
  const { isMdAsciiPunct, isPunctCharCode, isWhiteSpace } = markdown.utils;
  const isPunctuation = (code) => isMdAsciiPunct(code) || isPunctCharCode(code);
  const isCjk = (code) => CJK.test(String.fromCodePoint(code));

  /** Returns whether a mark between these two characters may stand at an edge of the one inside. */
  function flanks(outside, inside) {
    if (isWhiteSpace(inside)) return false;
    if (!isPunctuation(inside) || isCjk(inside)) return true;
    return isWhiteSpace(outside) || isPunctuation(outside) || isCjk(outside);
  }

  markdown.inline.State = class extends markdown.inline.State {
    scanDelims(start, canSplitWord) {
      const { length } = super.scanDelims(start, canSplitWord);
      const before = codeBefore(this.src, start);
      const after = start + length < this.posMax ? this.src.codePointAt(start + length) : 0x20;
      const [opens, closes] = [flanks(before, after), flanks(after, before)];
      return {
        can_open: opens && (canSplitWord || !closes || isPunctuation(before)),
        can_close: closes && (canSplitWord || !opens || isPunctuation(after)),
        length,
      };
    }
  };
}

function codeBefore(text, index) {
  if (index === 0) return 0x20;
  const pair = index > 1 ? text.codePointAt(index - 2) : 0;
  return pair > 0xffff ? pair : text.charCodeAt(index - 1);
}
