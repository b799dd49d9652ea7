/** What stands for a container image where pods are local processes: a folder with the image's files. */
export interface ImageFolder {
  /** `/opt/x` of the image is `<root>/opt/x` on this machine. */
  readonly root: string;
  /** What runs when the container gives no command. */
  readonly entrypoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
}

/** Finds the folder of an image name; undefined is an image that cannot be pulled. */
export type ResolveImage = (name: string) => ImageFolder | undefined;

/** Asks several tables in order. */
export function imageTable(...tables: readonly ResolveImage[]): ResolveImage {
  return (name) => {
    for (const table of tables) {
      const found = table(name);
      if (found) return found;
    }
    return undefined;
  };
}
