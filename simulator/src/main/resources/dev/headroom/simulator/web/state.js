/** The question that the page asks: kept in its address, sent to the server, written as a command. */

/** Settings beside model, card, method, length, batch and rank: key of a job, option of the command line, words. */
export const SETTINGS = [
  {path: 'weightDtype', option: '--weights', label: 'Weights', words: ['bfloat16', 'float16', 'float32'], standard: 'bfloat16'},
  {path: 'autocastDtype', option: '--autocast', label: 'Autocast', words: ['none', 'bfloat16', 'float16'], standard: 'none'},
  {path: 'quantization.kind', option: '--quantize', label: 'Quantized base', words: ['none', 'nf4', 'int8', 'gptq4'], standard: 'none'},
  {path: 'attention', option: '--attention', label: 'Attention', words: ['sdpa', 'eager', 'flash2'], standard: 'sdpa'},
  {path: 'checkpointing', option: '--checkpointing', label: 'Checkpointing', words: ['none', 'non-reentrant', 'reentrant'], standard: 'none'},
  {path: 'checkpointEvery', option: '--checkpoint-every', label: 'Checkpoint one layer in', words: ['1', '2', '4', '8'], standard: '1', number: true},
  {path: 'checkpointOffload', option: '--checkpoint-offload', label: 'Checkpoints on the host', words: ['false', 'true'], standard: 'false', flag: true},
  {path: 'mlpTiles', option: '--mlp-tiles', label: 'MLP in tiles', words: ['none', '2', '4', '8', '16'], standard: 'none', number: true},
  {path: 'lossKernel', option: '--loss', label: 'Loss kernel', words: ['standard', 'liger', 'chunked'], standard: 'standard'},
  {path: 'optimizer', option: '--optimizer', label: 'Optimizer', words: ['adamw', 'adamw-fused', 'adamw-for-loop', 'sgd', 'sgd-momentum', 'rmsprop', 'adafactor'], standard: 'adamw'},
  {path: 'optimizerRank', option: '--optimizer-rank', label: 'Rank of GaLore and APOLLO', words: ['64', '128', '256', '512'], standard: '128', number: true},
  {path: 'trainingLoop', option: '--loop', label: 'Loop', words: ['transformers-trainer', 'holds-outputs', 'frees-outputs'], standard: 'transformers-trainer'},
  {path: 'gradientAccumulation', option: '--grad-accumulation', label: 'Micro-batches a step', words: ['1', '2', '4', '8', '16'], standard: '1', number: true},
  {path: 'method.dropout', option: '--dropout', label: 'Adapter dropout', words: ['0.0', '0.05', '0.1'], standard: '0.0', number: true},
  {path: 'method.targets', option: '--targets', label: 'Adapted layers', words: ['all-linear', 'attention', 'attention-qv', 'mlp'], standard: 'all-linear'},
  {path: 'paddedBatch', option: '--padded', label: 'Padded batches', words: ['false', 'true'], standard: 'false', flag: true},
  {path: 'expandableSegments', option: '--expandable-segments', label: 'Expandable segments', words: ['false', 'true'], standard: 'false', flag: true},
];

/** Takes the words of settings from the JSON Schema of jobs, so that the page knows those that the server knows. */
export function learn(schema) {
  for (const setting of SETTINGS) {
    if (setting.flag || setting.number || setting.path === 'method.targets') continue;
    const [group, key] = setting.path.split('.');
    const whole = schema.properties[group];
    const node = key ? (whole.anyOf ?? [whole]).find(one => one.properties)?.properties[key] : whole;
    const words = [node, ...(node?.anyOf ?? [])].flatMap(one => one?.enum ?? []).filter(word => word !== null && !SHORT.includes(word));
    if (words.length) setting.words = words;
  }
}

/** Other spellings of types. */
const SHORT = ['fp32', 'bf16', 'fp16'];

const DEFAULTS = {model: 'llama-3.1-8b', gpu: 'a100-80gb', method: 'lora', with: 'full', seq: '2048', batch: '1', rank: ''};

/** The state in the page's address, with defaults. */
export function read(search) {
  const given = new URLSearchParams(search);
  const state = {};
  for (const [key, standard] of Object.entries(DEFAULTS)) state[key] = given.get(key) ?? standard;
  for (const setting of SETTINGS) state[setting.path] = given.get(setting.path) ?? setting.standard;
  return state;
}

/** The address's part that holds a state; what is as by default is left out. */
export function write(state) {
  const kept = new URLSearchParams();
  for (const [key, standard] of Object.entries(DEFAULTS)) {
    if (key === 'model' || state[key] !== standard) kept.set(key, state[key]);
  }
  for (const setting of SETTINGS) {
    if (state[setting.path] !== setting.standard) kept.set(setting.path, state[setting.path]);
  }
  return `?${kept}`;
}

/** The methods to compare with, the own one first. */
export const methods = state => [state.method, ...state.with.split(',').filter(name => name && name !== state.method)];

/** The question for the server; `takes` says which keys a method takes. */
export function question(state, takes) {
  const job = {model: state.model, method: {name: state.method}, microBatch: whole(state.batch), sequenceLength: whole(state.seq)};
  if (takes(state.method, 'rank') && state.rank) job.method.rank = whole(state.rank);
  for (const setting of SETTINGS) {
    const value = state[setting.path];
    if (value === setting.standard || !applies(setting, state, takes)) continue;
    const [group, key] = setting.path.split('.');
    const written = setting.flag ? value === 'true' : setting.number ? Number(value) : value;
    if (key === undefined) job[group] = written;
    else (job[group] ??= {})[key] = written;
  }
  return state.gpu ? {job, gpu: state.gpu} : {job};
}

/** The same as a command. */
export function command(state, takes) {
  const words = ['headroom', 'estimate', '--model', state.model];
  if (state.method !== DEFAULTS.method) words.push('--method', state.method);
  if (takes(state.method, 'rank') && state.rank) words.push('--rank', state.rank);
  words.push('--seq', state.seq);
  if (state.batch !== '1') words.push('--batch', state.batch);
  for (const setting of SETTINGS) {
    const value = state[setting.path];
    if (value === setting.standard || !applies(setting, state, takes)) continue;
    words.push(setting.option);
    if (!setting.flag) words.push(value);
  }
  if (state.gpu) words.push('--gpu', state.gpu);
  return words.map(word => (/^[\w./:,=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Whether a setting means anything to the method. */
export const applies = (setting, state, takes) =>
  !setting.path.startsWith('method.') || takes(state.method, setting.path.slice('method.'.length));

const whole = text => (/^\d+$/.test(text) ? Number(text) : text);
