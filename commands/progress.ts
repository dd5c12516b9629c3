import type { WriteStream } from 'node:tty';
import { sayable } from '../charts/environments/visible';

/** Tells on a stream what is being done: over and over in one line of a terminal, elsewhere a line when it takes long. */
export class Progress {
  private told = performance.now();
  private shown = false;

  constructor(private readonly stream: Pick<WriteStream, 'write' | 'isTTY'>) {}

  readonly say = (what: string, done?: number, of?: number): void => {
    const now = performance.now();
    // A person reads no more than this, and a log wants even less.
    if (now - this.told < (this.stream.isTTY ? 100 : 2000)) return;
    this.told = now;
    const line = sayable(of === undefined ? `${what} …` : `${what}, ${done} of ${of} …`);
    this.stream.write(this.stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    this.shown = true;
  };

  /** Takes the line of a terminal away. */
  end(): void {
    if (this.shown && this.stream.isTTY) this.stream.write('\r\x1b[K');
  }
}
