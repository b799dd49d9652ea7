import { formatBytes } from '@holdfast/core';
import { fingerprint } from '@holdfast/encryption';
import { Command } from 'commander';
import { paint, type Terminal } from '../terminal.ts';
import { chooseNames } from './choose-names.ts';
import { decryptFile } from './decrypt-file.ts';
import { openOutput } from './output.ts';
import { openProgress } from './progress.ts';
import { readKey } from './read-key.ts';

interface Options {
  readonly keyFile: string;
  readonly output?: string;
  readonly name?: string;
  readonly force?: true;
  readonly json?: true;
}

const examples = `
Nothing but the file and its key is needed: no cluster, no store, no manifest. The plain artifact appears under its name only when
every byte of it was authentic. The key file holds 32 raw bytes, or base64, base64url or hex of them.

Examples:
  # orders-2026-11-22T02-00-00.backup appears beside the file
  kubectl neo4jbackup decrypt orders-2026-11-22T02-00-00.backup.enc --key-file key

  # the key comes from its Secret, the artifact goes into another folder
  kubectl -n shop get secret backup-key -o jsonpath='{.data.key}' | base64 -d > key
  kubectl neo4jbackup decrypt orders-2026-11-22T02-00-00.backup.enc --key-file key --output /restore/

  # the file was renamed; the name that the manifest calls "artifact" is part of what is checked
  kubectl neo4jbackup decrypt old.bin --name orders-2026-11-22T02-00-00.backup --key-file key

  # into a pipe: what comes out is authentic, and it is all of it only when the exit code is 0
  kubectl neo4jbackup decrypt orders-2026-11-22T02-00-00.backup.enc --key-file key --output - | sha256sum`;

export function decryptCommand(terminal: Terminal): Command {
  return new Command('decrypt')
    .description('Decrypts an encrypted artifact (FILE.enc), with nothing but its key.')
    .argument('<file>', 'the encrypted artifact')
    .requiredOption('--key-file <file>', 'file with the key')
    .option('--output <path>', 'file or folder to write to, or - for standard output (default: beside the file)')
    .option('--name <name>', "the artifact's plain file name (default: the file's name without .enc)")
    .option('--force', 'replace an existing file, or write to a terminal')
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', examples)
    .action((file: string, options: Options) => decryptFor(file, options, terminal));
}

async function decryptFor(file: string, options: Options, terminal: Terminal): Promise<void> {
  const names = await chooseNames(file, options);
  const key = await readKey(options.keyFile);
  // A pipe leaves nothing to clear away, and a write into one that nobody reads would keep a signal from being heard.
  const interrupted = names.output === '-' ? undefined : terminal.watchForInterruption();
  const output = await openOutput(names.output, { force: options.force === true, stdout: terminal.stdout });
  const progress = await openProgress(file, { stream: terminal.stderr, shown: options.json !== true });
  const sealing = { key, associatedData: names.name };
  const { storedBytes, bytes } = await decryptFile({ file, output, progress }, sealing, interrupted);
  const result = { file, output: names.output, name: names.name, keyFingerprint: fingerprint(key), storedBytes, bytes };
  if (options.json) return void terminal.stdout.write(`${JSON.stringify({ outcome: 'decrypted', ...result })}\n`);
  const stream = names.output === '-' ? terminal.stderr : terminal.stdout;
  const where = names.output === '-' ? 'standard output' : names.output;
  stream.write(
    `${paint(stream, 'green', 'decrypted')} ${formatBytes(bytes)} into ${where} (key ${result.keyFingerprint})\n`,
  );
}
