// Questions to begin with, on the page of a conversation in which nothing has been said.

/** form has a button for each; without this it is sent to the server. It's null where something was said. */
export function listenForExamples(form, composer) {
  form?.addEventListener("submit", (event) => {
    if (composer.ask(event.submitter.value)) event.preventDefault();
  });
}
