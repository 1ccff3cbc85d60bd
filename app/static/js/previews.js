// Diagrams, and previews of HTML and SVG. What a model wrote runs only when a reader asks for it, in a sandboxed frame
// with a policy of its own: it loads and sends nothing by requests, and has no access to the page.

const KINDS = {
  mermaid: { file: "diagram.html", label: "Show diagram", title: "Diagram" },
  html: { file: "preview.html", label: "Preview", title: "Preview" },
  svg: { file: "preview.html", label: "Preview", title: "Preview" },
};
const HEIGHTS = { least: 48, first: 320, most: 1200 }; // pixels
const BROKEN = "This diagram can't be drawn.";

/** Returns what can be shown of code in this language, or undefined. */
export function kindOf(language) {
  return Object.hasOwn(KINDS, language) ? KINDS[language] : undefined;
}

/** Shows a preview of a block of code and returns true, or removes it and returns false. */
export function togglePreview(block, source, kind) {
  const shown = block.querySelector(".code-preview");
  if (shown) {
    shown.remove();
    return false;
  }
  const frame = createFrame(kind.title);
  const box = document.createElement("div");
  box.className = "code-preview";
  box.dataset.added = ""; // patching.js leaves it alone
  box.append(frame);
  block.append(box);
  exchange(frame, box, source, kind);
  frame.src = new URL(`./${kind.file}`, import.meta.url);
  return true;
}

function createFrame(title) {
  const frame = document.createElement("iframe");
  Object.assign(frame, { title, height: HEIGHTS.first });
  frame.setAttribute("sandbox", "allow-scripts");
  return frame;
}

/** Sends the source to the frame when it is ready, and hears how high the result is. Only a diagram can be broken: scripts
    in a document that is previewed can say anything. */
function exchange(frame, box, source, kind) {
  const isDark = isPageDark();
  const listener = ({ source: sender, data }) => {
    if (!box.isConnected) removeEventListener("message", listener);
    if (sender !== frame.contentWindow || !sender) return;
    if (data?.isReady) sender.postMessage({ source, isDark }, "*"); // its origin is opaque
    if (Number.isFinite(data?.height)) frame.height = Math.min(Math.max(data.height, HEIGHTS.least), HEIGHTS.most);
    if (data?.isBroken && kind === KINDS.mermaid) box.textContent = BROKEN;
  };
  addEventListener("message", listener);
}

function isPageDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
