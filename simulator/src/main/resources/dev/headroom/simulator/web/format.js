/** Numbers as text: bytes are exact integers, shown in GiB. */

const GIB = 2 ** 30;

/** `21.10`: bytes in GiB, rounded half up. */
export const gib = bytes => (bytes / GIB).toFixed(2);

/** `21.10 GiB`, or the next smaller units for small amounts. */
export function bytes(count) {
  const magnitude = Math.abs(count);
  if (magnitude >= GIB / 100 || magnitude === 0) return `${gib(count)} GiB`;
  if (magnitude >= 2 ** 20) return `${(count / 2 ** 20).toFixed(2)} MiB`;
  if (magnitude >= 2 ** 10) return `${(count / 2 ** 10).toFixed(2)} KiB`;
  return `${count} B`;
}

/** `22,657,630,208`. */
export const grouped = number => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `4.2 %`. */
export const percent = ratio => `${(100 * ratio).toFixed(1)} %`;

/** `1.1B`, `494M`: a count of parameters. */
export const parameters = count =>
  count >= 1e9 ? `${(count / 1e9).toFixed(count >= 1e10 ? 0 : 1)}B` : `${Math.round(count / 1e6)}M`;

/** The categories of a breakdown, in the order in which they are stacked, with their words. */
export const CATEGORIES = new Map([
  ['frozenWeights', 'frozen weights'],
  ['trainableWeights', 'trainable weights'],
  ['adapters', 'adapters'],
  ['gradients', 'gradients'],
  ['optimizerState', 'optimizer state'],
  ['savedActivations', 'saved activations'],
  ['logitsAndLoss', 'logits and loss'],
  ['transientWorkspace', 'transient workspace'],
  ['allocatorRounding', 'allocator rounding'],
  ['cachedButFree', 'cached but free'],
  ['processOverhead', 'process overhead'],
]);

/** Words for a category. */
export const label = category => CATEGORIES.get(category) ?? category;

/** An element with attributes and children; SVG elements by their own maker. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}
