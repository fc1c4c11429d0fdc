/** The page: controls in, answers out. Everything on it follows from the state in its address. */

import {Question, ahead, get} from './api.js';
import {forgetWidths, gauge, lines, paint, stack, timeline} from './charts.js';
import {bytes, element, gib, grouped, label, parameters, percent} from './format.js';
import {SETTINGS, applies, command, learn, methods, question, read, write} from './state.js';

const $ = id => document.getElementById(id);
const state = read(location.search);
const known = {models: new Map(), gpus: new Map(), methods: new Map()};
const answers = {};
const askedFor = {};
let asked = performance.now();

/** Questions of the last change that have no answer yet. */
const awaited = new Set();

const takes = (method, key) => known.methods.get(method)?.keys.some(one => one.key === key) ?? false;
const standard = (method, key) => known.methods.get(method)?.keys.find(one => one.key === key)?.default ?? '';
const card = () => known.gpus.get(state.gpu);

// --- Sliders: a position for each length and rank ---------------------------------------------------------------------

const SCALES = {
  seq: {
    toValue: position => Math.max(64, Math.round((128 * 2 ** (position / 8)) / 64) * 64),
    toPosition: value => Math.round(8 * Math.log2(Math.max(128, value) / 128)),
  },
  batch: {toValue: position => position, toPosition: value => Math.min(64, value)},
  rank: {toValue: position => 2 ** position, toPosition: value => Math.round(Math.log2(Math.max(1, value)))},
};

const shown = key => (key === 'rank' && !state.rank ? standard(state.method, 'rank') : state[key]);

/** Where the slider that moved last would be if it went on. */
let heading;

function bindSlider(key) {
  const slider = $(key);
  const number = $(`${key}-number`);
  const {toValue, toPosition} = SCALES[key];
  slider.addEventListener('input', () => {
    const position = Number(slider.value);
    heading = {[key]: String(toValue(position + Math.sign(position - toPosition(Number(shown(key))))))};
    state[key] = String(toValue(position));
    number.value = state[key];
    changed();
  });
  number.addEventListener('input', () => {
    if (!/^[1-9]\d{0,9}$/.test(number.value)) return;
    heading = {[key]: String(2 * Number(number.value) - Number(shown(key)))};
    state[key] = number.value;
    slider.value = SCALES[key].toPosition(Number(number.value));
    changed();
  });
}

function showSlider(key) {
  const value = Number(shown(key)) || 1;
  $(key).value = SCALES[key].toPosition(value);
  $(key).setAttribute('aria-valuetext', String(value));
  if (document.activeElement !== $(`${key}-number`)) $(`${key}-number`).value = String(value);
}

// --- Controls ---------------------------------------------------------------------------------------------------------

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => element('option', {value, selected: value === chosen}, text)));
  select.value = chosen;
}

function buildControls() {
  const supported = [...known.models.values()].filter(model => model.supported === 'yes');
  options($('model'), supported.map(model => [model.id, `${model.id} · ${parameters(model.parameters)}`]), state.model);
  const cards = [...known.gpus.values()].sort((a, b) => a.memoryBytes - b.memoryBytes || a.id.localeCompare(b.id));
  options($('gpu'), [['', 'none: no verdict'], ...cards.map(gpu => [gpu.id, `${gpu.id} · ${Math.round(gpu.memoryBytes / 2 ** 30)} GiB`])], state.gpu);
  options($('method'), [...known.methods.keys()].map(name => [name, name]), state.method);
  for (const key of ['model', 'gpu', 'method']) {
    $(key).addEventListener('change', () => {
      state[key] = $(key).value;
      if (key === 'method') state.rank = '';
      changed();
    });
  }
  for (const key of Object.keys(SCALES)) bindSlider(key);
  for (const setting of SETTINGS) {
    const id = `setting-${setting.path.replace('.', '-')}`;
    const words = setting.words.includes(state[setting.path]) ? setting.words : [...setting.words, state[setting.path]];
    const select = element('select', {id});
    options(select, words.map(word => [word, setting.flag ? (word === 'true' ? 'yes' : 'no') : word]), state[setting.path]);
    select.addEventListener('change', () => {
      state[setting.path] = select.value;
      changed();
    });
    $('settings').append(element('div', {class: 'field', id: `${id}-field`}, element('label', {for: id}, setting.label), select));
  }
  for (const name of known.methods.keys()) {
    const box = element('input', {type: 'checkbox', value: name});
    box.addEventListener('change', () => {
      const chosen = new Set(state.with.split(',').filter(Boolean));
      if (box.checked) chosen.add(name);
      else chosen.delete(name);
      state.with = [...chosen].join(',');
      changed();
    });
    $('others').append(element('label', {}, box, element('span', {}, name)));
  }
}

