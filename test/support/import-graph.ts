import { posix } from 'node:path';

const { dirname } = posix;

/** The relative paths that a source imports, of types too: TypeScript's own parser is not in the package any more. */
export function importsOf(text: string): string[] {
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [
    ...code.matchAll(/^(?:import|export)\b[^'"`;=()]*\bfrom\s*'(\.[^']*)'/gm),
    ...code.matchAll(/^import '(\.[^']+)'/gm),
    ...code.matchAll(/(?<![.\w])(?:require|import|requireActual)\(\s*'(\.[^']*)'\s*\)/g),
  ].map(([, path = '']) => path);
}

/** Each file, and the files that it imports. */
export function graphOf(read: ReadonlyMap<string, string>): Map<string, string[]> {
  return new Map(
    [...read].map(([file, text]) => [
      file,
      importsOf(text).flatMap((path) => {
        const target = posix.join(dirname(file), path);
        return [target, `${target}.ts`, `${target}/index.ts`].find((each) => read.has(each)) ?? [];
      }),
    ]),
  );
}
