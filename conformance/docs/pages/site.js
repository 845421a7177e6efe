(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const search = document.getElementById("search"), choice = document.getElementById("choice"), told = document.getElementById("shown");
  const items = $("[data-standing]"), groups = $("[data-group]");
  const filter = () => {
    if (!search) return;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let yes = 0;
    for (const item of items) {
      const text = item.textContent.toLowerCase();
      item.hidden = !((!choice.value || item.dataset.standing === choice.value) && words.every((word) => text.includes(word)));
      yes += item.hidden ? 0 : 1;
    }
    for (const group of groups) group.hidden = !$("[data-standing]", group).some((item) => !item.hidden);
    told.textContent = `${yes} of ${items.length} shown`;
  };
  if (search) { search.addEventListener("input", filter); choice.addEventListener("change", filter); }
  const open = () => {
    const id = decodeURIComponent(location.hash.slice(1)), item = id && document.getElementById(id);
    if (!item) return;
    if (item.hidden && search) { search.value = ""; choice.value = ""; filter(); }
    for (let above = item; above; above = above.parentElement) if (above.matches("details")) above.open = true;
    item.scrollIntoView();
  };
  addEventListener("hashchange", open);
  const menu = document.querySelector(".menu");
  if (menu && matchMedia("(max-width: 1000px)").matches) menu.open = false;
  for (const element of $("[data-script]")) element.hidden = false;
  filter(); open();
})();
