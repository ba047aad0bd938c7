"use strict";
const tables = [...document.querySelectorAll("table")];
const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
const shown = document.getElementById("shown");
const search = document.getElementById("search");
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = texts.get(row);
    const fits = words.every((word) => text.includes(word));
    row.hidden = !fits;
    count += fits;
  }
  shown.textContent = words.length ? count + " of " + rows.length + " lines" : "";
}
let due = 0;
search.addEventListener("input", () => {
  clearTimeout(due);
  due = setTimeout(filter, 120);
});
for (const table of tables) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const keyed = [...table.tBodies[0].rows].map((row) => [value(row), row]);
      const numbers = keyed.every(([text]) => text.trim() !== "" && !isNaN(text));
      keyed.sort(([a], [b]) => (numbers ? a - b : a < b ? -1 : a > b ? 1 : 0));
      if (down) keyed.reverse();
      table.tBodies[0].append(...keyed.map(([, row]) => row));
    });
  });
}
search.disabled = false;
