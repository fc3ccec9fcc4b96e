// Small help on every page; without it everything still works.

// After a refused form the summary of what is wrong is what people should hear and see first.
document.querySelector("[data-error-summary]")?.focus();

// A link in that summary to a group of choices goes to its first choice, where one can act.
for (const link of document.querySelectorAll("[data-error-summary] a")) {
  link.addEventListener("click", (event) => {
    const target = document.getElementById(link.hash.slice(1));
    const control = target?.matches("fieldset") ? target.querySelector("input") : target;
    if (!control) return;
    event.preventDefault();
    target.scrollIntoView({ block: "center" });
    control.focus({ preventScroll: true });
  });
}

// The menu on a phone and a toggle close with Escape, and the focus stays where it was opened.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target instanceof Element && event.target.closest("details[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary")?.focus();
});

// Paper cannot be clicked: what stands behind a toggle is printed too, and closes again afterwards.
let openedForPrint = [];
window.addEventListener("beforeprint", () => {
  openedForPrint = [...document.querySelectorAll("main details:not([open])")];
  for (const each of openedForPrint) each.open = true;
});
window.addEventListener("afterprint", () => {
  for (const each of openedForPrint) each.open = false;
});

// A dangerous act waits until the name of the thing is typed; the server checks it again.
const plain = (text) => text.normalize("NFC").trim().replace(/\s+/g, " ").replace(/[’‘]/g, "'").toLocaleLowerCase("nl");
for (const form of document.querySelectorAll("[data-confirm-name]")) {
  const input = form.querySelector("[data-confirm-input]");
  const button = form.querySelector("[data-confirm-button]");
  if (!input || !button) continue;
  const check = () => button.setAttribute("aria-disabled", String(plain(input.value) !== plain(form.dataset.confirmName)));
  input.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") !== "true") return;
    event.preventDefault();
    input.focus();
  });
  check();
}

// Twice on a button sends once. The second press is dropped; nothing is disabled, so that "back" keeps working.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 3000) event.preventDefault();
  else form.dataset.sent = String(Date.now());
});

// A page that shows long work looks again by itself, unless someone is reading or typing in it.
const working = document.querySelector("[data-refresh]");
if (working) {
  const busy = () => document.hidden || document.activeElement?.matches("input, textarea, select") || document.querySelector("main details[open]");
  window.setInterval(() => busy() || window.location.assign(working.dataset.refresh), 5000);
}
