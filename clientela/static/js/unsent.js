// What became of a save that got no answer, or none that says so: the words wait in the page's templates. Forms keep
// what was typed (draft.js), so that it can be sent again.

document.addEventListener("htmx:sendError", () => say("unsent"));
document.addEventListener("htmx:timeout", () => say("unsent"));
document.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.status === 403 ? "stale" : "broken"));
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches?.("[role=alert]")) show(event.target);
});
window.addEventListener("online", () => document.querySelector("#refusal [data-of=unsent]")?.remove());

function say(name) {
  const place = document.querySelector("#refusal");
  const words = document.querySelector(`template#${name}`);
  if (!place || !words) return;
  place.replaceChildren(words.content.cloneNode(true));
  show(place);
}

function show(place) {
  if (place.childElementCount) place.scrollIntoView({ block: "nearest" });
}
