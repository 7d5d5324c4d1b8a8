// A real Bluesky server (PDS) with its identifier directory (PLC) on loopback; everything it writes
// goes to a temporary folder that it removes on its way out.
//
//   node pds.mjs PDS_PORT PLC_PORT
//
// Run it with the Node 22 of the peer cache (install.sh). HERALD_PEER_CACHE says where that is; the
// default is ~/.cache/herald-peers. It prints one line, `READY pds=… plc=…`, and ends on SIGTERM or
// when its standard input closes, so that a test that dies takes it along.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.HERALD_PEER_CACHE ?? join(homedir(), '.cache', 'herald-peers');
const [pdsPort, plcPort] = process.argv.slice(2).map(Number);
if (!pdsPort || !plcPort) {
  console.error('usage: node pds.mjs PDS_PORT PLC_PORT');
  process.exit(2);
}

// The packages live in the cache, not beside this file.
const from = createRequire(join(cache, 'bluesky', 'package.json'));
const load = async (name) => {
  const loaded = await import(from.resolve(name));
  return loaded.default && Object.keys(loaded).length === 1 ? loaded.default : { ...loaded.default, ...loaded };
};
const { PDS } = await load('@atproto/pds');
const { Secp256k1Keypair } = await load('@atproto/crypto');
const { PlcServer, Database } = await load('@did-plc/server');

const directory = PlcServer.create({ db: Database.mock(), port: plcPort });
await directory.start();

const data = mkdtempSync(join(tmpdir(), 'herald-pds-'));
const rotation = await Secp256k1Keypair.create({ exportable: true });
const recovery = await Secp256k1Keypair.create();
const server = await PDS.fromEnv({
  devMode: true,
  port: pdsPort,
  hostname: 'localhost',
  serviceName: 'Herald test server',
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  disableSsrfProtection: true,
  dataDirectory: data,
  blobstoreDiskLocation: join(data, 'blobs'),
  didPlcUrl: `http://localhost:${plcPort}`,
  plcRotationKeyK256PrivateKeyHex: Buffer.from(await rotation.export()).toString('hex'),
  recoveryDidKey: recovery.did(),
  jwtSecret: randomBytes(16).toString('hex'),
  adminPassword: randomBytes(16).toString('hex'),
  // Nobody answers there: the tests need no app view and no moderation.
  bskyAppViewUrl: 'https://appview.invalid',
  bskyAppViewDid: 'did:example:invalid',
  bskyAppViewCdnUrlPattern: 'https://cdn.invalid/%s/%s/%s',
  modServiceUrl: 'https://moderation.invalid',
  modServiceDid: 'did:example:invalid',
});
await server.start();
console.log(`READY pds=http://localhost:${pdsPort} plc=http://localhost:${plcPort}`);

let ending = false;
const end = async () => {
  if (ending) return;
  ending = true;
  // A connection that stays open must not keep the process.
  setTimeout(() => process.exit(0), 3000).unref();
  await server.destroy().catch(() => {});
  await directory.destroy().catch(() => {});
  rmSync(data, { recursive: true, force: true });
  process.exit(0);
};
process.on('SIGINT', end);
process.on('SIGTERM', end);
process.stdin.on('end', end).on('close', end).resume();
