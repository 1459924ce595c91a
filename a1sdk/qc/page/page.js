/* The page: what is shown of the film, and what moves it. */

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const film = byId("film");
  const driver = byId("driver");
  const clock = new Clock(data, film, driver);
  const view = new View(data.frames);
  const overview = byId("overview");
  const plots = byId("plots");
  const curves = [];
  const ranges = data.ranges.map(([series, severity, first, last]) => ({ series, severity, first, last }));
  let current = null; // number of the finding that was gone to last

  /* -- the film ------------------------------------------------------------------------- */

  function cannotPlay(video, title) {
    const message = video.nextElementSibling;
    const name = decodeURIComponent(video.getAttribute("src"));
    message.textContent = `${title} cannot be shown: ${name} is not where it was, or this browser does not play it.`;
    message.hidden = false;
    video.hidden = true;
  }
  if (film) film.addEventListener("error", () => cannotPlay(film, "The result"));
  if (driver) driver.addEventListener("error", () => cannotPlay(driver, "The driver"));

  function showState() {
    const play = byId("b-play");
    play.querySelector("use").setAttribute("href", clock.playing ? "#i-pause" : "#i-play");
    play.setAttribute("aria-label", clock.playing ? "Pause" : "Play");
    byId("b-loop").setAttribute("aria-pressed", String(clock.range !== null));
    const silent = !film || film.muted;
    byId("b-sound").setAttribute("aria-pressed", String(!silent));
    byId("b-sound").querySelector("use").setAttribute("href", silent ? "#i-silent" : "#i-sound");
  }

  function titled(series) {
    return series.who ? `${series.who}: ${series.label}` : series.label;
  }

  /* What is bad at a frame; what is of a whole shot is always. */
  function bad(frame) {
    return ranges.filter((one) => one.series >= 0 && one.first <= frame && frame <= one.last);
  }

  function showFrame() {
    const frame = clock.frame;
    if (document.activeElement !== byId("frame")) byId("frame").value = frame;
    byId("timecode").textContent = timecode(frame, data.timecode);
    const found = bad(frame);
    const here = byId("here");
    here.textContent = [...new Set(found.map((one) => titled(data.series[one.series])))].join(" · ");
    here.className = `here ${found.length ? found[0].severity : ""}`;
    overview.setAttribute("aria-valuenow", frame);
    overview.setAttribute("aria-valuetext", `Frame ${frame}, ${timecode(frame, data.timecode)}`);
    if (frame < view.from || frame >= view.to) {
      view.place(frame - view.span * 0.1);
      draw();
    }
    movePlayhead();
    for (const curve of curves) curve.now.textContent = reading(curve, frame);
  }

  function reading(curve, frame) {
    const value = written(curve.values[curve.at(frame)] ?? null, curve.series.unit);
    if (!curve.asked) return value;
    return `${value}, asked ${written(curve.asked[curve.at(frame)] ?? null)}`;
  }

  /* -- findings ------------------------------------------------------------------------- */

  function goTo(number) {
    if (!data.findings.length) return;
    current = Math.min(Math.max(number, 0), data.findings.length - 1);
    const one = data.findings[current];
    for (const row of document.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    const row = byId(`finding-${current}`);
    row.setAttribute("aria-current", "true");
    if (clock.range) clock.repeat(around(one));
    clock.seek(one.worst);
    byId("said").textContent =
      `Finding ${current + 1} of ${data.findings.length}: ${one.sentence} Frame ${one.worst}.`;
  }

  function step(by) {
    goTo(current === null ? (by > 0 ? 0 : data.findings.length - 1) : current + by);
    byId(`finding-${current}`)?.scrollIntoView({ block: "nearest" });
  }

  function around(one) {
    const margin = Math.round(clock.fps / 2);
    return [Math.max(0, one.first - margin), Math.min(data.frames - 1, one.last + margin)];
  }

  function toggleLoop() {
    const one = current === null ? bad(clock.frame)[0] : data.findings[current];
    clock.repeat(clock.range || !one ? null : around(one));
  }

  function toggleSound() {
    if (film) film.muted = !film.muted;
    showState();
  }

  /* -- drawing -------------------------------------------------------------------------- */

  function draw() {
    for (const curve of curves) curve.draw(view);
    if (byId("ruler")) drawRuler(byId("ruler"), view, data.cuts);
    drawOverview();
    movePlayhead();
  }

  const whole = new View(data.frames);
  function drawOverview() {
    const width = overview.clientWidth;
    const height = overview.clientHeight;
    overview.replaceChildren();
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, overview);
    const lanes = inLanes(ranges, (one) => whole.x(one.first, width));
    const step = Math.min(8, (height - 4) / lanes.length);
    lanes.forEach((lane, number) => {
      for (const one of lane) bar(svg, one, whole, width, 2 + number * step, step - 1.5);
    });
    drawCuts(svg, data.cuts, whole, width, height);
    const left = whole.x(view.from - 0.5, width);
    const right = whole.x(view.to - 0.5, width);
    if (view.span < data.frames) {
      element("rect", { class: "window", x: left, width: right - left, y: 0, height }, svg);
    }
    element("line", { class: "playhead", y1: 0, y2: height }, svg);
  }

  const playhead = document.createElement("div");
  playhead.className = "playhead";
  function movePlayhead() {
    const at = whole.x(clock.frame, overview.clientWidth);
    const line = overview.querySelector(".playhead");
    if (line) line.setAttribute("transform", `translate(${at.toFixed(1)})`);
    const plot = byId("ruler");
    if (!plot) return;
    const x = plot.offsetLeft + view.x(clock.frame, plot.clientWidth);
    playhead.style.transform = `translateX(${x.toFixed(1)}px)`;
  }

  /* -- pointer -------------------------------------------------------------------------- */

  function scrubs(area, plotAt, shown) {
    let plot = null;
    const seek = (event) => {
      const box = plot.getBoundingClientRect();
      clock.seek(shown.frameAt(event.clientX - box.left, box.width));
    };
    area.addEventListener("pointerdown", (event) => {
      plot = event.button === 0 ? plotAt(event) : null;
      if (!plot) return;
      area.setPointerCapture(event.pointerId);
      seek(event);
    });
    area.addEventListener("pointermove", (event) => {
      if (plot) seek(event);
    });
    for (const name of ["pointerup", "pointercancel"]) {
      area.addEventListener(name, () => {
        plot = null;
      });
    }
  }

  const tip = byId("tip");
  function showTip(event) {
    const plot = event.target.closest?.(".plot[data-series]");
    const curve = curves.find((one) => one.plot === plot);
    tip.hidden = !curve;
    if (!curve) return;
    const box = plot.getBoundingClientRect();
    const frame = clock.within(view.frameAt(event.clientX - box.left, box.width));
    const title = document.createElement("b");
    title.textContent = reading(curve, frame);
    const place = document.createElement("span");
    place.textContent = `frame ${frame} · ${timecode(frame, data.timecode)}`;
    tip.replaceChildren(title, place);
    const right = event.clientX + 14 + tip.offsetWidth > innerWidth;
    tip.style.left = `${right ? event.clientX - 14 - tip.offsetWidth : event.clientX + 14}px`;
    tip.style.top = `${Math.max(4, event.clientY - tip.offsetHeight - 10)}px`;
  }

  function zoom(factor) {
    if (factor === null) view.place(0, view.frames);
    else view.zoom(factor, clock.frame);
    draw();
  }

  /* -- keys ----------------------------------------------------------------------------- */

  const KEYS = {
    " ": () => clock.toggle(),
    ArrowLeft: (event) => move(event.shiftKey ? -10 : -1),
    ArrowRight: (event) => move(event.shiftKey ? 10 : 1),
    Home: () => clock.seek(0),
    End: () => clock.seek(data.frames - 1),
    j: () => step(1),
    k: () => step(-1),
    l: toggleLoop,
    m: toggleSound,
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    0: () => zoom(null),
  };

  function move(by) {
    if (clock.playing) clock.film.pause();
    clock.seek(clock.frame + by);
  }

  function ownKeys(event) {
    const at = event.target;
    if (at.matches("input, select")) return true;
    const pressed = event.key === " " && at.closest("button, summary, a");
    const scrolls = event.key.startsWith("Arrow") && at.matches(".wide, .strip");
    return Boolean(pressed || scrolls);
  }

  document.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || ownKeys(event)) return;
    event.preventDefault();
    act(event);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-frame]");
    if (!button) return;
    if (button.dataset.finding) goTo(Number(button.dataset.finding));
    else clock.seek(Number(button.dataset.frame));
  });

  const press = (id, act) => byId(id)?.addEventListener("click", act);
  press("b-play", () => clock.toggle());
  press("b-back", () => move(-1));
  press("b-forward", () => move(1));
  press("b-next", () => step(1));
  press("b-previous", () => step(-1));
  press("b-loop", toggleLoop);
  press("b-sound", toggleSound);
  press("zoom-in", () => zoom(0.5));
  press("zoom-out", () => zoom(2));
  press("zoom-all", () => zoom(null));
  byId("frame").max = Math.max(0, data.frames - 1);
  byId("frame").addEventListener("change", (event) => clock.seek(Number(event.target.value)));
  byId("speed").addEventListener("change", (event) => clock.setSpeed(Number(event.target.value)));
  for (const id of ["b-next", "b-previous", "b-loop"]) byId(id).disabled = !data.findings.length;
  for (const id of ["b-play", "b-sound"]) byId(id).disabled = !film;

  /* -- start ---------------------------------------------------------------------------- */

  async function fillCurves() {
    const rows = await unpacked(data.values);
    for (const plot of document.querySelectorAll(".plot[data-series]")) {
      const number = Number(plot.dataset.series);
      const series = data.series[number];
      const found = ranges.filter((one) => one.series === number);
      const curve = new Curve(plot, series, rows[2 * number], rows[2 * number + 1], found, data);
      curve.now = plot.parentElement.querySelector(".now");
      curves.push(curve);
      const details = plot.parentElement.querySelector("details");
      details.addEventListener("toggle", () => {
        const place = details.querySelector(".values");
        if (!place.firstChild) place.append(curve.table());
        draw();
      });
    }
    draw();
    showFrame();
  }

  overview.setAttribute("aria-valuemax", Math.max(0, data.frames - 1));
  scrubs(overview, () => overview, whole);
  if (plots) {
    plots.append(playhead);
    scrubs(plots, (event) => event.target.closest(".plot"), view);
    plots.addEventListener("pointermove", showTip);
    plots.addEventListener("pointerleave", () => {
      tip.hidden = true;
    });
    new ResizeObserver(draw).observe(plots);
    fillCurves().catch((error) => {
      byId("curves-note").textContent = `The curves cannot be drawn in this browser (${error.message}).`;
      byId("curves-note").hidden = false;
    });
  }
  const stage = document.querySelector(".stage");
  new ResizeObserver(() => {
    const height = getComputedStyle(stage).position === "sticky" ? stage.offsetHeight + 8 : 0;
    document.documentElement.style.setProperty("--stage", `${height}px`);
  }).observe(stage);
  clock.onframe = showFrame;
  clock.onstate = showState;
  clock.seek(Number(new URLSearchParams(location.search).get("frame")) || 0);
  showState();
  draw();
})();
