/** One object that is sent to the API server, told by what it says beyond the usual target and store; `undefined` takes a field away. */
interface Sent {
  /** What is special about it, in words. */
  readonly what: string;
  readonly spec?: object;
  /** Left out: one of its own. */
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object that is taken: what is stored is what was sent, with the documented defaults, and the watcher finds nothing wrong with it. */
export type Taken = Sent;

/** An object that is not, and who says so in which words. */
export type Refused = Sent & (ByServer | ByRule | ByCondition);

/** The API server, in its own words: types, words of an enum, lengths, counts, required and unknown fields. */
interface ByServer {
  readonly server: string;
}

/** The API server, in our words. */
interface ByRule {
  readonly rule: string;
}

/** The watcher, after another look: the sentence in the condition `Ready`. */
interface ByCondition {
  readonly later: string;
  /** `SpecInvalid` unless said otherwise. */
  readonly reason?: 'SpecInvalid' | 'NotSupportedYet';
}

/** Fields that belong together. */
export interface Family {
  readonly taken: readonly Taken[];
  readonly refused: readonly Refused[];
}
