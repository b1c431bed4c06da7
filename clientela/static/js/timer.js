// <call-timer seconds="12" ideal="300">: how long the call has lasted, and how long it should. It goes on from what the
// server counted until it sent the page: the clock of this machine may be wrong, and is not asked.

class CallTimer extends HTMLElement {
  connectedCallback() {
    this.role = "timer";
    this.begun = performance.now() - 1000 * Number(this.getAttribute("seconds"));
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
    const seconds = Math.floor((performance.now() - this.begun) / 1000);
    this.elapsed.textContent = clock(seconds);
    this.classList.toggle("soon", this.ideal > 0 && seconds > this.ideal);
  }
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

customElements.define("call-timer", CallTimer);
