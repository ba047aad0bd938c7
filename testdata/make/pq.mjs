// Writes a fresh post-quantum private key, and prints its public half (SPKI PEM).
//
//   node pq.mjs SET FORM FILE     SET: ml-dsa-44 … slh-dsa-sha2-128f … ml-kem-768
//                                 FORM: seed expanded both raw jwk, of a .pem, .der or .json file
//
// The keys are made by @noble/post-quantum (npm, 0.7.1); the DER around them is
// that of RFC 9881, RFC 9909 and RFC 9935.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.cwd() + '/');
const load = async (name) => import(pathToFileURL(require.resolve(`@noble/post-quantum/${name}.js`)).href);
const [, , set, form, file] = process.argv;

const der = (tag, ...parts) => {
  const body = Buffer.concat(parts.map((p) => Buffer.from(p)));
  const n = body.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const pem = (label, bytes) =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

const SLH = ['sha2-128s', 'sha2-128f', 'sha2-192s', 'sha2-192f', 'sha2-256s', 'sha2-256f',
  'shake-128s', 'shake-128f', 'shake-192s', 'shake-192f', 'shake-256s', 'shake-256f'];
const ML_DSA = ['44', '65', '87'];
const ML_KEM = ['512', '768', '1024'];
let last, pair, seed;
if (set.startsWith('ml-dsa-')) {
  const n = set.slice(7);
  seed = randomBytes(32);
  pair = (await load('ml-dsa'))[`ml_dsa${n}`].keygen(new Uint8Array(seed));
  last = [3, 17 + ML_DSA.indexOf(n)];
} else if (set.startsWith('ml-kem-')) {
  const n = set.slice(7);
  seed = randomBytes(64);
  pair = (await load('ml-kem'))[`ml_kem${n}`].keygen(new Uint8Array(seed));
  last = [4, 1 + ML_KEM.indexOf(n)];
} else {
  const n = set.slice(8);
  pair = (await load('slh-dsa'))[`slh_dsa_${n.replace('-', '_')}`].keygen();
  last = [3, 20 + SLH.indexOf(n)];
}
const algorithm = der(0x30, der(0x06, [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, ...last]));
const spki = der(0x30, algorithm, der(0x03, [0], pair.publicKey));
if (form === 'jwk') {
  const url = (b) => Buffer.from(b).toString('base64url');
  writeFileSync(file, JSON.stringify({ kty: 'AKP', alg: set.toUpperCase(), kid: 'pq-1', pub: url(pair.publicKey), priv: url(seed) }, null, 2) + '\n');
} else {
  const inner = {
    seed: () => der(0x80, seed),
    expanded: () => der(0x04, pair.secretKey),
    both: () => der(0x30, der(0x04, seed), der(0x04, pair.secretKey)),
    raw: () => pair.secretKey,
  }[form]();
  const pkcs8 = der(0x30, [2, 1, 0], algorithm, der(0x04, inner));
  writeFileSync(file, file.endsWith('.der') ? pkcs8 : pem('PRIVATE KEY', pkcs8));
}
process.stdout.write(pem('PUBLIC KEY', spki));
