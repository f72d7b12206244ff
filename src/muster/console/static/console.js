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

// A file that takes its time: a bar says how far it is, counted in lines of the number that there are.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-export]");
  if (!link) return;
  event.preventDefault();
  const bar = document.createElement("progress");
  bar.max = Number(link.dataset.total) || 1;
  bar.setAttribute("aria-label", link.dataset.export);
  link.after(bar);
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const parts = [];
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bar.value += value.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
    }
    const file = document.createElement("a");
    file.href = URL.createObjectURL(new Blob(parts));
    file.download = link.getAttribute("download");
    file.click();
    URL.revokeObjectURL(file.href);
  } catch {
    location.assign(link.href);
  } finally {
    bar.remove();
  }
});

// How long ago something was goes on counting, by the server's clock.
const behind = Date.now() - Number(document.querySelector("meta[name=now]").content);
const steps = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
setInterval(() => {
  for (const time of document.querySelectorAll("time.ago")) {
    if (!time.textContent.endsWith("ago")) continue;
    const seconds = Math.max(0, Math.floor((Date.now() - behind - Date.parse(time.dateTime)) / 1000));
    const [size, unit] = steps.find(([each]) => seconds >= each) || [1, "s"];
    time.textContent = `${Math.floor(seconds / size)} ${unit} ago`;
  }
}, 5000);

// A table that is put in the place of one stays where that was scrolled to.
let scrolled = 0;
document.addEventListener("htmx:beforeSwap", (event) => { scrolled = event.target.querySelector(".scroll")?.scrollLeft || 0; });
document.addEventListener("htmx:afterSwap", (event) => {
  const table = event.target.querySelector(".scroll");
  if (table) table.scrollLeft = scrolled;
  shown(event.target);
});
// A live part that could not be had says so, and goes on asking: its trigger fires again by itself.
for (const [name, lost] of [["htmx:sendError", true], ["htmx:responseError", true], ["htmx:afterOnLoad", false]]) {
  document.addEventListener(name, (event) => {
    const live = event.target.closest("[data-live]");
    if (live) live.classList.toggle("lost", lost);
  });
}
shown(document);
