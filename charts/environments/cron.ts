const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const days = 'sun mon tue wed thu fri sat'.split(' ');
const fields = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: months, first: 1 },
  { name: 'day of the week', least: 0, most: 6, words: days, first: 0 },
];
const descriptors =
  /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)$/;

/** What is wrong with the schedule of a CronJob, as the library reads it that the controller uses; undefined for nothing. */
export function mistakeIn(schedule: string): string | undefined {
  if (/TZ/.test(schedule)) return 'must not hold a time zone; use timeZone';
  if (schedule.startsWith('@'))
    return descriptors.test(schedule) ? undefined : 'is not a valid descriptor; use for example @daily';
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== 5) return `has ${parts.length} fields, not 5`;
  for (const [i, part] of parts.entries())
    for (const item of part.split(',')) {
      const field = fields[i] as (typeof fields)[number];
      if (item !== '' && !fits(item, field)) return `has a wrong ${field.name}, ${JSON.stringify(item)}`;
      if (item === '' && part === '') return `has an empty ${field.name}`;
    }
  return undefined;
}

/** Whether a schedule of numbers has a day in some year: the 30th of February never comes, and nobody is told. */
export function comes(schedule: string): boolean {
  const [, , day = '*', month = '*', weekday = '*'] = schedule.split(' ');
  // Where both a day of the month and one of the week are named, either will do.
  if (!weekday.startsWith('*')) return true;
  const longest = (of: number) => new Date(Date.UTC(2024, of, 0)).getUTCDate();
  const first = Math.min(...day.split(',').map((item) => Number.parseInt(item, 10) || 1));
  return month.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [from = '', to = range === item ? from : '12'] = range === '*' ? ['1', '12'] : range.split('-');
    for (let of = Number(from); of <= Number(to); of += Number(step)) if (first <= longest(of)) return true;
    return false;
  });
}

function fits(item: string, { least, most, words, first = 0 }: (typeof fields)[number]): boolean {
  const [range = '', step, ...more] = item.split('/');
  const [low = '', high, ...rest] = range.split('-');
  const numberOf = (text: string) => {
    const word = words?.indexOf(text.toLowerCase()) ?? -1;
    return word >= 0 ? word + first : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  const any = low === '*' || low === '?';
  const from = any ? least : numberOf(low);
  const to = any ? most : high === undefined ? (step === undefined ? from : most) : numberOf(high);
  const stepped = step === undefined || (/^\d+$/.test(step) && Number(step) > 0);
  return (
    more.length === 0 &&
    rest.length === 0 &&
    stepped &&
    !(any && high !== undefined) &&
    from >= least &&
    to <= most &&
    from <= to
  );
}
