"use strict";
const form = document.getElementById("filters");
const shown = document.getElementById("shown");
const ranks = { note: 1, amber: 2, red: 3 };
const entries = [...document.querySelectorAll("[data-risk]")].map((element) => ({
  element,
  rank: ranks[element.dataset.risk] || 0,
  section: element.dataset.section || "",
  text: element.textContent.toLowerCase(),
}));
const groups = [...document.querySelectorAll(".rule")];

function filter() {
  const least = ranks[form.elements.risk.value] || 0;
  const section = form.elements.section.value;
  const text = form.elements.text.value.trim().toLowerCase();
  let count = 0;
  for (const entry of entries) {
    const matches = entry.rank >= least && (!section || entry.section === section) && entry.text.includes(text);
    entry.element.hidden = !matches;
    if (matches) count += 1;
  }
  for (const group of groups) group.hidden = !group.querySelector("[data-risk]:not([hidden])");
  shown.value = `${count} of ${entries.length} changes shown`;
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
