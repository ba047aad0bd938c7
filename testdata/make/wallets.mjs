// Writes a fresh wallet key in one of its forms, and prints the number of the key in
// hexadecimal: of secp256k1, or the seed of Ed25519.
//
//   node wallets.mjs FORM FILE
//
// By @scure/bip32, @scure/bip39, ethers and @stellar/stellar-base (npm); Solana's and
// Cardano's files have the layout of solana-keygen and cardano-cli.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.cwd() + '/');
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const [, , form, file] = process.argv;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const print = (text, number) => {
  writeFileSync(file, text);
  process.stdout.write(hex(number) + '\n');
};
const publicOf = (seed) => {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
};
const VERSIONS = { xprv: { private: 0x0488ade4, public: 0x0488b21e }, zprv: { private: 0x04b2430c, public: 0x04b24746 }, tprv: { private: 0x04358394, public: 0x043587cf } };

if (VERSIONS[form]) {
  const { HDKey } = await load('@scure/bip32');
  const key = HDKey.fromMasterSeed(randomBytes(32), VERSIONS[form]);
  print(`wallet:\n  name: payouts\n  key: ${key.privateExtendedKey}\n`, key.privateKey);
} else if (form === 'wif' || form === 'wif-file') {
  const { createBase58check } = await load('@scure/base');
  const { sha256 } = await load('@noble/hashes/sha2.js');
  const number = randomBytes(32);
  const text = createBase58check(sha256).encode(form === 'wif' ? Buffer.concat([[0x80], number, [1]].map((b) => Buffer.from(b))) : Buffer.concat([Buffer.from([0x80]), number]));
  print(form === 'wif' ? `bitcoin-cli importprivkey "${text}" payouts\n` : text, number);
} else if (form === 'mnemonic' || form === 'mnemonic-24') {
  const { Mnemonic, HDNodeWallet } = await load('ethers');
  const phrase = Mnemonic.fromEntropy(randomBytes(form === 'mnemonic' ? 16 : 32)).phrase;
  const root = HDNodeWallet.fromSeed(Mnemonic.fromPhrase(phrase).computeSeed());
  print(form === 'mnemonic' ? `MNEMONIC="${phrase}"\nRPC_URL=http://localhost:8545\n` : `accounts: { mnemonic: '${phrase}' },\n`, Buffer.from(root.privateKey.slice(2), 'hex'));
} else if (form === 'ethereum-env' || form === 'ethereum-json') {
  const { Wallet } = await load('ethers');
  const wallet = Wallet.createRandom();
  const text = form === 'ethereum-env'
    ? `DEPLOYER_ADDRESS=${wallet.address}\nDEPLOYER_PRIVATE_KEY=${wallet.privateKey}\n`
    : JSON.stringify([{ address: wallet.address, privateKey: wallet.privateKey }], null, 2) + '\n';
  print(text, Buffer.from(wallet.privateKey.slice(2), 'hex'));
} else if (form === 'ethereum-keystore') {
  const { Wallet } = await load('ethers');
  const text = await new Wallet('0x' + hex(randomBytes(32))).encrypt('thistle-quay-ember-42');
  print(text, []);
} else if (form === 'solana' || form === 'solana-pretty') {
  const seed = randomBytes(32);
  const list = [...seed, ...publicOf(seed)];
  print(form === 'solana' ? JSON.stringify(list) : JSON.stringify(list, null, 2) + '\n', seed);
} else if (form === 'cardano' || form === 'cardano-pool') {
  const seed = randomBytes(32);
  const type = form === 'cardano' ? 'PaymentSigningKeyShelley_ed25519' : 'StakePoolSigningKey_ed25519';
  print(JSON.stringify({ type, description: 'Signing Key', cborHex: '5820' + hex(seed) }, null, 4) + '\n', seed);
} else if (form === 'stellar' || form === 'stellar-file') {
  const { Keypair } = await load('@stellar/stellar-base');
  const pair = Keypair.random();
  print(form === 'stellar' ? `STELLAR_ISSUER_SECRET=${pair.secret()}\n` : pair.secret(), pair.rawSecretKey());
}
