// Events as a streaming answer has them; `rate` is how many a second, 0 as many as can be.

const ID = "0123456789abcdef0123456789abcdef";

export function emitAll(events, rate, emit) {
  const began = performance.now();
  let number = 0;
  const next = () => {
    emit({ id: ID, conversation: ID, since: number, seq: ++number, content: " twenty bytes of it." });
    if (number === events) return;
    const wait = rate && began + (1000 * number) / rate - performance.now();
    if (wait > 0) setTimeout(next, wait);
    else setImmediate(next);
  };
  next();
}
