// SPDX-License-Identifier: Apache-2.0
"use strict";
(() => {
  const root = document.documentElement;
  const one = selector => document.querySelector(selector);
  const all = selector => [...document.querySelectorAll(selector)];

  // ---- Language and theme ----
  const words = {
    en: {found: n => `${n} tokens`, id: "id", count: "count", bytes: "bytes"},
    ko: {found: n => `토큰 ${n}개`, id: "id", count: "빈도", bytes: "바이트"},
  };
  let language = "en";
  const whenLanguageChanges = [];
  function speak(name) {
    language = name;
    root.lang = root.dataset.language = name;
    for (const option of all("option[data-en]")) option.textContent = option.dataset[name];
    for (const tell of whenLanguageChanges) tell();
  }
  const darkMedia = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : darkMedia.matches;
  const showTheme = () => root.toggleAttribute("data-dark", isDark());
  one("#language").addEventListener("click", () => speak(language === "en" ? "ko" : "en"));
  one("#theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  darkMedia.addEventListener("change", showTheme);
  one(".switches").hidden = false;
  showTheme();

  // ---- What a box of a sentence says ----
  const tip = one("#tip");
  function point(box) {
    if (!box) return void (tip.hidden = true);
    const say = words[language];
    tip.textContent =
      `${box.textContent}\n${say.id} ${box.dataset.id} · ${say.count} ${box.dataset.count}` +
      ` · ${say.bytes} ${box.dataset.bytes}`;
    tip.hidden = false;
    const place = box.getBoundingClientRect();
    const left = Math.min(place.left, innerWidth - tip.offsetWidth - 8);
    const above = place.top - tip.offsetHeight - 6;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${above > 0 ? above : place.bottom + 6}px`;
  }
  const boxOf = event => event.target.closest && event.target.closest(".boxes b");
  document.addEventListener("pointerover", event => point(boxOf(event)));
  document.addEventListener("focusin", event => point(boxOf(event)));
  document.addEventListener("focusout", () => point(null));
  // Focus may scroll its box into sight; what is only pointed at goes.
  addEventListener("scroll", () => point(document.activeElement.closest(".boxes b")), {passive: true});
  // One box of a strip takes part in tabbing; arrows move on.
  for (const strip of all(".boxes")) if (strip.firstChild) strip.firstChild.tabIndex = 0;
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") return point(null);
    const box = boxOf(event);
    const next = box && {ArrowRight: box.nextSibling, ArrowLeft: box.previousSibling}[event.key];
    if (!next) return;
    box.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    event.preventDefault();
  });

  // ---- The vocabulary: rows are made for what is seen of them ----
  if (one("#vocabulary")) {
    const rowHeight = 28, spare = 8;
    const pane = one(".window"), sheet = one(".all");
    const search = one("#vocabulary-search"), filter = one("#vocabulary-filter");
    const parsed = new Map();
    let rows, found = [], order = {by: "count", sign: -1};

    const escapes = {"\n": "\\n", "\r": "\\r", "\t": "\\t", " ": "␣"};
    const visible = text => text.replace(
      /[\0-\x20\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      mark => escapes[mark] || "\\u{" + mark.codePointAt(0).toString(16).toUpperCase() + "}");
    function load(index) {
      if (!parsed.has(index)) {
        const data = JSON.parse(one(`#vocabulary-${index}`).textContent);
        const coder = new TextEncoder();
        data.lengths = data.tokens.map(token =>
          token === 0 ? 0 : Array.isArray(token) ? token[0].length / 2 : coder.encode(token).length);
        data.texts = data.tokens.map(token =>
          token === 0 ? "" : Array.isArray(token) ? token[0].toLowerCase() : token.toLowerCase());
        parsed.set(index, data);
      }
      return parsed.get(index);
    }
    function choose() {
      rows = load(one("#vocabulary-choice").value);
      // A space is written as it is shown.
      const wanted = search.value.toLowerCase().replaceAll("␣", " ");
      const kind = filter.value, {texts, counts, kinds} = rows;
      const passes = id =>
        !kind || (kind === "used" ? counts[id] > 0 : kind === "unused" ? counts[id] === 0 : kinds[id] === kind);
      found = [];
      for (let id = 0; id < texts.length; id++) {
        if (passes(id) && (!wanted || texts[id].includes(wanted) || String(id) === wanted)) found.push(id);
      }
      sort();
    }
    function sort() {
      const value = {id: null, count: rows.counts, length: rows.lengths}[order.by];
      const {sign} = order;
      found.sort((a, b) => (value ? sign * (value[a] - value[b]) : sign * (a - b)) || a - b);
      for (const head of all(".row-head [data-sort]")) {
        const isChosen = head.dataset.sort === order.by;
        head.ariaSort = isChosen ? (sign < 0 ? "descending" : "ascending") : "none";
      }
      pane.scrollTop = 0;
      sheet.style.height = `${found.length * rowHeight}px`;
      one(".rows").setAttribute("aria-rowcount", found.length + 1);
      tellFound();
      draw();
    }
    const tellFound = () => {
      if (rows) one("#vocabulary-found").textContent = words[language].found(found.length.toLocaleString("en"));
    };
    function cell(text, name) {
      const made = document.createElement("span");
      made.textContent = text;
      made.setAttribute("role", "cell");
      if (name) made.className = name;
      return made;
    }
    function draw() {
      const first = Math.max(0, Math.floor(pane.scrollTop / rowHeight) - spare);
      const last = Math.min(found.length, Math.ceil((pane.scrollTop + pane.clientHeight) / rowHeight) + spare);
      const made = [];
      for (let place = first; place < last; place++) {
        const id = found[place], token = rows.tokens[id], isPartial = Array.isArray(token);
        const row = document.createElement("div");
        row.className = rows.counts[id] ? "row" : "row unused";
        row.setAttribute("role", "row");
        row.setAttribute("aria-rowindex", place + 2);
        row.style.transform = `translateY(${place * rowHeight}px)`;
        row.append(
          cell(id),
          isPartial ? cell(token[0].match(/../g).join("·"), "hex") : cell(token === 0 ? "" : visible(token)),
          cell(rows.lengths[id]), cell(rows.counts[id].toLocaleString("en")));
        made.push(row);
      }
      sheet.replaceChildren(...made);
    }
    let isDue = false;
    pane.addEventListener("scroll", () => {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => { isDue = false; draw(); });
    }, {passive: true});
    search.addEventListener("input", choose);
    filter.addEventListener("change", choose);
    one("#vocabulary-choice").addEventListener("change", choose);
    one(".filters").addEventListener("submit", event => event.preventDefault());
    for (const head of all(".row-head [data-sort]")) {
      head.addEventListener("click", () => {
        const by = head.dataset.sort;
        order = {by, sign: order.by === by ? -order.sign : by === "id" ? 1 : -1};
        sort();
      });
    }
    whenLanguageChanges.push(tellFound);
    one(".filters").hidden = one(".rows").hidden = false;
    addEventListener("resize", draw);
    // Parsed when it comes into sight: the rest of the page is there before.
    new IntersectionObserver((entries, observer) => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      observer.disconnect();
      choose();
    }, {rootMargin: "300px"}).observe(one("#vocabulary"));
  }

  speak(navigator.language.startsWith("ko") ? "ko" : "en");
})();
