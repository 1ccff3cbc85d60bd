// Keys that are an input method's: what is being composed is not yet written.

const IN_COMPOSITION = 229; // the key code of browsers that tell of it too late

/** Says whether a key that was pressed is for the input method. */
export function isComposed({ isComposing, keyCode }) {
  return isComposing || keyCode === IN_COMPOSITION;
}
