import { matches, type CelRule } from './cel.ts';
import { sentences } from './sentences.ts';

/** Either place of the cloud settings, seen from the spec. */
const somewhere = (field: string, is: (value: string) => string) =>
  `(${['self.storage.cloud', 'self.cloud']
    .map((cloud) => `(has(${cloud}) && has(${cloud}.${field}) && ${is(`${cloud}.${field}`)})`)
    .join(' || ')})`;

/** Whether the spec names an authority of its own. */
export const privateAuthority: string = somewhere('caSecret', (value) => `${value} != ''`);

/** On the spec, because what one place leaves out the other one may say. */
export const authorityRules: readonly CelRule[] = [
  {
    rule: `!${privateAuthority} || !${somewhere('endpointURL', (value) => matches('(?i)^http:', value))}`,
    message: sentences.authorityWithoutTls,
  },
  {
    rule:
      `!${privateAuthority} || !has(self.options) || !has(self.options.transfer) || self.options.transfer != 'Direct' || ` +
      '(has(self.options.encryption) && has(self.options.encryption.enabled) && self.options.encryption.enabled)',
    message: sentences.directAuthority,
  },
];
