// When the parts of a page's start run.

/** Resolves in a task of its own, after the keys and the paint that have been waiting. */
export function nextTask() {
  return new Promise((resolve) => {
    if (globalThis.scheduler?.postTask) scheduler.postTask(resolve); // a hidden page has to wait for its timers
    else setTimeout(resolve);
  });
}
