import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { BackupError } from '@holdfast/types';
import { isPrivateAddress } from './private-address.ts';

/**
 * Resolves names for connections to an endpoint that a user named, and refuses every private address among the answers. It is asked when a
 * connection is made, so that a name cannot be judged with one address and then called with another.
 */
export function publicLookup(resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = error ?? refusal(hostname, addresses);
      const [first] = refused ? [] : addresses;
      if (options.all === true) callback(refused, refused ? [] : addresses);
      else callback(refused, first?.address ?? '', first?.family ?? 0);
    });
  };
}

/** An error that an SDK may only hand on by its code and its message. */
function refusal(hostname: string, addresses: readonly LookupAddress[]): (BackupError & { code: string }) | null {
  const inside = addresses.find(({ address }) => isPrivateAddress(address));
  if (!inside) return null;
  const error = new BackupError(
    notAllowed,
    'terminal',
    `${hostname} leads to ${inside.address}, a private address that services may not call; ask the administrator to list it in allowedEndpoints`,
  );
  return Object.assign(error, { code: notAllowed });
}

/** Its refusal again, where only code and message of it were left. */
export function refusalOf(failure: unknown): BackupError | undefined {
  if (!(failure instanceof Error) || !('code' in failure) || failure.code !== notAllowed) return undefined;
  return failure instanceof BackupError ? failure : new BackupError(notAllowed, 'terminal', failure.message);
}

const notAllowed = 'EndpointNotAllowed';
