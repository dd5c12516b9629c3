/** A query as Datadog's API documents it ("Create a monitor", Query Types), taken apart; an Error says where it is wrong. */
export interface Query {
  readonly kind: 'metric' | 'event' | 'check';
  readonly metrics: readonly Metric[];
  /** Absent for a check, whose thresholds stand in the options alone. */
  readonly comparison?: { readonly is: string; readonly value: number };
  /** The search of events. */
  readonly search?: string;
  readonly minutes?: number;
  readonly last?: number;
  readonly by: readonly string[];
}

/** One series of a formula. */
export interface Metric {
  readonly name: string;
  readonly space: string;
  /** Keys of the tags it is limited to. */
  readonly scope: readonly string[];
  readonly by: readonly string[];
  readonly as?: 'count' | 'rate';
}

const number = String.raw`\d+(?:\.\d+)?`;
const comparison = ` (<=|>=|==|!=|<|>) (${number})`;
const times = ['avg', 'sum', 'min', 'max', 'percentile'];
const spaces = ['avg', 'sum', 'min', 'max', 'p50', 'p75', 'p90', 'p95', 'p99'];
/** Functions of a formula that are used, and what arguments they take after the first. */
const functions: Record<string, RegExp> = {
  clamp_min: /^, \d+$/,
  default_zero: /^$/,
  monotonic_diff: /^$/,
  top: /^, \d+, '(mean|min|max|last|sum)', '(asc|desc)'$/,
};

export function parseMonitor(query: string): Query {
  const event = new RegExp(
    String.raw`^events\("((?:[^"\\]|\\.)*)"\)\.rollup\("count"\)(?:\.by\("([\w,.]+)"\))?\.last\("(\d+)([mh])"\)${comparison}$`,
  ).exec(query);
  if (event) {
    const [, search, by, amount, unit, is, value] = event as unknown as string[];
    const minutes = Number(amount) * (unit === 'h' ? 60 : 1);
    if (minutes < 1 || minutes > 2880) throw new Error(`a window of events is 1m to 48h: ${query}`);
    parseSearch((search as string).replaceAll('\\"', '"'));
    return {
      kind: 'event',
      metrics: [],
      search,
      minutes,
      by: by?.split(',') ?? [],
      comparison: { is: is as string, value: Number(value) },
    };
  }
  const check =
    /^"([\w.]+)"\.over\(("[\w*:.-]+"(?:,"[\w*:.-]+")*)\)\.by\(("[\w.]+"(?:,"[\w.]+")*)\)\.last\((\d+)\)\.count_by_status\(\)$/.exec(
      query,
    );
  if (check) {
    const [, , , by, last] = check;
    if (Number(last) > 100) throw new Error(`at most the last 100: ${query}`);
    return { kind: 'check', metrics: [], by: (by as string).slice(1, -1).split('","'), last: Number(last) };
  }
  const metric = new RegExp(`^(\\w+)\\((\\w+)\\):(.*)${comparison}$`).exec(query);
  if (!metric) throw new Error(`neither a query of metrics, nor of events, nor of a check: ${query}`);
  const [, time, window, formula, is, value] = metric as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (!times.includes(time)) throw new Error(`${time} is not an aggregation over time: ${query}`);
  const metrics = parseFormula(formula);
  if ((time === 'percentile') !== metrics.some(({ space }) => /^p\d/.test(space)))
    throw new Error(`percentile(…) and pNN: go together: ${query}`);
  const groups = new Set(metrics.map(({ by }) => [...by].sort().join()));
  if (groups.size !== 1) throw new Error(`the parts of a formula are grouped alike: ${query}`);
  return {
    kind: 'metric',
    metrics,
    minutes: windowOf(window),
    by: metrics[0]?.by ?? [],
    comparison: { is, value: Number(value) },
  };
}

