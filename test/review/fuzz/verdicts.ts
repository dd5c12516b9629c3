import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Class, classes, type Mutation, mutate } from './mutate';

/** What a real API server said of every mutation, recorded by `npm run fuzz`. */
export interface Verdicts {
  readonly kubernetes: string;
  /** For each class: the digest of all its mutations, and the seeds that were rejected; the others were accepted. */
  readonly classes: Readonly<Record<Class, { readonly digest: string; readonly rejected: readonly number[] }>>;
  /** How many seeds each class has, from 1. */
  readonly seeds: number;
}

/** The objects as they were when the verdicts were recorded, one a line: what is committed later changes no verdict. */
export function recordedObjects(): any[] {
  const text = readFileSync(join(__dirname, 'objects.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

export function recordedVerdicts(): Verdicts {
  return JSON.parse(readFileSync(join(__dirname, 'verdicts.json'), 'utf8')) as Verdicts;
}

export function mutationsOf(objects: readonly any[], seeds: number, first = 1): Record<Class, Mutation[]> {
  const of = (kind: Class) => Array.from({ length: seeds }, (_, i) => mutate(objects, kind, first + i));
  return Object.fromEntries(classes.map((kind) => [kind, of(kind)])) as Record<Class, Mutation[]>;
}

export function digest(mutations: readonly Mutation[]): string {
  const hash = createHash('sha256');
  for (const { object } of mutations) hash.update(JSON.stringify(object)).update('\n');
  return hash.digest('hex').slice(0, 16);
}
