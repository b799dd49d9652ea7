/** What the name of an artifact says. */
export interface ArtifactName {
  readonly database: string;
  /** As written, `2026-03-01T02-00-34`. Its time zone is not defined, so it never serves for order or age. */
  readonly stamp: string;
}

/** Reads `<database>-<time>.backup` from the right, because database names may hold dashes and dots; undefined for other files. */
export function parseArtifactName(file: string): ArtifactName | undefined {
  const [, database, stamp] = /^(.+)-(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2})\.backup$/s.exec(file) ?? [];
  return database === undefined || stamp === undefined ? undefined : { database, stamp };
}

/** Name of the artifact that a file belongs to: itself, or the one whose companion part (`.backup.1`) it is. */
export function artifactOfFile(file: string): string | undefined {
  const artifact = file.replace(/(?<=\.backup)\.\d{1,9}$/, '');
  return parseArtifactName(artifact) && artifact;
}

/** Name of the chain that a FULL begins. */
export function chainOfFull(artifact: string): string {
  return artifact.replace(/\.backup$/, '');
}
