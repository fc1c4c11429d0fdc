/** Charts, drawn anew for each answer. Colours come from the palette by category, the same everywhere. */

import {CATEGORIES, bytes, element, gib, label, svg} from './format.js';

const GIB = 2 ** 30;
const MARGIN = {top: 14, right: 16, bottom: 36, left: 44};

/** The least of 1, 2, 2.5 and 5 times a power of ten that is not below `least`. */
function step(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 2.5, 5, 10].find(factor => factor * power >= least * (1 - 1e-9)) * power;
}

/** How wide each place for a drawing is. Asking the page makes it lay itself out, so it is asked once. */
let widths = new WeakMap();

/** The page may be wider or narrower now. */
export function forgetWidths() {
  widths = new WeakMap();
}

function widthOf(host) {
  if (!widths.has(host)) {
    const drawn = [...host.childNodes];
    host.replaceChildren(); // A wide drawing must not keep its column wide.
    widths.set(host, Math.max(240, host.clientWidth));
    host.replaceChildren(...drawn);
  }
  return widths.get(host);
}

const tenths = number => Math.round(number * 10) / 10;

/** A path through these points, without those in the middle of a level stretch. */
function path(xs, ys, first) {
  const rounded = ys.map(tenths);
  let d = '';
  for (let i = 0; i < xs.length; i++) {
    const level = i > 0 && i + 1 < xs.length && rounded[i] === rounded[i - 1] && rounded[i] === rounded[i + 1];
    if (!level) d += `${i ? 'L' : first}${tenths(xs[i])} ${rounded[i]}`;
  }
  return d;
}

class Plot {
  pointers = [];

  constructor(host, height, [low, high], most, describe) {
    this.width = widthOf(host);
    this.height = height;
    this.low = low;
    this.high = high;
    const unit = step(Math.max(1e-3, (most * 1.04) / GIB / 5));
    this.unit = unit;
    this.most = Math.ceil((most * 1.04) / GIB / unit) * unit * GIB;
    this.root = svg('svg', {
      viewBox: `0 0 ${this.width} ${height}`, width: this.width, height, role: 'img', 'aria-label': describe,
    });
    for (let tick = 0; tick * unit * GIB <= this.most * 1.0001; tick++) {
      const y = this.y(tick * unit * GIB);
      this.root.append(
        svg('line', {class: 'grid', x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y}),
        svg('text', {class: 'tick', x: MARGIN.left - 8, y: y + 4, 'text-anchor': 'end'},
          unit >= 1 && Number.isInteger(unit) ? String(tick * unit) : (tick * unit).toFixed(unit < 0.1 ? 2 : 1)));
    }
    host.replaceChildren(this.root);
  }

  x(value) {
    return MARGIN.left + ((value - this.low) / (this.high - this.low || 1)) * (this.width - MARGIN.left - MARGIN.right);
  }

  y(value) {
    return this.height - MARGIN.bottom - (value / this.most) * (this.height - MARGIN.top - MARGIN.bottom);
  }

  at(clientX) {
    const box = this.root.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * this.width;
    return this.low + ((x - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right)) * (this.high - this.low);
  }

  /** Areas one on the other, each from the axis up: the highest is drawn first, those below it over it. */
  areas(rows, at) {
    const xs = rows.map(row => this.x(at(row)));
    const tops = rows.map(() => 0);
    const paths = [];
    for (const category of CATEGORIES.keys()) {
      if (!rows.some(row => row.liveBytes[category])) continue;
      rows.forEach((row, i) => { tops[i] += row.liveBytes[category] ?? 0; });
      const floor = this.y(0);
      const d = `M${tenths(xs[0])} ${floor}${path(xs, tops.map(top => this.y(top)), 'L')}L${tenths(xs.at(-1))} ${floor}Z`;
      paths.push(svg('path', {class: 'area', d, fill: `var(--ink-${category})`}));
    }
    this.root.append(...paths.reverse());
  }

  line(spots, attributes) {
    const d = path(spots.map(([x]) => x), spots.map(([, y]) => y), 'M');
    this.root.append(svg('path', {fill: 'none', 'stroke-width': 2.25, ...attributes, d}));
  }

  capacity(card) {
    if (!card || card.memoryBytes > this.most) return;
    const y = this.y(card.memoryBytes);
    this.root.append(
      svg('line', {class: 'capacity', x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y}),
      svg('text', {class: 'capacity', x: MARGIN.left + 6, y: y - 5}, `${card.id} ${gib(card.memoryBytes)}`));
  }

  axis(name, ticks) {
    const base = this.height - MARGIN.bottom;
    this.root.append(svg('line', {class: 'axis', x1: MARGIN.left, x2: this.width - MARGIN.right, y1: base, y2: base}));
    for (const tick of ticks) {
      const x = this.x(tick);
      const anchor = x > this.width - MARGIN.right - 12 ? 'end' : 'middle';
      this.root.append(svg('text', {class: 'tick', x, y: base + 16, 'text-anchor': anchor}, String(tick)));
    }
    this.root.append(svg('text', {class: 'tick name', x: this.width - MARGIN.right, y: base + 31, 'text-anchor': 'end'}, name));
  }

