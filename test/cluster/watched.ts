import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api';

/** All objects of a kind, as they are now: read once, and then told of by the API server. */
export class Watched {
  private readonly known = new Map<string, any>();
  private end = () => {};
  private stopped = false;
  private readonly running: Promise<void>;

  /** @param changed is told when one of them came, went or is another */
  constructor(api: Api, apiVersion: string, kind: string, changed: () => void) {
    this.running = this.run(() =>
      api.watch(apiVersion, kind, {
        all: (objects) => {
          this.known.clear();
          for (const object of objects) this.known.set(keyOf(object), object);
          changed();
        },
        changed: ({ type, object }) => {
          // The watch is too old; it begins anew.
          if (type === 'ERROR') return this.end();
          if (type === 'DELETED') this.known.delete(keyOf(object));
          else this.known.set(keyOf(object), object);
          changed();
        },
        stop: (end) => {
          this.end = end;
          if (this.stopped) end();
        },
      }),
    );
  }

  get objects(): readonly any[] {
    return [...this.known.values()];
  }

  /** @returns nothing when it does not exist */
  find(name: string, namespace?: string): any {
    return this.known.get(keyOf({ metadata: { name, namespace } }));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.end();
    await this.running;
  }

  private async run(follow: () => Promise<void>): Promise<void> {
    while (!this.stopped) {
      // The API server may be away for a moment, and ends every watch after some minutes.
      await follow().catch(() => undefined);
      if (!this.stopped) await sleep(200);
    }
  }
}

function keyOf({ metadata: { namespace, name } }: any): string {
  return `${namespace ?? ''}/${name}`;
}
