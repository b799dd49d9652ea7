import { expect, test } from 'vitest';
import { parseServiceAccount } from './service-account.ts';

const key = {
  type: 'service_account',
  client_email: 'backups@project.iam.gserviceaccount.com',
  private_key: '-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n',
  private_key_id: '0123',
  token_uri: 'https://oauth2.googleapis.com/token',
};

test('the key of a service account is read as it was downloaded', () => {
  const { client_email: clientEmail, private_key: privateKey, private_key_id: privateKeyId } = key;
  expect(parseServiceAccount(JSON.stringify(key))).toEqual({ clientEmail, privateKey, privateKeyId });
});

test.each<[string, string | object, RegExp]>([
  ['something else than JSON', 'hush', /^is no JSON; put the JSON key/],
  ['a word in JSON', '"hush"', /^is no JSON; /],
  [
    'an external account, which names where a token comes from',
    { ...key, type: 'external_account', credential_source: { url: 'http://169.254.169.254', hush: '' } },
    /^is not of type service_account; .*, or leave credentialsSecret out and use workload identity$/,
  ],
  ['a person’s own login', { ...key, type: 'authorized_user' }, /^is not of type service_account/],
  ['an impersonation', { ...key, type: 'impersonated_service_account' }, /^is not of type service_account/],
  ['nothing of its type', { ...key, type: undefined }, /^is not of type service_account/],
  [
    'a token_uri of somebody’s own',
    { ...key, token_uri: 'https://oauth2.googleapis.com.hush.example/token' },
    /not Google's; /,
  ],
  ['a token_uri that is no text', { ...key, token_uri: 7 }, /not Google's; /],
  ['another cloud', { ...key, universe_domain: 'hush.example' }, /another cloud/],
  ['no account', { ...key, client_email: undefined }, /^has no client_email; /],
  ['an account with a line break', { ...key, client_email: 'a@b\nhush' }, /^has no client_email; /],
  ['no key', { ...key, private_key: '' }, /^has no private_key; /],
])('%s is refused with a sentence that repeats nothing of it', (_what, found, sentence) => {
  const said = parseServiceAccount(typeof found === 'string' ? found : JSON.stringify(found));
  expect(said).toMatch(sentence);
  expect(said).not.toContain('hush');
});
