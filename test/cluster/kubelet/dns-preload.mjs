// Loaded into every Node process of a pod by NODE_OPTIONS: makes the names of pods and Services known to it.
// The file named by HOLDFAST_DEV_HOSTS holds JSON: name → addresses; the kubelet rewrites it when pods come and go.
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.HOLDFAST_DEV_HOSTS;
const originalLookup = dns.lookup;
const originalPromise = dns.promises.lookup;

function addressesOf(name) {
  if (!file || typeof name !== 'string') return undefined;
  const plain = name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/\.cluster\.local$/, '');
  try {
    return JSON.parse(readFileSync(file, 'utf8'))[plain];
  } catch {
    return undefined; // no kubelet, no names: ask the machine's own resolver
  }
}

function isClusterName(name) {
  return typeof name === 'string' && /\.svc(\.cluster\.local)?\.?$/.test(name);
}

/** As the real cluster's DNS answers for a name it does not have, without asking the outside world. */
function notFound(name) {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
    errno: -3008,
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname: name,
  });
}

dns.lookup = function lookup(name, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const wants = typeof options === 'object' && options !== null ? options : {};
  const found = addressesOf(name);
  if (!found) {
    if (isClusterName(name)) return void process.nextTick(done, notFound(name));
    return originalLookup.call(dns, name, options, callback);
  }
  if (wants.all)
    process.nextTick(
      done,
      null,
      found.map((address) => ({ address, family: 4 })),
    );
  else process.nextTick(done, null, found[0], 4);
  return {};
};

dns.promises.lookup = async function lookup(name, options) {
  const found = addressesOf(name);
  if (!found) {
    if (isClusterName(name)) throw notFound(name);
    return originalPromise.call(dns.promises, name, options);
  }
  const all = found.map((address) => ({ address, family: 4 }));
  return typeof options === 'object' && options?.all ? all : all[0];
};

syncBuiltinESMExports();
