/** What a field may hold: the name of a scalar, `#<table>/<type>` for a type of a table, or with more to say, a shape. */
export type Node = string | Shape;

export interface Shape {
  /** A scalar: `string`, `integer`, `number`, `boolean`, `any`, `quantity`, `int-or-string`. */
  readonly type?: string;
  /** The fields of an object. A name that ends in `!` has to be there. */
  readonly fields?: Readonly<Record<string, Node>>;
  /** Fields that are not listed are kept and not judged. */
  readonly open?: true;
  /** What every value of an object with free keys is. */
  readonly map?: Node;
  /** What every element of a list is. */
  readonly list?: Node;
  /** Elements with the same values of these are the same element. */
  readonly keys?: readonly string[];
  /** An element can be in the list once. */
  readonly set?: true;
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  /** `int32`, `int64`, `date-time`, `byte`. */
  readonly format?: string;
  /** Length, value, or count of elements or keys, whichever the type has. */
  readonly min?: number;
  readonly max?: number;
  readonly nullable?: true;
  /** What the server fills in. */
  readonly default?: unknown;
  /** Expressions that only a server evaluates; here to be counted, not judged. */
  readonly cel?: number;
}

/** The types of one version of one API group. */
export interface Table {
  /** Where it came from, and for which version. */
  readonly source: string;
  /** Kind to its type, and whether it is in a namespace. */
  readonly kinds: Readonly<Record<string, { readonly type: string; readonly namespaced: boolean }>>;
  readonly types: Readonly<Record<string, Node>>;
}

/** Which table has which `apiVersion`. */
export interface Index {
  /** The version whose built-in kinds these are. */
  readonly kubernetes: string;
  readonly tables: Readonly<Record<string, string>>;
}
