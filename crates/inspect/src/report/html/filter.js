"use strict";
const form = document.getElementById("filters");
const shown = document.getElementById("shown");
const ranks = { info: 1, low: 2, medium: 3, high: 4, critical: 5 };
const entries = [...document.querySelectorAll("[data-severity]")].map((element) => ({
  element,
  rank: ranks[element.dataset.severity] || 0,
  text: element.textContent.toLowerCase(),
}));
const groups = [...document.querySelectorAll(".rule")];

function filter() {
  const least = ranks[form.elements.severity.value] || 0;
  const text = form.elements.text.value.trim().toLowerCase();
  const count = { ARTICLE: 0, TR: 0 };
  for (const entry of entries) {
    const matches = entry.rank >= least && entry.text.includes(text);
    entry.element.hidden = !matches;
    if (matches) count[entry.element.tagName] += 1;
  }
  for (const group of groups) group.hidden = !group.querySelector("[data-severity]:not([hidden])");
  shown.value = `${count.ARTICLE} findings and ${count.TR} files shown`;
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