function showControls() {
  for (const key of Object.keys(SCALES)) showSlider(key);
  $('rank-field').hidden = !takes(state.method, 'rank');
  for (const setting of SETTINGS) {
    const field = $(`setting-${setting.path.replace('.', '-')}-field`);
    field.hidden = !applies(setting, state, takes);
    field.classList.toggle('changed', state[setting.path] !== setting.standard);
  }
  const compared = methods(state);
  for (const box of $('others').querySelectorAll('input')) {
    box.checked = compared.includes(box.value);
    box.disabled = box.value === state.method;
  }
  $('command').textContent = command(state, takes);
}

// --- Questions and answers --------------------------------------------------------------------------------------------

const failed = name => error => {
  answers[name] = undefined;
  settled(name);
  if (name === 'estimate') showProblems(error);
};

/** By the names of the page; both kinds of advice are one question of the API. */
const QUESTIONS = Object.fromEntries(Object.entries({
  explain: 'explain', estimate: 'estimate', composition: 'composition', timeline: 'timeline', outline: 'advise', advise: 'advise',
}).map(([name, address]) => [name, new Question(address, (answer, asked) => show(name, answer, asked), failed(name))]));

const MOST_CELLS = 200;
const TIMELINE_SAMPLES = 400;
const TIERS = [4096, 8192, 16384, 32768, 65536, 131072, 262144, 1 << 21];

/** The lengths of the charts: a range that holds the own length, and does not change with every move. */
function range() {
  const length = Number(state.seq) || 1;
  return [128, TIERS.find(tier => tier >= 1.2 * length) ?? 2 * length];
}

/** Lengths at even distances; the more methods, the fewer, as the server answers for so many cells at once. */
function lengths() {
  const [low, high] = range();
  const count = 2 ** Math.min(5, Math.floor(Math.log2(MOST_CELLS / methods(state).length - 1)));
  return [low, ...Array.from({length: count}, (_, i) => ((i + 1) * high) / count)].filter(length => Number.isInteger(length));
}

/** Tells when each answer was on the page, in milliseconds from the change (data-answered), and when all were (data-latency). */
function settled(name) {
  const root = document.documentElement;
  const time = String(Math.round(performance.now() - asked));
  if (!QUESTIONS[name].overtaken) awaited.delete(name);
  root.dataset.answered = `${root.dataset.answered ?? ''} ${name}=${time}`.trim();
  if (awaited.size === 0) root.dataset.latency = time;
}

function pose(name, body) {
  if (QUESTIONS[name].ask(body)) awaited.add(name);
}

function changed() {
  asked = performance.now();
  delete document.documentElement.dataset.latency;
  delete document.documentElement.dataset.answered;
  rememberAddress();
  showControls();
  for (const name of ['estimate', 'composition', 'timeline', 'outline']) pose(name, body(name));
}

let remembering;

/** The address follows once the controls rest: browsers refuse to change it too often. */
function rememberAddress() {
  clearTimeout(remembering);
  remembering = setTimeout(() => history.replaceState(null, '', write(state)), 150);
}

