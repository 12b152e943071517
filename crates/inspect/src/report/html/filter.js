"use strict";
const form = document.getElementById("filters");
const shown = document.getElementById("shown");
const ranks = { info: 1, low: 2, medium: 3, high: 4, critical: 5 };
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const read = (elements) => elements.map((element) => element.textContent).join(" ").toLowerCase();
const entry = (element) => ({
  element,
  kind: element.dataset.kind,
  rank: ranks[element.dataset.severity] || 0,
  file: element.dataset.file,
  text: read([element]),
});
// What is said of a card as a whole is the rule's name, the message and the call.
const cards = all(".finding").map((element) => ({
  element,
  text: read([element.closest(".rule").querySelector("h3"), ...all(".told, .tree", element)]),
  places: all(".places > li", element).map(entry),
}));
const rows = all("tr[data-kind]").map(entry);
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function filter() {
  const least = ranks[form.elements.severity.value] || 0;
  const text = form.elements.text.value.trim().toLowerCase();
  const files = new Set();
  const count = { place: 0, file: 0, part: 0, aside: 0 };
  const show = (entry, kind, matches) => {
    entry.element.hidden = !matches;
    if (matches) count[kind] += 1;
    if (matches && text) files.add(entry.file);
  };
  for (const card of cards) {
    const whole = card.text.includes(text);
    for (const place of card.places) {
      show(place, "place", place.rank >= least && (whole || place.text.includes(text)));
    }
    card.element.hidden = card.places.every((place) => place.element.hidden);
    if (text && !whole) {
      for (const more of all("details", card.element)) {
        if (more.querySelector(".places > li:not([hidden])")) more.open = true;
      }
    }
  }
  // What was not inspected has no severity: it is never hidden for being mild.
  for (const row of rows.filter((row) => row.kind === "part")) show(row, "part", row.text.includes(text));
  for (const row of rows.filter((row) => row.kind === "aside")) {
    show(row, "aside", row.rank >= least && row.text.includes(text));
  }
  for (const row of rows.filter((row) => row.kind === "file")) {
    const named = row.rank >= least && row.text.includes(text);
    show(row, "file", named || (text !== "" && files.has(row.file)));
  }
  for (const group of all(".rule")) group.hidden = !group.querySelector(".finding:not([hidden])");
  for (const group of all(".rows")) group.hidden = !group.querySelector("tr[data-kind]:not([hidden])");
  const told = [counted(count.place, "finding"), counted(count.file, "file")];
  if (count.part) told.push(`${counted(count.part, "part")} not inspected`);
  if (count.aside) told.push(`${count.aside} set aside`);
  const last = told.pop();
  const nothing = !count.place && !count.file && !count.part && !count.aside;
  shown.value = nothing ? "Nothing matches." : `${told.join(", ")} and ${last}`;
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
