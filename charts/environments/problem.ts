/** A value that does not go with another one: where, and the value with its remedy. */
export interface SettingsProblem {
  readonly path: string;
  readonly message: string;
}
