import { quantityOf } from '../../model/quantity';
import type { Steps } from '../../model/tree';

/** Tells what the API server would refuse, and where. */
type Say = (path: Steps, message: string) => void;
/** Refuses what is wrong with a field. */
export type FieldJudge = (of: Field) => void;

/** A field of an object, there or not: what it holds, where it stands, and how it is refused. */
export class Field {
  constructor(
    readonly value: unknown,
    readonly path: Steps,
    private readonly say: Say,
    /** What it is a field of; absent for the object itself. */
    readonly above?: Field,
  ) {}

  refuse(message: string): void {
    this.say(this.path, message);
  }

  /** A field below this one. */
  at(...steps: Steps): Field {
    return steps.reduce<Field>((of, step) => new Field(of.inner(step), [...of.path, step], of.say, of), this);
  }

  /** Elements of a list; Go decodes one that is null as empty. */
  get elements(): readonly Field[] {
    if (!Array.isArray(this.value)) return [];
    return this.value.map((value, i) => new Field(value ?? {}, [...this.path, i], this.say, this));
  }

  /** Values of a map, each with its key at the end of its path. */
  get entries(): readonly Field[] {
    return this.keys.map((key) => this.at(key));
  }

  get keys(): string[] {
    return Object.keys(this.map);
  }

  /** The last step to it. */
  get key(): string {
    return String(this.path.at(-1));
  }

  /** Whether a field below it is set. */
  has(name: string): boolean {
    return this.map[name] !== undefined && this.map[name] !== null;
  }

  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** Go cannot tell an empty text or list from none. */
  get isEmpty(): boolean {
    return !this.isSet || this.value === '' || (Array.isArray(this.value) && this.value.length === 0);
  }

  /** Empty when it holds no text. */
  get text(): string {
    return typeof this.value === 'string' ? this.value : '';
  }

  /** @param otherwise what Kubernetes takes for an absent one */
  number(otherwise: number): number {
    return typeof this.value === 'number' ? this.value : otherwise;
  }

  /** Undefined when it holds none. */
  get quantity(): number | undefined {
    return quantityOf(this.value);
  }

  /** Those of these fields that are set, as Go sees it. */
  set(names: readonly string[]): Field[] {
    return names.map((name) => this.at(name)).filter((of) => !of.isEmpty);
  }

  private inner(step: string | number): unknown {
    return Array.isArray(this.value) ? this.value[Number(step)] : this.map[step];
  }

  private get map(): Readonly<Record<string, unknown>> {
    const isMap = typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
    return isMap ? (this.value as Record<string, unknown>) : {};
  }
}

/** No two of these have the same text. @param what they would have in common */
export function different(list: readonly Field[], what: string, textOf = ({ text }: Field) => text): void {
  const seen = new Set<string>();
  for (const field of list) {
    const text = textOf(field);
    if (text !== '' && seen.has(text)) field.refuse(`${JSON.stringify(text)} is the ${what} of another one too`);
    seen.add(text);
  }
}
