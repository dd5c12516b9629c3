import { tails } from './processes';

/** A test that, when it fails, also shows the last that each program said. */
export function shows(sentence: string, body: () => Promise<void>, minutes = 5): void {
  test(sentence, () => withTails(body), minutes * 60_000);
}

/** What must be there before the tests of a file. */
export function prepare(body: () => Promise<void>, minutes = 6): void {
  beforeAll(() => withTails(body), minutes * 60_000);
}

async function withTails(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (error instanceof Error) error.message += `\n\nThe last that was said by each program:\n${tails()}`;
    throw error;
  }
}
