// Writing: Enter sends, Shift+Enter breaks the line (or as the reader has chosen), and nothing that was typed is lost.

import { ComposerForm } from "./composer-form.js";
import { ComposerFiles } from "./files.js";
import { isComposing } from "./keyboard.js";
import { Draft, Outbox, problemWith } from "./outbox.js";

const WAITING = "There is no connection. Your message will be sent when it is back.";
const UPLOADING = "Your files are still being uploaded. Send it when they are.";
const CLOSED = "You can't write here any more.";
const QUOTATION = /^>/m;
const ON_SCREEN_KEYBOARD = matchMedia("(hover: none) and (pointer: coarse)"); // has no Shift+Enter
const TOO_LATE = new Set(["conflict", "not_found"]); // to edit the question; it can still be asked

export class Composer {
  #form;
  #socket;
  #draft;
  #outbox;
  #edits; // the id of the question that is being edited
  #textBeforeEdit = "";
  #files;
  #filesBeforeEdit = [];
  #quotes; // the id of a message
  #isClosed = false;

  /** The third says what the page does of the conversation; storage is like localStorage, tab like sessionStorage. */
  constructor(form, socket, { conversation, reader: storageOwner, ...settings }, storage, tab) {
    [this.#form, this.#socket] = [new ComposerForm(form, settings), socket];
    this.#draft = new Draft(storage, tab, storageOwner, conversation);
    const settled = (question, error) => this.#settled(question, error);
    this.#outbox = new Outbox(socket, conversation, storage, settled, storageOwner);
    this.#quotes = this.#form.quotes;
    this.#files = new ComposerFiles(form, () => this.#filesChanged(), (sentence) => this.#form.showNote(sentence));
    this.#restore();
    this.#listen();
    this.#showPending();
  }

  /** Whether nothing is written or attached. */
  get isEmpty() {
    return this.#form.text === "" && this.#files.files.length === 0 && !this.#files.isUploading;
  }

  /** Asks a question, unless another one waits; what is written comes back after that. */
  ask(content) {
    if (this.#outbox.pending || this.#isClosed || this.#files.isUploading) return;
    this.#fill({ content, textBeforeEdit: this.#form.text, filesBeforeEdit: this.#files.files });
    this.#form.submit();
  }

  /** Starts to edit a question, which has these files. */
  edit(id, content, files) {
    if (this.#outbox.pending || this.#isClosed || this.#files.isUploading) return;
    const before = this.#edits ? [this.#textBeforeEdit, this.#filesBeforeEdit] : [this.#form.text, this.#files.files];
    const [textBeforeEdit, filesBeforeEdit] = before;
    this.#fill({ content, files, edits: id, textBeforeEdit, filesBeforeEdit });
    this.#form.field.focus();
  }

  /** Puts a quotation of a message where the cursor is. */
  quote(quotation, id) {
    if (this.#outbox.pending || this.#isClosed) return;
    this.#form.insert(quotation);
    this.#quotes = id;
    this.#typed();
  }

  /** Cancels an edit; returns whether there was one. */
  cancel() {
    if (!this.#edits || this.#outbox.pending) return false;
    this.#fill({ content: this.#textBeforeEdit, files: this.#filesBeforeEdit });
    this.#form.field.focus();
    return true;
  }

  /** The conversation has these people, and messages ask as it says. */
  described({ members, asking }) {
    this.#form.described({ people: members, asking });
  }

  /** Lets nothing be written or sent any more, and says so; what was written stays, to be copied. */
  refused() {
    this.#isClosed = true;
    this.#outbox.close();
    this.#form.close(CLOSED);
    this.#files.close();
  }

  #restore() {
    const typed = this.#form.text; // while the scripts were loading
    const { pending } = this.#outbox;
    const draft = this.#draft.get();
    const files = this.#files.files; // that the server had, where it has refused a form
    if (this.#form.edits) this.#fill({ content: typed, files, edits: this.#form.edits });
    else if (pending) this.#fill({ ...pending, textBeforeEdit: draft.content + typed, filesBeforeEdit: draft.files });
    else this.#fill({ ...draft, content: draft.content + typed, files: files.length ? files : draft.files });
  }

  #listen() {
    this.#form.listen({
      submit: (event) => this.#submit(event),
      cancel: (event) => this.#cancelled(event),
      keydown: (event) => this.#press(event),
      input: () => this.#typed(),
    });
    this.#socket.on("connect", () => this.#showPending());
    this.#socket.on("disconnect", () => this.#showPending());
  }

  #press(event) {
    if (event.key !== "Enter" || isComposing(event)) return;
    const isModified = event.ctrlKey || event.metaKey;
    const isPlain = !event.shiftKey && !ON_SCREEN_KEYBOARD.matches && !sendsWithModifier();
    if (!isModified && !isPlain) return;
    event.preventDefault();
    if (event.altKey) this.#form.addressee.toggle();
    this.#form.submit();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#outbox.pending || this.#isClosed) return;
    if (this.#files.isUploading) return this.#form.showNote(UPLOADING);
    const { files } = this.#files;
    const problem = problemWith(this.#form.text, files.length > 0);
    if (problem) return this.#form.showNote(problem);
    const { asks } = this.#form.addressee;
    const quotes = QUOTATION.test(this.#form.text) ? this.#quotes : undefined;
    const sent = this.#edits || files.length ? files : undefined;
    this.#outbox.send(this.#form.text, this.#edits, asks ? undefined : this.#form.model, asks, quotes, sent);
    this.#saveDraft();
    this.#showPending();
  }

  #cancelled(event) {
    event.preventDefault();
    this.cancel();
  }

  #typed() {
    this.#form.showNote();
    this.#form.changed();
    this.#saveDraft();
  }

  #filesChanged() {
    if (!this.#files) return; // they are made at the moment
    this.#form.field.required = !this.#files.files.length;
    if (!this.#files.isUploading) this.#saveDraft();
  }

  #settled(question, error) {
    if (!error) this.#form.addressee.reset();
    if (!error) this.#quotes = undefined;
    this.#fill(this.#remaining(question, error));
    this.#showPending();
    this.#form.showNote(error?.message);
  }

  #remaining({ content, edits, files = [] }, error) {
    const [textBeforeEdit, filesBeforeEdit] = [this.#textBeforeEdit, this.#filesBeforeEdit];
    if (!error) return { content: textBeforeEdit, files: filesBeforeEdit };
    if (edits && !TOO_LATE.has(error.error)) return { content, files, edits, textBeforeEdit, filesBeforeEdit };
    return { content: [content, textBeforeEdit].filter(Boolean).join("\n\n"), files: [...files, ...filesBeforeEdit] };
  }

  #fill({ content, files = [], edits, textBeforeEdit = "", filesBeforeEdit = [] }) {
    [this.#edits, this.#textBeforeEdit, this.#filesBeforeEdit] = [edits, textBeforeEdit, filesBeforeEdit];
    this.#form.text = content;
    this.#files.set(files);
    this.#form.showEditing(edits);
    this.#saveDraft();
  }

  // The outbox stores a question that waits, and another page may send it.
  #saveDraft() {
    const [textBeforeEdit, filesBeforeEdit] = [this.#textBeforeEdit, this.#filesBeforeEdit];
    if (this.#outbox.pending) return this.#draft.set({ content: textBeforeEdit, files: filesBeforeEdit });
    const { files } = this.#files;
    this.#draft.set({ content: this.#form.text, files, edits: this.#edits, textBeforeEdit, filesBeforeEdit });
  }

  #showPending() {
    if (this.#isClosed) return;
    const isPending = this.#outbox.pending !== null;
    this.#form.showPending(isPending);
    this.#form.showNote(isPending && !this.#socket.connected ? WAITING : "");
    this.#files.lock(isPending);
  }
}

/** Whether the reader has chosen to send with Ctrl or Command and Enter, on the account page. */
function sendsWithModifier() {
  return document.documentElement.dataset.sendKey === "modifier";
}
