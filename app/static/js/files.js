// Files: those of a message, and those that are uploaded to be sent with one: chosen, dragged or pasted.

import { addressOfMessage } from "./reactions.js";

const KINDS = { pdf: "PDF", text: "Text", document: "Document", spreadsheet: "Spreadsheet", presentation: "Presentation" };
const LATER = "Your message is being sent. These files wait for the next one.";
const NO_CONNECTION = "could not be uploaded. Please try again when there is a connection.";

/** Shows the files of a message, as messages/_files.html renders them. */
export function showFiles(article, files) {
  const address = `${addressOfMessage(article).replace(/\/messages\/[^/]+$/, "")}/files`;
  const element = article.querySelector(".message-files");
  element.replaceChildren(...files.map((file) => messageFile(file, `${address}/${file.id}`)));
  element.hidden = false;
}

/** Returns the files that a message shows. */
export function filesOf(article) {
  return Array.from(article.querySelectorAll(".message-file"), ({ dataset, title }) => {
    return { id: dataset.file, kind: dataset.kind, size: Number(dataset.size), name: title };
  });
}

function messageFile({ id, name, kind, size, width, height }, address) {
  const isPicture = kind === "picture";
  const link = create("a", "message-file", isPicture ? { href: address, target: "_blank" } : { href: address, download: "" });
  for (const [key, value] of Object.entries({ "data-file": id, "data-kind": kind, "data-size": size, title: name })) {
    link.setAttribute(key, value);
  }
  if (isPicture) link.append(create("img", "message-picture", { src: `${address}/thumbnail`, alt: name, width, height, loading: "lazy" }));
  else link.append(create("bdi", "file-name", {}, name), create("span", "file-about", {}, `${KINDS[kind] ?? "File"}, ${fileSize(size)}`));
  return link;
}

/** Returns a size in words: as file_size() on the server. */
export function fileSize(size) {
  if (size < 1000) return size === 1 ? "1 byte" : `${size} bytes`;
  if (size < 1_000_000) return `${Math.floor((size + 500) / 1000)} kB`;
  const tenths = Math.floor((size + 50_000) / 100_000);
  return `${Math.floor(tenths / 10)}.${tenths % 10} MB`;
}

/** The files of the message that is being written; they are uploaded one after the other. */
export class ComposerFiles {
  #form;
  #list;
  #chosen = []; // {name, size, id?, file?, request?, chip}
  #changed;
  #complain;
  #isLocked = false;
  #isClosed = false;
  #later = []; // given while a message waited to be sent

  /** Calls changed() when there are other files, and complain(sentence) about one that can't be taken. */
  constructor(form, changed, complain) {
    [this.#form, this.#changed, this.#complain] = [form, changed, complain];
    this.#list = form.querySelector("[data-composer-files]");
    if (!this.#list) return; // this server takes no files
    this.set(Array.from(this.#list.children, (chip) => JSON.parse(chip.dataset.file)));
    const input = form.querySelector("[data-composer-attach]");
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
    });
    form.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    const main = form.closest("main");
    main.addEventListener("dragover", (event) => this.#dragged(event));
    main.addEventListener("dragleave", () => this.#mark(false));
    main.addEventListener("drop", (event) => this.#take(event, event.dataTransfer));
    this.#list.addEventListener("click", (event) => event.target.closest("button") && this.#remove(event.target));
  }

  /** The files that are uploaded. */
  get files() {
    return this.#chosen.filter(({ id }) => id).map(({ id, name, size, kind }) => ({ id, name, size, kind }));
  }

  /** Whether a file is not uploaded yet. */
  get isUploading() {
    return this.#chosen.some(({ id }) => !id);
  }

  /** Shows these files, which are uploaded, in place of others. */
  set(files) {
    for (const { request } of this.#chosen) request?.abort();
    this.#chosen = files.map((file) => ({ ...file }));
    this.#show();
  }

  /** Lets nothing be added or removed while a message waits to be sent; what is given meanwhile is added after that. */
  lock(isLocked) {
    this.#isLocked = isLocked;
    if (!isLocked) this.add(this.#later.splice(0));
  }

  /** Lets nothing be added or removed any more. */
  close() {
    this.#isClosed = true;
  }

  /** Uploads files, as many as a message can have. */
  add(files) {
    if (this.#isClosed || files.length === 0) return;
    if (this.#isLocked) {
      this.#later.push(...files);
      this.#complain(LATER);
      return;
    }
    const { most, megabytes } = this.#list.dataset;
    for (const file of files) {
      if (this.#chosen.length >= most) this.#complain(`A message can have ${most} files.`);
      else if (file.size > megabytes * 1_000_000) this.#complain(`“${file.name}” is too large: a file can have ${megabytes} MB.`);
      else this.#chosen.push({ name: file.name, size: file.size, file });
    }
    this.#show();
    this.#next();
  }

  #take(event, { files }) {
    this.#mark(false);
    if (files.length === 0) return;
    event.preventDefault();
    this.add(files);
  }

  #dragged(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.#mark(true);
  }

  #mark(isDragging) {
    this.#form.toggleAttribute("data-dragging", isDragging);
  }

  #remove(target) {
    const chosen = this.#chosen.find(({ chip }) => chip.contains(target));
    if (this.#isLocked || this.#isClosed || !chosen) return;
    chosen.request?.abort();
    this.#drop(chosen);
    (this.#list.querySelector("button") ?? this.#form.querySelector("[data-composer-text]")).focus();
    this.#next();
  }

  #drop(chosen) {
    this.#chosen = this.#chosen.filter((each) => each !== chosen);
    this.#show();
  }

  /** Uploads the first file that is not, unless one is on its way. */
  #next() {
    if (this.#chosen.some(({ request }) => request)) return;
    const chosen = this.#chosen.find(({ id }) => !id);
    if (!chosen) return;
    const request = (chosen.request = new XMLHttpRequest());
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      chosen.chip.querySelector("progress").value = loaded / total;
    });
    request.addEventListener("loadend", () => this.#uploaded(chosen, request));
    request.open("POST", this.#list.dataset.address);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    const body = new FormData();
    body.append("csrf_token", this.#form.elements.csrf_token.value);
    body.append("file", chosen.file);
    request.send(body);
  }

  #uploaded(chosen, { status, response }) {
    if (!this.#chosen.includes(chosen)) return; // it was removed
    delete chosen.request;
    if (status === 201) Object.assign(chosen, response);
    else this.#drop(chosen);
    this.#show();
    if (status !== 201) this.#complain(response?.message ?? `“${chosen.name}” ${NO_CONNECTION}`);
    this.#next();
  }

  #show() {
    for (const chosen of this.#chosen) chosen.chip = this.#chip(chosen);
    this.#list?.replaceChildren(...this.#chosen.map(({ chip }) => chip));
    this.#changed();
  }

  #chip({ id, name, size, chip }) {
    if (chip && chip.dataset.uploaded === String(Boolean(id))) return chip;
    const element = create("li", "file-chip", { "data-uploaded": Boolean(id) });
    element.append(create("bdi", "file-name", {}, name), create("span", "file-about", {}, fileSize(size)));
    if (!id) element.append(create("progress", "file-progress", { max: 1, value: 0, "aria-label": `Uploading ${name}` }));
    element.append(create("button", "button button-quiet file-remove", { type: "button", "aria-label": `Remove ${name}` }, "×"));
    return element;
  }
}

function create(tag, className, attributes, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(text);
  return element;
}
