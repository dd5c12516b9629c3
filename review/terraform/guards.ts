import { BlockList, isIP } from 'node:net';
import type { Guard } from './facts';

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
      return listed(was).some((each) => !listed(is).includes(each));
    case 'addresses':
      return listed(is).some((each) => !listed(was).some((range) => contains(range, each)));
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

function listed(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}

/** `TLSv1_2016` before `TLSv1.2_2019` before `TLSv1.2_2021`; SSL is before all of them. */
function earlier(a: string, b: string): boolean {
  const rank = (text: string) => {
    const [, protocol, major = '0', minor = '0', year = '0'] =
      /^(\w+?)v(\d+)(?:\.(\d+))?(?:_(\d+))?/.exec(text) ?? [];
    return [protocol === 'TLS' ? 1 : 0, major, minor, year].map(Number);
  };
  const [x, y] = [rank(a), rank(b)];
  const at = y.findIndex((number, i) => number !== x[i]);
  return at >= 0 && (x[at] ?? 0) < (y[at] ?? 0);
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
  return listed(value).some((each) => /^(0\.0\.0\.0|::)\/0$/.test(each));
}
