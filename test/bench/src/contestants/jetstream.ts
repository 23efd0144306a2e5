import {
  AckPolicy,
  type JetStreamClient,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  jetstream as streamsOf,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type Contestant, type JobData, type Producer, type Scene, tenantOf, type Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';

const STREAM = 'bench';
const DURABLE = 'workers';
/** Messages that a worker may have fetched and not acknowledged; the server's default for a consumer. */
const UNACKED = 1_000;

const jetstream: Contestant = {
  name: 'JetStream',
  version: `@nats-io/jetstream ${installedVersion('@nats-io/jetstream')}`,
  servers: ['jetstream'],
  produce,
  work,
  settings: [
    'a work-queue stream in files, synced as the server does by default, every 2 minutes: docs.nats.io/nats-concepts/jetstream/streams, docs.nats.io/running-a-nats-service/configuration#jetstream',
    `a durable pull consumer with explicit acks that keeps ${UNACKED} messages ahead, by consume(): github.com/nats-io/nats.js/blob/main/jetstream/README.md`,
    'bulk calls are publishes without waiting between them, since it has no other: docs.nats.io/nats-concepts/jetstream, Publish asynchronously',
    'an acknowledgement is sent and not answered, as is usual: a job counts as acknowledged when that was sent',
    'tenants are subjects of one stream, which one consumer takes in order: docs.nats.io/nats-concepts/jetstream/streams',
  ],
};
export default jetstream;

const connectTo = ({ ports }: Scene): Promise<NatsConnection> =>
  connect({ servers: `127.0.0.1:${ports.jetstream}`, noAsyncTraces: true, reconnect: false });

async function produce(scene: Scene): Promise<Producer> {
  const nats = await connectTo(scene);
  const manager = await jetstreamManager(nats);
  const { Workqueue } = RetentionPolicy;
  await manager.streams.add({ name: STREAM, subjects: [`${STREAM}.*`], retention: Workqueue, storage: StorageType.File });
  await manager.consumers.add(STREAM, { durable_name: DURABLE, ack_policy: AckPolicy.Explicit, max_ack_pending: UNACKED });
  const stream = streamsOf(nats);
  const put = (data: JobData) => publish(stream, scene, data);
  return { one: put, many: (all) => Promise.all(all.map(put)), close: () => nats.drain() };
}

const publish = (stream: JetStreamClient, scene: Scene, data: JobData): Promise<unknown> =>
  stream.publish(`${STREAM}.${tenantOf(data, scene)}`, JSON.stringify(data));

async function work(scene: Scene, watch: Watch): Promise<{ close(): Promise<void> }> {
  const nats = await connectTo(scene);
  const consumer = await streamsOf(nats).consumers.get(STREAM, DURABLE);
  await consumer.consume({
    max_messages: UNACKED,
    callback: (message) => {
      const data = message.json<JobData>();
      watch.started(data);
      message.ack();
      watch.acked(data);
    },
  });
  return { close: () => nats.drain() };
}
