// What is typed into a form with data-draft="key" is kept on this machine until the server says that it has
// it: the page that answers carries <meta name="draft-done" content="key">. A broken network loses no word.

const PREFIX = "draft:";
const KEPT_DAYS = 7; // other people use this machine too
const FIELDS = "input, select, textarea";
const NEVER = "[type=hidden], [type=password], [type=file]";

const restored = new WeakSet();

forget();
restoreAll();
document.addEventListener("input", keep);
document.addEventListener("change", keep);
document.addEventListener("htmx:load", restoreAll);

function keep(event) {
  const form = event.target.form;
  if (!form?.dataset.draft || event.target.matches(NEVER)) return;
  const fields = fieldsOf(form).flatMap((field) => valuesOf(field).map((value) => [field.name, value]));
  localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ at: Date.now(), fields }));
}

function restoreAll() {
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (restored.has(form)) continue; // another swap on the page must not bring back what was just deleted
    restored.add(form);
    const draft = read(PREFIX + form.dataset.draft);
    if (draft) restore(form, draft.fields);
  }
}

function restore(form, saved) {
  const left = [...saved];
  const take = (wanted) => {
    const place = left.findIndex(wanted);
    return place < 0 ? null : left.splice(place, 1)[0][1];
  };
  for (const field of fieldsOf(form)) {
    if (field.type === "radio" || field.type === "checkbox") {
      field.checked = take(([name, value]) => name === field.name && value === field.value) !== null;
    } else if (field.type === "select-multiple") {
      for (const option of field.options) {
        option.selected = take(([name, value]) => name === field.name && value === option.value) !== null;
      }
    } else {
      field.value = take(([name]) => name === field.name) ?? field.value;
    }
  }
}

/** Remove what the server has, and what nobody came back for. */
function forget() {
  for (const done of document.querySelectorAll("meta[name=draft-done]")) {
    localStorage.removeItem(PREFIX + done.content);
  }
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))) {
    if (read(key).at < Date.now() - KEPT_DAYS * 86_400_000) localStorage.removeItem(key);
  }
}

function read(key) {
  return JSON.parse(localStorage.getItem(key));
}

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && field.matches(FIELDS) && !field.matches(NEVER));
}

function valuesOf(field) {
  if (field.type === "radio" || field.type === "checkbox") return field.checked ? [field.value] : [];
  if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
  return [field.value];
}
