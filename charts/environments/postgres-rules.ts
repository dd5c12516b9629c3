import type * as v from 'valibot';
import type { postgres } from './infrastructure';
import type { SettingsProblem } from './problem';
import { mebibytes } from './units';

export const maintenance = 'the maintenance window';

/** What is wrong with a PostgreSQL of RDS, whoever has it: `aws.database` of its settings. */
export function* judgePostgres(database: v.InferOutput<typeof postgres>): Generator<SettingsProblem> {
  const { storage, maxStorage, backupWindow, maintenanceWindow } = database;
  if (mebibytes(storage) < 20 * 1024)
    yield { path: 'aws.database.storage', message: `${storage} is below the 20Gi that RDS has at least` };
  if (mebibytes(maxStorage) * 10 < mebibytes(storage) * 11)
    yield {
      path: 'aws.database.maxStorage',
      message: `${maxStorage} is not 10 % above storage, ${storage}, which RDS asks for; raise it`,
    };
  // "Storage" of CreateDBInstance in the API reference of RDS: gp3 of PostgreSQL.
  const largest = 65_536;
  for (const [name, size] of Object.entries({ storage, maxStorage }))
    if (mebibytes(size) > largest * 1024)
      yield { path: `aws.database.${name}`, message: `${size} is above the ${largest}Gi that RDS has at most` };
  if (overlap(backupWindow, maintenanceWindow))
    yield {
      path: 'aws.database.backupWindow',
      message: `${backupWindow} overlaps ${maintenance}, ${maintenanceWindow}; AWS refuses that, move one`,
    };
  for (const [name, window] of Object.entries({ backupWindow, maintenanceWindow }))
    if (minutesOf(window) < 30)
      yield {
        path: `aws.database.${name}`,
        message: `${window} is shorter than the 30 minutes that AWS asks for; lengthen it`,
      };
}

const week = 7 * 24 * 60;
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** How long a daily or weekly window is. */
export function minutesOf(window: string): number {
  const [from = '', to = ''] = window.split('-').map((time) => time.slice(-5));
  const [first, last] = window.split('-').map((time) => days.indexOf(time.slice(0, 3)));
  const minute = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const around = first === -1 ? 24 * 60 : week;
  const between = minute(to) - minute(from) + ((last ?? 0) - (first ?? 0)) * 24 * 60;
  return ((between % around) + around) % around;
}

/** Whether a daily window and a weekly one meet, over midnight too. */
export function overlap(daily: string, weekly: string): boolean {
  const [from = '', to = ''] = daily.split('-');
  const [start = '', end = ''] = weekly.split('-');
  const minute = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const moment = (time: string) => days.indexOf(time.slice(0, 3)) * 24 * 60 + minute(time.slice(4));
  const length = (first: number, last: number, around: number) => (((last - first) % around) + around) % around;
  const long = length(moment(start), moment(end), week);
  return days.some((_, day) => {
    const begins = day * 24 * 60 + minute(from);
    const lasts = length(minute(from), minute(to), 24 * 60);
    return length(begins, moment(start), week) < lasts || length(moment(start), begins, week) < long;
  });
}
