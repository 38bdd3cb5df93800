function cell(column, value, row, open) {
  const classes = [column.align === "right" ? "right num" : "", column.rank || "", column.first ? "first" : ""];
  const td = el("td", { class: classes.join(" ").trim() || null });
  if (column.kind === "spark") {
    td.classList.add("graph");
    td.append(sparkline(value.values, null, 24), el("span", { class: "hidden-text", text: value.text }));
    return td;
  }
  let target = td;
  if (column.first && row.href) {
    target = el("a", { href: row.href });
    target.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      event.stopPropagation();
      open();
    });
    td.append(target);
  } else if (column.first && row.id) {
    // A row that opens something beneath it is reached by keyboard through its name.
    target = el("button", { class: "open", type: "button" });
    target.addEventListener("click", (event) => { event.stopPropagation(); open(); });
    td.append(target);
  }
  if (value.share !== undefined && value.share !== null) {
    const bar = el("i");
    bar.style.width = `${Math.max(0, Math.min(100, value.share * 100))}%`;
    target.append(el("span", { class: "meter", "aria-hidden": "true" }, bar));
  }
  if (value.chips) {
    for (const chip of value.chips) {
      const dot = chip.colour ? el("span", { class: "dot" }) : null;
      if (dot) dot.style.background = chip.colour;
      target.append(el("span", { class: `chip ${chip.tone || ""}`, title: held(chip.text) === chip.text ? null : chip.text }, dot, held(chip.text)));
    }
  }
  const whole = (text) => (held(text) === text ? null : text);
  if (value.text) target.append(el("span", { class: value.tone || null, title: value.title || whole(value.text), text: held(value.text) }));
  if (value.sub) td.append(el("span", { class: `sub ${value.subtone || ""}`, title: whole(value.sub), text: held(value.sub) }));
  return td;
}

function ordered(rows, sort) {
  if (!sort) return rows;
  const key = (row) => row.cells[sort.column].order;
  const known = rows.filter((row) => key(row) !== null && key(row) !== undefined);
  const unknown = rows.filter((row) => key(row) === null || key(row) === undefined);
  const way = sort.down ? -1 : 1;
  known.sort((a, b) => (key(a) < key(b) ? -way : key(a) > key(b) ? way : 0));
  return [...known, ...unknown];
}

function header(data, sort, draw) {
  const line = el("tr");
  data.columns.forEach((column, index) => {
    const th = el("th", { scope: "col", class: [column.align === "right" ? "right" : "", column.rank || ""].join(" ").trim() || null });
    const head = el("span", { class: "head" });
    if (column.kind === "spark") head.append(column.label);
    else {
      const mine = sort && sort.column === index;
      if (mine) th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      const button = el("button", { class: "sort", type: "button", text: column.label + (mine ? (sort.down ? " ↓" : " ↑") : "") });
      button.addEventListener("click", () => draw({ column: index, down: mine ? !sort.down : column.align === "right" }));
      head.append(button);
    }
    if (column.help) head.append(info(column.label, facts(column.help, [["Query", column.query, true]])));
    th.append(head);
    line.append(th);
  });
  return el("thead", {}, line);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const draw = (sort) => {
    behind = data.behind || {};
    const body = el("tbody");
    for (const row of ordered(data.rows, sort)) {
      const open = () => setTriggerValue("open", row.id);
      const line = el("tr", { class: row.id ? "open" : null });
      data.columns.forEach((column, index) => line.append(cell(column, row.cells[index], row, open)));
      if (row.id) line.addEventListener("click", () => { if (!String(getSelection())) open(); });
      body.append(line);
    }
    const table = el("table", {}, el("caption", { class: "hidden-text", text: data.caption }), header(data, sort, draw), body);
    fill(parentElement, el("div", { class: "frame", tabindex: "0", role: "region", "aria-label": data.caption }, table));
    parentElement.sort = sort;
  };
  draw(parentElement.sort || null);
}
