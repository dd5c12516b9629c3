import { BlockList, isIP } from 'node:net';
import { oneOrMany } from './pods';

/** A field that stands guard over something. */
export interface Guard {
  /**
   * Which value is the safe one: `true`, `false`, the greater (`more`), the smaller (`less`) or the later one, a list
   * that loses nothing (`superset`), addresses that do not widen (`addresses`), exactly this (`=x`), all but this (`!x`).
   */
  readonly safe: string;
  /** What it guards, for a reader. */
  readonly guards: string;
  /** What counts where the field is absent; default: the unsafe side. */
  readonly absent?: string;
  /** Whoever finds it open comes in. */
  readonly door?: boolean;
  /** The number that means for ever. */
  readonly endless?: number;
}

/** Whether the change takes away some of what the argument guards. */
export function loosened(guard: Guard, before: unknown, after: unknown): boolean {
  const { safe, absent } = guard;
  const [was, is] = [before ?? absent, after ?? absent];
  switch (safe) {
    case 'true':
      return isTrue(was) && !isTrue(is);
    case 'false':
      return !isTrue(was) && isTrue(is);
    case 'more':
      return amount(guard, is) < amount(guard, was);
    case 'less':
      return amount(guard, is) > amount(guard, was);
    case 'later':
      return earlier(String(is ?? ''), String(was ?? ''));
    case 'superset':
      return oneOrMany(was).some((each) => !oneOrMany(is).includes(each));
    case 'addresses':
      return oneOrMany(is).some((each) => !oneOrMany(was).some((range) => contains(range, each)));
    default:
      return safe.startsWith('!')
        ? is === safe.slice(1) && was !== is
        : was === safe.slice(1) && is !== safe.slice(1);
  }
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

function amount({ endless }: Guard, value: unknown): number {
  const number = Number(value ?? endless ?? 0);
  return number === endless ? Number.POSITIVE_INFINITY : number;
}

/**
 * By the least version of TLS that they take, then by year: `TLSv1_2016` before `TLSv1.2_2021`, and
 * `ELBSecurityPolicy-2016-08` before `ELBSecurityPolicy-TLS13-1-2-2021-06`. SSL is before all of them.
 */
function earlier(a: string, b: string): boolean {
  const [x, y] = [tlsOf(a), tlsOf(b)];
  const at = y.findIndex((number, i) => number !== x[i]);
  return at >= 0 && (x[at] ?? 0) < (y[at] ?? 0);
}

function tlsOf(policy: string): readonly number[] {
  if (/^SSL/i.test(policy)) return [-1, 0];
  const [, minor = '0'] = /(?:TLSv1\.|-(?:TLS13|TLS|FS)-1-)(\d)/.exec(policy) ?? [];
  const [year = '0'] = /(?:19|20)\d\d/.exec(policy) ?? [];
  return [Number(minor), Number(year)];
}

/** Whether every address of the second range is in the first; a reference of Terraform is in itself only. */
function contains(range: string, other: string): boolean {
  if (range === other) return true;
  const [outer, inner] = [subnetOf(range), subnetOf(other)];
  if (!outer || !inner || outer.family !== inner.family || inner.bits < outer.bits) return false;
  const list = new BlockList();
  list.addSubnet(outer.address, outer.bits, outer.family);
  return list.check(inner.address, inner.family);
}

function subnetOf(range: string) {
  const [address = '', bits = ''] = range.split('/');
  const version = isIP(address);
  if (version === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return undefined;
  return { address, bits: Number(bits), family: version === 4 ? ('ipv4' as const) : ('ipv6' as const) };
}

/** Whether anybody in the world is among these addresses. */
export function isWorld(value: unknown): boolean {
  return oneOrMany(value).some((each) => /^(0\.0\.0\.0|::)\/0$/.test(each));
}
