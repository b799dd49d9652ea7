import type { Refusal } from '@holdfast/types';
import { Refused } from './refused.ts';

/** Collects every refusal of one spec, so that a person corrects all of them at once. */
export class Findings {
  readonly refusals: Refusal[] = [];

  /** @param message the whole sentence, or a complaint that begins after the field's name */
  invalid(field: string, message: string): void {
    this.refusals.push({ reason: 'SpecInvalid', field, message: sentence(field, message) });
  }

  unsupported(field: string, message: string): void {
    this.refusals.push({ reason: 'NotSupportedYet', field, message: sentence(field, message) });
  }

  /** Runs a parser over a value that may be absent; a refusal is recorded and the value counts as absent. */
  read<T, R>(field: string, value: T | undefined, parse: (value: T) => R): R | undefined {
    if (value === undefined) return undefined;
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.invalid(field, error.message);
      return undefined;
    }
  }
}

function sentence(field: string, message: string): string {
  return /^(is|are|has|contains|names|sets|needs|differs) /.test(message) ? `${field} ${message}` : message;
}
