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
    el("footer", {}, el("span", { class: "num", title: figure.sample_short, text: held(figure.sample_short) }), el("span", { text: held(figure.remark) })));
}

// How many cards stand in the row of each, at most `most` of them and as evenly as can be: 5 at most 4 are 3 and 2.
function rows(cards, most) {
  const lines = Math.ceil(cards / most);
  const found = [];
  for (let line = 0; line < lines; line++) {
    const share = Math.ceil((cards - found.length) / (lines - line));
    for (let n = 0; n < share; n++) found.push(share);
  }
  return found;
}

export default function ({ data, parentElement }) {
  behind = data.behind || {};
  const grid = el("section", { class: "cards", "aria-label": "Key figures" });
  const number = data.figures.length;
  const [wide, mid, slim] = [rows(number, number === 5 ? 5 : 4), rows(number, 4), rows(number, 2)];
  data.figures.forEach((figure, place) => {
    const one = card(figure, data.before);
    one.style.setProperty("--wide", wide[place]);
    one.style.setProperty("--mid", mid[place]);
    one.style.setProperty("--slim", slim[place]);
    grid.append(one);
  });
  fill(parentElement, grid);
}
