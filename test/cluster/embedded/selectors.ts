import { badRequest } from './api-error.ts';

/** Labels or fields of one object. */
export type Facts = { readonly [name: string]: string };

/** Decides whether an object belongs to a selection. */
export type Matcher = (facts: Facts) => boolean;

/** Parses `a=b,c!=d,e in (x,y),f notin (z),g,!h,n>3`. Throws 400 for anything else. */
export function parseLabelSelector(text: string): Matcher {
  const terms = splitTerms(text).map(parseTerm);
  return (labels) => terms.every((matches) => matches(labels));
}

/** Parses `metadata.name=x,status.phase!=y`; only the named fields exist, others are 400. */
export function parseFieldSelector(text: string, known: readonly string[]): Matcher {
  const terms = splitTerms(text).map((term) => parseFieldTerm(term, known));
  return (fields) => terms.every((matches) => matches(fields));
}

function splitTerms(text: string): string[] {
  // A comma inside parentheses separates values, not terms.
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

const NAME = String.raw`[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const SET_TERM = new RegExp(String.raw`^(?<name>${NAME})\s+(?<operator>in|notin)\s*\((?<values>[^)]*)\)$`);
const EQUAL_TERM = new RegExp(String.raw`^(?<name>${NAME})\s*(?<operator>==|!=|=|>|<)\s*(?<value>[-A-Za-z0-9_.]*)$`);
const EXISTS_TERM = new RegExp(String.raw`^(?<not>!?)\s*(?<name>${NAME})$`);

function parseTerm(term: string): Matcher {
  return parseSetTerm(term) ?? parseEqualTerm(term) ?? parseExistsTerm(term) ?? refuse(term);
}

function parseSetTerm(term: string): Matcher | undefined {
  const { name = '', operator, values = '' } = SET_TERM.exec(term)?.groups ?? {};
  if (operator === undefined) return undefined;
  const list = new Set(values.split(',').map((value) => value.trim()));
  if (operator === 'in') return (labels) => list.has(labels[name] ?? '\0');
  return (labels) => !list.has(labels[name] ?? '\0');
}

function parseEqualTerm(term: string): Matcher | undefined {
  const { name = '', operator, value = '' } = EQUAL_TERM.exec(term)?.groups ?? {};
  switch (operator) {
    case undefined:
      return undefined;
    case '!=':
      return (labels) => labels[name] !== value;
    case '>':
      return (labels) => Number(labels[name]) > Number(value);
    case '<':
      return (labels) => Number(labels[name]) < Number(value);
    default:
      return (labels) => labels[name] === value;
  }
}

function parseExistsTerm(term: string): Matcher | undefined {
  const { name, not } = EXISTS_TERM.exec(term)?.groups ?? {};
  if (name === undefined) return undefined;
  return (labels) => (labels[name] !== undefined) === (not !== '!');
}

function refuse(term: string): never {
  throw badRequest(`unable to parse requirement: found '${term}', which is no label requirement`);
}

function parseFieldTerm(term: string, known: readonly string[]): Matcher {
  const {
    name = '',
    operator,
    value = '',
  } = /^(?<name>[^=!]+)(?<operator>==|!=|=)(?<value>.*)$/.exec(term)?.groups ?? {};
  if (operator === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  if (!known.includes(name)) throw badRequest(`field label not supported: ${name}`);
  if (operator === '!=') return (fields) => (fields[name] ?? '') !== value;
  return (fields) => (fields[name] ?? '') === value;
}
