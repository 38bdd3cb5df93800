const SVG = "http://www.w3.org/2000/svg";

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = unbroken(value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/* A number keeps its unit on its line. */
function unbroken(text) {
  return String(text).replace(/(\d) (?=(?:%|pp|min|ms|s|h|d)(?!\w))/g, "$1\u00a0");
}

/* Words that no line could hold are shown by both ends; the whole stands in the title. */
function held(text) {
  return String(text || "").replace(/\S{49,}/gu, (word) => `${word.slice(0, 30)}…${word.slice(-12)}`);
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/* Lines over equal steps; null leaves a gap. All series share one scale from zero. */
function sparkline(series, before, height) {
  const all = [...series, ...(before || [])].filter((v) => v !== null);
  const image = svg("svg", { class: "spark", viewBox: `0 0 100 ${height}`, preserveAspectRatio: "none",
    height, "aria-hidden": "true", focusable: "false" });
  if (!series.some((v) => v !== null)) return image;
  const top = Math.max(...all) || 1;
  const x = (i, n) => (n > 1 ? (i / (n - 1)) * 100 : 50).toFixed(2);
  const y = (v) => (height - 2 - (v / top) * (height - 4)).toFixed(2);
  const line = (values) => {
    let path = "", open = false;
    values.forEach((v, i) => {
      if (v === null) { open = false; return; }
      // A line of no length is drawn as a dot, so that a value between gaps is seen.
      path += `${open ? "L" : "M"}${x(i, values.length)} ${y(v)}${open ? "" : "h0"}`;
      open = true;
    });
    return path;
  };
  if (!series.includes(null)) {
    image.append(svg("path", { class: "area", d: `${line(series)}L100 ${height}L0 ${height}Z` }));
  }
  if (before && before.some((v) => v !== null)) image.append(svg("path", { class: "before", d: line(before) }));
  image.append(svg("path", { class: "now", d: line(series) }));
  return image;
}

/* A round “i” that shows `content` on hover, focus and click. */
function info(label, content) {
  const icon = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("circle", { cx: 8, cy: 8, r: 6.6, fill: "none", stroke: "currentColor", "stroke-width": 1.3 }),
    svg("path", { d: "M8 7.2v4M8 4.7v.1", stroke: "currentColor", "stroke-width": 1.5, "stroke-linecap": "round" }));
  const button = el("button", { class: "info", type: "button", "aria-label": `About: ${label}` }, icon);
  const tip = el("div", { class: "tip", popover: "manual", role: "tooltip" }, content);
  const show = () => {
    if (!tip.isConnected || tip.matches(":popover-open")) return;
    tip.showPopover();
    const at = button.getBoundingClientRect(), box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(at.left - 16, innerWidth - box.width - 8))}px`;
    const below = at.bottom + 6;
    tip.style.top = `${below + box.height < innerHeight ? below : Math.max(8, at.top - box.height - 6)}px`;
  };
  const hide = () => { if (tip.isConnected && tip.matches(":popover-open")) tip.hidePopover(); };
  // A moment to reach the link inside.
  let leaving = 0;
  const leave = () => { leaving = setTimeout(hide, 250); };
  const stay = () => clearTimeout(leaving);
  button.addEventListener("mouseenter", () => { stay(); show(); });
  button.addEventListener("focus", show);
  button.addEventListener("click", (event) => { event.stopPropagation(); show(); });
  button.addEventListener("mouseleave", leave);
  tip.addEventListener("mouseenter", stay);
  tip.addEventListener("mouseleave", leave);
  button.addEventListener("blur", (event) => { if (!tip.contains(event.relatedTarget)) leave(); });
  tip.addEventListener("focusout", (event) => { if (event.relatedTarget !== button && !tip.contains(event.relatedTarget)) hide(); });
  tip.addEventListener("click", (event) => event.stopPropagation());
  button.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  const holder = document.createDocumentFragment();
  holder.append(button, tip);
  return holder;
}

/* Where a query's text and rows stand, for the window and the filters of this page. */
let behind = {};

function rowsBehind(query) {
  const kept = new URLSearchParams(location.search);
  for (const name of ["id", "q", "sort", "view", "week"]) kept.delete(name);
  kept.set("name", query);
  return `query?${kept}${behind[query] ? `&${behind[query]}` : ""}`;
}

/* Facts as pairs under a sentence; a query is a link to its text and its rows. */
function facts(sentence, pairs) {
  const list = el("dl");
  for (const [name, value, query] of pairs) {
    if (!value) continue;
    const link = query ? el("a", { href: rowsBehind(value), target: "_blank" }, el("code", { text: value })) : null;
    list.append(el("dt", { text: name }), el("dd", {}, link || value));
  }
  return el("div", {}, sentence ? el("p", { text: sentence }) : null, list);
}

function fill(parentElement, ...children) {
  const root = parentElement.querySelector(".root");
  root.replaceChildren(...children.filter(Boolean));
  return root;
}
