import { createServer } from 'node:net';

/** Taken by this process before; the system may offer them again at once. */
const taken = new Set<number>();

/** A port of the loopback interface that is free now. Somebody else may be faster, so who uses it must try again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
    });
    if (taken.has(port)) continue;
    taken.add(port);
    return port;
  }
}
