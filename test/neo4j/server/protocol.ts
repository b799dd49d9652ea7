import type { ActiveFault } from '../state/faults.ts';

/** What a server says first on every connection. */
export interface Greeting {
  readonly standIn: string;
  readonly server: string;
  readonly role: string;
  readonly version: string;
}

/** One request per connection. `begin` keeps its connection for as long as the backup command runs. */
export type Request =
  | { readonly op: 'begin'; readonly target: string }
  | { readonly op: 'list' }
  | { readonly op: 'describe'; readonly database: string }
  | { readonly op: 'store'; readonly database: string; readonly databaseId: string }
  | {
      readonly op: 'transactions';
      readonly database: string;
      readonly databaseId: string;
      readonly from: number;
      readonly to: number;
    };

/** Answer to `begin`: what this run must show, and whether another run has the same target at this moment. */
export interface Begun {
  readonly faults: readonly ActiveFault[];
  readonly settings: Readonly<Record<string, string>>;
  readonly concurrent: boolean;
}

/** Answer to `describe`. */
export interface Described {
  readonly name: string;
  readonly id: string;
  readonly online: boolean;
  readonly lastTx: number;
  readonly firstAvailableTx: number;
}

/** Precedes the data of `store` and `transactions`. */
export interface TransferHead {
  readonly lastTx: number;
  /** When `lastTx` was committed. */
  readonly committedAt: string;
  readonly bytes: number;
}

/** Instead of an answer. */
export interface Refusal {
  readonly error: string;
}

/** First words of a greeting; a client that reads anything else has met another kind of server. */
export const standInMark = 'Holdfast test stand-in, not Neo4j';