/** What is asked once another answer is here: the verdict comes first, the advice, which takes longest, last. */
const THEN = {estimate: () => (open.size ? ['explain'] : []), timeline: () => ['advise']};

/** What each question asks: advice comes by formulas, which is quick, and then by replay; charts have lengths of their own. */
const BODIES = {
  composition: ({job, ...rest}) => {
    const {sequenceLength, ...unsized} = job;
    return {...rest, job: unsized, methods: methods(state), sequenceLengths: lengths()};
  },
  timeline: base => ({...base, samples: TIMELINE_SAMPLES}),
  outline: base => ({...base, reading: 'analytic'}),
  advise: base => ({...base, front: false}),
};

const body = (name, of = state) => (BODIES[name] ?? (base => base))(question(of, takes));

/** Asks what takes longest of the next step of the slider, which is then known should it come. */
function askAhead() {
  if (heading && Object.values(heading).every(value => /^[1-9]\d*$/.test(value))) ahead('advise', body('outline', {...state, ...heading}));
  heading = undefined;
}

function show(name, answer, asked) {
  answers[name] = answer;
  askedFor[name] = asked;
  for (const next of THEN[name]?.() ?? []) pose(next, body(next));
  ({estimate: showEstimate, explain: showTable, composition: drawLengths, timeline: drawTimeline, outline: showAdvice, advise: showAdvice})[name]();
  settled(name);
  if (awaited.size === 0) askAhead();
}

function showProblems(error) {
  const problems = error.problems?.length ? error.problems.map(one => one.message + (one.hint ? ` ${one.hint}` : '')) : [error.message];
  const unsupported = error.problems?.some(one => one.kind === 'UNSUPPORTED');
  $('message').replaceChildren(element('strong', {}, unsupported ? 'No rule yet' : 'This cannot be'), element('ul', {}, ...problems.map(text => element('li', {}, text))));
  $('message').hidden = false;
  $('answer').classList.add('stale');
  $('verdict').textContent = unsupported ? 'No answer: a rule is missing' : 'No answer';
  $('verdict').className = 'none';
}