/** `last_5m` … `last_1w`, or all of the current hour, day or month. */
function windowOf(window: string): number {
  const [, amount, unit] = /^last_(\d+)([mhdw])$/.exec(window) ?? [];
  const minutes = { m: 1, h: 60, d: 1440, w: 10_080 }[unit as string];
  if (amount && minutes && Number(amount) > 0 && Number(amount) * minutes <= 10_080)
    return Number(amount) * minutes;
  const current = { current_1h: 60, current_1d: 1440, current_1mo: 44_640 }[window];
  if (!current) throw new Error(`${window} is not a window`);
  return current;
}

/** Arithmetic over series, as monitors and graphs have it. */
export function parseFormula(text: string, names: readonly string[] = []): Metric[] {
  const metrics: Metric[] = [];
  let at = 0;
  const rest = () => text.slice(at);
  const fail = (expected: string): never => {
    throw new Error(`${expected} expected at '${rest()}' of '${text}'`);
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const found = new RegExp(`^(?:${pattern.source})`).exec(rest());
    if (found) at += found[0].length;
    return found;
  };
  const sum = (): void => {
    product();
    while (take(/ [+-] /)) product();
  };
  const product = (): void => {
    operand();
    while (take(/ [*/] /)) operand();
  };
  const operand = (): void => {
    if (take(/\(/)) {
      sum();
      if (!take(/\)/)) fail(')');
      return;
    }
    const call = take(/([a-z_]+)\(/);
    if (call) {
      const allowed = functions[call[1] as string] ?? fail('a known function');
      sum();
      const rest = take(/[^()]*/)?.[0] ?? '';
      if (!allowed.test(rest)) fail(`arguments of ${call[1]}`);
      if (!take(/\)/)) fail(')');
      return;
    }
    if (take(new RegExp(`${number}(?![\\w:])`))) return;
    const named = take(/[a-z_]\w*(?![\w:.])/);
    if (named) {
      if (!names.includes(named[0])) fail(`one of ${names.join(', ')}`);
      return;
    }
    metrics.push(series());
  };
  const series = (): Metric => {
    const [, space, name] = take(/(\w+):([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)/) ?? fail('a series');
    if (!spaces.includes(space as string)) fail('an aggregation over tags');
    const [, scope] = take(/\{([^{}]+)\}/) ?? fail('{scope}');
    const by = take(/ by \{([\w.]+(?:,[\w.]+)*)\}/)?.[1]?.split(',') ?? [];
    const as = take(/\.as_(count|rate)\(\)/)?.[1] as Metric['as'];
    take(/\.rollup\((avg|sum|min|max|count), \d+\)/);
    return { name: name as string, space: space as string, scope: keys(scope as string), by, as };
  };
  sum();
  if (at !== text.length) fail('the end');
  return metrics;
}

function keys(scope: string): string[] {
  if (scope === '*') return [];
  // Commas and words are two syntaxes, which Datadog does not mix.
  const words = / (?:IN|AND) /.test(scope);
  return scope.split(words ? ' AND ' : ',').map((filter) => {
    const [, key] =
      (words
        ? /^(?:NOT )?([a-z][\w.]*)(?::[\w./*-]+| IN \([\w./-]+(?:,[\w./-]+)*\))$/
        : /^!?([a-z][\w.]*):[\w./*-]+$/
      ).exec(filter) ?? [];
    if (!key) throw new Error(`'${filter}' is not a key:value, in '${scope}'`);
    return key;
  });
}

/** Words, `key:value`, `@attribute:value`, groups and OR, separated by spaces. @returns the keys */
export function parseSearch(search: string): string[] {
  const word = String.raw`(?:[\w-]+|"[^"]+")`;
  const term = new RegExp(String.raw`^(?:(@?[\w.]+):)?(?:${word}|\(${word}(?: OR ${word})*\))(?: |$)`);
  const found: string[] = [];
  for (let rest = search; rest !== ''; ) {
    const match = term.exec(rest);
    if (!match) throw new Error(`a term of a search expected at '${rest}' of '${search}'`);
    if (match[1]) found.push(match[1]);
    rest = rest.slice(match[0].length);
  }
  return found;
}
