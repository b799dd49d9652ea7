import { isIP } from 'node:net';

/** True when the text has the named OpenAPI format; formats the API server does not check are always fine. */
export function checkFormat(format: string, value: string): boolean {
  return CHECKS[format]?.(value) ?? true;
}

const CHECKS: { readonly [format: string]: (value: string) => boolean } = {
  'date-time': (value) =>
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value) && isDate(value),
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isDate(value),
  duration: (value) => /^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(value) || value === '0',
  byte: (value) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value),
  uuid: (value) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(value),
  ipv4: (value) => isIP(value) === 4,
  ipv6: (value) => isIP(value) === 6,
  uri: (value) => URL.canParse(value),
};

function isDate(value: string): boolean {
  return !Number.isNaN(Date.parse(value));
}
