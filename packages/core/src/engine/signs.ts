/** Troubles that give themselves away in the words of a line. */
export type Sign =
  | 'outOfMemory'
  | 'stagingPath'
  | 'noSpace'
  | 'denied'
  | 'bucketMissing'
  | 'storeUnreachable'
  | 'sourceUnreachable'
  | 'noParent';

/** First sign that fits a line. The order matters: a refused key also reads like a failed request. */
export function signOf(line: string): Sign | undefined {
  return signs.find(([, pattern]) => pattern.test(line))?.[0];
}

const signs: readonly (readonly [Sign, RegExp])[] = [
  ['outOfMemory', /OutOfMemoryError|insufficient memory for the Java Runtime|Cannot allocate memory/],
  ['stagingPath', /Storage staging path/],
  ['noSpace', /No space left on device|Disk quota exceeded|not enough space on the disk/i],
  [
    'denied',
    /Access ?Denied|Permission denied|Operation not permitted|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|Unable to load credentials|Access Key Id you provided|access key you provided|AuthenticationFailed|AuthorizationFailure|AuthorizationPermissionMismatch|invalid_grant|does not have storage\.|Status ?Code: 40[13]/i,
  ],
  ['bucketMissing', /NoSuchBucket|bucket does not exist|ContainerNotFound|container does not exist/i],
  ['storeUnreachable', /Unable to execute HTTP request|SdkClientException|Unable to connect to (?:the )?endpoint/],
  ['noParent', /Differential backups require that a full backup/],
  [
    'sourceUnreachable',
    /Connection refused|ECONNREFUSED|connect(?:ion)?(?: to \S{1,300})? timed out|UnknownHost|No route to host|NoRouteToHost|ConnectException|(?:Could not|Unable to|Failed to) (?:connect|reach)|(?:servers|server) can be reached|ClosedChannelException/i,
  ],
];
