import { secondsOf } from './duration';
import type { Path } from './path';
import { quantityOf } from './quantity';

const quantities =
  /^(cpu|memory|storage|ephemeral-storage|sizeLimit|averageValue|hugepages-.+|minAvailableStorage)$/;
const durations = /^(refreshInterval|duration|maxDuration|interval|initialDelay|scaleDownDelaySeconds)$/;

/** Whether two different spellings say the same at this place: `1000m` and `1`, `5m` and `5m0s`, `'3000'` and `3000`. */
export function sameMeaning(path: Path, before: unknown, after: unknown): boolean {
  if (!isScalar(before) || !isScalar(after)) return false;
  if (String(before) === String(after)) return typeof before !== 'boolean' && typeof after !== 'boolean';
  if (isQuantity(path)) return equal(quantityOf(before), quantityOf(after));
  if (durations.test(path.at(-1) ?? '')) return equal(secondsOf(before), secondsOf(after));
  return false;
}

/** Whether Kubernetes reads the field as a quantity. */
export function isQuantity(path: Path): boolean {
  const [name = '', parent = ''] = [path.at(-1), path.at(-2)];
  if (parent === 'requests' || parent === 'limits' || parent === 'hard' || parent === 'capacity') return true;
  return (
    quantities.test(name) && !path.includes('data') && !path.includes('annotations') && !path.includes('labels')
  );
}

/** One text for equal values, whatever the order of their keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    isMap(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function equal(a: number | undefined, b: number | undefined): boolean {
  // Milliunits of two spellings may differ in the last bit.
  return a !== undefined && b !== undefined && Math.abs(a - b) <= Math.abs(a) * 1e-12;
}