  rule(value, name) {
    const x = this.x(value);
    const line = svg('line', {class: name, x1: x, x2: x, y1: MARGIN.top, y2: this.height - MARGIN.bottom});
    this.root.append(line);
    return line;
  }

  /** Points at a length, and with a ring at what is known there; leaves out what is outside of the drawing. */
  pointAt(length, bytes) {
    this.pointers.forEach(pointer => pointer.remove());
    this.pointers = [];
    if (length < this.low || length > this.high) return;
    this.pointers.push(this.rule(length, 'cursor'));
    if (bytes === undefined || bytes > this.most) return;
    const ring = svg('circle', {cx: this.x(length), cy: this.y(bytes), r: 5, fill: 'var(--ink-ground)', stroke: 'var(--ink-series-1)', 'stroke-width': 2.25});
    this.root.append(ring);
    this.pointers.push(ring);
  }

  /** Shows words for the point under the pointer. */
  hover(host, nearest) {
    const tip = element('div', {class: 'tip', hidden: true});
    const rule = this.rule(this.low, 'hover');
    rule.setAttribute('visibility', 'hidden');
    host.append(tip);
    this.root.addEventListener('pointermove', event => {
      const found = nearest(this.at(event.clientX));
      if (!found) return;
      const x = this.x(found.x);
      rule.setAttribute('x1', x);
      rule.setAttribute('x2', x);
      rule.setAttribute('visibility', 'visible');
      tip.hidden = false;
      tip.replaceChildren(...found.lines.map(([text, amount, category]) => element('div', {},
        element('span', {class: 'swatch', 'data-ink': category ?? ''}), element('span', {}, text), element('b', {}, amount))));
      paint(tip);
      tip.style.left = `${Math.min(x + 12, host.clientWidth - tip.offsetWidth - 4)}px`;
    });
    this.root.addEventListener('pointerleave', () => {
      tip.hidden = true;
      rule.setAttribute('visibility', 'hidden');
    });
  }
}

/** Gives swatches their colours, which a strict content security policy keeps out of attributes. */
export function paint(root) {
  for (const swatch of root.querySelectorAll('[data-ink]')) {
    if (swatch.dataset.ink) swatch.style.background = `var(--ink-${swatch.dataset.ink})`;
    else swatch.classList.add('none');
  }
}

/** Lengths to write along the axis: multiples of a power of two, as many as there is room for. */
function ticksOf(low, high, width) {
  const size = 2 ** Math.ceil(Math.log2(high / Math.max(2, Math.floor(width / 72))));
  const ticks = [];
  for (let tick = Math.ceil(low / size) * size; tick <= high; tick += size) ticks.push(tick);
  return ticks;
}

const nearestOf = (points, key, value) =>
  points.reduce((best, point) => (Math.abs(point[key] - value) < Math.abs(best[key] - value) ? point : best), points[0]);

/** What the peak of a method is made of over the length; returns the drawing. */
export function stack(host, {method, points}, {card, most, range}) {
  const last = points[points.length - 1];
  const plot = new Plot(host, 250, range, most,
    last ? `${method}: ${bytes(points[0].processAtLeastBytes)} at ${points[0].sequenceLength} tokens, ${bytes(last.processAtLeastBytes)} at ${last.sequenceLength}` : method);
  if (points.length) plot.areas(points, point => point.sequenceLength);
  plot.axis('tokens', ticksOf(...range, plot.width));
  plot.capacity(card);
  plot.hover(host, value => {
    const point = nearestOf(points, 'sequenceLength', value);
    return point && {x: point.sequenceLength, lines: [
      [`${point.sequenceLength} tokens`, bytes(point.processAtLeastBytes)],
      ...[...CATEGORIES.keys()].reverse().filter(category => point.liveBytes[category])
        .map(category => [label(category), gib(point.liveBytes[category]), category])]};
  });
  return plot;
}

/** The methods over the length, with the card's capacity; returns the drawing. */
export function lines(host, series, {card, most, range}) {
  const described = series.filter(one => one.points.length)
    .map(one => `${one.method} ${bytes(one.points.at(-1).processAtLeastBytes)} at ${one.points.at(-1).sequenceLength} tokens`);
  const plot = new Plot(host, 280, range, most, described.join('; '));
  plot.axis('tokens', ticksOf(...range, plot.width));
  plot.capacity(card);
  series.forEach((one, i) => {
    const colour = `var(--ink-series-${(i % 6) + 1})`;
    const spots = one.points.map(point => [plot.x(point.sequenceLength), plot.y(point.processAtLeastBytes)]);
    if (!spots.length) return;
    plot.line(spots, {stroke: colour, 'stroke-dasharray': ['', '7 3', '2 3', '9 3 2 3', '1 2', '12 4'][i % 6]});
  });
  const names = element('div', {class: 'legend'});
  series.forEach((one, i) => names.append(element('span', {},
    svg('svg', {width: 26, height: 8, 'aria-hidden': 'true'}, svg('line', {x1: 0, x2: 26, y1: 4, y2: 4, 'stroke-width': 2.5,
      stroke: `var(--ink-series-${(i % 6) + 1})`, 'stroke-dasharray': ['', '7 3', '2 3', '9 3 2 3', '1 2', '12 4'][i % 6]})),
    ` ${one.method}${one.points.length ? '' : ` – ${one.problems[0]?.message ?? 'no answer'}`}`)));
  host.append(names);
  plot.hover(host, value => {
    const first = series.find(one => one.points.length);
    if (!first) return undefined;
    const at = nearestOf(first.points, 'sequenceLength', value).sequenceLength;
    return {x: at, lines: [[`${at} tokens`, 'GiB'], ...series.map((one, i) => {
      const point = one.points.find(candidate => candidate.sequenceLength === at);
      return [one.method, point ? gib(point.processAtLeastBytes) : '–', `series-${(i % 6) + 1}`];
    })]};
  });
  return plot;
}

