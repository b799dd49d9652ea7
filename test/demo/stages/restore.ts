import { join } from 'node:path';
import { chains, formatBytes, type Chain } from '@holdfast/core';
import { readCatalogue } from '@holdfast/storage';
import { lastTx } from '../../neo4j/state/database.ts';
import { compareBytes } from '../compare-bytes.ts';
import { namespace, placeOf, type Room } from '../demo-room.ts';
import { runRestore } from '../run-restore.ts';
import { bigDatabase } from './targets.ts';

/** Restores the newest chain of the big database with nothing but neo4j-admin, and compares every byte with what its server holds. */
export async function restoreNewest(room: Room, backup: string): Promise<void> {
  const { cluster, print } = room;
  const { name: database, cluster: server } = bigDatabase;
  print.heading(`Restoring the newest chain of ${database}`);
  const control = cluster.neo4j?.control(namespace, server);
  if (!control) throw new Error('this cluster has no stand-in Neo4j');
  const chain = await newestChain(room, backup, database);
  const artifacts = chain.entries.map(({ manifest }) => manifest.artifact);
  const from = (await placeOf(room, backup)).at(`artifacts/${artifacts.at(-1)}`);
  const held = control.expectedStore(database);
  const home = join(cluster.dir, 'restore');
  const { file, command } = await runRestore(room, { database, from, home, bytes: held.bytes });
  print.fact(
    'restored',
    `${artifacts.length} artifacts of chain ${chain.id}, up to transaction ${chain.highestTx}`,
    file,
  );
  const compared = await compareBytes(file, held.chunks(), (done) => print.progress('compare', done, held.bytes));
  const serverTransaction = lastTx(control.database(database));
  const transaction = chain.highestTx;
  room.restored = {
    database,
    backup,
    chain: chain.id,
    artifacts,
    transaction,
    serverTransaction,
    command,
    ...compared,
  };
  const sizes = `${formatBytes(compared.comparedBytes)} compared with what the server holds at transaction ${serverTransaction}`;
  print.fact('compared', `${sizes}: ${compared.equal ? 'equal, byte by byte' : 'DIFFERENT'}`, file);
  if (!compared.equal)
    throw new Error(`the restored ${database} differs from the server's after ${compared.comparedBytes} equal bytes`);
}

async function newestChain(room: Room, backup: string, database: string): Promise<Chain> {
  const { store } = await placeOf(room, backup);
  const { entries, unreadable } = await readCatalogue(store);
  const [trouble] = unreadable;
  if (trouble) throw new Error(`manifest ${trouble.key} cannot be read: ${trouble.problem}`);
  const newest = chains(entries).find((chain) => chain.database === database);
  if (!newest) throw new Error(`the store of ${backup} holds no chain of ${database}`);
  if (newest.state !== 'Whole') throw new Error(`chain ${newest.id} is broken: ${newest.findings.join('; ')}`);
  return newest;
}
