import { setTimeout as sleep } from 'node:timers/promises';

/** Something that no program plays here: it looks at the cluster again and again and does what is due. */
export class Played {
  /** The last thing that went wrong; an API server that is away for a moment is not a failure. */
  trouble: string | undefined;
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(
    readonly name: string,
    private readonly act: () => Promise<void>,
    /** Seconds between two looks. */
    private readonly every = 1,
  ) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.act().then(
        () => {
          this.trouble = undefined;
        },
        (error) => {
          this.trouble = `${this.name}: ${error.message}`;
        },
      );
      for (let left = this.every; left > 0 && !this.stopped; left -= 0.1) await sleep(Math.min(left, 0.1) * 1000);
    }
  }
}