function showEstimate() {
  const {verdict, processBytes, peakAllocatedBytes, peakReservedBytes, breakdown, warnings, peakPhase, peakStep, peakOperation} = answers.estimate;
  $('message').hidden = true;
  $('answer').classList.remove('stale');
  $('verdict').className = verdict ? (verdict.fits ? 'good' : 'bad') : 'none';
  $('verdict').textContent = verdict
    ? verdict.fits ? `Fits, ${verdict.headroomBytes < 0 ? 'just' : `${bytes(verdict.headroomBytes)} to spare`}` : `Does not fit, ${bytes(-verdict.headroomBytes)} too little`
    : `Needs ${bytes(processBytes)}`;
  $('needs').textContent = verdict
    ? `Needs ${bytes(processBytes)} of ${bytes(verdict.capacityBytes)} on ${verdict.gpu}${verdict.afterGivingBackCache ? ', as the allocator gives cached blocks back and tries again' : ''}.`
    : 'Choose a card for a verdict.';
  gauge($('gauge'), breakdown, processBytes, card());
  const facts = [['allocated', bytes(peakAllocatedBytes)], ['reserved', bytes(peakReservedBytes)], ['process', bytes(processBytes)], ['peak', `step ${peakStep}, ${peakPhase}`], ['in', peakOperation || '–']];
  $('answers').replaceChildren(...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
  $('assumptions').replaceChildren(...warnings.map(text => element('li', {}, text)));
  $('assumptions-section').hidden = warnings.length === 0;
  if (!awaited.has('composition')) drawLengths();
  if (!open.size) showTable(); // With open rows it waits for what explains them.
}

/** The drawings over the length, and what they were drawn from. */
let drawn;

function drawLengths() {
  if (!answers.composition) return;
  if (drawn?.composition !== answers.composition || drawn.card !== card()) drawn = lengthsDrawn();
  drawn.plots.forEach((plot, i) => plot.pointAt(Number(state.seq), i === 0 ? answers.estimate?.processBytes : undefined));
}

function lengthsDrawn() {
  const {series} = answers.composition;
  const own = card();
  const all = series.flatMap(one => one.points);
  const high = Math.max(...all.map(point => point.processAtLeastBytes));
  const most = Math.max(Math.min(high, own ? 2.5 * own.memoryBytes : high), own ? own.memoryBytes * 1.05 : 0);
  const view = {card: own, most, range: [Math.min(...all.map(point => point.sequenceLength)), Math.max(...all.map(point => point.sequenceLength))]};
  const clipped = one => ({...one, points: one.points.filter(point => point.processAtLeastBytes <= most * 1.04)});
  if ($('stacks').children.length !== series.length) {
    $('stacks').replaceChildren(...series.map(() => element('figure', {}, element('figcaption', {}), element('div', {class: 'chart'}))));
  }
  const plots = [lines($('methods'), series.map(clipped), view)];
  series.forEach((one, i) => {
    const figure = $('stacks').children[i];
    figure.firstChild.textContent = one.method;
    if (one.points.length) plots.push(stack(figure.lastChild, clipped(one), view));
    else figure.lastChild.replaceChildren(element('p', {class: 'note'}, one.problems[0]?.message ?? 'no answer'));
  });
  return {composition: answers.composition, card: own, plots};
}

function drawTimeline() {
  if (answers.timeline) timeline($('timeline'), answers.timeline);
}

// --- Table ------------------------------------------------------------------------------------------------------------

const open = new Set();

/** The rows of the table: those of the estimate, with what is in them once a row was opened and that is here. */
function showTable() {
  if (!answers.estimate) return;
  const explained = askedFor.explain === JSON.stringify(body('explain')) && open.size > 0;
  const rows = explained ? answers.explain.rows : answers.estimate.breakdown;
  const total = rows.reduce((sum, row) => sum + row.bytes, 0);
  const entries = element('tbody');
  for (const row of rows) {
    const toggle = element('button', {type: 'button', 'aria-expanded': String(open.has(row.category))}, label(row.category));
    toggle.addEventListener('click', () => {
      if (!open.delete(row.category)) open.add(row.category);
      if (open.size) pose('explain', body('explain'));
      showTable();
      $('table').querySelector(`[data-row="${row.category}"] button`)?.focus();
    });
    entries.append(element('tr', {class: 'category', 'data-row': row.category},
      element('th', {scope: 'row'}, element('span', {class: 'swatch', 'data-ink': row.category}), toggle),
      element('td', {class: 'formula'}), element('td', {}, gib(row.bytes)), element('td', {class: 'share'}, percent(row.bytes / total)), element('td', {}, grouped(row.bytes))));
    if (explained && open.has(row.category)) {
      for (const [path, leaf] of leaves(row, [])) {
        entries.append(element('tr', {class: 'leaf'}, element('td', {}, path || leaf.label, element('small', {}, leaf.source.citation)),
          element('td', {class: 'formula'}, leaf.formula), element('td', {}, gib(leaf.bytes)), element('td', {class: 'share'}, percent(leaf.bytes / total)), element('td', {}, grouped(leaf.bytes))));
      }
    }
  }
  entries.append(element('tr', {class: 'total'}, element('th', {scope: 'row'}, 'process'), element('td', {class: 'formula'}), element('td', {}, gib(total)), element('td', {class: 'share'}, '100 %'), element('td', {}, grouped(total))));
  const head = element('tr', {}, ...['at the peak', 'formula in b and s', 'GiB', 'share', 'bytes'].map((text, i) => element('th', {scope: 'col', class: i === 0 ? 'word' : i === 1 ? 'word formula' : i === 3 ? 'share' : ''}, text)));
  $('table').replaceChildren(element('table', {class: explained ? '' : 'closed'}, element('thead', {}, head), entries));
  paint($('table'));
}

function leaves(row, path) {
  if (!row.children.length) return [[path.join(', '), row]];
  return row.children.flatMap(child => leaves(child, [...path, child.label]));
}

// --- Advice -----------------------------------------------------------------------------------------------------------

/** What each change saves: of requested bytes by formulas at first, then of the process by replay, with a plan. */
function showAdvice() {
  const name = ['advise', 'outline'].find(one => askedFor[one] === JSON.stringify(body(one)));
  if (!name) return; // It is about a job that is no longer asked for.
  const {suggestions, plan} = answers[name];
  const saved = one => one.savedProcessBytes ?? one.savedRequestedBytes;
  $('advice-section').hidden = false;
  const rows = suggestions.filter(one => saved(one) > 0).slice(0, 10);
  const table = element('tbody', {}, ...rows.map(one => element('tr', {},
    element('th', {scope: 'row'}, one.title, element('small', {}, one.cost)),
    element('td', {}, gib(saved(one))),
    element('td', {}, one.after.fits === undefined ? '–' : one.after.fits ? 'fits' : 'too large'),
    element('td', {class: 'word'}, element('code', {}, one.options || one.configuration.join('; '))))));
  const savings = name === 'advise' ? 'saves GiB' : 'saves GiB, requested';
  const head = element('tr', {}, ...['change', savings, 'then', 'how'].map((text, i) => element('th', {scope: 'col', class: i === 0 || i === 3 ? 'word' : ''}, text)));
  const summary = plan ? `Together these make it fit: ${plan.steps.map(one => one.title).join(', ')} (${plan.options}).` : '';
  $('advice').replaceChildren(...(summary ? [element('p', {}, summary)] : []),
    rows.length ? element('table', {}, element('thead', {}, head), table) : element('p', {class: 'note'}, 'Nothing known would save memory.'));
}

// --- Theme and copy ---------------------------------------------------------------------------------------------------

const THEMES = ['auto', 'light', 'dark'];

function showTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $('theme').textContent = `Theme: ${theme}`;
  $('theme').setAttribute('aria-label', `Theme: ${theme === 'auto' ? 'as the system' : theme}`);
}

