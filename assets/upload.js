// <form data-upload>: each file goes on its own, two at a time; one that fails says why and the others go on.
// Without this script the same form sends all files in one plain multipart request.

const AT_ONCE = 2;

const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

function readableSize(bytes) {
  const [value, unit] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "kB"] : [bytes / 1e6, "MB"];
  return `${value.toLocaleString(document.documentElement.lang || "nl", { maximumFractionDigits: 1 })} ${unit}`;
}

// One file in the list: what it is, how far it is, what was said about it, and the one button beside it.
class FileLine {
  constructor(file, words) {
    this.file = file;
    this.words = words;
    this.root = make("li", "dp-file");
    const name = make("span", "dp-file__name", `${file.name} `);
    name.append(make("span", "dp-file__size", `(${readableSize(file.size)})`));
    this.bar = make("progress", "dp-file__bar");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.message = make("p", "dp-file__message");
    this.message.setAttribute("aria-live", "polite");
    this.button = make("button", "utrecht-button dp-button dp-button--secondary dp-button--small dp-file__act");
    this.button.type = "button";
    this.root.append(name, this.button, this.bar, this.message);
  }

  show(state, message) {
    const ended = state === "done" || state === "failed" || state === "cancelled";
    this.state = state;
    this.root.className = `dp-file dp-file--${state}`;
    this.message.textContent = message;
    this.bar.hidden = ended;
    const word = state === "done" ? "" : ended ? this.words.textRetry : this.words.textCancel;
    // Focus must not fall out of the list when the button under it goes.
    if (!word && document.activeElement === this.button) {
      this.message.tabIndex = -1;
      this.message.focus();
    }
    this.button.hidden = !word;
    this.button.textContent = word;
    this.button.setAttribute("aria-label", `${word}: ${this.file.name}`);
  }
}

class Uploader {
  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.input = form.querySelector('input[type="file"]');
    this.list = form.querySelector("[data-upload-list]");
    this.summary = form.querySelector("[data-upload-summary]");
    this.next = form.querySelector("[data-upload-next]");
    this.lines = [];
    this.sending = 0;
    form.querySelector("[data-upload-submit]").hidden = true;
    form.classList.add("dp-upload--choose");
    this.listen(form.querySelector("[data-drop]"));
  }

  listen(area) {
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = "";
    });
    const over = (on) => (event) => {
      event.preventDefault();
      area.classList.toggle("dp-drop--over", on);
    };
    area.addEventListener("dragenter", over(true));
    area.addEventListener("dragover", over(true));
    area.addEventListener("dragleave", over(false));
    area.addEventListener("drop", (event) => {
      over(false)(event);
      this.add(event.dataTransfer.files);
    });
    // A file that lands beside the area must not open in the browser in place of this page.
    for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
    window.addEventListener("beforeunload", (event) => this.busy() && event.preventDefault());
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  busy() {
    return this.lines.some((line) => line.state === "waiting" || line.state === "sending");
  }

  add(files) {
    for (const file of files) {
      const line = new FileLine(file, this.words);
      line.button.addEventListener("click", () => this.press(line));
      this.lines.push(line);
      this.list.append(line.root);
      this.enqueue(line);
    }
    this.list.hidden = this.lines.length === 0;
    this.turn();
  }

  enqueue(line) {
    const limit = Number(this.words.maxBytes);
    if (limit && line.file.size > limit) line.show("failed", this.words.textTooBig);
    else line.show("waiting", this.words.textWaiting);
  }

  press(line) {
    if (line.state === "sending") line.request.abort();
    else if (line.state === "waiting") line.show("cancelled", this.words.textCancelled);
    else this.enqueue(line);
    this.turn();
  }

  turn() {
    while (this.sending < AT_ONCE) {
      const line = this.lines.find((each) => each.state === "waiting");
      if (!line) break;
      this.send(line);
    }
    this.report();
  }

  send(line) {
    const request = new XMLHttpRequest();
    line.request = request;
    line.bar.value = 0;
    line.show("sending", this.words.textSending);
    this.sending += 1;
    request.open("POST", this.words.uploadUrl);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", this.form.elements.namedItem("csrf_token")?.value ?? "");
    // The file is the whole body, so that the server can seal it as it comes; its name stays out of the address.
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(line.file.name.replace(/\p{Surrogate}/gu, "\ufffd")));
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) line.bar.value = (100 * event.loaded) / event.total;
    });
    request.upload.addEventListener("load", () => {
      line.bar.removeAttribute("value");
      line.message.textContent = this.words.textChecking;
    });
    const end = (state, message) => {
      this.sending -= 1;
      line.show(state, message);
      this.turn();
    };
    request.addEventListener("load", () => end(...this.answer(request)));
    request.addEventListener("error", () => end("failed", this.words.textNetwork));
    request.addEventListener("abort", () => end("cancelled", this.words.textCancelled));
    request.send(line.file);
  }

  answer(request) {
    let said = null;
    try {
      said = JSON.parse(request.responseText);
    } catch {
      // No answer of ours: a sign-in page after a redirect, or a proxy that speaks for the server.
    }
    if (said?.ok === true) return ["done", said.message || this.words.textDone];
    if (typeof said?.message === "string") return ["failed", said.message];
    if (request.status === 413) return ["failed", this.words.textTooBig];
    if (request.status < 400 || request.status === 401) return ["failed", this.words.textSignedOut];
    return ["failed", this.words.textServer];
  }

  report() {
    const done = this.lines.filter((line) => line.state === "done").length;
    const ready = !this.busy() && done > 0;
    this.form.classList.toggle("dp-upload--choose", !ready);
    this.next.classList.toggle("dp-button--primary", ready);
    this.next.classList.toggle("dp-button--secondary", !ready);
    if (this.busy() || this.lines.length === 0) {
      this.summary.textContent = "";
      return;
    }
    const numbers = { done, total: this.lines.length, failed: this.lines.length - done };
    const sentence = numbers.failed ? this.words.textSome : this.words.textAll;
    this.summary.textContent = sentence.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);
  }
}

for (const form of document.querySelectorAll("form[data-upload]")) new Uploader(form);
