/* Curves: drawn for the frames in view, as the lowest and highest value of each pixel column. */

const SVG = "http://www.w3.org/2000/svg";
const CUT = 3; // times a limit; what is beyond is cut off

function element(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function written(value, unit = "") {
  if (value === null || value === undefined) return "–";
  return `${Number(value.toPrecision(4))} ${unit}`.trim();
}

function inSpan(value) {
  const span = document.createElement("span");
  span.textContent = written(value);
  return span;
}

function bounds(values) {
  const known = values.filter((value) => value !== null);
  return (known.length ? [Math.min(...known), Math.max(...known)] : [null, null]).map((one) => written(one));
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

class View {
  constructor(frames) {
    this.frames = Math.max(1, frames);
    this.from = 0;
    this.to = this.frames;
  }

  get span() {
    return this.to - this.from;
  }

  zoom(factor, around) {
    const span = Math.min(Math.max(this.span * factor, Math.min(12, this.frames)), this.frames);
    const share = (around + 0.5 - this.from) / this.span;
    this.place(around + 0.5 - span * Math.min(Math.max(share, 0), 1), span);
  }

  place(from, span = this.span) {
    this.from = Math.min(Math.max(from, 0), this.frames - span);
    this.to = this.from + span;
  }

  x(frame, width) {
    return ((frame + 0.5 - this.from) / this.span) * width;
  }

  frameAt(x, width) {
    return Math.floor(this.from + (x / width) * this.span);
  }
}

class Curve {
  constructor(plot, series, values, asked, findings, data) {
    Object.assign(this, { plot, series, values, asked, findings });
    this.bucket = data.bucket;
    this.cuts = data.cuts;
    this.shots = values.map(() => 0); // number of the shot that each value is of
    for (const cut of data.cuts) this.shots.fill(this.shots[this.at(cut)] + 1, this.at(cut));
    this.gap = data.every / data.bucket; // values that may be missing where every n-th is measured
    [this.low, this.high] = this.extent();
    this.svg = element("svg", { "aria-hidden": "true" }, plot);
    this.axis = document.createElement("div");
    this.axis.className = "axis";
    this.axis.ariaHidden = "true";
    plot.append(this.axis);
  }

  /* From the lowest to the highest value and limit. A limit that is far away is left out; values
     that are far beyond one are cut off, so that the others can still be told apart. */
  extent() {
    const { warn, fail, bad } = this.series;
    let low = Infinity;
    let high = -Infinity;
    for (const value of [...this.values, ...(this.asked || [])]) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low >= 0 && bad === "above") low = 0;
    const near = warn ?? fail;
    if (near !== null) [low, high] = [Math.min(low, near), Math.max(high, near)];
    const passed = near !== null && (bad === "above" ? high > near : low < near);
    if (fail !== null && passed) [low, high] = [Math.min(low, fail), Math.max(high, fail)];
    this.peak = high;
    const far = bad === "above" && near > 0 ? CUT * (fail ?? warn) : Infinity;
    high = Math.min(high, far);
    this.ends = [low, high];
    const margin = (high - low || Math.abs(high) || 1) * 0.08;
    return [low - margin, high + margin];
  }

  at(frame) {
    return Math.floor(frame / this.bucket);
  }

  draw(view) {
    const width = this.plot.clientWidth;
    const height = this.plot.clientHeight;
    const { svg, series } = this;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const y = (value) => height - ((value - this.low) / (this.high - this.low)) * height;
    for (const found of this.findings) range(svg, found, view, width, 0, height);
    drawCuts(svg, this.cuts, view, width, height);
    for (const name of ["warn", "fail"]) {
      const limit = series[name];
      if (limit === null || limit < this.low || limit > this.high) continue;
      element("line", { class: name, x1: 0, x2: width, y1: y(limit), y2: y(limit) }, svg);
    }
    if (this.asked) element("path", { class: "asked", d: this.path(this.asked, view, width, y) }, svg);
    element("path", { class: "seen", d: this.path(this.values, view, width, y) }, svg);
    const [low, high] = this.ends;
    this.axis.replaceChildren(...[high, low].map(inSpan));
    if (this.peak > high) {
      const text = `cut off; highest ${written(this.peak)}`;
      element("text", { x: width - 4, y: 11, "text-anchor": "end" }, svg, text);
    }
  }

  path(values, view, width, y) {
    const first = Math.max(0, this.at(view.from) - 1);
    const last = Math.min(values.length - 1, this.at(view.to) + 1);
    const parts = [];
    let previous = null;
    const put = (index, x, value) => {
      const near = previous !== null && index - previous <= Math.max(1, this.gap);
      const joins = near && this.shots[index] === this.shots[previous];
      const point = `${x.toFixed(1)} ${y(value).toFixed(1)}`;
      parts.push(joins ? `L${point}` : `M${point}h0`);
      previous = index;
    };
    const middle = (this.bucket - 1) / 2;
    const x = (index) => view.x(index * this.bucket + middle, width);
    if (last - first <= width * 2) {
      for (let index = first; index <= last; index += 1) {
        if (values[index] !== null) put(index, x(index), values[index]);
      }
      return parts.join("");
    }
    for (let index = first; index <= last; ) {
      const column = Math.floor(x(index));
      let low = null;
      let high = null;
      let end = index;
      for (; end <= last && Math.floor(x(end)) === column; end += 1) {
        const value = values[end];
        if (value === null) continue;
        if (low === null || value < values[low]) low = end;
        if (high === null || value > values[high]) high = end;
      }
      if (low !== null) {
        put(index, column + 0.5, values[Math.min(low, high)]);
        if (low !== high) put(index, column + 0.5, values[Math.max(low, high)]);
        previous = end - 1;
      }
      index = end;
    }
    return parts.join("");
  }

  /* A table of at most fifty rows: the frames of each, and their values. */
  table() {
    const step = Math.ceil(this.values.length / 50);
    const names = step > 1 ? ["Frames", "Lowest", "Highest"] : ["Frame", "Value"];
    const table = document.createElement("table");
    const add = (cells, kind) => {
      const row = table.insertRow();
      for (const cell of cells) {
        const made = document.createElement(kind);
        if (kind === "th") made.scope = "col";
        made.textContent = cell;
        row.append(made);
      }
    };
    add(this.asked ? [...names, "Asked for"] : names, "th");
    for (let start = 0; start < this.values.length; start += step) {
      const end = Math.min(start + step, this.values.length);
      const [first, last] = [start * this.bucket, (end - 1) * this.bucket];
      const [low, high] = bounds(this.values.slice(start, end));
      const cells = step > 1 ? [`${first} – ${last}`, low, high] : [first, low];
      if (this.asked) cells.push([...new Set(bounds(this.asked.slice(start, end)))].join(" – "));
      add(cells, "td");
    }
    return table;
  }
}

function range(svg, found, view, width, top, height) {
  const left = view.x(found.first - 0.5, width);
  const right = Math.max(view.x(found.last + 0.5, width), left + 3);
  if (right < 0 || left > width) return;
  const box = { x: left.toFixed(1), width: (right - left).toFixed(1), y: top, height };
  element("rect", { class: `range ${found.severity}`, ...box }, svg);
  element("path", { class: `edge ${found.severity}`, d: `M${left} ${top}h${right - left}` }, svg);
}

/* Findings in as few rows as keep them apart, those that begin first in front. */
function inLanes(findings, left) {
  const lanes = [];
  for (const one of [...findings].sort((a, b) => a.first - b.first)) {
    let lane = lanes.find((row) => row.at(-1).last < one.first && left(row.at(-1)) + 4 < left(one));
    if (!lane) lanes.push((lane = []));
    lane.push(one);
  }
  return lanes;
}

/* Where one shot ends and another begins. */
function drawCuts(svg, cuts, view, width, height) {
  for (const cut of cuts) {
    const x = view.x(cut - 0.5, width).toFixed(1);
    if (x >= 0 && x <= width) element("line", { class: "cut", x1: x, x2: x, y1: 0, y2: height }, svg);
  }
}

function bar(svg, found, view, width, y, height) {
  const x = view.x(found.first - 0.5, width);
  const right = Math.max(view.x(found.last + 0.5, width), x + 3);
  const thin = found.severity === "warn" ? 0.5 : 1;
  element("rect", { class: `bar ${found.severity}`, x, y, width: right - x, height: height * thin }, svg);
}

/* Frames at which a ruler has marks: steps of 1, 2 or 5 that leave room for their labels. */
function marks(view, width, room) {
  const least = (view.span / width) * room;
  let step = 1;
  for (const next of [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5]) {
    step = next;
    if (next >= least) break;
  }
  const found = [];
  for (let frame = Math.ceil(view.from / step) * step; frame < view.to; frame += step) {
    found.push(frame);
  }
  return found;
}

function drawRuler(plot, view, cuts) {
  const width = plot.clientWidth;
  plot.replaceChildren();
  const svg = element("svg", { viewBox: `0 0 ${width} 18`, "aria-hidden": "true" }, plot);
  drawCuts(svg, cuts, view, width, 18);
  for (const frame of marks(view, width, 64)) {
    const x = view.x(frame, width).toFixed(1);
    element("line", { class: "mark", x1: x, x2: x, y1: 13, y2: 18 }, svg);
    const anchor = x < 20 ? "start" : x > width - 20 ? "end" : "middle";
    element("text", { x, y: 10, "text-anchor": anchor }, svg, frame);
  }
}
