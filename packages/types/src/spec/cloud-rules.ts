import { agree, matches, type CelRule } from './cel.ts';
import {
  cloudContradiction,
  cloudFieldElsewhere,
  cloudFieldOwners,
  cloudFields,
  corrections,
  providerMismatch,
  sentences,
} from './sentences.ts';

/** An address may hold a password, so these rules stand on the object: the server repeats no value of theirs. */
const endpoint = (fault: string, message: string): CelRule => ({
  rule: `!has(self.endpointURL) || !(${fault})`,
  message,
  fieldPath: '.endpointURL',
});

/** Below `cloud` and below `storage.cloud`; the address as `parseEndpoint` reads it. */
export const cloudRules: readonly CelRule[] = [
  { rule: agree('self.credentialsSecret', 'self.credentialsSecretRef'), message: sentences.credentialsTwice },
  endpoint("self.endpointURL.contains('@')", `has credentials in it; ${corrections.endpointCredentials}`),
  endpoint(
    `!self.endpointURL.contains('@') && !${matches('(?i)^https?://[^/]', 'self.endpointURL')}`,
    `does not begin with a scheme and a host; ${corrections.endpointScheme}`,
  ),
  endpoint(matches(String.raw`[\s\x00-\x1f\\]`, 'self.endpointURL'), `is not an address; ${corrections.endpoint}`),
  endpoint(matches('[?#]', 'self.endpointURL'), `has a query or a fragment; ${corrections.endpointQuery}`),
];

export const identityRules: readonly CelRule[] = [
  {
    rule:
      '!has(self.serviceAccount) || !has(self.autoCreate) || ' +
      '!(has(self.autoCreate.enabled) ? self.autoCreate.enabled : has(self.autoCreate.annotations))',
    message: 'has no meaning beside serviceAccount, which exists already; remove one of the two',
    fieldPath: '.autoCreate',
  },
  {
    rule: 'has(self.serviceAccount) || !has(self.autoCreate) || !has(self.autoCreate.enabled) || self.autoCreate.enabled',
    message: 'is false and no serviceAccount is named, so the Job would have no account; name one, or set it to true',
    fieldPath: '.autoCreate.enabled',
  },
  {
    rule: '!has(self.autoCreate) || !has(self.autoCreate.enabled) || self.autoCreate.enabled || !has(self.autoCreate.annotations)',
    message: 'has no meaning while autoCreate.enabled is false; remove one of the two',
    fieldPath: '.autoCreate.annotations',
  },
];

/**
 * What cloud settings mean beside the type of the store.
 * @param cloud where they stand, seen from the rule
 * @param type where the type stands, seen from the rule
 * @param place the same place as people name it
 */
export function cloudOfTypeRules(cloud: string, type: string, place: string): CelRule[] {
  const provider = `(${type} == 's3' ? 'aws' : ${type} == 'gcs' ? 'gcp' : 'azure')`;
  const fits = (holder: string, at: string): CelRule => ({
    rule: `!has(${cloud}) || ${holder === cloud ? '' : `!has(${holder}) || `}!has(${holder}.provider) || ${type} == 'pvc' || ${holder}.provider == ${provider}`,
    message: providerMismatch(at),
  });
  const owned = Object.entries(cloudFieldOwners) as [keyof typeof cloudFieldOwners, string][];
  return [
    fits(cloud, place),
    fits(`${cloud}.identity`, `${place}.identity`),
    ...owned.map(([field, owner]) => ({
      rule: `!has(${cloud}) || !has(${cloud}.${field}) || ${type} in ['pvc', '${owner}']`,
      message: cloudFieldElsewhere(place, field),
    })),
  ];
}

const both = 'has(self.cloud) && has(self.storage.cloud)';
const credentials = ['credentialsSecret', 'credentialsSecretRef'];

/** Rules compare no two objects, as their types differ: so it is asked field by field. */
function hasSame(field: string): string {
  return `has(self.cloud.identity.${field}) == has(self.storage.cloud.identity.${field})`;
}

function sameIn(field: string): string {
  return `${hasSame(field)} && (!has(self.cloud.identity.${field}) || self.cloud.identity.${field} == self.storage.cloud.identity.${field})`;
}

/** On the spec: both places at once. */
export const bothCloudsRules: readonly CelRule[] = [
  ...cloudFields
    .filter((field) => field !== 'credentialsSecret')
    .map((field) => ({
      rule: `!(${both}) || ${agree(`self.cloud.${field}`, `self.storage.cloud.${field}`)}`,
      message: cloudContradiction(field),
    })),
  {
    rule: `!(${both}) || ${credentials
      .flatMap((above) =>
        credentials.map((below) => `(${agree(`self.cloud.${above}`, `self.storage.cloud.${below}`)})`),
      )
      .join(' && ')}`,
    message: cloudContradiction('credentialsSecret'),
  },
  {
    rule:
      `!(${both}) || !has(self.cloud.identity) || !has(self.storage.cloud.identity) || ` +
      `(${['provider', 'serviceAccount'].map(sameIn).join(' && ')} && ${hasSame('autoCreate')} && ` +
      `(!has(self.cloud.identity.autoCreate) || (${['autoCreate.enabled', 'autoCreate.annotations'].map(sameIn).join(' && ')})))`,
    message: sentences.identityTwice,
  },
];

/** A region is needed where any cloud settings are given: without them the installation's defaults may know one. */
export const regionRule: CelRule = {
  rule:
    "self.storage.type != 's3' || (!has(self.cloud) && !has(self.storage.cloud)) || " +
    ['region', 'endpointURL']
      .flatMap((field) =>
        ['self.cloud', 'self.storage.cloud'].map((cloud) => `(has(${cloud}) && has(${cloud}.${field}))`),
      )
      .join(' || '),
  message: sentences.regionMissing,
  reason: 'FieldValueRequired',
};
