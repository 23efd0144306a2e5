import { type ConfirmChannel, connect } from 'amqplib';
import { type Contestant, type JobData, type Producer, type Scene, tenantOf, type Watch } from '../contestant.js';
import { installedVersion } from '../installed.js';

/** Its authors: 100 to 300 is usually best, and more rarely helps. */
const PREFETCH = 300;

const rabbitmq: Contestant = {
  name: 'RabbitMQ',
  version: `amqplib ${installedVersion('amqplib')}`,
  servers: ['rabbitmq'],
  produce,
  work,
  settings: [
    'durable classic queues, persistent messages, publisher confirms: rabbitmq.com/docs/confirms',
    `${PREFETCH} messages may be unacknowledged: rabbitmq.com/docs/confirms#channel-qos-prefetch, which advises 100 to 300`,
    'bulk calls are publishes without waiting between them: rabbitmq.com/tutorials/tutorial-seven-java, strategy 3',
    'an acknowledgement has no answer in AMQP: a job counts as acknowledged when that was sent',
    'tenants are queues, which one channel consumes: rabbitmq.com/docs/queues',
  ],
};
export default rabbitmq;

const queueOf = (tenant: number): string => `bench-${tenant}`;
const queues = ({ tenants }: Scene): string[] => Array.from({ length: tenants }, (_, tenant) => queueOf(tenant));

async function produce(scene: Scene): Promise<Producer> {
  const { connection, channel } = await open(scene);
  const put = (data: JobData): Promise<void> =>
    new Promise((resolve, reject) => {
      const confirmed = (error: unknown) => (error ? reject(error) : resolve());
      channel.sendToQueue(queueOf(tenantOf(data, scene)), Buffer.from(JSON.stringify(data)), { persistent: true }, confirmed);
    });
  return { one: put, many: (all) => Promise.all(all.map(put)), close: () => connection.close() };
}

async function work(scene: Scene, watch: Watch): Promise<{ close(): Promise<void> }> {
  const { connection, channel } = await open(scene);
  await channel.prefetch(PREFETCH, true); // of the channel, however many queues it consumes
  for (const queue of queues(scene)) {
    await channel.consume(queue, (message) => {
      if (message === null) throw new Error(`${queue} is gone`);
      const data = JSON.parse(message.content.toString()) as JobData;
      watch.started(data);
      channel.ack(message);
      watch.acked(data);
    });
  }
  return { close: () => connection.close() };
}

async function open(scene: Scene): Promise<{ connection: { close(): Promise<void> }; channel: ConfirmChannel }> {
  const connection = await connect(`amqp://127.0.0.1:${scene.ports.rabbitmq}`, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  for (const queue of queues(scene)) await channel.assertQueue(queue, { durable: true });
  return { connection, channel };
}
