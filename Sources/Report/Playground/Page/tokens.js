// SPDX-License-Identifier: Apache-2.0
// Tokens and morphemes as rows of coloured boxes.

import { language } from "/labels.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const colours = 6;

export const utf8 = (text) => encoder.encode(text);
export const textOf = (bytes) => decoder.decode(bytes);

/** A new element with a class and text. */
export function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export const hexadecimal = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");

const codePoint = (character) =>
  "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

export const codePoints = (text) => Array.from(text, codePoint).join(" ");

// ---- Characters that would not be seen ----

const named = { " ": "␣", "\n": "↵", "\r": "CR", "\t": "⇥", "\u007F": "DEL" };
/** Spaces but the usual one, line separators, formats, controls, private and unassigned code points. */
const unseen = /^[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]$/u;
/** What changes the character before it, and is seen in it. */
const joining = /^[\u200D\uFE0E\uFE0F\u{E0020}-\u{E007F}]$/u;

function isSeen(character, before) {
  if (character in named || character < " ") return false;
  if (before !== "" && joining.test(character) && /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Emoji}\uFE0F]/u.test(before)) return true;
  return !unseen.test(character);
}

const mark = (character) => named[character] ?? codePoint(character);

/** Appends `text` to `parent`, with a mark for each character that would not be seen. */
export function appendVisible(parent, text) {
  let run = "", before = "";
  const flush = () => { if (run) parent.append(run); run = ""; };
  for (const character of text) {
    if (isSeen(character, before)) {
      // A mark that combines needs something to stand on.
      run += run === "" && /^\p{M}$/u.test(character) ? "◌" + character : character;
    } else {
      flush();
      parent.append(make("span", character === " " ? "mark space" : "mark", mark(character)));
    }
    before = character;
  }
  flush();
}

const isInside = (bytes, place) => place < bytes.length && (bytes[place] & 0xC0) === 0x80;

/** The whole characters of a piece, and the bytes of characters that begin or end elsewhere. */
function appendPiece(parent, bytes, start, end) {
  let place = start;
  const rest = (to) => {
    if (place < to) parent.append(make("span", "byte", hexadecimal(bytes.subarray(place, to))));
    place = to;
  };
  let whole = start;
  while (whole < end && isInside(bytes, whole)) whole += 1;
  rest(whole);
  let last = end;
  if (isInside(bytes, end)) {
    do last -= 1; while (last > place && isInside(bytes, last));
  }
  if (place < last) appendVisible(parent, textOf(bytes.subarray(place, last)));
  place = Math.max(place, last);
  rest(end);
}

// ---- Rows ----

/**
 * A row of boxes, one for each part of a text.
 *
 * `parts` are `{start, end, source: [start, end], label, below: [text], isAdded}`, in order; `bytes` is
 * the text. Parts that share a character stand together under it.
 */
export class Row {
  constructor(name, bytes, parts, onActive) {
    this.parts = parts;
    this.onActive = onActive;
    this.active = -1;
    this.boxes = [];
    const row = make("div", "row");
    row.id = `row-${name}`;
    row.tabIndex = 0;
    row.setAttribute("role", "listbox");
    row.setAttribute("aria-label", name);
    row.dir = "ltr";
    this.element = row;
    this.#fill(bytes);
    row.addEventListener("pointerover", (event) => this.#point(event));
    row.addEventListener("pointerdown", (event) => this.#point(event));
    row.addEventListener("pointerleave", () => this.activate(-1));
    row.addEventListener("focus", () => { if (this.active < 0) this.activate(0); });
    row.addEventListener("blur", () => this.activate(-1));
    row.addEventListener("keydown", (event) => this.#key(event));
  }

  #fill(bytes) {
    let place = 0;
    for (let first = 0; first < this.parts.length;) {
      const start = this.parts[first].start;
      if (start > place) this.#gap(bytes, place, start);
      let last = first + 1;
      while (last < this.parts.length && isInside(bytes, this.parts[last].start)) last += 1;
      const end = this.parts[last - 1].end;
      if (last === first + 1) {
        this.element.append(this.#box(first, bytes));
      } else {
        this.element.append(this.#shared(first, last, bytes));
      }
      if (bytes.subarray(start, end).includes(0x0A)) this.element.append(make("br"));
      place = end;
      first = last;
    }
  }

  /** What stands between two parts: spaces, as morphemes leave them out. */
  #gap(bytes, start, end) {
    const text = textOf(bytes.subarray(start, end));
    this.element.append(make("span", "gap", " "));
    if (text.includes("\n")) this.element.append(make("br"));
  }

  #box(index, bytes) {
    const part = this.parts[index];
    const box = make("span", `box c${index % colours}`);
    box.id = `${this.element.id}-${index}`;
    box.setAttribute("role", "option");
    box.setAttribute("aria-selected", "false");
    box.setAttribute("aria-label", part.label);
    box.dataset.index = index;
    if (part.isAdded) box.classList.add("added");
    const text = make("bdi", "piece");
    appendPiece(text, bytes, part.start, part.end);
    box.append(text);
    for (const line of part.below) box.append(make("span", "below", line));
    this.boxes[index] = box;
    return box;
  }

  #shared(first, last, bytes) {
    const group = make("span", "shared");
    group.setAttribute("role", "none");
    const whole = make("bdi", "whole");
    whole.setAttribute("aria-hidden", "true");
    let end = this.parts[last - 1].end;
    while (isInside(bytes, end)) end += 1;
    appendVisible(whole, textOf(bytes.subarray(this.parts[first].start, end)));
    const boxes = make("span", "boxes");
    boxes.setAttribute("role", "none");
    for (let index = first; index < last; index += 1) boxes.append(this.#box(index, bytes));
    group.append(whole, boxes);
    return group;
  }

  /** Makes a box the one that is told about; -1 for none. */
  activate(index) {
    this.boxes[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const box = this.boxes[index];
    box?.setAttribute("aria-selected", "true");
    if (box) {
      this.element.setAttribute("aria-activedescendant", box.id);
    } else {
      this.element.removeAttribute("aria-activedescendant");
    }
    this.onActive(this, index);
  }

  /** Marks what comes from the bytes `from` to `to` of the text as given; nothing without them. */
  link(from, to) {
    for (const [index, box] of this.boxes.entries()) {
      const [start, end] = this.parts[index].source;
      box.classList.toggle("linked", from !== undefined && start < to && from < end);
    }
  }

  #point(event) {
    const box = event.target.closest?.(".box");
    this.activate(box ? Number(box.dataset.index) : -1);
  }

  #key(event) {
    const last = this.boxes.length - 1;
    const moves = {
      ArrowRight: Math.min(this.active + 1, last), ArrowLeft: Math.max(this.active - 1, 0),
      ArrowDown: Math.min(this.active + 1, last), ArrowUp: Math.max(this.active - 1, 0),
      Home: 0, End: last, Escape: -1,
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.activate(moves[event.key]);
    this.boxes[this.active]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