function bindTheme() {
  let theme = 'auto';
  try {
    theme = THEMES.includes(localStorage.getItem('theme')) ? localStorage.getItem('theme') : 'auto';
  } catch {
    // A browser that keeps nothing gets the system's theme.
  }
  showTheme(theme);
  $('theme').addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    showTheme(theme);
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // It lasts until the page is closed.
    }
  });
}

function bindCopy() {
  $('copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText($('command').textContent);
      $('copy').textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren($('command'));
      $('copy').textContent = 'Selected';
    }
    setTimeout(() => ($('copy').textContent = 'Copy'), 1500);
  });
}

async function start() {
  bindTheme();
  bindCopy();
  $('controls').addEventListener('submit', event => event.preventDefault());
  const [models, gpus, forms, schema] = await Promise.all([get('models'), get('gpus'), get('methods'), get('job.schema.json')]);
  learn(schema);
  models.models.forEach(model => known.models.set(model.id, model));
  gpus.gpus.forEach(gpu => known.gpus.set(gpu.id, gpu));
  forms.methods.forEach(form => known.methods.set(form.name, form));
  buildControls();
  $('more').open = SETTINGS.some(setting => state[setting.path] !== setting.standard);
  $('advice-section').hidden = true;
  changed();
  let width = $('answer').clientWidth;
  new ResizeObserver(([main]) => {
    if (main.target.clientWidth === width) return;
    width = main.target.clientWidth;
    forgetWidths();
    drawn = undefined;
    if (answers.estimate) showEstimate();
    drawLengths();
    drawTimeline();
  }).observe($('answer'));
}

start().catch(showProblems);
