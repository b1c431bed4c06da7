// The search box on every page. htmx brings the suggestions; here they are walked with the arrow keys, followed
// with Enter, closed with Escape or by turning to something else.

const box = document.querySelector(".find input");
const list = document.querySelector("#found");

if (box && list) {
  list.addEventListener("htmx:afterSwap", show);
  box.addEventListener("focus", show);
  box.addEventListener("keydown", walk);
  document.addEventListener("focusin", leave);
  document.addEventListener("click", leave);
  addEventListener("load", catchUp);
}

/** What was typed before htmx listened. */
function catchUp() {
  if (document.activeElement === box && box.value !== box.defaultValue) box.dispatchEvent(new Event("late"));
}

function options() {
  return [...list.querySelectorAll("[role=option]")];
}

function show() {
  open(document.activeElement === box && box.value.trim() !== "" && list.childElementCount > 0);
}

function open(is) {
  list.hidden = !is;
  box.setAttribute("aria-expanded", String(is));
  if (!is) choose(-1);
}

function leave(event) {
  if (!event.target.closest(".find")) open(false);
}

function walk(event) {
  // Enter that ends the word of an input method is not ours.
  if (event.isComposing || event.keyCode === 229 || list.hidden) return;
  const all = options();
  const now = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") choose(Math.min(now + 1, all.length - 1));
  else if (event.key === "ArrowUp") choose(now - 1);
  else if (event.key === "Enter" && now >= 0) all[now].click();
  else if (event.key === "Escape") open(false);
  else return;
  event.preventDefault();
}

/** Choose one; none means what was typed. */
function choose(place) {
  const all = options();
  for (const [index, option] of all.entries()) option.setAttribute("aria-selected", String(index === place));
  const chosen = all[place];
  if (chosen) {
    box.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else box.removeAttribute("aria-activedescendant");
}
