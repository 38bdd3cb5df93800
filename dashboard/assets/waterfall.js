function details(row) {
  const list = el("dl");
  for (const [name, value] of row.facts) list.append(el("div", {}, el("dt", { text: name }), el("dd", { class: "num", text: value })));
  const cell = el("div", { role: "gridcell" }, row.why ? el("p", { text: row.why }) : null, list);
  return el("div", { class: "detail", role: "row", "aria-level": row.depth + 2 }, cell);
}

function lane(row, ticks) {
  const box = el("div", { class: "lane", role: "gridcell" });
  for (const tick of ticks) {
    const line = el("span", { class: "grid" });
    line.style.left = `${tick.at}%`;
    box.append(line);
  }
  const bar = el("span", { class: `bar ${row.kind === "call" ? "" : "span"} ${row.thrown ? "thrown" : ""}` });
  bar.style.left = `${row.left}%`;
  bar.style.width = `${row.width}%`;
  if (row.colour) bar.style.backgroundColor = row.colour;
  if (row.wait) {
    const wait = el("span", { class: "wait" });
    wait.style.width = `${row.wait}%`;
    bar.append(wait);
  }
  box.append(bar);
  return box;
}

function label(row, folded) {
  const name = el("div", { class: "name", role: "gridcell" });
  name.style.paddingLeft = `${row.depth * 0.9}rem`;
  name.append(el("span", { class: "fold", "aria-hidden": "true", text: row.children ? (folded ? "▸" : "▾") : "" }));
  if (row.colour) {
    const dot = el("span", { class: "dot", "aria-hidden": "true" });
    dot.style.background = row.colour;
    name.append(dot);
  }
  name.append(el("span", { class: "label", title: row.label, text: row.label }));
  for (const mark of row.marks) name.append(el("span", { class: `mark ${mark.tone || ""}`, text: mark.text }));
  return name;
}

export default function ({ data, parentElement }) {
  const state = parentElement.state || (parentElement.state = { open: null, folded: new Set(), task: data.task });
  if (state.task !== data.task) { state.open = null; state.folded.clear(); state.task = data.task; }

  const hidden = (row) => row.ancestors.some((id) => state.folded.has(id));

  const draw = (focus) => {
    const ticks = el("div", { class: "ticks", role: "columnheader", "aria-label": "Time" });
    for (const tick of data.ticks) {
      const mark = el("span", { class: "num", text: tick.text });
      mark.style.left = `${tick.at}%`;
      ticks.append(mark);
    }
    const head = (classes, text) => el("span", { class: classes, role: "columnheader", text });
    const tree = el("div", { class: "frame", role: "treegrid", "aria-label": data.caption },
      el("div", { class: "top", role: "row" }, head("", "Step"), ticks, head("money took", "Duration"),
        head("money", "Cost"), head("money run-head", "Running total")));
    const lines = [];
    for (const row of data.rows) {
      if (hidden(row)) continue;
      const open = state.open === row.id;
      const run = el("span", { class: "run num", role: "gridcell", text: row.total });
      if (row.total_share) {
        const under = el("i");
        under.style.width = `${row.total_share}%`;
        run.append(under);
      }
      const line = el("div", {
        class: `row kind-${row.kind}`, role: "row", tabindex: lines.length ? "-1" : "0",
        "aria-level": row.depth + 1, "aria-expanded": open ? "true" : "false", "data-row": row.id,
      }, label(row, state.folded.has(row.id)), lane(row, data.ticks),
        el("span", { class: "money took num", role: "gridcell", text: row.took }),
        el("span", { class: `money num ${row.cost_tone || ""}`, role: "gridcell", title: row.cost_title, text: row.cost }), run);
      const toggle = () => { state.open = open ? null : row.id; draw(row.id); };
      const fold = (yes) => {
        if (!row.children || state.folded.has(row.id) === yes) return;
        if (yes) state.folded.add(row.id); else state.folded.delete(row.id);
        draw(row.id);
      };
      line.addEventListener("click", (event) => {
        if (event.target.classList.contains("fold") && row.children) fold(!state.folded.has(row.id));
        else toggle();
      });
      line.addEventListener("keydown", (event) => {
        const at = lines.indexOf(line);
        const move = (to) => { if (lines[to]) { lines[at].tabIndex = -1; lines[to].tabIndex = 0; lines[to].focus(); } };
        const acts = {
          ArrowDown: () => move(at + 1), ArrowUp: () => move(at - 1), Home: () => move(0), End: () => move(lines.length - 1),
          ArrowLeft: () => fold(true), ArrowRight: () => fold(false), Enter: toggle, " ": toggle,
        };
        if (!acts[event.key] || event.metaKey || event.ctrlKey || event.altKey) return;
        event.preventDefault();
        acts[event.key]();
      });
      lines.push(line);
      tree.append(line);
      if (open) tree.append(details(row));
      if (focus === row.id) queueMicrotask(() => { lines.forEach((l) => { l.tabIndex = -1; }); line.tabIndex = 0; line.focus({ preventScroll: true }); });
    }
    const legend = el("div", { class: "legend" });
    for (const entry of data.legend) {
      const swatch = el("span", { class: "swatch" });
      if (entry.colour) swatch.style.background = entry.colour;
      else swatch.classList.add("thrown");
      legend.append(el("span", {}, swatch, entry.text));
    }
    fill(parentElement, tree, legend);
  };
  draw(null);
}
