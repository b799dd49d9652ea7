import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../steps.ts';
import { archiveOf } from './archive.ts';
import { Assembly, imageNames, type Assembled, type ImageName } from './images.ts';
import { layFiles } from './lay-files.ts';
import { digestOf } from './layer.ts';

const run = promisify(execFile);
const minutes = 60_000;

/** Images are made from Debian's own files; where there are none, this lane says so. CI never leaves it out. */
const lacks =
  existsSync('/var/lib/dpkg/info/libc6:amd64.list') || existsSync('/var/lib/dpkg/info/libc6:arm64.list')
    ? undefined
    : 'Debian';
if (lacks && !process.env['CI']) process.stderr.write('left out: images, because this machine is no Debian\n');

describe.skipIf(lacks !== undefined && !process.env['CI'])('the images', { tags: ['long'] }, () => {
  const assembly = new Assembly();
  const assembled = new Map<ImageName, Assembled>();
  let site: string;
  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), 'holdfast-images-test-'));
    for (const name of imageNames) assembled.set(name, await assembly.make(name));
  }, 5 * minutes);
  afterAll(() => rm(site, { recursive: true, force: true }));

  const made = (name: ImageName): Assembled => {
    const found = assembled.get(name);
    if (!found) throw new Error(`image ${name} was not made`);
    return found;
  };

  /** What a container runtime would unpack, by digest of the layer: several images share theirs. */
  const unpacked = new Map<string, Promise<{ tar: Uint8Array; entries: Awaited<ReturnType<typeof unpackTar>> }>>();
  function unpack(stored: Uint8Array) {
    const digest = digestOf(stored);
    const found =
      unpacked.get(digest) ??
      Promise.resolve(gunzipSync(stored)).then(async (tar) => ({ tar, entries: await unpackTar(tar) }));
    unpacked.set(digest, found);
    return found;
  }

  /** Path → header and content. */
  async function contentsOf(name: ImageName) {
    const contents = new Map<string, Awaited<ReturnType<typeof unpackTar>>[number]>();
    for (const { stored } of made(name).image.layers)
      for (const entry of (await unpack(stored)).entries) contents.set(entry.header.name, entry);
    return contents;
  }

  test.each(imageNames)(
    '%s holds no shell and no package manager, and nothing that only root could read',
    async (name) => {
      const contents = await contentsOf(name);
      const programs = [...contents].filter(([, { header }]) => header.type === 'file' && (header.mode ?? 0) & 0o111);
      const allowed = /^(usr\/local\/bin\/node|agent\/(node|tini)|.*\/ld-linux-[\w-]+\.so\.\d)$/;
      expect(programs.map(([path]) => path).filter((path) => !allowed.test(path))).toEqual([]);
      for (const [path, { header }] of contents) {
        expect([header.uid, header.gid, header.mtime?.getTime()], path).toEqual([0, 0, 0]);
        if (header.type !== 'symlink') expect((header.mode ?? 0) & 0o004, path).toBe(0o004);
        expect((header.mode ?? 0) & 0o6002, path).toBe(path === 'tmp/' ? 0o002 : 0); // no setuid, and only /tmp is for all
      }
    },
  );

  test.each(imageNames)('%s runs as nobody, and carries the licences of all it holds', async (name) => {
    expect(made(name).image.start.user).toMatch(/^[1-9]\d+:[1-9]\d+$/);
    const contents = await contentsOf(name);
    const text = (path: string) => new TextDecoder().decode(contents.get(path)?.data);
    expect(text('usr/share/doc/libc6/copyright')).toContain('GNU Lesser General Public');
    expect(text('usr/share/doc/node/LICENSE')).toContain('Node.js is licensed for use as follows');
    expect(text('usr/share/doc/holdfast/LICENSE')).toContain('Apache License');
    const ours = text('usr/share/doc/holdfast/THIRD-PARTY-LICENCES');
    expect(ours).toMatch(/^zod \d/m);
    expect(ours).not.toContain('no licence named');
    expect(ours).not.toContain(process.cwd());
  });

  test.each(imageNames)(
    'the archive of %s is whole: each name in it is the digest of what lies there',
    async (name) => {
      const { bytes, digest } = await archiveOf(made(name).image);
      const entries = new Map(
        (await unpackTar(bytes)).map(({ header, data }) => [header.name, data ?? new Uint8Array()]),
      );
      const json = (path: string) => JSON.parse(new TextDecoder().decode(entries.get(path))) as Record<string, never>;
      const blobs = [...entries].filter(([path]) => path.startsWith('blobs/'));
      for (const [path, data] of blobs) expect(digestOf(data)).toBe(path.replace('blobs/', '').replace('/', ':'));
      const [manifest] = json('index.json')['manifests'] as unknown as { digest: string; size: number }[];
      expect(manifest?.digest).toBe(digest);
      const { config, layers } = json(`blobs/${digest.replace(':', '/')}`) as unknown as Record<
        'config',
        { digest: string }
      > &
        Record<'layers', { digest: string; size: number }[]>;
      for (const layer of layers)
        expect(entries.get(`blobs/${layer.digest.replace(':', '/')}`)?.byteLength).toBe(layer.size);
      const { rootfs } = json(`blobs/${config.digest.replace(':', '/')}`) as unknown as {
        rootfs: { diff_ids: string[] };
      };
      const unpacked = layers.map((layer) =>
        digestOf(gunzipSync(entries.get(`blobs/${layer.digest.replace(':', '/')}`) ?? '')),
      );
      expect(rootfs.diff_ids).toEqual(unpacked);
      expect(blobs).toHaveLength(layers.length + 2);
    },
  );

  const isRoot = process.getuid?.() === 0;
  if (!isRoot) process.stderr.write('left out: starting the images, because chroot needs root\n');

  describe.skipIf(!isRoot)('unpacked, with nothing else of this machine', () => {
    const rootOf = async (name: ImageName) => {
      const root = join(site, name);
      if (!existsSync(root)) for (const layer of made(name).files) await layFiles(layer, root);
      return root;
    };
    /** As the image's user, with the image's environment and nothing of ours. */
    const start = async (root: string, user: string, command: readonly string[], env: Record<string, string> = {}) =>
      run('chroot', [`--userspec=${user}`, root, ...command], {
        env: { PATH: '/usr/sbin:/usr/bin', HOME: '/tmp', ...env },
      }).then(
        ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          output: error.stdout + error.stderr,
        }),
      );

    test.each(['watcher', 'worker', 'retention'] as const)(
      '%s starts, and says what its environment lacks',
      async (name) => {
        const { user, entrypoint } = made(name).image.start;
        const root = await rootOf(name);
        const [node = ''] = entrypoint;
        expect(await start(root, user, [node, '--version'])).toEqual({ code: 0, output: `${process.version}\n` });
        const refused = await start(root, user, entrypoint);
        expect(refused).toMatchObject({ code: 2 });
        expect(refused.output).toContain('HOLDFAST_REDIS_URL is not set; it must be a string');
      },
    );

    test('the agent installs itself, and then starts in an image that holds nothing at all', async () => {
      const { user, entrypoint } = made('agent').image.start;
      const root = await rootOf('agent');
      const volume = join(root, 'install');
      await mkdir(volume, { mode: 0o777 });
      await run('chmod', ['0777', volume]);
      expect(await start(root, user, [...entrypoint, '/install'])).toEqual({ code: 0, output: '' });

      const foreign = join(site, 'foreign');
      await mkdir(foreign);
      await run('cp', ['-r', '--preserve=mode', volume, join(foreign, 'agent')]);
      const version = await start(foreign, '7474:7474', ['/agent/tini', '--', '/agent/node', '--version'], {
        TINI_SUBREAPER: '1',
      });
      expect(version).toEqual({ code: 0, output: `${process.version}\n` });
      const refused = await start(foreign, '7474:7474', ['/agent/node', '--optimize-for-size', '/agent/agent.mjs']);
      expect(refused).toMatchObject({ code: 1 }); // for a pod, a failure like any other
      expect(refused.output).toContain('HOLDFAST_PLAN is not set; it must be a string');
    });
  });

  test(
    'the same sources in the same place give the same digests, whenever they are built',
    { tags: ['long'], timeout: 5 * minutes },
    async () => {
      const again = ['scripts/images/main.ts', 'watcher', 'agent', '--json', '--out', join(site, 'again')];
      const env = { ...process.env, TZ: 'Asia/Kathmandu' }; // another process, time and zone
      const { stdout } = await run(process.execPath, again, { cwd: root, env });
      const outcomes = JSON.parse(stdout) as { image: string; digest: string; archiveBytes: number }[];
      const first = await Promise.all((['watcher', 'agent'] as const).map(async (name) => archiveOf(made(name).image)));
      expect(outcomes.map(({ digest }) => digest)).toEqual(first.map(({ digest }) => digest));
      expect(outcomes.map(({ archiveBytes }) => archiveBytes)).toEqual(first.map(({ bytes }) => bytes.byteLength));
    },
  );
});
