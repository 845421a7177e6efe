"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) button.addEventListener("click", async () => {
  const source = document.getElementById(button.dataset.copy);
  let done = false;
  try { await navigator.clipboard.writeText(source.textContent); done = true; } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    const selection = getSelection();
    selection.removeAllRanges(); selection.addRange(range);
    done = document.execCommand("copy");
  }
  const before = button.textContent;
  button.textContent = done ? "Copied" : "Press Ctrl+C";
  setTimeout(() => { button.textContent = before; }, 1600);
});