/** The memory over the events of a step. */
export function timeline(host, {step: number, events, phases, samples}) {
  const most = Math.max(...samples.map(sample => sample.reservedBytes));
  const peak = samples.reduce((best, sample) => (sample.allocatedBytes > best.allocatedBytes ? sample : best));
  const phaseAt = event => phases.find(phase => event < phase.to)?.phase ?? '';
  const plot = new Plot(host, 300, [0, Math.max(1, events - 1)], most,
    `Step ${number}: the peak of ${bytes(peak.allocatedBytes)} is in ${phaseAt(peak.event)}, in ${peak.module || 'no module'}, ${peak.operation}`);
  plot.areas(samples, sample => sample.event);
  plot.line(samples.map(sample => [plot.x(sample.event), plot.y(sample.reservedBytes)]),
    {stroke: 'var(--ink-muted)', 'stroke-width': 1.25, 'stroke-dasharray': '5 4'});
  const floor = plot.height - MARGIN.bottom;
  let taken = -Infinity;
  for (const phase of phases) {
    const from = plot.x(phase.from);
    const to = plot.x(Math.max(phase.from, phase.to - 1));
    if (phase.from > 0) plot.root.append(svg('line', {class: 'phase', x1: from, x2: from, y1: MARGIN.top, y2: floor + 4}));
    const half = phase.phase.length * 3.3;
    const middle = (from + to) / 2;
    if (middle - half > taken && middle + half < plot.width && to - from > half) {
      plot.root.append(svg('text', {class: 'tick', x: middle, y: floor + 16, 'text-anchor': 'middle'}, phase.phase));
      taken = middle + half + 6;
    }
  }
  plot.root.append(
    svg('line', {class: 'axis', x1: MARGIN.left, x2: plot.width - MARGIN.right, y1: floor, y2: floor}),
    svg('text', {class: 'tick name', x: plot.width - MARGIN.right, y: floor + 31, 'text-anchor': 'end'}, 'allocations and frees, in order'),
    svg('circle', {class: 'peak', cx: plot.x(peak.event), cy: plot.y(peak.allocatedBytes), r: 4.5}));
  const right = plot.x(peak.event) > plot.width / 2;
  plot.root.append(svg('text', {class: 'peak', x: plot.x(peak.event) + (right ? -9 : 9), y: plot.y(peak.allocatedBytes) + 5,
    'text-anchor': right ? 'end' : 'start'}, `peak ${bytes(peak.allocatedBytes)}`));
  plot.hover(host, value => {
    const sample = nearestOf(samples, 'event', value);
    return {x: sample.event, lines: [
      [`${phaseAt(sample.event)}, ${sample.operation}`, bytes(sample.allocatedBytes)],
      [sample.module || 'no module', ''],
      ...[...CATEGORIES.keys()].reverse().filter(category => sample.liveBytes[category] > 0)
        .map(category => [label(category), gib(sample.liveBytes[category]), category])]};
  });
}

/** One bar: what the process is made of, against the card. */
export function gauge(host, rows, total, card) {
  const most = Math.max(total, card?.memoryBytes ?? 0) * 1.02;
  const width = widthOf(host);
  const root = svg('svg', {viewBox: `0 0 ${width} 58`, width, height: 58, role: 'img',
    'aria-label': rows.map(row => `${label(row.category)} ${bytes(row.bytes)}`).join(', ')});
  root.append(svg('rect', {class: 'track', x: 0, y: 8, width, height: 26, rx: 4}));
  let at = 0;
  for (const row of rows) {
    const size = (row.bytes / most) * width;
    root.append(svg('rect', {x: at.toFixed(2), y: 8, width: Math.max(0, size - (size > 4 ? 1 : 0)).toFixed(2), height: 26, fill: `var(--ink-${row.category})`},
      svg('title', {}, `${label(row.category)} ${bytes(row.bytes)}`)));
    at += size;
  }
  if (card) {
    const x = (card.memoryBytes / most) * width;
    root.append(svg('line', {class: 'capacity', x1: x, x2: x, y1: 0, y2: 42}),
      svg('text', {class: 'capacity', x: x - 4, y: 54, 'text-anchor': 'end'}, `${card.id} ${bytes(card.memoryBytes)}`));
  }
  host.replaceChildren(root);
}
