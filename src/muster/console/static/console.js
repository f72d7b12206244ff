// What pages do beyond their forms: copying a value, and asking again after a connection was lost. All works without it.
"use strict";

function shown(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done || "✓";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(button.previousElementSibling);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
  setTimeout(() => { button.textContent = before; }, 1500);
});

document.addEventListener("htmx:afterSwap", (event) => shown(event.target));
// A live part that could not be had says so, and goes on asking: its trigger fires again by itself.
for (const [name, lost] of [["htmx:sendError", true], ["htmx:responseError", true], ["htmx:afterOnLoad", false]]) {
  document.addEventListener(name, (event) => {
    const live = event.target.closest("[data-live]");
    if (live) live.classList.toggle("lost", lost);
  });
}
shown(document);
