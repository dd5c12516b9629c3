import table from './prices.json';

/** Hours of a month, as AWS' own calculator counts them. */
export const hours = 730;

/** What the table is of, and when it was written down. */
export const { region, asOf } = table;

interface Price {
  /** Dollars, on demand and without tax, for one of `unit`. */
  readonly price: number;
  readonly unit: string;
  /** Where the seller publishes it. */
  readonly source: string;
  /** What else says so. The sellers' pages were not asked when the table was written: only a bill is proof. */
  readonly checked: string;
}

export const prices: Readonly<Record<string, Price>> = table.prices;

/**
 * Dollars for one unit.
 *
 * @throws Error for what the table does not have
 */
export function price(id: string): number {
  const found = prices[id];
  if (!found) throw new Error(`review/cost/prices.json: has no price of ${id}; add it, with its unit and source`);
  return found.price;
}
