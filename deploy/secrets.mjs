// Makes the credentials of an installation under compose, each for those alone who need it: a folder of /secrets is a volume that one kind of
// container mounts. All come from one seed, so that they are the same at every `up`, also those of a tenant added later.
//   node deploy/secrets.mjs              writes them
//   node deploy/secrets.mjs url TENANT   prints the URL for the applications of a tenant
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const FOLDER = '/secrets';
const SEED = `${FOLDER}/seed/seed`;
const app = new URL('..', import.meta.url);
const accounts = readFileSync(new URL('deploy/nats/accounts.conf', app), 'utf8');

const [command, tenant = ''] = process.argv.slice(2);
if (command === 'url') console.log(natsUrl(tenant, process.env.NATS_ADDRESS ?? '127.0.0.1:4222'));
else writeAll();

function writeAll() {
  if (!existsSync(SEED)) write('seed/seed', randomBytes(32).toString('hex'));
  write(
    'nats/nats.conf',
    `http: "127.0.0.1:8222"\n${accounts.replace(/\$TIERCEL_(\w+)_PASSWORD/g, (_, user) => `"${passwordOf(user)}"`)}`,
  );
  write('redis/users.acl', redisUsers());
  write('broker/store', `redis://tiercel-broker:${passwordOf('store')}@redis:6379`);
  write('broker/nats-url', natsUrl('broker'));
  write('operator/nats-url', natsUrl('operator'));
  write('producer/nats-url', natsUrl('producer'));
}

function natsUrl(user, address = 'nats:4222') {
  if (!accounts.includes(`user: ${user},`)) throw new Error(`deploy/nats/accounts.conf has no user ${user}`);
  return `nats://${user}:${passwordOf(user)}@${address}`;
}

/** `health` can say PING, with any password. */
function redisUsers() {
  const [off, broker] = ['default-off', 'broker-self-installing'].map((name) =>
    readFileSync(new URL(`packages/store-redis/acl/${name}.acl`, app), 'utf8'),
  );
  return `${off}user health on nopass resetkeys resetchannels -@all +ping\n${broker.replace('CHANGE-ME', passwordOf('store'))}`;
}

function passwordOf(user) {
  return createHmac('sha256', readFileSync(SEED)).update(user.toLowerCase()).digest('hex');
}

/** Whole or not at all: somebody may read it meanwhile. */
function write(file, text) {
  writeFileSync(`${FOLDER}/${file}.new`, text, { mode: 0o400 });
  renameSync(`${FOLDER}/${file}.new`, `${FOLDER}/${file}`);
}
