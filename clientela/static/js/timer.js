// <call-timer started="2026-03-30T09:12:00-06:00" ideal="300">: how long the call has lasted, and how long
// it should.

class CallTimer extends HTMLElement {
  connectedCallback() {
    this.role = "timer";
    this.elapsed = document.createElement("b");
    this.replaceChildren(this.elapsed);
    if (this.ideal) this.append(` / ${clock(this.ideal)}`);
    this.tick = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.tick);
  }

  get ideal() {
    return Number(this.getAttribute("ideal"));
  }

  show() {
    // A machine whose clock is behind ours must not count backwards.
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(this.getAttribute("started"))) / 1000));
    this.elapsed.textContent = clock(seconds);
    this.classList.toggle("soon", this.ideal > 0 && seconds > this.ideal);
  }
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

customElements.define("call-timer", CallTimer);
