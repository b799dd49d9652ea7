/**
 * What a parser of `core` throws, and nothing else: a complaint with its remedy, without the name of the field, which only the
 * caller knows. `is "0d"; write a duration above zero, such as 30d`.
 */
export class Refused extends Error {
  constructor(complaint: string) {
    super(complaint);
    this.name = 'Refused';
  }
}

/** Text as it stands in a complaint: quoted, without control characters, at most 60 characters. */
export function shown(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 60 ? `${quoted.slice(0, 57)}…"` : quoted;
}
