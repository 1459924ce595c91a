"use strict";

/* One clock for the film, and for the driver, which follows it. Frames count from 0. */
class Clock {
  constructor(data, film, driver) {
    this.frames = data.frames;
    this.fps = data.rate[0] / data.rate[1];
    this.film = film;
    this.driver = driver;
    this.filmStart = data.film ? data.film.start : 0;
    this.driverMap = data.driver;
    this.frame = 0;
    this.range = null; // first and last frame that are repeated
    this.speed = 1;
    this.onframe = () => {};
    this.onstate = () => {};
    if (film) this.listen();
    if (driver) driver.addEventListener("loadedmetadata", () => this.placeDriver());
  }

  get playing() {
    return Boolean(this.film) && !this.film.paused && !this.film.ended;
  }

  listen() {
    const film = this.film;
    for (const name of ["play", "pause", "ended"]) {
      film.addEventListener(name, () => {
        if (!this.playing) this.settle();
        this.onstate();
      });
    }
    film.addEventListener("loadedmetadata", () => this.place());
    film.addEventListener("seeked", () => {
      if (this.waiting) this.place();
    });
    if (film.requestVideoFrameCallback) {
      const shown = (now, picture) => {
        if (this.playing) this.show(Math.round((picture.mediaTime - this.filmStart) * this.fps));
        film.requestVideoFrameCallback(shown);
      };
      film.requestVideoFrameCallback(shown);
    } else {
      const tick = () => {
        const time = film.currentTime - this.filmStart;
        if (this.playing) this.show(Math.floor(time * this.fps + 1e-3));
        requestAnimationFrame(tick);
      };
      tick();
    }
  }

  toggle() {
    if (!this.film) return;
    if (this.playing) {
      this.film.pause();
      return;
    }
    if (this.frame >= this.frames - 1) this.seek(this.range ? this.range[0] : 0);
    this.film.playbackRate = this.speed;
    this.film.play().catch(() => this.onstate());
    this.followWithDriver();
  }

  setSpeed(speed) {
    this.speed = speed;
    if (this.film) this.film.playbackRate = speed;
  }

  repeat(range) {
    this.range = range;
    this.onstate();
  }

  /* The film plays and shows this frame. */
  show(frame) {
    this.frame = this.within(frame);
    if (this.range && (this.frame > this.range[1] || this.frame < this.range[0])) {
      this.seek(this.range[0]);
      return;
    }
    this.followWithDriver();
    this.onframe();
  }

  seek(frame) {
    this.frame = this.within(frame);
    this.place();
    this.placeDriver();
    this.onframe();
  }

  within(frame) {
    return Math.min(Math.max(Math.round(frame), 0), Math.max(0, this.frames - 1));
  }

  /* The film has stopped: both show the same frame, exactly. */
  settle() {
    if (this.driver) this.driver.pause();
    this.place();
    this.placeDriver();
    this.onframe();
  }

  /* Seek the film to the middle of the frame; while a seek is under way, the last one counts. */
  place() {
    const film = this.film;
    if (!film || film.readyState < 1) return;
    this.waiting = film.seeking;
    if (!film.seeking) film.currentTime = this.filmStart + (this.frame + 0.5) / this.fps;
  }

  driverTime(time) {
    const { start, offset, speed } = this.driverMap;
    return start + (time - offset) * speed;
  }

  placeDriver() {
    const driver = this.driver;
    if (!driver || driver.readyState < 1) return;
    const time = this.driverTime((this.frame + 0.125) / this.fps);
    driver.currentTime = Math.min(Math.max(time, 0), driver.duration || 0);
  }

  /* A driver that drifts is hurried or slowed a little; one that is far off is put in its place. */
  followWithDriver() {
    const driver = this.driver;
    if (!driver || driver.readyState < 2) return;
    const want = this.driverTime(this.film.currentTime - this.filmStart);
    if (want < 0 || want >= driver.duration) {
      if (!driver.paused) driver.pause();
      return;
    }
    const late = want - driver.currentTime;
    if (driver.paused || Math.abs(late) > 0.3) {
      if (!driver.seeking) driver.currentTime = want;
      if (driver.paused) driver.play().catch(() => {});
    }
    const hurry = 1 + Math.min(Math.max(late * 8, -0.5), 0.5);
    const rate = this.film.playbackRate * this.driverMap.speed * hurry;
    driver.playbackRate = Math.min(Math.max(rate, 0.0625), 16);
  }
}

/* SMPTE 12M label of a frame; of drop-frame counting, as many labels are skipped as SMPTE says. */
function timecode(frame, { start, base, drop }) {
  let number = start + frame;
  if (drop) {
    const dropped = Math.floor(base / 15);
    const perMinute = base * 60 - dropped;
    const perTen = perMinute * 10 + dropped;
    const tens = Math.floor(number / perTen);
    const rest = number % perTen;
    const minutes = rest >= dropped ? Math.floor((rest - dropped) / perMinute) : 0;
    number += dropped * (9 * tens + minutes);
  }
  const two = (value) => String(value).padStart(2, "0");
  const seconds = Math.floor(number / base);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60) % 24;
  const mark = drop ? ";" : ":";
  return `${two(hours)}:${two(minutes % 60)}:${two(seconds % 60)}${mark}${two(number % base)}`;
}
