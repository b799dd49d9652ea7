/**
 * Where an account's blobs are reached. An endpoint may name the account itself, by its host (`https://orders.blob.…`) or its path;
 * any other keeps its accounts below it, as Azurite does (`http://azurite:10000/orders`).
 */
export function accountUrl(account: string, endpointUrl: string | undefined): string {
  if (endpointUrl === undefined) return `https://${account}.blob.core.windows.net`;
  const { hostname, pathname } = new URL(endpointUrl);
  const plain = endpointUrl.replace(/\/+$/, '');
  const named = hostname.startsWith(`${account}.`) || pathname.split('/').includes(account);
  return named ? plain : `${plain}/${account}`;
}
