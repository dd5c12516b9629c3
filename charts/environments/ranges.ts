/** A range of IPv4 addresses as numbers. */
export interface AddressRange {
  /** The address that was written, which need not be the first one. */
  readonly from: number;
  readonly first: number;
  readonly last: number;
  readonly bits: number;
}

/** `10.0.0.0/8`; an address alone is a range of one. What is not a range has `NaN` for its numbers. */
export function addressesOf(cidr: string): AddressRange {
  const [address = '', length = '32'] = cidr.split('/');
  const from = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(from / size) * size;
  return { from, first, last: first + size - 1, bits: Number(length) };
}

/** Whether all of the inner range is in the outer one. */
export function holds(outer: string, inner: string): boolean {
  const [a, b] = [addressesOf(outer), addressesOf(inner)];
  return a.first <= b.first && b.last <= a.last;
}

export function meets(one: string, other: string): boolean {
  const [a, b] = [addressesOf(one), addressesOf(other)];
  return a.first <= b.last && b.first <= a.last;
}
