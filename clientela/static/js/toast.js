// A toast stays for ten seconds, or data-seconds; longer under the pointer and while it has the focus.

const running = new WeakSet();

function start(toast) {
  if (running.has(toast)) return;
  running.add(toast);
  let left = Number(toast.dataset.seconds ?? 10);
  const tick = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left > 0) return;
    clearInterval(tick);
    toast.remove();
  }, 1000);
}

const startAll = () => document.querySelectorAll(".toast").forEach(start);

startAll();
document.addEventListener("htmx:load", startAll);
