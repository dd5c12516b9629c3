/** From an object to one of its fields; an element of a list is `[key]`, as `[web]` in `containers[web]`. */
export type Path = readonly string[];

const parsed = new Map<string, Path>();

/** `spec.template.spec.containers[web].image`; a key that has dots itself stands in brackets. */
export function show(path: Path): string {
  return path.reduce((text, step) => {
    if (step.startsWith('[')) return `${text}${step}`;
    if (/[./]/.test(step)) return `${text}[${step}]`;
    return text ? `${text}.${step}` : step;
  }, '');
}

/** Whether a path leads to this field or into it; `[]` is any element of a list, `*` any one step. */
export function under(path: Path, pattern: string): boolean {
  const steps = stepsOf(pattern);
  return path.length >= steps.length && steps.every((step, i) => fits(step, path[i]));
}

/** Whether a path leads to exactly this field. */
export function at(path: Path, pattern: string): boolean {
  return path.length === stepsOf(pattern).length && under(path, pattern);
}

/** Whether one of the two leads to the other or is it. */
export function touches(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((step, i) => step === b[i]);
}

function stepsOf(pattern: string): Path {
  let steps = parsed.get(pattern);
  if (!steps) {
    steps = pattern
      .split('.')
      .flatMap((part) => part.split(/(?=\[)/))
      .filter(Boolean);
    parsed.set(pattern, steps);
  }
  return steps;
}

function fits(step: string, actual: string | undefined): boolean {
  return step === actual || step === '*' || (step === '[]' && actual?.startsWith('[') === true);
}
