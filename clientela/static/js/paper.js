// A button that opens the browser's own dialogue for printing.

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
