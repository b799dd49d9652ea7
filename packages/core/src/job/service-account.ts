/** Of the key of a service account what makes a token. */
export interface ServiceAccount {
  readonly clientEmail: string;
  /** PEM. */
  readonly privateKey: string;
  readonly privateKeyId?: string;
}

/**
 * Reads the JSON that Google hands out for a service account. Everything else that may be called credentials is refused: such files can name
 * addresses, other files and commands to get a token from. Answers what is wrong with it, and what to do, as the end of a sentence.
 */
export function parseServiceAccount(text: string): ServiceAccount | string {
  const found = parseJson(text);
  if (typeof found !== 'object' || found === null) return `is no JSON; ${remedy}`;
  const key = found as Partial<Record<string, unknown>>;
  if (key['type'] !== 'service_account')
    return `is not of type service_account; ${remedy}, or leave credentialsSecret out and use workload identity`;
  if (!isOneOf(key['token_uri'], googleTokenUris)) return `names a token_uri that is not Google's; ${remedy}`;
  if (!isOneOf(key['universe_domain'], ['googleapis.com'])) return `belongs to another cloud than Google's; ${remedy}`;
  const { client_email: clientEmail, private_key: privateKey, private_key_id: privateKeyId } = key;
  if (typeof clientEmail !== 'string' || !/^[^\s@]+@[^\s@]+$/.test(clientEmail))
    return `has no client_email; ${remedy}`;
  if (typeof privateKey !== 'string' || privateKey === '') return `has no private_key; ${remedy}`;
  return { clientEmail, privateKey, ...(typeof privateKeyId === 'string' && { privateKeyId }) };
}

const remedy = 'put the JSON key of a service account there, as it was downloaded';

/** The newer one, and those that older keys name. */
const googleTokenUris = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
];

/** What is left out is what it usually is. */
function isOneOf(value: unknown, usual: readonly string[]): boolean {
  return value === undefined || (typeof value === 'string' && usual.includes(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
