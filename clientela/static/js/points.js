// Talking points of the call: one key opens the next one and puts the cursor into it. What a draft brought back
// stands open. An open point no longer answers to the key, which is then that of the next one.

document.addEventListener("click", (event) => {
  const summary = event.target.closest?.("details.point > summary");
  if (!summary) return;
  // The browser opens it after this event.
  setTimeout(() => {
    settle(summary.parentElement);
    if (summary.parentElement.open) summary.parentElement.querySelector("select").focus();
  });
});

for (const point of document.querySelectorAll("details.point")) {
  point.open ||= [...point.querySelectorAll("select, input, textarea")].some((field) => field.value.trim());
  settle(point);
}

function settle(point) {
  point.querySelector("summary").dataset.key = point.open ? "" : "KeyP";
}
