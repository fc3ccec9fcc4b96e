// Reviewing an anonymised rendition: keys on a find, adding what was selected, a box on a page. Without this the forms work.
const review = document.querySelector("[data-review]");
if (review) {
  const said = review.querySelector("[data-said]");
  const tell = (text) => (said.textContent = text);
  const rows = () => [...review.querySelectorAll("[data-find]")].filter((row) => row.checkVisibility?.() ?? true);
  const area = review.querySelector("[data-area]");

  const turned = (turn) => {
    for (const input of review.querySelectorAll("input[name=turn]")) input.value = turn;
  };

  // What was made no longer holds what was chosen: first make it again.
  const mustMake = () => {
    const first = review.querySelector("[data-make-first]");
    const finish = review.querySelector("[data-finish]");
    if (first && finish) [first.hidden, finish.hidden] = [false, true];
  };

  const show = (key, stays) => {
    const word = stays ? review.dataset.textStays : review.dataset.textGoes;
    for (const row of review.querySelectorAll("[data-find]")) {
      if (row.dataset.key !== key) continue;
      row.className = `dp-find-row dp-find-row--${stays ? "stays" : "goes"}`;
      row.querySelector("[data-find-state]").textContent = word;
      row.dataset.state = stays ? "stays" : "goes";
    }
    for (const mark of review.querySelectorAll("[data-mark]")) {
      if (mark.dataset.mark !== key) continue;
      mark.classList.toggle("dp-find--stays", stays);
      mark.classList.remove("dp-find--open");
    }
    tell(`${review.querySelector(`[data-find][data-key="${CSS.escape(key)}"] bdi`)?.textContent ?? ""}: ${word}`);
  };

  const step = (row, by) => {
    const all = rows();
    all[Math.min(Math.max(all.indexOf(row) + by, 0), all.length - 1)]?.focus();
  };

  let busy = Promise.resolve();
  const decide = (row, what) => {
    const form = row.querySelector("[data-decide]");
    if (!form) return;
    const before = row.dataset.state;
    busy = busy.then(async () => {
      const body = new FormData(form);
      body.set("what", what);
      try {
        const answer = await fetch(review.dataset.url, { method: "POST", body, headers: { "X-Requested-With": "XMLHttpRequest" } });
        const told = await answer.json();
        if (!answer.ok) return tell(told.problem ?? review.dataset.textLost);
        turned(told.turn);
        show(row.dataset.key, what === "reject");
        if (what === "reject" || before === "stays") mustMake();
      } catch {
        tell(review.dataset.textLost);
      }
    });
  };

  review.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-decide]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const row = form.closest("[data-find]");
    decide(row, event.submitter.value);
    step(row, 1);
  }, true);

  review.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("[data-paper]")) return onPaper(event);
    const row = event.target.closest("[data-find]");
    if (!row || event.target.matches("input, select, textarea")) return;
    const key = event.key.toLowerCase();
    if (key === "j") step(row, 1);
    else if (key === "k") step(row, -1);
    else if (key === "w" || key === "l") {
      decide(row, key === "w" ? "accept" : "reject");
      step(row, 1);
    } else if (key === "o") busy.then(() => undo());
    else return;
    event.preventDefault();
  });

  // Undo is a form of its own; the last decision may have come without a new page.
  const undo = () => {
    const button = review.querySelector("[data-undo]");
    if (button) return button.click();
    const form = review.querySelector("[data-decide]");
    if (!form) return;
    const what = document.createElement("input");
    Object.assign(what, { type: "hidden", name: "what", value: "undo" });
    form.append(what);
    form.submit();
  };

  // What is selected in the original can be taken out with one press.
  const add = review.querySelector("[data-add]");
  if (add) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "utrecht-button dp-button dp-button--primary dp-review__chosen";
    button.hidden = true;
    review.append(button);
    const chosen = () => {
      const selection = window.getSelection();
      const inside = selection.anchorNode?.parentElement?.closest("[data-sheet]");
      if (!inside || selection.isCollapsed) return "";
      const copy = document.createElement("div");
      copy.append(selection.getRangeAt(0).cloneContents());
      for (const label of copy.querySelectorAll(".dp-find__kind")) label.remove();
      return copy.textContent.replace(/\s+/g, " ").trim().slice(0, 300);
    };
    document.addEventListener("selectionchange", () => {
      const text = chosen();
      button.hidden = !text;
      if (text) button.textContent = review.dataset.textAdd.replace("{text}", text.length > 40 ? `${text.slice(0, 40)}…` : text);
    });
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      add.elements.text.value = chosen();
      add.requestSubmit();
    });
  }

  // A box on a page of the result, by mouse, finger or keys.
  const send = (paper, box) => {
    const width = paper.clientWidth, height = paper.clientHeight;
    const part = (value, whole) => Math.min(Math.max(value / whole, 0), 1).toFixed(5);
    const values = {
      page: paper.dataset.page, terug: `bladzijde-${paper.dataset.page}`,
      left: part(box.left, width), right: part(box.left + box.width, width),
      top: part(box.top, height), bottom: part(box.top + box.height, height),
    };
    for (const [name, value] of Object.entries(values)) area.elements[name].value = value;
    area.requestSubmit();
  };
  const placed = (paper, box) => {
    const drawn = paper.querySelector(".dp-review__area") ?? paper.appendChild(document.createElement("div"));
    drawn.className = "dp-review__area";
    for (const side of ["left", "top", "width", "height"]) drawn.style[side] = `${box[side]}px`;
    return drawn;
  };
  const stop = (paper) => {
    paper.querySelector(".dp-review__area")?.remove();
    paper.box = null;
  };
  const onPaper = (event) => {
    if (!area) return;
    const paper = event.target;
    const size = 20, move = 10;
    if (event.key.toLowerCase() === "v" && !paper.box) {
      paper.box = { left: paper.clientWidth / 3, top: paper.clientHeight / 3, width: 8 * size, height: 2 * size };
    } else if (!paper.box) return;
    else if (event.key === "Escape") {
      event.preventDefault();
      return stop(paper);
    } else if (event.key === "Enter") {
      event.preventDefault();
      return send(paper, paper.box);
    } else if (event.key.startsWith("Arrow")) {
      const by = { ArrowLeft: [-move, 0], ArrowRight: [move, 0], ArrowUp: [0, -move], ArrowDown: [0, move] }[event.key];
      const [x, y] = event.shiftKey ? ["width", "height"] : ["left", "top"];
      paper.box[x] = Math.max(paper.box[x] + by[0], event.shiftKey ? size : 0);
      paper.box[y] = Math.max(paper.box[y] + by[1], event.shiftKey ? size : 0);
    } else return;
    event.preventDefault();
    placed(paper, paper.box).scrollIntoView({ block: "nearest" });
  };
  for (const figure of area ? review.querySelectorAll(".dp-review__page") : []) {
    const paper = figure.querySelector("[data-paper]");
    const button = figure.querySelector("[data-draw]");
    if (!button) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      paper.classList.toggle("dp-review__paper--drawing", on);
    });
    let from = null;
    const at = (event) => {
      const frame = paper.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    const boxTo = ([x, y]) => ({ left: Math.min(x, from[0]), top: Math.min(y, from[1]), width: Math.abs(x - from[0]), height: Math.abs(y - from[1]) });
    paper.addEventListener("pointerdown", (event) => {
      if (button.getAttribute("aria-pressed") !== "true") return;
      event.preventDefault();
      from = at(event);
      paper.setPointerCapture(event.pointerId);
    });
    paper.addEventListener("pointermove", (event) => from && placed(paper, boxTo(at(event))));
    paper.addEventListener("pointerup", (event) => {
      if (!from) return;
      const box = boxTo(at(event));
      from = null;
      if (box.width > 4 && box.height > 4) send(paper, box);
      else stop(paper);
    });
  }
}
