(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const search = document.getElementById("search"), operation = document.getElementById("operation"), told = document.getElementById("shown");
  const boxes = $("input[name=verdict]"), items = $("[data-verdict]"), groups = $("[data-group]");
  const texts = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const counted = { yes: 0, all: 0 };
    for (const item of items) {
      const yes = verdicts.has(item.dataset.verdict) && (!operation.value || item.dataset.operation === operation.value) && words.every((word) => texts.get(item).includes(word));
      item.hidden = !yes;
      if (item.matches(".claim")) { counted.all += 1; counted.yes += yes ? 1 : 0; }
    }
    for (const group of groups) group.hidden = !$("[data-verdict]", group).some((item) => !item.hidden);
    told.textContent = `${counted.yes} of ${counted.all} claims shown`;
  };
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  for (const input of [operation, ...boxes]) input.addEventListener("change", filter);
  document.getElementById("reset").addEventListener("click", () => {
    search.value = ""; operation.value = "";
    for (const box of boxes) box.checked = true;
    filter(); search.focus();
  });
  for (const link of $("a[data-filter]")) link.addEventListener("click", () => {
    operation.value = link.dataset.operation;
    for (const box of boxes) box.checked = box.value === link.dataset.filter;
    search.value = ""; filter();
  });
  const open = () => {
    const id = decodeURIComponent(location.hash.slice(1)), item = id && document.getElementById(id);
    if (!item) return;
    if (item.hidden) document.getElementById("reset").click();
    if (item.matches("details")) item.open = true;
    item.scrollIntoView();
  };
  addEventListener("hashchange", open);
  for (const element of $("[data-script]")) element.hidden = false;
  filter(); open();
})();
