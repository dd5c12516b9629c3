const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const form = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Cores, bytes or a count, as Kubernetes reads `250m`, `1Gi` or `2`; undefined when it is not a valid quantity. */
export function quantityOf(value: unknown): number | undefined {
  const [, digits, exponent, suffix] = form.exec(String(value).trim()) ?? [];
  if (digits === undefined || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
  return Number(digits) * (exponent ? Number(`1${exponent}`) : (suffixes[suffix ?? ''] ?? 1));
}

/** Whole and not negative; more than a thousand fit on no nodes of ours, and need not be told apart. */
export function countOf(value: unknown, otherwise: number): number {
  const count = Math.ceil(Number(value ?? otherwise));
  return Number.isNaN(count) ? otherwise : Math.min(1000, Math.max(0, count));
}
