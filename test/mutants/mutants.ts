import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../support/root';

// Not imported: a native module cannot be bundled.
const { parseSync } = createRequire(join(root, 'package.json'))('@swc/core') as typeof import('@swc/core');

/** A small break of a source: what stands from one byte to another, and what takes its place. */
export interface Mutant {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}
type Node = any;

const operators: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
};
const methods: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  ceil: 'floor',
  floor: 'ceil',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};

/**
 * Every small break of a TypeScript source that this knows: an operator or method for its opposite, a condition that always
 * or never holds, a `not` that is gone, a number one higher, an element missing in a list or a table, a statement not run.
 */
export function mutantsOf(text: string): Mutant[] {
  const bytes = Buffer.from(text);
  const found: Mutant[] = [];
  /** Spans count bytes from 1. */
  const textOf = ({ start, end }: Span) => bytes.subarray(start - 1, end - 1).toString();
  const add = ({ start, end }: Span, after: string) => {
    const line = bytes
      .subarray(0, start - 1)
      .toString()
      .split('\n').length;
    found.push({ line, start: start - 1, end: end - 1, before: textOf({ start, end }), after });
  };
  /** With the comma behind it, where there is one. */
  const without = ({ start, end }: Span) => {
    const comma = /^\s*,/.exec(bytes.subarray(end - 1).toString())?.[0].length ?? 0;
    add({ start, end: end + comma }, '');
  };

  visit(parseSync(text, { syntax: 'typescript' }));
  return found.sort((a, b) => a.start - b.start || a.end - b.end);

  function visit(node: Node): void {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node !== 'object' || node === null || Array.isArray(node) || isAboutTypes(node)) return;
    mutate(node);
    for (const [key, value] of Object.entries(node)) if (key !== 'span') visit(value);
  }

  function mutate(node: Node): void {
    switch (node.type) {
      case 'BinaryExpression': {
        const after = operators[node.operator];
        if (after === undefined) return;
        const between = { start: node.left.span.end, end: node.right.span.start };
        add(between, textOf(between).replace(node.operator, after));
        return;
      }
      case 'ConditionalExpression':
      case 'IfStatement':
        for (const always of ['true', 'false']) add(node.test.span, always);
        return;
      case 'UnaryExpression':
        if (node.operator === '!') add(node.span, textOf(node.argument.span));
        return;
      case 'NumericLiteral':
        add(node.span, String(node.value + 1));
        return;
      case 'MemberExpression': {
        const after = methods[node.property.value];
        if (node.property.type === 'Identifier' && after !== undefined) add(node.property.span, after);
        return;
      }
      case 'ArrayExpression':
        if (node.elements.length > 1) for (const { expression } of node.elements) without(expression.span);
        return;
      case 'ObjectExpression':
        if (node.properties.length > 2)
          for (const property of node.properties)
            if (property.type === 'KeyValueProperty')
              without({ start: property.key.span.start, end: property.value.span.end });
        return;
      case 'ExpressionStatement':
        add(node.span, ';');
    }
  }
}

/** Types are gone when a test runs, and an import does nothing. */
function isAboutTypes({ type = '' }: { type?: string }): boolean {
  const kept = ['TsAsExpression', 'TsSatisfiesExpression', 'TsNonNullExpression', 'TsConstAssertion'];
  return (type.startsWith('Ts') && !kept.includes(type)) || type === 'ImportDeclaration';
}

/** The source with the break. */
export function broken(text: string, { start, end, after }: Mutant): string {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(after), bytes.subarray(end)]).toString();
}
