import type { KubernetesObject } from '../model/tree';

/**
 * All that an API server can be asked here: to show something, or to say what applying an object would do. Neither
 * changes anything, and `requestOf` of `commands/api-server.ts` is the only place where a question becomes a request.
 */
export type Ask = { readonly show: string } | { readonly tryOut: KubernetesObject; readonly at: string };

/** What is read of an answer: an object, a list, or why not. */
export interface Body {
  readonly kind?: string;
  readonly message?: string;
  readonly gitVersion?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly unknown[];
  readonly details?: {
    readonly kind?: string;
    readonly causes?: readonly { readonly field?: string; readonly message: string }[];
  };
}

export interface Answer {
  readonly status: number;
  readonly body?: Body;
  /** What the server warns of: a deprecated API, a violation of Pod Security. */
  readonly warnings: readonly string[];
}

/** There is no answer; `cause` says whether another attempt could have one. */
export class NoAnswerError extends Error {
  constructor(
    readonly why: 'slow' | 'stopped' | 'unreachable',
    message: string,
  ) {
    super(message);
  }
}

/** An API server, which somebody has found and signed in to. */
export interface Server {
  readonly connection: { readonly context: string; readonly server: string };
  /** @throws NoAnswerError */
  readonly ask: (ask: Ask) => Promise<Answer>;
}

/** Argo CD's, so that what it owns is what would be taken away again. */
export const fieldManager = 'argocd-controller';
