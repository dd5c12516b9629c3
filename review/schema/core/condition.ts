/** What a condition may call: the environment of Argo Rollouts 1.9.1 (`EvalCondition`, utils/evaluate) and what antonmedv/expr 1.15 brings (builtin/builtin.go). */
const callable = new Set(
  (
    'result asInt asFloat isNaN isInf isNil default and or not in matches contains startsWith endsWith let ' +
    'all none any one filter map find findIndex findLast findLastIndex count groupBy reduce len type abs ceil floor ' +
    'round int float string trim trimPrefix trimSuffix upper lower split splitAfter replace repeat join indexOf ' +
    'lastIndexOf hasPrefix hasSuffix max min sum mean median toJSON fromJSON toBase64 fromBase64 now duration date ' +
    'first last get take keys values toPairs fromPairs sort sortBy'
  ).split(' '),
);
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Why a condition of an analysis does not compile, as far as it can be told without compiling it. */
export function condition(text: string): string | undefined {
  // A text without its end takes all that follows, so that nothing is looked at twice.
  const code = text.replace(
    /"(?:[^"\\]|\\[\s\S])*("?)|'(?:[^'\\]|\\[\s\S])*('?)|`[^`]*(`?)/g,
    (_, ...ends: (string | undefined)[]) => (ends.slice(0, 3).some(Boolean) ? '0' : '"'),
  );
  if (/["'`]/.test(code)) return 'has a text without its end';
  const open: string[] = [];
  for (const sign of code) {
    if (closing[sign]) open.push(closing[sign]);
    else if (')]}'.includes(sign) && open.pop() !== sign) return `has a ${sign} too many`;
  }
  if (open.length > 0) return `lacks a ${open.at(-1)}`;
  const [unknown] = [...code.matchAll(/(?<![\w.])([A-Za-z_]\w*)\(/g)].filter(
    ([, name]) => !callable.has(name ?? ''),
  );
  if (unknown) return `calls ${unknown[1]}, which no condition knows`;
  return /(?:[-+*/%<>=!&|,?:]|\b(?:and|or|not|in))\s*$/.test(code) ? 'ends where a value is missing' : undefined;
}
