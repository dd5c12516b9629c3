/** An object of Kubernetes with what matters of it. */
export const object = (kind: string, rest: object, metadata: object = {}): any => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', namespace: 'production', ...metadata },
  ...rest,
});
/** Each finding in a line. */
export const said = (findings: Iterable<any>) =>
  [...findings].map(({ level, what, path, message }) => [level, what, path, message].filter(Boolean).join(' '));
export const matching = (told: readonly RegExp[]) => told.map((each) => expect.stringMatching(each));
