// The keyboard. An element with data-key="KeyN" answers to that key: fields take the focus, all else is
// clicked. Keys go by their place (event.code), so they work on a Russian layout and beside a Chinese
// input method. Everything is looked up when the key is pressed, so what htmx has swapped in answers too.
// It is no module and comes before the page, so that no key is lost that is pressed while the page still loads.

"use strict";

{
  const BUTTONS = "[type=radio], [type=checkbox], [type=button], [type=submit]";
  const FIELDS = `input:not(${BUTTONS}), textarea, select, [contenteditable]`;

  document.addEventListener("keydown", (event) => {
    // 229 is what some browsers send for a key that the input method has taken.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.repeat || event.altKey) return;

    const key = nameOf(event);
    if (key === "Ctrl+Enter") return press(key, event);
    if (event.ctrlKey || event.metaKey) return;
    if (key === "Escape") return escape(event);
    if (event.target.closest?.(FIELDS) || document.documentElement.dataset.singleKeys === "off") return;
    if (key === "Shift+Slash") return list(event);
    if (event.shiftKey && key !== "Slash") return;
    press(key, event);
  });

  /** "KeyN", "Digit1", "Ctrl+Enter", "Shift+Slash". */
  function nameOf(event) {
    const enter = event.code === "Enter" || event.code === "NumpadEnter";
    if (enter && (event.ctrlKey || event.metaKey)) return "Ctrl+Enter";
    // On a Spanish keyboard "/" and "?" lie elsewhere: these two go by their place and by what they type.
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return "Shift+Slash";
    if (event.key === "/") return "Slash";
    if (/^Numpad\d$/.test(event.code) && /^\d$/.test(event.key)) return `Digit${event.key}`;
    return event.code;
  }

  function press(key, event) {
    const element = find(key);
    if (!element) return;
    event.preventDefault();
    if (!element.matches(FIELDS)) return element.click();
    element.focus();
    if (element.type === "search") element.select();
  }

  /** The last one on the page that can be seen and used: a toast comes after the list it lies over. */
  function find(key) {
    const page = document.querySelector("dialog:modal") ?? document;
    return [...page.querySelectorAll(`[data-key~="${CSS.escape(key)}"]`)].filter(answers).at(-1);
  }

  function answers(element) {
    const off = ":disabled, [aria-disabled=true], [inert], [inert] *";
    if (element.matches(off) || element.control?.matches(off)) return false;
    return element.checkVisibility({ visibilityProperty: true });
  }

  /** Leave the field first; then close what is open. A modal dialog closes by itself. */
  function escape(event) {
    if (document.querySelector("dialog:modal")) return;
    if (event.target.closest?.(FIELDS)) return event.target.blur();
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return press("Escape", event);
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  /** The list of keys, or nothing while another dialog asks for an answer. */
  function list(event) {
    const dialog = document.querySelector("dialog.keys");
    if (!dialog || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    dialog.showModal();
  }
}
