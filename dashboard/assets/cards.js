const ARROW = { up: "▲", down: "▼", same: "" };

function card(figure, before) {
  const change = figure.change;
  const about = facts(figure.meaning, [
    ["Taken over", figure.sample],
    ["Unknown", figure.unknown || "nothing"],
    ["Change", !change ? "" : change.text ? `${change.text} on ${before}${change.why ? ` (${change.why})` : ""}` : `not stated: ${change.why}`],
    ["Query", figure.query, true],
  ]);
  const delta = change ? el("div", { class: "change" }) : null;
  if (!change) {
    // Nothing is compared.
  } else if (change.text) {
    delta.append(
      el("b", { class: `num ${change.tone}`, text: `${ARROW[change.way]} ${change.text}`.trim() }),
      el("span", { class: "than", text: `on ${before}` }));
  } else {
    delta.append(el("span", { class: "than", text: change.short, title: change.why }));
  }
  return el("article", { class: "card", "data-figure": figure.key },
    el("header", {}, el("h3", { text: figure.label }), info(figure.label, about)),
    el("div", { class: `value num${figure.known ? "" : " unknown"}`, text: figure.text }),
    delta,
    figure.series ? el("div", { class: "graph" }, sparkline(figure.series, figure.before, 34)) : null,
    el("footer", {}, el("span", { class: "num", text: figure.sample_short }), el("span", { text: figure.remark })));
}

export default function ({ data, parentElement }) {
  const grid = el("section", { class: "cards", "aria-label": "Key figures" });
  for (const figure of data.figures) grid.append(card(figure, data.before));
  fill(parentElement, grid);
}
